"""Decode pictures safely, and store them upright, in RGB, free of metadata."""

from __future__ import annotations

import io
import logging
import re
import struct
import warnings
from collections.abc import Callable, Mapping
from typing import Any, Literal

import numpy as np
from PIL import Image, UnidentifiedImageError

from pipeline.errors import DermcurateError
from pipeline.identity import image_id
from pipeline.images.room import Room
from pipeline.images.srgb import Pixels as Pixels
from pipeline.images.srgb import to_srgb
from pipeline.store import MediaStore

# at its lowest level, Pillow logs what EXIF says: places, owners
logging.getLogger("PIL").setLevel(logging.INFO)

MAX_PIXELS = 50_000_000
MAX_PIXELS_OF = {"WEBP": 25_000_000}  # its decoder holds four copies of a picture
FORMATS = ("JPEG", "PNG", "GIF", "TIFF", "WEBP", "BMP", "AVIF")
JPEG_QUALITY = 95
MAX_FRAMES = 16  # of an animation, searched for one that shows something
BLANK_LEVELS = 4  # a frame whose levels span no more than these shows nothing
ORIENTATION = 0x0112  # the tag of EXIF

Status = Literal["truncated", "undecodable", "too_large"]
# what Pillow raises of damaged pictures and of damaged EXIF blocks in sound ones
_DECODER_FAULTS = (
    ArithmeticError,
    AttributeError,
    EOFError,
    LookupError,
    OSError,
    SyntaxError,
    TypeError,
    ValueError,
    struct.error,
)
_STATUS_OF_MESSAGE = ("truncated", "not enough image data", "broken data stream", "unexpected end")
_STRANGERS = (
    (re.compile(rb"\s*$"), "the file is empty"),
    (re.compile(rb"\s*<(?:!doctype html|html|head|body)", re.I), "the bytes are an HTML page"),
    (re.compile(rb"\s*<(?:\?xml|svg)", re.I), "the bytes are SVG or other XML; export it as PNG"),
    (re.compile(rb"....ftyp(?:heic|heix|hevc|mif1|msf1)", re.S), "HEIC is not read; save as JPEG"),
    (re.compile(rb".{128}DICM", re.S), "DICOM is not read; export the picture as PNG"),
    (re.compile(rb"%PDF-"), "the bytes are a PDF"),
    (re.compile(rb"\0\0\0\x0cjP  |\xff\x4f\xff\x51"), "JPEG 2000 is not read; save as PNG"),
)
_TURNS: Mapping[int, Callable[[Pixels], Any]] = {
    2: lambda pixels: pixels[:, ::-1],
    3: lambda pixels: pixels[::-1, ::-1],
    4: lambda pixels: pixels[::-1],
    5: lambda pixels: pixels.transpose(1, 0, 2),
    6: lambda pixels: np.rot90(pixels, -1),
    7: lambda pixels: pixels[::-1, ::-1].transpose(1, 0, 2),
    8: lambda pixels: np.rot90(pixels),
}
_room = Room()


class PictureError(DermcurateError):
    """A picture that cannot be decoded; `status` is its class in the table `images`."""

    def __init__(self, status: Status, sentence: str) -> None:
        self.status: Status = status
        super().__init__(sentence)


def decode_picture(content: bytes) -> Pixels:
    """Return the picture as sRGB, shape (height, width, 3), uint8, turned upright.

    Transparent parts become white. Of an animation or of several pages the first is taken that is
    not blank. Waits while other threads hold large pictures.

    Raises:
        PictureError: the bytes are cut short, are no picture, or hold too many pixels.
    """
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            return _decode(content)
    except UnidentifiedImageError as fault:
        raise PictureError("undecodable", _strange(content)) from fault
    except Image.DecompressionBombError as fault:
        raise PictureError("too_large", f"at most {MAX_PIXELS:,} pixels are decoded") from fault
    except _DECODER_FAULTS as fault:
        told = " ".join(str(fault).split())
        cut = any(words in told.lower() for words in _STATUS_OF_MESSAGE)
        raise PictureError(
            "truncated" if cut else "undecodable", f"the picture cannot be decoded: {told}"
        ) from fault


def _decode(content: bytes) -> Pixels:
    with Image.open(io.BytesIO(content), formats=FORMATS) as opened:
        count = _count_pixels(opened)
    thread = _room.take(count)
    try:
        with Image.open(io.BytesIO(content), formats=FORMATS) as opened:
            pixels, orientation = _first_shown(opened)
        if orientation in _TURNS:
            del opened  # freed before a turned copy is made
            pixels = np.ascontiguousarray(_TURNS[orientation](pixels))
    except BaseException:
        _room.give_back(thread, count)
        raise
    _room.give_back_with(pixels, thread, count)
    return pixels


def _count_pixels(opened: Image.Image) -> int:
    width, height = opened.size
    most = MAX_PIXELS_OF.get(opened.format or "", MAX_PIXELS)
    if width * height > min(most, MAX_PIXELS):
        told = f"{width} x {height} pixels, at most {most:,} are decoded of {opened.format}"
        raise PictureError("too_large", told)
    return width * height


def _first_shown(opened: Image.Image) -> tuple[Pixels, int]:
    """Return the first frame that is not blank, the first of all if all are, and its orientation.

    The search ends where the frames are damaged.
    """
    opened.load()
    pixels, orientation = to_srgb(opened), _orientation(opened)
    if not getattr(opened, "is_animated", False):
        return pixels, orientation
    frame, number = pixels, 0
    while _is_blank(frame):
        number += 1
        if number == MAX_FRAMES or not _seek(opened, number):
            return pixels, orientation
        _count_pixels(opened)  # pages differ in size
        frame = to_srgb(opened)
    return frame, _orientation(opened)


def _seek(opened: Image.Image, number: int) -> bool:
    """Load a frame; tell whether there is one."""
    try:
        opened.seek(number)
        opened.load()
    except (*_DECODER_FAULTS, Image.DecompressionBombError):
        return False
    return True


def _is_blank(pixels: Pixels) -> bool:
    flat = pixels.reshape(-1, 3)
    return bool((flat.max(axis=0) - flat.min(axis=0)).max() <= BLANK_LEVELS)


def _orientation(opened: Image.Image) -> int:
    """Return EXIF's orientation, 1 to 8; a damaged block counts as none."""
    try:
        return int(opened.getexif().get(ORIENTATION, 1))
    except _DECODER_FAULTS:
        return 1


def _strange(content: bytes) -> str:
    """Say what bytes are that are no picture."""
    head = content[:1024]
    for pattern, sentence in _STRANGERS:
        if pattern.match(head):
            return sentence
    return "the bytes are not a picture in a known format"


def encode_picture(pixels: Pixels) -> bytes:
    """Return a JPEG without metadata, quality 95, no chroma subsampling."""
    out = io.BytesIO()
    Image.fromarray(np.ascontiguousarray(pixels)).save(
        out, "JPEG", quality=JPEG_QUALITY, subsampling=0, optimize=False
    )
    return out.getvalue()


def picture_row(
    item: Mapping[str, Any],
    locator: str,
    media_sha256: str,
    pixels: Pixels,
    media: MediaStore,
    *,
    box: tuple[int, int, int, int] | None = None,
) -> dict[str, Any]:
    """Store a picture as JPEG and return its row of `images`."""
    height, width = pixels.shape[:2]
    return {
        "image_id": image_id(item["item_id"], locator),
        "item_id": item["item_id"],
        "locator": locator,
        "media_sha256": media_sha256,
        "box": list(box) if box else None,
        "width_px": width,
        "height_px": height,
        "sha256": media.put(encode_picture(pixels), "jpg"),
        "status": "ok",
        "error": None,
    }


def failed_row(
    item: Mapping[str, Any],
    locator: str,
    status: str,
    error: str,
    media_sha256: str | None = None,
) -> dict[str, Any]:
    """Return the row of `images` of a picture that could not be had."""
    return {
        "image_id": image_id(item["item_id"], locator),
        "item_id": item["item_id"],
        "locator": locator,
        "media_sha256": media_sha256,
        "status": status,
        "error": error,
    }
