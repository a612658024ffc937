"""What an evaluation set holds is kept out, under its name, and nothing else is."""

from __future__ import annotations

import os
import shutil

from pipeline import walk
from pipeline.audit.ledger import audit
from pipeline.demo.catalog import EXAM
from pipeline.stages import CURATE
from pipeline.work import Place, open_run
from schemas import BENCHMARKS, DUPLICATES, VERDICTS


def planted(world):
    plants = [each for each in world.truth["plants"] if each["name"] == "benchmark_picture"]
    return {f"{place['source']}:{place['item']}" for each in plants for place in each["items"]}


def rows(run, contract):
    return [
        row
        for source in run.workspace.sources()
        for partition in run.workspace.partitions(source)
        for row in run.read(contract, partition).to_pylist()
    ]


def test_the_planted_pictures_are_held_out_and_no_look_alike_is(walked, world):
    run = walked.run()
    held = [row for row in rows(run, DUPLICATES) if row["benchmark"]]

    assert len(planted(world)) == 3
    assert {row["image_id"].partition("#")[0] for row in held} == planted(world)
    assert {row["benchmark"] for row in held} == {EXAM}


def test_their_verdicts_name_the_benchmark_and_the_audit_counts_them(walked, world):
    run = walked.run()
    verdicts = {row["image_id"].partition("#")[0]: row for row in rows(run, VERDICTS)}
    counted = {}
    for source in audit(run, walked.release)["sources"].values():
        for reason, n in source["dropped"].items():
            counted[reason] = counted.get(reason, 0) + n

    for item in planted(world):
        assert verdicts[item]["verdict"] == "drop"
        assert verdicts[item]["reasons"][0].startswith("benchmark")
    assert sum(n for reason, n in counted.items() if reason.startswith("benchmark")) == 3


def test_nothing_of_a_benchmark_is_released(walked, world):
    released = (walked.release / "captions.csv").read_text("utf-8-sig")
    (partition,) = walked.run().benchmarks()
    blobs = {row["sha256"] for row in walked.run().read(BENCHMARKS, partition).to_pylist()}

    assert len(blobs) == 7
    for item in planted(world):
        assert item.partition(":")[2] not in released
    sums = (walked.release / "SHA256SUMS").read_text()
    assert not [blob for blob in blobs if blob in sums]


def test_a_benchmark_that_grows_is_fingerprinted_and_compared_anew(walked, world, tmp_path):
    root = tmp_path / "root"
    shutil.copytree(walked.root, root, copy_function=os.link)
    catalog = root / walked.catalog.name
    place = Place(str(root), str(catalog), "grown", "template")
    run = open_run(place)
    partitions = walk.latest_partitions(run, ["pad_ufes_20"])
    assert walk.pending(CURATE, partitions, run) == []
    folder = next(path for path in root.rglob("benchmarks/exam") if path.is_dir())
    (extra,) = sorted((world.folder / "datasets").rglob("PAT_9003_9106_9506.png"))
    (folder / "extra.png").write_bytes(extra.read_bytes())

    assert walk.curate(place, partitions) == []

    held = {row["image_id"] for row in rows(run, DUPLICATES) if row["benchmark"]}
    assert any(each.startswith("pad_ufes_20:PAT_9003_9106_9506") for each in held)
    assert len(held) == 4
