"""Decode pictures safely, and store them upright, in RGB, free of metadata."""

from __future__ import annotations

import io
import struct
import warnings
from collections.abc import Mapping
from typing import Any, Literal

import numpy as np
from PIL import Image, ImageCms, ImageOps, UnidentifiedImageError

from pipeline.errors import DermcurateError
from pipeline.identity import image_id
from pipeline.store import MediaStore

MAX_PIXELS = 80_000_000
FORMATS = ("JPEG", "PNG", "GIF", "TIFF", "WEBP", "BMP")
JPEG_QUALITY = 95

Pixels = np.ndarray[tuple[int, int, int], np.dtype[np.uint8]]
Status = Literal["truncated", "undecodable", "too_large"]
# what Pillow raises of damaged pictures and of damaged EXIF blocks in sound ones
_DECODER_FAULTS = (
    ArithmeticError,
    AttributeError,
    EOFError,
    Image.DecompressionBombError,
    LookupError,
    OSError,
    SyntaxError,
    TypeError,
    ValueError,
    struct.error,
)
_STATUS_OF_MESSAGE = ("truncated", "not enough image data", "broken data stream", "unexpected end")


class PictureError(DermcurateError):
    """A picture that cannot be decoded; `status` is its class in the table `images`."""

    def __init__(self, status: Status, sentence: str) -> None:
        self.status: Status = status
        super().__init__(sentence)


def decode_picture(content: bytes) -> Pixels:
    """Return the first frame as RGB, shape (height, width, 3), uint8, turned upright.

    Transparent parts become white; an embedded colour profile is converted to sRGB.

    Raises:
        PictureError: the bytes are cut short, are no picture, or hold too many pixels.
    """
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            with Image.open(io.BytesIO(content), formats=FORMATS) as opened:
                width, height = opened.size
                if width * height > MAX_PIXELS:
                    raise PictureError(
                        "too_large", f"{width} x {height} pixels, at most {MAX_PIXELS} are decoded"
                    )
                opened.load()
                return np.asarray(_to_rgb(_upright(opened)))
    except UnidentifiedImageError as fault:
        raise PictureError(
            "undecodable", "the bytes are not a picture in a known format"
        ) from fault
    except _DECODER_FAULTS as fault:
        told = " ".join(str(fault).split())
        cut = any(words in told.lower() for words in _STATUS_OF_MESSAGE)
        raise PictureError(
            "truncated" if cut else "undecodable", f"the picture cannot be decoded: {told}"
        ) from fault


def _upright(opened: Image.Image) -> Image.Image:
    try:
        return ImageOps.exif_transpose(opened)
    except _DECODER_FAULTS:
        return opened  # the EXIF block is damaged: the picture is taken as it lies


def _to_rgb(picture: Image.Image) -> Image.Image:
    profile = picture.info.get("icc_profile")
    if profile and picture.mode in ("RGB", "CMYK", "L"):
        try:
            embedded = ImageCms.ImageCmsProfile(io.BytesIO(profile))
            converted = ImageCms.profileToProfile(
                picture, embedded, ImageCms.createProfile("sRGB"), outputMode="RGB"
            )
            if converted is not None:
                return converted
        except (ImageCms.PyCMSError, OSError):
            pass  # a broken profile: the colours are taken as they stand
    if picture.mode in ("I;16", "I;16B", "I;16L", "I"):
        deep = np.asarray(picture).astype(np.float64)
        return Image.fromarray((deep / 257.0).clip(0, 255).astype(np.uint8)).convert("RGB")
    if picture.mode in ("RGBA", "LA", "PA") or "transparency" in picture.info:
        clear = picture.convert("RGBA")
        ground = Image.new("RGBA", clear.size, (255, 255, 255, 255))
        return Image.alpha_composite(ground, clear).convert("RGB")
    return picture.convert("RGB")


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
