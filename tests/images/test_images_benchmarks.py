"""Evaluation sets: fingerprinted once from the user's copies, and recognised whatever was done."""

from __future__ import annotations

import io
import os
from pathlib import Path

import imagehash
import numpy as np
import pytest
from PIL import Image

from pipeline.catalog import Benchmark, load_catalog
from pipeline.errors import CatalogError, MissingInputError, SourceError
from pipeline.images.benchmark_files import list_copy
from pipeline.images.benchmarks import BENCHMARK, stale_benchmarks
from pipeline.images.duplicates import DEDUPLICATE, find_duplicates
from pipeline.store import Bench, Partition, Run, run_partition
from schemas import BENCHMARKS
from tests.images.conftest import draw, saved

REAL = Path(__file__).parents[2] / "data_catalog.yaml"
OPTIONS = {"duplicate_distance": 4, "candidate_distance": 8}
DRAWN = Benchmark(title="Drawn", homepage="http://h/", terms_url="http://h/", licence="CC0-1.0")


def jpeg(pixels, quality=88):
    out = io.BytesIO()
    Image.fromarray(np.ascontiguousarray(pixels)).save(out, "JPEG", quality=quality)
    return out.getvalue()


def crop(pixels, share):
    height, width = pixels.shape[:2]
    top, left = round(height * share / 2), round(width * share / 2)
    return pixels[top : height - top, left : width - left]


CHANGES = {
    "recompressed": lambda pixels: pixels,
    "smaller": lambda pixels: np.asarray(Image.fromarray(pixels).resize((250, 188))),
    "cropped": lambda pixels: crop(pixels, 0.04),
    "mirrored": lambda pixels: pixels[:, ::-1],
    "turned": lambda pixels: np.rot90(pixels),
    "brighter": lambda pixels: np.clip(pixels * 1.15, 0, 255).astype(np.uint8),
}


@pytest.fixture
def folder(tmp_path):
    path = tmp_path / "exam"
    path.mkdir()
    return path


@pytest.fixture
def run(workspace, real_catalog, folder):
    """Return a function that opens a run under benchmarks of the test's own."""

    def opened(**benchmarks):
        return Run(workspace, real_catalog.model_copy(update={"benchmarks": benchmarks}))

    return opened


@pytest.fixture(scope="session")
def real_catalog():
    return load_catalog(REAL)


def held(**told):
    return DRAWN.model_copy(update={key: str(value) for key, value in told.items()})


def fingerprint(run, name="exam"):
    entry = run.catalog.benchmark(name)
    return run_partition(BENCHMARK, Partition.of_benchmark(name), run, entry.folder or "")


def rows(run, name="exam"):
    table = run.read(BENCHMARKS, Partition.of_benchmark(name))
    return {row["file"]: row for row in table.to_pylist()}


def benchmark_of(corpus, run, names=("exam",)):
    """Return, by key of the corpus, which benchmark holds it."""
    tables = corpus.tables()
    found = find_duplicates(
        Bench(corpus.media, OPTIONS),
        corpus.fingerprints(),
        tables["images"],
        tables["items"],
        tables["pairs"],
        *(run.read(BENCHMARKS, Partition.of_benchmark(name)) for name in names),
    )[0]
    return {
        row["image_id"].split(":")[1].split("#")[0]: row["benchmark"] for row in found.to_pylist()
    }


@pytest.mark.parametrize("change", list(CHANGES))
def test_a_changed_copy_is_recognised_and_look_alikes_are_not(change, corpus, run, folder):
    for name in ("a", "b", "c"):
        pixels = draw(name)
        corpus.add(name, pixels)
        (folder / f"look-alike {name}.jpg").write_bytes(jpeg(draw(f"{name} of another patient")))
    (folder / "theirs.jpg").write_bytes(jpeg(CHANGES[change](draw("b")), 75))
    fingerprint(opened := run(exam=held(folder=folder)))

    assert benchmark_of(corpus, opened) == {"a": None, "b": "exam", "c": None}


def test_every_member_of_a_cluster_is_held_out_and_every_benchmark_told(corpus, run, tmp_path):
    whole = draw("x", width=480, height=360)
    corpus.add("best", whole)
    corpus.add("smaller", np.asarray(Image.fromarray(whole).resize((240, 180))))
    corpus.add("saved", saved(whole, 60))
    corpus.add("other", draw("y"))
    for name in ("later", "exam"):
        (tmp_path / name).mkdir(exist_ok=True)
        (tmp_path / name / "1.jpg").write_bytes(jpeg(whole, 70))
    opened = run(exam=held(folder=tmp_path / "exam"), later=held(folder=tmp_path / "later"))
    for name in ("exam", "later"):
        fingerprint(opened, name)

    found = benchmark_of(corpus, opened, ("exam", "later"))

    assert found == {**dict.fromkeys(("best", "smaller", "saved"), "exam, later"), "other": None}


def test_a_picture_without_detail_is_recognised_by_its_pixels_alone(corpus, run, folder):
    plain = np.full((120, 160, 3), (210, 170, 150), np.uint8)
    corpus.add("plain", plain)
    corpus.add("other", plain - 1)
    Image.fromarray(plain).save(folder / "plain.png")
    fingerprint(opened := run(exam=held(folder=folder)))

    assert benchmark_of(corpus, opened) == {"plain": "exam", "other": None}


def test_hashes_alone_are_enough_also_of_a_mirror(corpus, run, tmp_path):
    for name in ("a", "b", "c"):
        corpus.add(name, draw(name))
    shown = [draw("a"), draw("b")[:, ::-1], draw("no picture of ours")]
    hashes = [str(imagehash.phash(Image.fromarray(np.ascontiguousarray(each)))) for each in shown]
    (tmp_path / "hashes.txt").write_text("\n".join(hashes) + "\n\n")
    fingerprint(opened := run(exam=held(hashes=tmp_path / "hashes.txt")))

    assert benchmark_of(corpus, opened) == {"a": "exam", "b": "exam", "c": None}
    assert {row["status"] for row in rows(opened).values()} == {"hash_only"}


def test_the_folder_need_not_stay(corpus, run, folder):
    corpus.add("a", draw("a"))
    (folder / "a.jpg").write_bytes(jpeg(draw("a")))
    opened = run(exam=held(folder=folder))
    assert [str(each) for each in stale_benchmarks(opened)] == ["exam/copy/part-00000"]
    fingerprint(opened)
    (folder / "a.jpg").unlink()
    folder.rmdir()

    assert stale_benchmarks(opened) == []
    assert benchmark_of(corpus, opened) == {"a": "exam"}


def test_what_cannot_be_read_is_named_and_stops_nothing(run, folder):
    whole = jpeg(draw("a"))
    (folder / "a.jpg").write_bytes(whole)
    (folder / "cut.jpg").write_bytes(whole[: len(whole) // 2])
    (folder / "page.jpg").write_bytes(b"<html>gone</html>")
    (folder / "empty.PNG").write_bytes(b"")
    (folder / "labels.csv").write_text("image,label\n")
    (folder / ".hidden.jpg").write_bytes(whole)
    opened = run(exam=held(folder=folder))

    counts = fingerprint(opened).outputs["benchmarks"].statuses

    assert counts == {"ok": 1, "truncated": 1, "undecodable": 2}
    assert "HTML" in rows(opened)["page.jpg"]["error"]


def test_only_what_changed_is_decoded_again(run, folder, monkeypatch):
    from pipeline.images import benchmarks

    for name in "abc":
        (folder / f"{name}.jpg").write_bytes(jpeg(draw(name)))
    before = fingerprint(run(exam=held(folder=folder)))
    seen = []
    decode = benchmarks.decode_picture
    monkeypatch.setattr(
        benchmarks, "decode_picture", lambda content: seen.append(content) or decode(content)
    )

    assert fingerprint(run(exam=held(folder=folder))) == before
    os.utime(folder / "a.jpg", ns=(1, 1))
    (folder / "b.jpg").rename(folder / "renamed.jpg")
    touched = fingerprint(opened := run(exam=held(folder=folder)))
    assert not seen
    assert touched.key != before.key
    assert sorted(rows(opened)) == ["a.jpg", "c.jpg", "renamed.jpg"]
    (folder / "new.jpg").write_bytes(new := jpeg(draw("new")))
    fingerprint(run(exam=held(folder=folder)))
    assert seen[0] == new
    assert len(seen) == 2, "the file, and what is stored of it"


def test_a_touched_file_changes_no_byte_of_the_table(run, folder):
    (folder / "a.jpg").write_bytes(jpeg(draw("a")))
    before = fingerprint(run(exam=held(folder=folder)))
    os.utime(folder / "a.jpg", ns=(1, 1))

    assert fingerprint(run(exam=held(folder=folder))).outputs == before.outputs


def test_duplicates_are_sought_anew_when_a_benchmark_changes(run, folder):
    from pipeline.store.stage import _plan

    (folder / "a.jpg").write_bytes(jpeg(draw("a")))
    opened = run(exam=held(folder=folder))
    with pytest.raises(MissingInputError, match="needs benchmarks of exam"):
        _plan(DEDUPLICATE, [], opened)
    fingerprint(opened)
    first = _plan(DEDUPLICATE, [], opened).key
    assert _plan(DEDUPLICATE, [], opened).key == first
    assert _plan(DEDUPLICATE, [], run()).key != first
    (folder / "b.jpg").write_bytes(jpeg(draw("b")))
    fingerprint(again := run(exam=held(folder=folder)))

    assert _plan(DEDUPLICATE, [], again).key != first


def test_a_list_chooses_the_test_split(folder, tmp_path):
    for name in ("part 1/ISIC_1.jpg", "part 2/ISIC_2.JPG", "ISIC_3.png"):
        (folder / name).parent.mkdir(exist_ok=True)
        (folder / name).write_bytes(b"x")
    table = tmp_path / "split.csv"
    table.write_text(
        "label,image,split\n1,data/HAM/ISIC_1.jpg,test\n2,ISIC_2,test\n3,ISIC_3,train\n4,ISIC_9,test\n"
    )
    told = {"folder": str(folder), "names": str(table), "names_column": "image"}
    entry = DRAWN.model_copy(update={**told, "names_where": {"split": "test"}})

    copy = list_copy("exam", entry)

    assert copy.files == ("part 1/ISIC_1.jpg", "part 2/ISIC_2.JPG")
    assert copy.missing == ("ISIC_9",)
    plain = tmp_path / "names.txt"
    plain.write_text("ISIC_3\n\npart 1/ISIC_1.jpg\n")
    assert list_copy("exam", held(folder=folder, names=plain)).files == (
        "ISIC_3.png",
        "part 1/ISIC_1.jpg",
    )


@pytest.mark.parametrize(
    ("told", "words"),
    [
        ({"folder": "nowhere"}, "is no folder"),
        ({"folder": "exam"}, "has no picture in"),
        ({"folder": "exam", "names": "split.csv", "names_column": "image"}, "no column 'image'"),
        ({"folder": "exam", "names": "gone.txt"}, "cannot be read"),
        ({"hashes": "split.csv"}, "line 1 of the list is not a 64-bit hash"),
    ],
)
def test_what_cannot_be_used_at_all_is_one_sentence(told, words, folder, tmp_path):
    (tmp_path / "split.csv").write_text("label\n1\n")
    paths = {k: v if k == "names_column" else str(tmp_path / v) for k, v in told.items()}

    with pytest.raises(SourceError, match=words):
        list_copy("exam", DRAWN.model_copy(update=paths))


def test_the_catalog_refuses_a_list_without_a_folder():
    told = DRAWN.model_dump() | {"names": "split.csv"}

    with pytest.raises(ValueError, match="name the folder too"):
        Benchmark(**told)
    with pytest.raises(CatalogError, match="no benchmark derm"):
        load_catalog(REAL).benchmark("derm")
