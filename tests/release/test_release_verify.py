import json
import shutil
from pathlib import Path

import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.parquet as pq
import pytest

from pipeline.release.build import build_release
from pipeline.release.checksums import SUMS, files_of, write_sums
from pipeline.release.verify import verify_release
from pipeline.store import Run
from pipeline.store.tables import to_parquet

FILES = [
    "data/train-00000.parquet",
    "data/test-00000.parquet",
    "provenance.parquet",
    "Derm1M_v2_pretrain.csv",
    "Derm1M_v2_validation.csv",
    "captions.csv",
    "concept.csv",
    "splits/train.csv",
    "ontology.json",
    "ontology_nested.json",
    "README.md",
    "images/pubmed/PMC1_F1_a-b017e32e.jpg",
    "images/youtube/V1_t_30.0s-a181f3f9.jpg",
]
TRAIN = "data/train-00000.parquet"


def flip(path: Path, place: int) -> None:
    content = bytearray(path.read_bytes())
    content[place] ^= 1
    path.write_bytes(bytes(content))


def rewrite(release: Path, name: str, table: pa.Table) -> None:
    """Replace a table and its digest, as someone would who covers a trace."""
    (release / name).write_bytes(to_parquet(table))
    write_sums(release)


def test_a_built_release_is_good(run: Run) -> None:
    assert verify_release(build_release(run, "derm")) == []


@pytest.mark.parametrize("name", FILES)
def test_one_changed_byte_names_the_file(release: Path, name: str) -> None:
    flip(release / name, (release / name).stat().st_size // 2)
    faults = verify_release(release)
    assert f"{name}: its bytes are not those that SHA256SUMS states" in faults


@pytest.mark.parametrize("place", [0, 64, 70, 500, -1])
def test_one_changed_byte_of_the_sums_is_found(release: Path, place: int) -> None:
    flip(release / SUMS, place)
    assert any(SUMS in fault for fault in verify_release(release))


def test_changed_manifest_is_named(release: Path) -> None:
    flip(release / "manifest.json", 0)
    assert any(fault.startswith("manifest.json: ") for fault in verify_release(release))


def test_every_file_is_covered(release: Path) -> None:
    listed = [line.split("  ")[1] for line in (release / SUMS).read_text().splitlines()]
    assert listed == files_of(release)
    assert len(listed) == 23


def test_missing_extra_and_linked_files_are_named(release: Path) -> None:
    (release / "concept.csv").unlink()
    (release / "images" / "extra.jpg").write_bytes(b"x")
    (release / "splits" / "link.csv").symlink_to(release / "captions.csv")
    faults = verify_release(release)
    assert "concept.csv: missing, listed in SHA256SUMS" in faults
    assert "images/extra.jpg: not listed in SHA256SUMS" in faults
    assert "splits/link.csv: is a link, not a file" in faults


def test_row_without_picture_is_named_though_the_sums_agree(release: Path) -> None:
    (release / FILES[-1]).unlink()
    write_sums(release)
    assert verify_release(release) == [f"{FILES[-1]}: missing, a row names it"]


def test_picture_that_does_not_decode_is_named(release: Path) -> None:
    path = release / FILES[-1]
    path.write_bytes(path.read_bytes()[:200])
    write_sums(release)
    faults = verify_release(release)
    assert f"{FILES[-1]}: is not the picture that its row names" in faults
    assert any(fault.startswith(f"{FILES[-1]}: does not decode") for fault in faults)


def test_csv_that_says_other_than_the_parquet_is_named(release: Path) -> None:
    path = release / "Derm1M_v2_pretrain.csv"
    path.write_bytes(path.read_bytes().replace(b"A scaly plaque", b"A smooth plaque"))
    captions = release / "captions.csv"
    captions.write_bytes(b"".join(captions.read_bytes().splitlines(keepends=True)[:-1]))
    write_sums(release)
    assert verify_release(release) == [
        "Derm1M_v2_pretrain.csv: pubmed/PMC1_F1_a-b017e32e.jpg differs from data in "
        "caption, truncated_caption",
        "captions.csv: has 13 rows, data gives 14",
    ]


def test_group_in_two_splits_is_found(release: Path) -> None:
    test = pq.read_table(release / "data/test-00000.parquet")
    train = pq.read_table(release / TRAIN)
    at = test.schema.get_field_index("group_id")
    same = pa.array([train["group_id"][0].as_py()] * test.num_rows)
    rewrite(release, "data/test-00000.parquet", test.set_column(at, test.schema.field(at), same))
    assert "data: group_id board:b1 is in two splits" in verify_release(release)


def test_licence_tier_that_the_release_may_not_hold_is_found(release: Path) -> None:
    train = pq.read_table(release / TRAIN)
    at = train.schema.get_field_index("licence_tier")
    tiers = pa.array(["unknown"] * train.num_rows)
    rewrite(release, TRAIN, train.set_column(at, train.schema.field(at), tiers))
    faults = verify_release(release)
    assert sum("has the licence tier unknown, allowed are ['open']" in each for each in faults) == 3


def test_broken_contract_is_found(release: Path) -> None:
    train = pq.read_table(release / TRAIN)
    rewrite(release, TRAIN, train.drop_columns(["page_url"]))
    assert any(
        fault.startswith(f"{TRAIN}: ") and "missing columns ['page_url']" in fault
        for fault in verify_release(release)
    )


def test_provenance_that_was_cut_is_found(release: Path) -> None:
    whole = pq.read_table(release / "provenance.parquet")
    rewrite(release, "provenance.parquet", whole.filter(pc.field("is_canonical")))
    assert verify_release(release) == [
        "provenance.parquet: pubmed/PMC1_F1_a-b017e32e.jpg is not told as data tells it"
    ]


def test_folder_may_be_named_by_a_dot(release: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(release)
    assert verify_release(Path()) == []


def test_renamed_folder_and_no_release(release: Path, tmp_path: Path) -> None:
    moved = release.parent / "2027.1.1"
    shutil.move(release, moved)
    assert verify_release(moved) == [
        "manifest.json: is of version 2026.11.22, the folder is 2027.1.1"
    ]
    assert verify_release(tmp_path / "none") == [
        f"{tmp_path / 'none'}: is not the folder of a release"
    ]
    (tmp_path / "half").mkdir()
    faults = verify_release(tmp_path / "half")
    assert faults[0] == "SHA256SUMS: missing"
    assert "is no release" in faults[1]


def test_manifest_that_lies_about_its_size_is_found(release: Path) -> None:
    manifest = json.loads((release / "manifest.json").read_bytes())
    manifest["counts"]["images"] = 7
    (release / "manifest.json").write_text(json.dumps(manifest))
    write_sums(release)
    assert verify_release(release) == ["manifest.json: states 7 pictures, data has 6"]
