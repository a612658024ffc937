"""Nothing planted in a picture's bytes, pixels or words comes out in a table, a blob or a log."""

import io
import logging

import numpy as np
import pyarrow.parquet as pq
import pytest
from PIL import Image, PngImagePlugin

from pipeline.demo.pictures import write_text
from pipeline.extract.extracted import Extracted
from pipeline.images.decode import decode_picture, encode_picture
from pipeline.images.duplicates import DEDUPLICATE
from pipeline.images.fingerprint import FINGERPRINT
from pipeline.images.screen import SCREEN
from pipeline.release.pictures import place_pictures
from pipeline.store import Bench
from schemas import DUPLICATES, FINGERPRINTS, IMAGES, ITEMS, PAIRS, TEXTS, VERDICTS
from tests.images.conftest import draw

OWNER = "Ottilie Planter"
PLANTED = (OWNER, "Ottilie", "Planter", "77120934", "ottilie@planter.example", "03/04/1985")
# segments of a JPEG that hold no pixels: APP1 to APP15 and comments
METADATA = {*range(0xE1, 0xF0), 0xFE}


def camera_jpeg(pixels: np.ndarray) -> bytes:
    """Return a JPEG as a phone saves it: EXIF with a place and a thumbnail, XMP, ICC, comment."""
    thumbnail = io.BytesIO()
    Image.fromarray(pixels).resize((64, 48)).save(thumbnail, "JPEG", comment=OWNER.encode())
    exif = Image.Exif()
    exif[0x013B] = OWNER  # artist
    exif[0x010E] = f"MRN 77120934 {OWNER}"
    gps = exif.get_ifd(0x8825)
    gps.update({1: "N", 2: (52.0, 31.0, 12.0), 3: "E", 4: (13.0, 24.0, 18.0)})
    out = io.BytesIO()
    Image.fromarray(pixels).save(
        out,
        "JPEG",
        exif=exif.tobytes() + thumbnail.getvalue(),
        xmp=f"<x:xmpmeta><dc:creator>{OWNER}</dc:creator></x:xmpmeta>".encode(),
        icc_profile=b"owner " + OWNER.encode() * 8,
        comment=f"by {OWNER}".encode(),
    )
    return out.getvalue()


def camera_png(pixels: np.ndarray) -> bytes:
    words = PngImagePlugin.PngInfo()
    words.add_text("Author", OWNER)
    words.add_itxt("XML:com.adobe.xmp", f"<creator>{OWNER}</creator>")
    out = io.BytesIO()
    Image.fromarray(pixels).save(out, "PNG", pnginfo=words)
    return out.getvalue()


def segments(jpeg: bytes) -> set[int]:
    """Return the markers of a JPEG's segments before its pixels."""
    assert jpeg[:2] == b"\xff\xd8"
    found, at = set(), 2
    while jpeg[at + 1] != 0xDA:
        assert jpeg[at] == 0xFF
        found.add(jpeg[at + 1])
        at += 2 + int.from_bytes(jpeg[at + 2 : at + 4], "big")
    return found


@pytest.mark.parametrize("served", [camera_jpeg, camera_png])
def test_a_stored_picture_has_no_metadata(served) -> None:
    content = served(draw("metadata"))
    assert OWNER.encode() in content
    stored = encode_picture(decode_picture(content))
    assert not segments(stored) & METADATA
    opened = Image.open(io.BytesIO(stored))
    assert not opened.getexif()
    assert set(opened.info) <= {"jfif", "jfif_version", "jfif_unit", "jfif_density"}
    assert stored.count(b"\xff\xd8\xff") == 1  # no thumbnail
    assert stored.endswith(b"\xff\xd9")
    for word in (*PLANTED, "Exif", "xmpmeta", "ICC_PROFILE"):
        assert word.encode() not in stored


def private_corpus(corpus):
    overlay = f"Patient: {OWNER}  DOB 03/04/1985\nMRN 77120934"
    drawn = draw("private", 3, 640, 480)
    pixels = write_text(drawn, (20, 20), overlay, size=18, colour=(255, 255, 255))
    corpus.add("private", decode_picture(camera_jpeg(pixels)))
    extracted = Extracted()
    item = corpus.items[0]
    words = f"Dr. {OWNER}, ottilie@planter.example, MRN 77120934, DOB 03/04/1985: a plaque."
    extracted.add_text(item, "F1/caption", "caption", words)
    corpus.texts[:] = extracted.texts
    return corpus


def test_no_table_no_blob_and_no_log_tells_who_it_is(
    corpus, thresholds, workspace, tmp_path, caplog, capfd
) -> None:
    caplog.set_level(logging.DEBUG)
    tables = private_corpus(corpus).tables()
    bench = Bench(workspace.media, thresholds)
    (prints,) = FINGERPRINT.run(bench, tables["images"])
    (twins,) = DEDUPLICATE.run(bench, prints, tables["images"], tables["items"], tables["pairs"])
    texts, pairs = tables["texts"], tables["pairs"]
    (verdicts,) = SCREEN.run(bench, tables["items"], tables["images"], texts, pairs, prints, twins)
    (row,) = verdicts.to_pylist()
    assert row["verdict"] == "keep"
    assert row["private_kinds"] == ["birth_date", "name", "record_number"]
    assert row["hidden"] == ["private_text"]
    assert row["shown_sha256"] != tables["images"]["sha256"][0].as_py()
    assert texts["n_redacted"][0].as_py() == 4

    written = [tables["items"], tables["images"], texts, pairs, prints, twins, verdicts]
    contracts = (ITEMS, IMAGES, TEXTS, PAIRS, FINGERPRINTS, DUPLICATES, VERDICTS)
    assert [each.schema.names for each in written] == [c.schema.names for c in contracts]
    for number, table in enumerate(written):
        pq.write_table(table, tmp_path / f"{number}.parquet", compression="none")
    place_pictures(tmp_path / "release", [("a.jpg", row["shown_sha256"])], workspace.media)
    released = (tmp_path / "release" / "a.jpg").read_bytes()
    assert not segments(released) & METADATA

    places = [path for path in tmp_path.rglob("*") if path.is_file()]
    assert len(places) >= 10
    told = capfd.readouterr()
    streams = [path.read_bytes() for path in places]
    streams += [caplog.text.encode(), told.out.encode(), told.err.encode()]
    for word in PLANTED:
        for stream in streams:
            assert word.encode() not in stream


def test_what_is_released_cannot_be_read(corpus, thresholds, workspace) -> None:
    from pipeline.images.privacy import exposure_of

    tables = private_corpus(corpus).tables()
    bench = Bench(workspace.media, thresholds)
    (prints,) = FINGERPRINT.run(bench, tables["images"])
    (twins,) = DEDUPLICATE.run(bench, prints, tables["images"], tables["items"], tables["pairs"])
    (verdicts,) = SCREEN.run(
        bench,
        *(tables[name] for name in ("items", "images", "texts", "pairs")),
        *(prints, twins),
    )
    shown = verdicts["shown_sha256"][0].as_py()
    assert exposure_of(decode_picture(workspace.media.get(shown)), ()).kinds == ()
