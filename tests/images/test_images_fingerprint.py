"""Fingerprints: pHash equal to imagehash, and steady under what makes no difference."""

import io
from hashlib import sha256

import imagehash
import numpy as np
import pytest
from PIL import Image

from pipeline.images.decode import decode_picture
from pipeline.images.fingerprint import (
    colour_signature,
    fingerprint_pixels,
    phash,
    pixel_sha256,
)
from schemas.fingerprints import CROPS, VIEWS
from tests.images.conftest import draw, saved


def bits(one: int, other: int) -> int:
    return (one ^ other).bit_count()


def as_integer(found: imagehash.ImageHash) -> int:
    return int(str(found), 16)


def test_the_phash_is_that_of_imagehash_in_every_bit() -> None:
    rng = np.random.default_rng(5)
    shapes = [(17, 40), (32, 32), (8, 8), (240, 320), (333, 217), (64, 500)]
    pictures = [rng.integers(0, 256, (*shape, 3), dtype=np.uint8) for shape in shapes * 5]
    pictures += [np.cumsum(each, axis=1, dtype=np.uint8) for each in pictures]
    pictures += [draw(f"hash {number}", 1 + number % 6) for number in range(24)]
    for pixels in pictures:
        expected = as_integer(imagehash.phash(Image.fromarray(pixels)))
        assert fingerprint_pixels(pixels)["phash"] == expected


def test_the_first_bit_of_imagehash_is_the_highest() -> None:
    picture = Image.fromarray(draw("bits"))
    first = imagehash.phash(picture).hash.flatten()[0]
    assert phash(picture) >> 63 == int(first)


def test_views_are_the_mirror_and_the_centred_crops() -> None:
    pixels = draw("views", 4, 400, 300)
    found = fingerprint_pixels(pixels)
    assert VIEWS == ("mirror", "crop 4%", "crop 8%", "crop 12%")
    assert len(found["view_phashes"]) == len(VIEWS)
    mirrored = fingerprint_pixels(pixels[:, ::-1])
    assert bits(found["view_phashes"][0], mirrored["phash"]) <= 2
    for share, view in zip(CROPS, found["view_phashes"][1:], strict=True):
        across, down = round(400 * share / 2), round(300 * share / 2)
        cut = pixels[down : 300 - down, across : 400 - across]
        assert bits(view, fingerprint_pixels(cut)["phash"]) <= 2


def test_recompression_and_size_change_at_most_a_few_bits() -> None:
    pixels = draw("steady", 2, 640, 480)
    found = fingerprint_pixels(pixels)["phash"]
    small = np.asarray(Image.fromarray(pixels).resize((320, 240), Image.Resampling.BOX))
    assert bits(found, fingerprint_pixels(saved(pixels, 50))["phash"]) <= 4
    assert bits(found, fingerprint_pixels(small)["phash"]) <= 4
    assert bits(found, fingerprint_pixels(draw("another", 2, 640, 480))["phash"]) > 8


def test_a_png_saved_and_read_again_has_the_same_fingerprint() -> None:
    pixels = draw("png")
    out = io.BytesIO()
    Image.fromarray(pixels).save(out, "PNG")
    assert fingerprint_pixels(decode_picture(out.getvalue())) == fingerprint_pixels(pixels)


def test_the_pixel_digest_tells_shape_and_single_bits() -> None:
    pixels = np.zeros((2, 3, 3), np.uint8)
    turned = pixels.reshape(3, 2, 3)
    changed = pixels.copy()
    changed[1, 2, 0] = 1
    assert len({pixel_sha256(each) for each in (pixels, turned, changed)}) == 3
    # width 3, height 2, then 18 zero bytes
    assert pixel_sha256(pixels) == sha256(b"\0\0\0\3\0\0\0\2" + bytes(18)).hexdigest()


@pytest.mark.parametrize(
    ("colour", "lab"),
    [((255, 255, 255), (100.0, 0.0, 0.0)), ((255, 0, 0), (53.24, 80.09, 67.2))],
)
def test_the_colour_signature_is_lab_by_cells(colour, lab) -> None:
    pixels = np.zeros((90, 120, 3), np.uint8)
    pixels[:30, :40] = colour
    found = np.array(colour_signature(pixels)).reshape(3, 3, 3)
    assert found[0, 0] == pytest.approx(lab, abs=0.05)
    assert found[2, 2] == pytest.approx((0, 0, 0), abs=0.01)


def test_rows_keep_their_order_and_say_what_is_missing(corpus) -> None:
    ids = [corpus.add(f"PMC{n}", draw(f"order {n}", width=96, height=80)) for n in range(7)]
    ids.insert(3, corpus.add("PMCx", None))
    corpus.images.insert(3, corpus.images.pop())
    table = corpus.fingerprints().to_pylist()
    assert [row["image_id"] for row in table] == ids
    broken = table.pop(3)
    assert (broken["status"], broken["phash"]) == ("no_picture", None)
    assert broken["error"] == "the file ends after 512 bytes"
    assert {row["status"] for row in table} == {"ok"}
    assert corpus.fingerprints().equals(corpus.fingerprints())


def test_a_blob_that_is_gone_or_damaged_is_a_row(corpus) -> None:
    corpus.add("PMC1", draw("gone", width=96, height=80))
    corpus.add("PMC2", draw("damaged", width=96, height=80))
    corpus.media.remove(corpus.images[0]["sha256"])
    corpus.images[1]["sha256"] = corpus.media.put(b"no picture at all", "jpg")
    rows = corpus.fingerprints().to_pylist()
    assert [row["status"] for row in rows] == ["no_picture", "undecodable"]
    assert "no blob" in rows[0]["error"]
