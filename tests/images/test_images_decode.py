"""Pictures as hostile or odd as they come: an array, or a class and a sentence."""

import contextlib
import io
import random

import numpy as np
import pytest
from PIL import Image

from pipeline.images import decode
from pipeline.images.decode import PictureError, decode_picture, encode_picture


def gradient(width=60, height=40):
    rows, columns = np.mgrid[0:height, 0:width]
    return np.dstack([columns * 4, rows * 6, np.full_like(rows, 90)]).astype(np.uint8)


def saved(picture, form="PNG", **options):
    out = io.BytesIO()
    picture.save(out, form, **options)
    return out.getvalue()


def test_a_picture_comes_as_rgb():
    pixels = gradient()

    assert np.array_equal(decode_picture(saved(Image.fromarray(pixels))), pixels)


def test_a_turned_picture_comes_upright():
    exif = Image.Exif()
    exif[0x0112] = 6  # turned by a quarter
    content = saved(Image.fromarray(gradient()), "JPEG", exif=exif, quality=95)

    assert decode_picture(content).shape == (60, 40, 3)


@pytest.mark.parametrize("mode", ["L", "1", "P", "CMYK", "LA", "RGBA", "I;16", "F"])
def test_every_mode_becomes_rgb(mode):
    grey = Image.fromarray(gradient()).convert("L")
    picture = (
        Image.fromarray(np.full((40, 60), 40_000, np.uint16))
        if mode == "I;16"
        else grey.convert(mode)
    )
    content = saved(picture, "TIFF" if mode in ("CMYK", "F", "I;16") else "PNG")

    pixels = decode_picture(content)

    assert pixels.shape == (40, 60, 3)
    assert pixels.dtype == np.uint8
    if mode == "I;16":
        assert abs(int(pixels[0, 0, 0]) - 40_000 // 257) <= 1


def test_clear_parts_become_white():
    clear = Image.new("RGBA", (8, 8), (200, 0, 0, 0))

    assert decode_picture(saved(clear)).min() == 255


def test_what_is_stored_has_no_metadata_and_one_form():
    exif = Image.Exif()
    exif[0x010E] = "Jane Doe"
    content = saved(Image.fromarray(gradient()), "JPEG", exif=exif)

    stored = encode_picture(decode_picture(content))

    assert b"Jane Doe" in content
    assert b"Jane Doe" not in stored
    assert b"Exif" not in stored
    assert stored == encode_picture(decode_picture(content))


def test_cut_strange_and_huge_pictures_have_a_class(monkeypatch):
    whole = saved(Image.fromarray(gradient(300, 200)), "JPEG")
    with pytest.raises(PictureError) as cut:
        decode_picture(whole[: len(whole) // 2])
    assert cut.value.status == "truncated"

    for strange in (b"", b"<html>no picture</html>", b"\xff\xd8\xff"):
        with pytest.raises(PictureError) as fault:
            decode_picture(strange)
        assert fault.value.status == "undecodable"

    monkeypatch.setattr(decode, "MAX_PIXELS", 1000)
    with pytest.raises(PictureError) as huge:
        decode_picture(whole)
    assert huge.value.status == "too_large"


@pytest.mark.parametrize("form", ["JPEG", "TIFF", "WEBP", "PNG", "GIF"])
def test_damage_is_told_as_damage(form):
    """Flipped bytes, many of them in the EXIF block, raise nothing but a `PictureError`."""
    exif = Image.Exif()
    exif[0x0112], exif[0x010F], exif[0x011A] = 6, "maker", 72.0
    options = {} if form == "GIF" else {"exif": exif}
    whole = saved(Image.fromarray(gradient()), form, **options)
    chance = random.Random(7)
    for _ in range(400):
        damaged = bytearray(whole)
        for _ in range(chance.randint(1, 4)):
            damaged[chance.randrange(min(len(damaged), 400))] = chance.randrange(256)
        with contextlib.suppress(PictureError):
            assert decode_picture(bytes(damaged)).ndim == 3
