"""Datasets from the user's own copy: items and media. What each one says is tested by reader."""

from __future__ import annotations

import io
import json
from pathlib import Path

import pytest
from PIL import Image

from pipeline.demo.dataset import write_dataset
from pipeline.demo.truth import TruthBook
from pipeline.errors import SourceError
from pipeline.source_entries import DatasetSource, StatedLicence
from pipeline.sources.datasets import DatasetCollector
from pipeline.sources.shelf import Shelf
from schemas import ITEMS, MEDIA

HEADER = "lesion_id,image_id,dx,dx_type,age,sex,localization\n"


def jpeg() -> bytes:
    out = io.BytesIO()
    Image.new("RGB", (60, 45), (180, 120, 90)).save(out, "JPEG")
    return out.getvalue()


@pytest.fixture
def folder(tmp_path) -> Path:
    made = tmp_path / "ham"
    for part in (1, 2):
        (made / f"HAM10000_images_part_{part}").mkdir(parents=True)
    (made / "HAM10000_images_part_1" / "ISIC_1.jpg").write_bytes(jpeg())
    (made / "HAM10000_images_part_2" / "ISIC_2.jpg").write_bytes(jpeg())
    return made


def collector(folder, csv=None, **changes):
    if csv is not None:
        (folder / "HAM10000_metadata.csv").write_bytes(
            csv if isinstance(csv, bytes) else (HEADER + csv).encode()
        )
    stated = {
        "kind": "dataset",
        "path": str(folder),
        "reader": "ham10000",
        "title": "HAM10000",
        "homepage": "https://example.org/ham",
        "terms_url": "https://example.org/terms",
        "source_type": "public",
        "folder": "ham10000",
        "licence": StatedLicence(name="CC-BY-NC-4.0", evidence="Terms: CC BY-NC 4.0"),
    }
    entry = DatasetSource(**(stated | changes))
    return DatasetCollector("ham", entry, None, "key")


def items_of(made):
    return ITEMS.table([made.describe(each) for each in made.list_keys()]).to_pylist()


def fetch(made, item, media):
    return MEDIA.table(made.fetch(item, Shelf(media))).to_pylist()


def test_a_record_is_stored_with_its_picture_and_its_lesion_as_group(folder, workspace):
    made = collector(
        folder,
        "HAM_7,ISIC_1,mel,histo,45.0,male,back\nHAM_7,ISIC_2,mel,histo,,female,unknown\n",
    )
    items = items_of(made)
    record, picture = fetch(made, items[1], workspace.media)

    assert [(each["item_id"], each["group_key"], each["status"]) for each in items] == [
        ("ham:ISIC_1", "ham:lesion-HAM_7", "ok"),
        ("ham:ISIC_2", "ham:lesion-HAM_7", "ok"),
    ]
    assert items[0]["licence"] == "CC-BY-NC-4.0"
    assert json.loads(workspace.media.get(record["sha256"])) == {
        "lesion_id": "HAM_7",
        "image_id": "ISIC_2",
        "dx": "mel",
        "dx_type": "histo",
        "age": "",
        "sex": "female",
        "localization": "unknown",
    }
    assert (record["name"], record["role"]) == ("record.json", "record")
    assert (picture["name"], picture["role"]) == ("ISIC_2.jpg", "picture")
    assert picture["url"] == "dataset:HAM10000_images_part_2/ISIC_2.jpg"
    assert picture["content_type"] == "image/jpeg"
    assert workspace.media.get(picture["sha256"]) == jpeg()
    assert str(folder) not in str(items) + str(picture)


def test_malformed_rows_are_rows_that_say_what_and_where(folder, workspace):
    lines = [
        "HAM_1,ISIC_1,mel,histo,45.0,male,back",
        "HAM_1,ISIC_1,nv,histo,45.0,male,back",  # the same picture again
        "HAM_2,../../etc/passwd,mel,histo,45.0,male,back",
        "HAM_3,ISIC_3,mel,histo,old,male,back",
        "HAM_4,ISIC_4,mel",
        "HAM_5,ISIC_5,,histo,45.0,male,back",
        "HAM_6,ISIC_6,mel,histo,45.0,male,\xe9\xff",
        "HAM_7,ISIC_2,nv,histo,5.0,male,back",
    ]
    made = collector(folder, (HEADER + "\n".join(lines)).encode("latin-1"))
    items = items_of(made)

    assert [(each["source_key"], each["status"]) for each in items] == [
        ("ISIC_1", "ok"),
        ("line-3", "malformed"),
        ("line-4", "malformed"),
        ("ISIC_3", "malformed"),
        ("ISIC_4", "malformed"),
        ("ISIC_5", "malformed"),
        ("ISIC_6", "malformed"),
        ("ISIC_2", "ok"),
    ]
    assert "image_id ISIC_1 stands in line 2 too" in items[1]["error"]
    assert items[3]["error"] == "line 5 of HAM10000_metadata.csv: 'old' is no age"
    assert {each["details"] for each in items[1:7]} == {"{}"}  # nothing of it is fetched
    assert [row["status"] for row in fetch(made, items[7], workspace.media)] == ["ok", "ok"]


def test_the_licence_of_a_picture_goes_before_that_of_the_dataset(folder, workspace):
    (folder / "metadata.csv").write_text(
        "isic_id,attribution,copyright_license\n"
        "ISIC_1,Hospital A,CC-0\nISIC_2,,CC-BY-NC\nISIC_3,,\nISIC_4,,ask us\n"
    )
    items = items_of(collector(folder, reader="isic"))

    assert [(each["licence"], each["licence_tier"], each["status"]) for each in items] == [
        ("CC0-1.0", "open", "ok"),
        ("LicenseRef-CC-BY-NC", "non-commercial", "ok"),
        (None, "unknown", "no_licence"),
        (None, "unknown", "no_licence"),
    ]
    assert [each["creator"] for each in items[:2]] == ["Hospital A", None]
    assert items[0]["licence_evidence"] == "'CC-0' in line 2 of metadata.csv"
    assert "line 4 of metadata.csv states ''" in items[2]["error"]


def test_a_table_without_licences_leaves_that_of_the_dataset(folder):
    (folder / "metadata.csv").write_text("isic_id,sex\nISIC_1,male\n")
    (item,) = items_of(collector(folder, reader="isic"))

    assert (item["licence"], item["licence_evidence"]) == ("CC-BY-NC-4.0", "Terms: CC BY-NC 4.0")


def test_the_catalog_says_how_pictures_were_taken_where_the_dataset_does_not(tmp_path):
    (tmp_path / "acne").mkdir()
    (tmp_path / "acne" / "a.jpg").write_bytes(jpeg())
    made = collector(tmp_path, reader="class_folders", imaging="clinical photograph")
    (item,) = items_of(made)

    assert json.loads(item["details"])["facts"] == {
        "diagnosis": "acne",
        "basis": "stated by the name of its folder",
        "imaging": "clinical photograph",
    }


def test_a_changed_picture_changes_what_was_listed(folder):
    made = collector(folder, "HAM_7,ISIC_1,mel,histo,45.0,male,back\n")
    before = items_of(made)[0]["listed_sha256"]
    (folder / "HAM10000_images_part_1" / "ISIC_1.jpg").write_bytes(jpeg() + b"more")

    assert items_of(made)[0]["listed_sha256"] != before


def test_missing_and_wrong_pictures_are_rows(folder, workspace):
    (folder / "HAM10000_images_part_1" / "ISIC_8.jpg").write_bytes(b"<html>sorry</html>")
    made = collector(
        folder, "HAM_8,ISIC_8,nv,histo,5.0,male,back\nHAM_9,ISIC_9,nv,histo,5.0,male,back\n"
    )
    rows = [fetch(made, item, workspace.media)[1] for item in items_of(made)]

    assert [(row["status"], row["sha256"]) for row in rows] == [
        ("wrong_type", None),
        ("not_found", None),
    ]
    assert rows[1]["url"] == "dataset:ISIC_9"
    assert rows[1]["error"] == "the dataset has no picture ISIC_9 in any of its folders"


def test_a_picture_that_is_a_link_out_of_the_folder_is_not_read(folder, workspace):
    (folder.parent / "private.jpg").write_bytes(jpeg())
    link = folder / "HAM10000_images_part_1" / "ISIC_5.jpg"
    link.symlink_to(folder.parent / "private.jpg")
    made = collector(folder, "HAM_5,ISIC_5,nv,histo,5.0,male,back\n")

    assert fetch(made, items_of(made)[0], workspace.media)[1]["status"] == "not_found"


@pytest.mark.parametrize("csv", [None, b"", b"image,label\na,b\n"])
def test_metadata_that_are_missing_or_others_stop_the_source(folder, csv):
    with pytest.raises(SourceError, match=r"HAM10000_metadata\.csv"):
        items_of(collector(folder, csv))


def test_a_picture_that_became_a_link_since_it_was_listed_is_not_read(folder, workspace):
    made = collector(folder, "HAM_7,ISIC_1,mel,histo,45.0,male,back\n")
    (item,) = items_of(made)
    (folder.parent / "private.jpg").write_bytes(jpeg())
    path = folder / "HAM10000_images_part_1" / "ISIC_1.jpg"
    path.unlink()
    path.symlink_to(folder.parent / "private.jpg")

    assert fetch(made, item, workspace.media)[1]["status"] == "not_found"


def test_the_demo_dataset_is_listed_whole(tmp_path, workspace):
    write_dataset(tmp_path, 7, TruthBook(7))
    made = collector(tmp_path)
    items = items_of(made)
    rows = [fetch(made, item, workspace.media) for item in items[:3] + items[-3:]]

    assert len(items) == 60
    assert {item["status"] for item in items} == {"ok"}
    assert len({item["group_key"] for item in items}) < 60
    assert {row["status"] for each in rows for row in each} == {"ok"}
