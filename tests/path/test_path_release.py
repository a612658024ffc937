"""What the way from source to release keeps and leaves out, by the plants of the demo world."""

from __future__ import annotations

import csv
import json
import shutil

import pyarrow.parquet as pq
import pytest

from pipeline import walk
from pipeline.audit.ledger import audit
from pipeline.audit.trace import trace
from pipeline.errors import MissingInputError
from pipeline.knowledge.link import Linker
from pipeline.knowledge.ontology import Ontology
from pipeline.release.verify import verify_release
from pipeline.work import Place, open_run
from schemas import DUPLICATES, IMAGES, ITEMS, MEDIA, VERDICTS
from schemas.release import DERM1M_COLUMNS
from tests.path.drawn import drawn_by_image


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
        "pad_ufes_20",
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
        ("private_video", "gone"),
        ("deleted_post", "deleted"),
        ("removed_post", "deleted"),
        ("unnamed_deck", "no_licence"),
        ("malformed_record", "malformed"),
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
        ("html_for_deck", "wrong_type"),
        ("old_powerpoint", "wrong_type"),
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


@pytest.fixture(scope="session")
def verdicts(walked):
    run = walked.run()
    return {
        row["image_id"]: row
        for source in run.workspace.sources()
        for partition in run.workspace.partitions(source)
        for row in run.read(VERDICTS, partition).to_pylist()
    }


REASON_OF_KIND = {
    "chart": "chart",
    "histology": "histology",
    "talking_head": "talking_head",
    "text_slide": "text_slide",
    "non_skin": "no_skin",
}


def test_every_picture_gets_the_verdict_of_what_it_shows(world, verdicts):
    drawn = drawn_by_image(world, verdicts)
    held_out = {
        f"{place['source']}:{place['item']}"
        for plant in world.truth["plants"]
        if plant["name"] == "benchmark_picture"
        for place in plant["items"]
    }
    wrong = []
    for image_id, picture in drawn.items():
        row = verdicts[image_id]
        expected = REASON_OF_KIND.get(picture["kind"])
        if image_id.partition("#")[0] in held_out:
            expected = "benchmark:demo-exam"
        if row["verdict"] == "failed":
            continue
        if expected and (row["verdict"] != "drop" or expected not in row["reasons"]):
            wrong.append((image_id, picture["kind"], row["verdict"], row["reasons"]))
        if not expected and row["verdict"] != "keep" and row["reasons"] != ["duplicate"]:
            wrong.append((image_id, picture["kind"], row["verdict"], row["reasons"]))

    assert len(drawn) > 140
    assert not wrong


def test_compound_figures_are_cut_into_their_panels(walked, world):
    run = walked.run()
    boxes = {
        row["image_id"]: row["box"]
        for partition in run.workspace.partitions("pubmed")
        for row in run.read(IMAGES, partition).to_pylist()
    }
    for plant in plants(world, "compound_figure"):
        (figure,) = plant["items"]
        start = f"{figure['locator']}/"
        panels = [
            each
            for each in world.truth["pictures"]
            if each["item"] == figure["item"] and each["locator"].startswith(start)
        ]
        assert len(panels) >= 2
        for panel in panels:
            box = boxes[f"pubmed:{panel['item']}#{panel['locator']}"]
            assert overlap(box, panel["box"]) > 0.9, panel


def overlap(one, other):
    """Return intersection over union of two boxes."""
    width = min(one[2], other[2]) - max(one[0], other[0])
    height = min(one[3], other[3]) - max(one[1], other[1])
    shared = max(0, width) * max(0, height)
    areas = sum((box[2] - box[0]) * (box[3] - box[1]) for box in (one, other))
    return shared / (areas - shared)


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

    copy = tmp_path / walked.release.name
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


def test_labels_and_concepts_are_those_that_were_drawn(world, rows):
    """No label names another disease than the one that was drawn, and most are found."""
    drawn = drawn_by_image(world, [row["image_id"] for row in rows])
    ontology = Ontology.load()
    linker = Linker(ontology)
    linked = [row for row in rows if row["label_status"] == "linked"]
    wrong = {}
    for row in linked:
        disease = drawn[row["image_id"]]["disease"]
        meant = {each.condition_id for each in ontology.path(linker.link(disease).condition_id)}
        if not meant & set(row["condition_ids"]):  # a dataset may only name the group
            wrong[row["image_id"]] = (disease, row["condition_ids"])

    assert len(drawn) == len(rows) > 120
    assert len(linked) >= 0.9 * len(rows)
    assert not wrong


def test_a_panel_never_takes_the_disease_of_another(world, rows):
    linker = Linker(Ontology.load())
    panels = {
        image_id: picture
        for image_id, picture in drawn_by_image(world, [row["image_id"] for row in rows]).items()
        if picture["source"] == "pubmed" and "/" in picture["locator"]
    }
    labels = {row["image_id"]: row["condition_ids"] for row in rows}

    assert len(panels) >= 10
    for image_id, picture in panels.items():
        assert labels[image_id] == [linker.link(picture["disease"]).condition_id], image_id


def test_duplicates_are_found_though_one_source_alone_is_curated(walked, tmp_path):
    """Curating one source again still compares it with all the others."""
    root = tmp_path / "workspace"
    shutil.copytree(walked.root, root)
    shutil.rmtree(root / "manifests" / "deduplicate")
    place = Place(str(root), str(root / "data_catalog.yaml"), "one", "template")
    run = open_run(place)

    failures = walk.curate(place, walk.latest_partitions(run, ["discourse"]))

    assert not failures
    (partition,) = run.workspace.partitions("discourse")
    heads = run.read(DUPLICATES, partition)["canonical_id"].to_pylist()
    assert any(head.startswith("pubmed:") for head in heads)


def test_no_release_is_made_of_tables_that_are_out_of_date(walked, tmp_path):
    root = tmp_path / "workspace"
    shutil.copytree(walked.root, root)
    catalog = root / "data_catalog.yaml"
    text = catalog.read_text("utf-8")
    assert "screening:" not in text
    catalog.write_text(text + "screening: {min_side_px: 90}\n", "utf-8")

    with pytest.raises(MissingInputError, match="screen are to be done on what stands"):
        walk.release(Place(str(root), str(catalog), "stale", "template"), "derm")
