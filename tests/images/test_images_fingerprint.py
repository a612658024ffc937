"""Fingerprints: pHash equal to imagehash, and steady under what makes no difference."""

import io
from hashlib import sha256

import imagehash
import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from PIL import Image

from pipeline.images.decode import PictureError, decode_picture, encode_picture
from pipeline.images.fingerprint import (
    colour_signature,
    fingerprint_fast,
    fingerprint_images,
    fingerprint_pixels,
    pixel_sha256,
)
from pipeline.images.phash import (
    HashListError,
    phash,
    read_hashes,
    shrink_as_imagehash,
    to_hex,
    write_hashes,
)
from pipeline.images.reduced import decode_reduced
from pipeline.store import Bench
from schemas import IMAGES
from schemas.fingerprints import CORNERS, CROPS, VIEWS
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
    pixels = draw("bits")
    first = imagehash.phash(Image.fromarray(pixels)).hash.flatten()[0]
    assert phash(shrink_as_imagehash(pixels)) >> 63 == int(first)


def test_views_are_the_mirror_and_the_centred_crops() -> None:
    pixels = draw("views", 4, 400, 300)
    found = fingerprint_pixels(pixels)
    assert VIEWS[4:7] == ("crop 4%", "crop 8%", "crop 12%")
    assert len(found["view_phashes"]) == len(VIEWS)
    mirrored = fingerprint_pixels(pixels[:, ::-1])
    assert bits(found["view_phashes"][0], mirrored["phash"]) <= 2
    for turns in (1, 2, 3):
        turned = fingerprint_pixels(np.rot90(pixels, turns))
        assert bits(found["view_phashes"][turns], turned["phash"]) <= 2
    for share, view in zip(CROPS, found["view_phashes"][4:7], strict=True):
        across, down = round(400 * share / 2), round(300 * share / 2)
        cut = pixels[down : 300 - down, across : 400 - across]
        assert bits(view, fingerprint_pixels(cut)["phash"]) <= 2


def test_corner_views_keep_their_corner() -> None:
    pixels = draw("corners", 4, 400, 300)
    found = fingerprint_pixels(pixels)["view_phashes"]
    cuts = [pixels[:276, :368], pixels[:276, 32:], pixels[24:, :368], pixels[24:, 32:]]
    for name, part in zip(CORNERS, cuts, strict=True):
        view = found[VIEWS.index(f"{name} crop 8%")]
        assert bits(view, fingerprint_pixels(part)["phash"]) <= 2


@pytest.mark.parametrize("level", [0, 255])
def test_the_trimmed_view_is_the_picture_within_its_frame(level) -> None:
    pixels = draw("framed", 3, 400, 300)
    sides = ((60, 30), (25, 80), (0, 0))
    framed = np.pad(pixels, sides, constant_values=level)
    trimmed = fingerprint_pixels(framed)["view_phashes"][VIEWS.index("trimmed")]
    assert bits(trimmed, fingerprint_pixels(pixels)["phash"]) <= 4
    alone = fingerprint_pixels(pixels)
    assert bits(alone["view_phashes"][VIEWS.index("trimmed")], alone["phash"]) <= 2


def test_recompression_and_size_change_at_most_a_few_bits() -> None:
    pixels = draw("steady", 2, 640, 480)
    found = fingerprint_pixels(pixels)["phash"]
    small = np.asarray(Image.fromarray(pixels).resize((320, 240), Image.Resampling.BOX))
    assert bits(found, fingerprint_pixels(saved(pixels, 50))["phash"]) <= 4
    assert bits(found, fingerprint_pixels(small)["phash"]) <= 4
    assert bits(found, fingerprint_pixels(draw("another", 2, 640, 480))["phash"]) > 8


@settings(max_examples=25, deadline=None)
@given(
    key=st.text("abcdef", max_size=6),
    tone=st.integers(1, 6),
    width=st.integers(8, 200),
    height=st.integers(8, 200),
)
def test_a_png_saved_and_read_again_has_the_same_fingerprint(key, tone, width, height) -> None:
    pixels = draw(key, tone, width, height)
    out = io.BytesIO()
    Image.fromarray(pixels).save(out, "PNG")
    assert fingerprint_pixels(decode_picture(out.getvalue())) == fingerprint_pixels(pixels)


def test_the_fast_hash_is_near_the_exact_one_and_says_so() -> None:
    apart = []
    for number in range(12):
        pixels = draw(f"fast {number}", 1 + number % 6, 800, 600)
        content = encode_picture(pixels)
        fast, exact = fingerprint_fast(content), fingerprint_pixels(decode_picture(content))
        assert (fast["phash_mode"], exact["phash_mode"]) == ("fast", "exact")
        assert fast["pixel_sha256"] == sha256(content).hexdigest()
        apart.append(bits(fast["phash"], exact["phash"]))
    assert max(apart) <= 4
    assert sorted(apart)[9] <= 2


@pytest.mark.parametrize(
    ("width", "height", "shape"),
    [(800, 600, (75, 100)), (400, 300, (75, 100)), (160, 130, (65, 80)), (90, 500, (500, 90))],
)
def test_a_reduced_picture_keeps_enough_pixels(width, height, shape) -> None:
    content = encode_picture(draw("reduced", 2, width, height))
    assert decode_reduced(content, 64).pixels.shape[:2] == shape


def test_a_reduced_picture_tells_how_far_it_reaches() -> None:
    found = decode_reduced(encode_picture(draw("reach", 2, 683, 1024)), 64)
    assert found.pixels.shape == (128, 86, 3)
    assert (found.across, found.down) == (683 / 8, 128)


def test_what_cannot_be_reduced_is_decoded_whole_or_refused() -> None:
    pixels = draw("whole", 2, 640, 480)
    out = io.BytesIO()
    Image.fromarray(pixels).save(out, "PNG")
    assert (decode_reduced(out.getvalue(), 64).pixels == pixels).all()
    upright = Image.Exif()
    upright[0x0112] = 6
    turned = io.BytesIO()
    Image.fromarray(pixels).save(turned, "JPEG", exif=upright)
    assert decode_reduced(turned.getvalue(), 64).pixels.shape == (640, 480, 3)
    for broken in (encode_picture(pixels)[:-900], b"", b"no picture at all"):
        with pytest.raises(PictureError):
            decode_reduced(broken, 64)


def test_hash_lists_are_those_of_imagehash() -> None:
    found = [imagehash.phash(Image.fromarray(draw(f"list {number}"))) for number in range(5)]
    values = [as_integer(each) for each in found]
    text = write_hashes(values)
    assert text.splitlines() == [str(each) for each in found]
    assert [imagehash.hex_to_hash(line) for line in text.splitlines()] == found
    assert read_hashes(text + "\n").tolist() == values
    assert to_hex(5) == "0000000000000005"
    for wrong in ("12", "zz" * 8, "1" * 17, "+" + "1" * 15):
        with pytest.raises(HashListError, match="line 2"):
            read_hashes(f"{text.splitlines()[0]}\n{wrong}\n")


def test_the_stage_takes_the_mode_from_its_options(corpus) -> None:
    corpus.add("PMC1", draw("mode", 3, 640, 480))
    for mode in ("exact", "fast"):
        bench = Bench(corpus.media, {"phash": mode})
        (table,) = fingerprint_images(bench, IMAGES.table(corpus.images))
        assert table["phash_mode"].to_pylist() == [mode]


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
