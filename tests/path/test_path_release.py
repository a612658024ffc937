"""What the way from source to release keeps and leaves out, by the plants of the demo world."""

from __future__ import annotations

import csv
import json
import shutil

import pyarrow.parquet as pq
import pytest

from pipeline.audit.ledger import audit
from pipeline.audit.trace import trace
from pipeline.release.verify import verify_release
from schemas import ITEMS, MEDIA, VERDICTS
from schemas.release import DERM1M_COLUMNS


@pytest.fixture(scope="session")
def rows(walked):
    return [
        row
        for path in sorted((walked.release / "data").glob("*.parquet"))
        for row in pq.read_table(path).to_pylist()
    ]


@pytest.fixture(scope="session")
def provenance(walked):
    return pq.read_table(walked.release / "provenance.parquet").to_pylist()


def plants(world, name):
    found = [plant for plant in world.truth["plants"] if plant["name"] == name]
    assert found, f"the world plants no {name}"
    return found


def item_ids(plant):
    return {f"{each['source']}:{each['item']}" for each in plant["items"]}


def released_items(provenance):
    return {row["item_id"] for row in provenance}


def test_all_kinds_of_source_and_of_caption_are_released(walked, rows):
    assert {row["source"] for row in rows} == {
        "pubmed",
        "youtube",
        "reddit",
        "discourse",
        "webforum",
        "slides",
        "ham10000",
    }
    with (walked.release / "captions.csv").open(encoding="utf-8-sig", newline="") as opened:
        captions = list(csv.DictReader(opened))
    assert {row["kind"] for row in captions} == {"refined", "ontology", "concept"}
    assert all(row["caption"].strip() and row["caption"] != "nan" for row in captions)
    assert len({row["filename"] for row in captions}) == len(rows)


def test_the_csvs_are_derm1m_s(walked, rows):
    n = 0
    for name in ("pretrain", "validation", "test"):
        path = walked.release / f"Derm1M_v2_{name}.csv"
        assert path.read_bytes().startswith(b"\xef\xbb\xbf")
        with path.open(encoding="utf-8-sig", newline="") as opened:
            table = csv.DictReader(opened)
            assert tuple(table.fieldnames) == DERM1M_COLUMNS
            for row in table:
                n += 1
                assert (walked.release / "images" / row["filename"]).is_file()
                assert row["truncated_caption"]
    assert n == len(rows)


@pytest.mark.parametrize("name", ["duplicate_near", "duplicate_exact"])
def test_a_picture_in_two_sources_is_one_picture_with_two_provenances(
    world, provenance, rows, name
):
    for plant in plants(world, name):
        wanted = item_ids(plant)
        files = {row["filename"] for row in provenance if row["item_id"] in wanted}
        shared = [
            file
            for file in files
            if {row["item_id"] for row in provenance if row["filename"] == file} == wanted
        ]
        assert len(shared) == 1, (wanted, files)
        (row,) = [row for row in rows if row["filename"] == shared[0]]
        assert row["n_provenances"] == 2


def statuses(walked, contract, key="item_id"):
    run = walked.run()
    return {
        row[key]: row["status"]
        for source in run.workspace.sources()
        for partition in run.workspace.partitions(source)
        for row in run.read(contract, partition).to_pylist()
    }


@pytest.mark.parametrize(
    ("name", "status"),
    [
        ("retracted_article", "retracted"),
        ("unlicensed_video", "no_licence"),
        ("removed_video", "gone"),
        ("deleted_post", "deleted"),
        ("removed_post", "deleted"),
    ],
)
def test_what_must_not_be_collected_is_left_out_for_its_reason(
    walked, world, provenance, name, status
):
    found = statuses(walked, ITEMS)
    for plant in plants(world, name):
        for item in item_ids(plant):
            assert found[item] == status
            assert item not in released_items(provenance)
            source = item.split(":")[0]
            assert audit(walked.run(), walked.release)["sources"][source]["left_out"][status]


@pytest.mark.parametrize(
    ("name", "status"),
    [
        ("forbidden_thread", "forbidden_by_robots"),
        ("missing_picture", "not_found"),
        ("html_for_picture", "wrong_type"),
    ],
)
def test_what_cannot_be_fetched_stands_with_its_class(walked, world, name, status):
    run = walked.run()
    told = audit(run, walked.release)["sources"]
    found = {}
    for source in run.workspace.sources():
        for partition in run.workspace.partitions(source):
            for row in run.read(MEDIA, partition).to_pylist():
                found.setdefault(row["item_id"], set()).add(row["status"])
    for plant in plants(world, name):
        for item in item_ids(plant):
            assert status in found[item]
            assert told[item.split(":")[0]]["media_failed"][status] >= 1


def test_the_truncated_jpeg_is_a_failed_row(walked, world, provenance):
    for plant in plants(world, "truncated_jpeg"):
        for item in item_ids(plant):
            assert item not in released_items(provenance)
            source = item.split(":")[0]
            assert (
                audit(walked.run(), walked.release)["sources"][source]["failed"]["truncated"] == 1
            )


def test_no_picture_without_skin_is_released(walked, world, provenance):
    """Every picture that shows no skin has a drop verdict or no verdict to keep."""
    run = walked.run()
    verdicts = {
        row["image_id"]: row
        for source in run.workspace.sources()
        for partition in run.workspace.partitions(source)
        for row in run.read(VERDICTS, partition).to_pylist()
    }
    released = {row["image_id"] for row in provenance}
    for picture in world.truth["pictures"]:
        if picture["kind"] in ("skin",):
            continue
        image = f"{picture['source']}:{picture['item']}#{picture['locator']}"
        if image in verdicts:
            assert verdicts[image]["verdict"] != "keep", (image, picture["kind"])
            assert image not in released


def test_the_audit_adds_up(walked, rows):
    told = audit(walked.run(), walked.release)

    assert len(told["sources"]) >= 7
    for name, each in told["sources"].items():
        failed, dropped = sum(each["failed"].values()), sum(each["dropped"].values())
        assert each["images"] == each["kept"] + dropped + failed, name
        assert each["listed"] >= each["fetched"], name
    assert sum(each["released"] for each in told["sources"].values()) == len(rows)
    assert told["release"]["rows"] == len(rows)


def test_every_released_picture_can_be_traced_to_its_bytes(walked, rows):
    for row in rows[:: max(1, len(rows) // 8)]:
        told = json.dumps(trace(walked.run(), walked.release, row["filename"]), default=str)
        for wanted in (row["image_id"], row["sha256"], row["page_url"], row["licence"]):
            assert wanted in told
        for word in ("prompt_sha256", "model_revision", "licence_evidence", "media_sha256"):
            assert word in told


def test_verify_passes_and_names_a_changed_file(walked, tmp_path):
    assert verify_release(walked.release) == []

    copy = tmp_path / "copy"
    shutil.copytree(walked.release, copy)
    chosen = [
        sorted((copy / "images").rglob("*.jpg"))[0],
        sorted((copy / "data").glob("*.parquet"))[0],
        copy / "README.md",
        copy / "captions.csv",
        copy / "manifest.json",
        copy / "SHA256SUMS",
    ]
    for path in chosen:
        whole = path.read_bytes()
        middle = len(whole) // 2
        path.write_bytes(whole[:middle] + bytes([whole[middle] ^ 1]) + whole[middle + 1 :])
        faults = verify_release(copy)
        assert any(path.name in fault for fault in faults), path.name
        path.write_bytes(whole)
    assert verify_release(copy) == []


def test_labels_are_those_that_were_drawn(walked, world, rows):
    """Where the world knows the disease of a picture, the label does not contradict it."""
    truth = {
        f"{each['source']}:{each['item']}#{each['locator']}": each["disease"]
        for each in world.truth["pictures"]
        if each["kind"] == "skin" and each.get("disease")
    }
    judged = [(row, truth[row["image_id"]]) for row in rows if row["image_id"] in truth]
    labelled = [(row, disease) for row, disease in judged if row["label_status"] == "linked"]
    right = [
        row for row, disease in labelled if disease.lower() in json.dumps(row["hierarchy"]).lower()
    ]

    assert len(judged) > 50
    assert len(labelled) >= 0.8 * len(judged)
    assert len(right) >= 0.9 * len(labelled)
