"""Datasets from the user's own copy: HAM10000."""

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


def collector(folder, csv=None):
    if csv is not None:
        (folder / "HAM10000_metadata.csv").write_bytes(
            csv if isinstance(csv, bytes) else (HEADER + csv).encode()
        )
    entry = DatasetSource(
        kind="dataset",
        path=str(folder),
        reader="ham10000",
        title="HAM10000",
        homepage="https://example.org/ham",
        terms_url="https://example.org/terms",
        source_type="public",
        folder="ham10000",
        licence=StatedLicence(name="CC-BY-NC-4.0", evidence="Terms: CC BY-NC 4.0"),
    )
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
        ("ham:ISIC_1", "ham:HAM_7", "ok"),
        ("ham:ISIC_2", "ham:HAM_7", "ok"),
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


def test_malformed_rows_are_rows_that_say_what_and_where(folder):
    lines = [
        "HAM_1,ISIC_1,mel,histo,45.0,male,back",
        "HAM_1,ISIC_1,nv,histo,45.0,male,back",  # the same picture again
        "HAM_2,../../etc/passwd,mel,histo,45.0,male,back",
        "HAM_3,ISIC_3,mel,histo,old,male,back",
        "HAM_4,ISIC_4,mel",
        "HAM_5,ISIC_5,,histo,45.0,male,back",
        "HAM_6,ISIC_6,mel,histo,45.0,male,\xe9\xff",
    ]
    items = items_of(collector(folder, (HEADER + "\n".join(lines)).encode("latin-1")))

    assert [(each["source_key"], each["status"]) for each in items] == [
        ("ISIC_1", "ok"),
        ("line-3", "malformed"),
        ("line-4", "malformed"),
        ("ISIC_3", "malformed"),
        ("ISIC_4", "malformed"),
        ("ISIC_5", "malformed"),
        ("ISIC_6", "malformed"),
    ]
    assert "image_id ISIC_1 stands in an earlier line" in items[1]["error"]
    assert "line 5 of HAM10000_metadata.csv: age is 'old'" in items[3]["error"]


def test_a_field_without_end_is_a_malformed_row(folder):
    long = "x" * 200_000
    items = items_of(
        collector(folder, f"HAM_1,{long},mel,histo,,,\nHAM_2,ISIC_2,nv,histo,5.0,male,back\n")
    )

    assert [each["status"] for each in items] == ["malformed", "ok"]


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
    assert rows[1]["url"] == "dataset:HAM10000_images_part_1/ISIC_9.jpg"


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


def test_the_demo_dataset_is_listed_whole(tmp_path, workspace):
    write_dataset(tmp_path, 7, TruthBook(7))
    made = collector(tmp_path)
    items = items_of(made)
    rows = [fetch(made, item, workspace.media) for item in items[:3] + items[-3:]]

    assert len(items) == 60
    assert {item["status"] for item in items} == {"ok"}
    assert len({item["group_key"] for item in items}) < 60
    assert {row["status"] for each in rows for row in each} == {"ok"}
