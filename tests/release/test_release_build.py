import csv
import io
import json
import os
import subprocess
import sys
import time
from dataclasses import replace
from pathlib import Path

import pandas as pd
import pyarrow.parquet as pq
import pytest
import yaml

from pipeline.errors import MissingInputError, NotFoundError, ReleaseError
from pipeline.knowledge.ontology import Ontology
from pipeline.release.build import build_release
from pipeline.release.published import open_release
from pipeline.release.versions import latest_release, sole_builder, standing_versions
from pipeline.store import Partition, Run
from schemas.release import DERM1M_COLUMNS
from tests.release.release_world import (
    A_COPY,
    FORMULA,
    SNAPSHOT,
    A,
    make_catalog,
    make_run,
    make_world,
)

ROOT = Path(__file__).parents[2]
A_FILE = "pubmed/PMC1_F1_a-b017e32e.jpg"


def rows_of(path: Path) -> list[dict[str, str]]:
    return list(csv.DictReader(io.StringIO(path.read_text("utf-8"), newline="")))


def test_takes_kept_canonical_licensed_captioned_pictures(release: Path) -> None:
    rows = open_release(release).rows().to_pylist()
    assert [row["image_id"] for row in rows] == [
        A,
        "papers:PMC1#F1/b",
        "board:b1#p1-2",
        "board:b5#p1-1",
        "videos:V1#t=10.0s",
        "videos:V1#t=30.0s",
    ]
    first = rows[0]
    assert first["filename"] == A_FILE
    assert first["source_type"] == "knowledge"
    assert first["refined_caption"] == "A scaly plaque on the elbow."
    assert first["concept_caption"] == "This skin photo shows scale."
    assert first["body_sites"] == ["elbow"]
    assert first["symptoms"] == []  # the text denies it
    assert (first["licence"], first["licence_tier"]) == ("CC-BY-4.0", "open")
    assert first["caption_set"] == "template"


def test_last_ok_attempt_wins_and_text_stays_as_it_is(release: Path) -> None:
    row = next(
        r
        for r in open_release(release).rows().to_pylist()
        if r["source"] == "board" and r["image_id"].startswith("board:b5")
    )
    assert row["refined_caption"] == FORMULA
    assert row["truncated_caption"] == FORMULA[:60]
    assert row["ontology_caption"] is None


def test_duplicate_is_one_picture_with_two_provenances(release: Path) -> None:
    published = open_release(release)
    found = [r for r in published.provenance().to_pylist() if r["filename"] == A_FILE]
    assert [(r["image_id"], r["is_canonical"]) for r in found] == [(A_COPY, False), (A, True)]
    assert found[0]["creator"] == "user-0123456789ab"
    assert found[0]["licence_evidence"] == "footer: CC-BY-4.0"
    assert found[0]["media_url"] == "https://files.example/board/b1/p1-1.jpg"
    row = next(r for r in published.rows().to_pylist() if r["filename"] == A_FILE)
    assert row["n_provenances"] == 2
    other = next(r for r in published.rows().to_pylist() if r["image_id"] == "board:b1#p1-2")
    # the thread of the copy is joined with the article
    assert other["group_id"] == row["group_id"] == "board:b1"
    assert other["split"] == row["split"]


def test_taken_back_item_is_no_provenance(tmp_path: Path) -> None:
    world = make_world(tmp_path / "workspace")
    world.change("items", "item_id", "board:b1", status="deleted")
    world.change("verdicts", "image_id", "board:b1#p1-2", verdict="drop", reasons=["removed"])
    world.write()
    release = build_release(Run(world.workspace, make_catalog(), "template"), "derm")
    assert A_COPY not in open_release(release).provenance()["image_id"].to_pylist()
    row = open_release(release).rows().to_pylist()[0]
    assert (row["n_provenances"], row["group_id"]) == (1, "papers:PMC1")


def test_provenance_reaches_into_sources_that_the_release_does_not_take(run: Run) -> None:
    release = build_release(run, "papers-only")
    published = open_release(release)
    assert set(published.rows()["source"].to_pylist()) == {"papers"}
    assert published.rows().num_rows == 3  # its tiers permit the non-commercial article
    assert A_COPY in published.provenance()["image_id"].to_pylist()


def test_derm1m_csv_has_twelve_columns_sentinels_and_mark(release: Path) -> None:
    content = (release / "Derm1M_v2_pretrain.csv").read_bytes()
    assert content.startswith(b"\xef\xbb\xbffilename,caption,truncated_caption,source,")
    lines = content.decode("utf-8-sig").split("\r\n")
    assert lines[0] == ",".join(DERM1M_COLUMNS)
    row = next(csv.DictReader(io.StringIO(content.decode("utf-8-sig"), newline="")))
    assert row["filename"] == A_FILE
    assert row["hierarchical_disease_label"] == "inflammatory, papulosquamous, psoriasis"
    assert row["symptoms"] == "No symptom information"
    assert row["age"] == "No age information"
    assert (Path(f"{release}/images/") / row["filename"]).is_file()


def test_every_split_file_is_there_and_they_cover_the_release(release: Path) -> None:
    names = []
    for split, derm1m in (("train", "pretrain"), ("validation", "validation"), ("test", "test")):
        shard = pq.read_table(release / f"data/{split}-00000.parquet")
        listed = [row["filename"] for row in rows_of(release / f"splits/{split}.csv")]
        assert listed == shard["filename"].to_pylist()
        twelve = (release / f"Derm1M_v2_{derm1m}.csv").read_text("utf-8-sig")
        assert len(list(csv.reader(io.StringIO(twelve, newline="")))) == len(listed) + 1
        names += listed
    assert len(names) == len(set(names)) == 6


def test_captions_csv_has_a_row_per_pair(release: Path) -> None:
    pairs = rows_of(release / "captions.csv")
    assert len(pairs) == 14
    assert [pair["kind"] for pair in pairs[:3]] == ["refined", "ontology", "concept"]
    assert pairs[0]["caption_id"] == f"{A}@refined@template@1"
    assert pairs[0]["prompt_id"] == "refined/v1"
    assert pairs[0]["model_id"] == "template"
    assert all(pair["truncated_caption"] for pair in pairs)


def test_pictures_are_linked_to_the_media_store(run: Run) -> None:
    release = build_release(run, "derm")
    row = open_release(release).rows().to_pylist()[0]
    with run.workspace.media.as_file(row["sha256"]) as blob:
        assert blob.samefile(release / "images" / row["filename"])


def test_manifest_and_card_tell_the_same_numbers(release: Path) -> None:
    manifest = json.loads((release / "manifest.json").read_bytes())
    assert manifest["counts"]["images"] == 6
    assert manifest["counts"]["pairs"] == {"total": 14, "refined": 6, "ontology": 4, "concept": 4}
    assert manifest["withheld"] == {"licence_tier": 1, "no_caption": 1}
    assert manifest["model"]["revision"] == "1"
    card = (release / "README.md").read_text("utf-8")
    matter = yaml.safe_load(card.split("---\n")[1])
    assert matter["configs"][0]["data_files"][0] == {
        "split": "train",
        "path": "data/train-*.parquet",
    }
    assert matter["license"] == "other"
    assert "6 pictures of skin with\n14 captions" in card
    assert "A board \\| with a pipe" in card


def test_ontology_comes_along(release: Path) -> None:
    assert json.loads((release / "ontology.json").read_bytes()) == Ontology.load().flat()
    assert json.loads((release / "ontology_nested.json").read_bytes()) == Ontology.load().nested()


def test_same_content_is_not_written_twice(run: Run, release: Path) -> None:
    before = (release / "SHA256SUMS").stat().st_mtime_ns
    assert build_release(run, "derm") == release
    assert (release / "SHA256SUMS").stat().st_mtime_ns == before
    assert standing_versions(release.parent) == ["2026.11.22"]


def test_another_caption_set_gives_the_next_version(run: Run, release: Path) -> None:
    second = build_release(replace(run, caption_set="terse"), "derm")
    assert second.name == "2026.11.22.1"
    row = open_release(second).rows().to_pylist()[0]
    assert row["refined_caption"] == "In short: A scaly plaque on the elbow."
    assert row["caption_set"] == "terse"
    assert latest_release(run.workspace, "derm") == second


def test_standing_version_with_other_content_is_refused(run: Run, release: Path) -> None:
    assert build_release(run, "derm", release.name) == release
    with pytest.raises(ReleaseError, match="stands with other content and is never changed"):
        build_release(replace(run, caption_set="terse"), "derm", release.name)
    with pytest.raises(ReleaseError, match="is no version"):
        build_release(run, "derm", "../up")


def test_two_workspaces_give_the_same_bytes(tmp_path: Path) -> None:
    one = build_release(make_run(tmp_path / "one"), "derm")
    two = build_release(make_run(tmp_path / "elsewhere" / "two"), "derm")
    assert (one / "SHA256SUMS").read_bytes() == (two / "SHA256SUMS").read_bytes()


def test_what_a_killed_build_left_is_removed(run: Run) -> None:
    left = run.workspace.folder("releases", "derm") / ".tmp-2026.11.22"
    (left / "data").mkdir(parents=True)
    (left / "data" / "half").write_bytes(b"x")
    release = build_release(run, "derm")
    assert not left.exists()
    assert release.name == "2026.11.22"


def test_killed_build_is_finished_with_the_same_bytes(run: Run, standing: Path) -> None:
    code = (
        "import sys; sys.path.insert(0, sys.argv[1])\n"
        "from release_world import make_catalog\n"
        "from pipeline.release.build import build_release\n"
        "from pipeline.store import Run, Workspace\n"
        "build_release(Run(Workspace(sys.argv[2]), make_catalog(), 'template'), 'derm')\n"
    )
    folder = Path(run.workspace.root) / "releases" / "derm"
    arguments = [sys.executable, "-c", code, str(Path(__file__).parent), run.workspace.root]
    with subprocess.Popen(arguments, cwd=ROOT) as building:
        while building.poll() is None and not list(folder.glob(".tmp-*/data")):
            time.sleep(0.001)
        building.kill()
    sums = standing / "releases" / "derm" / "2026.11.22" / "SHA256SUMS"
    assert (build_release(run, "derm") / "SHA256SUMS").read_bytes() == sums.read_bytes()
    assert sorted(each.name for each in folder.iterdir()) == [".lock", "2026.11.22"]


def test_pandas_reads_the_derm1m_files(release: Path) -> None:
    read = pd.read_csv(release / "Derm1M_v2_pretrain.csv")
    assert list(read.columns) == list(DERM1M_COLUMNS)
    assert read.notna().all().all()
    assert read["source"].tolist() == ["papers", "papers", "board"]


def test_two_builds_at_once_are_refused(run: Run) -> None:
    folder = run.workspace.folder("releases", "derm")
    with sole_builder(folder), pytest.raises(ReleaseError, match="another build of derm"):
        build_release(run, "derm")


def test_all_breaches_are_told_and_nothing_is_written(tmp_path: Path) -> None:
    run = make_run(
        tmp_path / "workspace",
        expect={
            "min_rows": 100,
            "min_label_share": 1.0,
            "min_caption_share": 0.99,
            "max_source_share": 0.3,
        },
    )
    with pytest.raises(ReleaseError) as caught:
        build_release(run, "derm")
    told = str(caught.value)
    assert "6 rows, at least 100 are expected" in told
    assert "caption share 0.857, at least 0.99 is expected" in told
    assert "source board gives a share of 0.333" in told
    assert "label share" not in told
    folder = tmp_path / "workspace" / "releases" / "derm"
    assert [each.name for each in folder.iterdir()] == [".lock"]


def test_missing_stage_is_named(run: Run) -> None:
    run.workspace.remove_manifest("ground", Partition("board", SNAPSHOT, 0), "template")
    with pytest.raises(MissingInputError, match="captions of board/2026-11-01/part-00000"):
        build_release(run, "derm")


def test_source_that_is_not_collected_is_said(tmp_path: Path) -> None:
    run = make_run(tmp_path / "workspace", sources=["papers", "videos"])
    run.workspace.files.remove(f"listings/videos/{SNAPSHOT}.json")
    with pytest.raises(MissingInputError, match="names videos"):
        build_release(run, "derm")
    every = Run(run.workspace, make_catalog(), "template")
    assert open_release(build_release(every, "derm")).manifest["uncollected"] == ["videos"]


def test_missing_blob_leaves_no_half_release(run: Run) -> None:
    release = build_release(run, "derm")
    lost = open_release(release).rows().to_pylist()[0]["sha256"]
    run.workspace.media.remove(lost)
    with pytest.raises(NotFoundError, match=lost):
        build_release(run, "derm", "3000.1.1")
    assert standing_versions(release.parent) == ["2026.11.22"]
    assert not list(release.parent.glob(".tmp-*"))


def test_damaged_blob_stops_the_release(run: Run) -> None:
    release = build_release(run, "derm")
    sha256 = open_release(release).rows().to_pylist()[0]["sha256"]
    with run.workspace.media.as_file(sha256) as blob:
        blob.write_bytes(blob.read_bytes()[:-1] + b"x")
    with pytest.raises(ReleaseError, match="1 pictures of the media store are damaged"):
        build_release(run, "derm", "3000.1.1")


def test_full_disk_is_one_sentence(run: Run, monkeypatch: pytest.MonkeyPatch) -> None:
    def full(_descriptor: int) -> None:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(os, "fsync", full)
    with pytest.raises(ReleaseError, match="No space left on device"):
        build_release(run, "derm")
    folder = run.workspace.folder("releases", "derm")
    assert [each.name for each in folder.iterdir()] == [".lock"]


def test_a_licence_that_a_picture_states_for_itself_goes_before_its_items(tmp_path: Path) -> None:
    world = make_world(tmp_path)
    own = {
        "licence": "CC-BY-SA-3.0",
        "licence_tier": "open",
        "licence_evidence": "'CC BY-SA' at F1",
    }
    world.change("images", "image_id", "papers:PMC3#F1", **own)
    world.change("images", "image_id", A, licence_tier="non-commercial")
    world.write()
    published = open_release(
        build_release(Run(world.workspace, make_catalog(), "template"), "derm")
    )
    rows = {row["image_id"]: row for row in published.rows().to_pylist()}
    assert A not in rows
    shown = rows["papers:PMC3#F1"]
    assert (shown["licence"], shown["licence_tier"]) == ("CC-BY-SA-3.0", "open")
    [told] = [
        row for row in published.provenance().to_pylist() if row["image_id"].endswith("PMC3#F1")
    ]
    assert {name: told[name] for name in own} == own
