"""The pictures of a slide: embedded ones, those that fill a shape, and what lies over them."""

from __future__ import annotations

import hashlib
from collections.abc import Sequence
from dataclasses import dataclass
from functools import partial
from typing import Any

import numpy as np
import numpy.typing as npt

from pipeline.extract.affine import Affine
from pipeline.extract.deck import Box, LeftOut, Shown, area, shared
from pipeline.extract.pptx_archive import Archive
from pipeline.extract.pptx_shapes import DRAWING, Placed
from pipeline.images.decode import PictureError, Pixels, decode_picture

COVERED = 0.97  # a picture of which so much is covered cannot be seen
TOUCHED = 0.005
_RELATIONS = "{http://schemas.openxmlformats.org/officeDocument/2006/relationships}"
# shapes that hide what is below them; arrows, brackets and the like only point to it
_HIDING = frozenset(
    {
        "rect",
        "roundRect",
        "ellipse",
        "parallelogram",
        "trapezoid",
        "triangle",
        "diamond",
        "hexagon",
        "octagon",
    }
)
_DRAWINGS = (
    (b"\xd7\xcd\xc6\x9a", "WMF"),
    (b"\x01\x00\x09\x00", "WMF"),
    (b"\x1f\x8b", "packed EMF or WMF"),
    (b"<svg", "SVG"),
    (b"<?xml", "SVG"),
    (b"II\xbc", "JPEG XR"),
    (b"%!PS", "EPS"),
)


@dataclass(frozen=True, slots=True)
class _Cover:
    """A filled shape over a picture: its box in shares of the picture's, its form and colour."""

    box: Box
    is_round: bool
    colour: tuple[int, int, int]


@dataclass(frozen=True, slots=True)
class Canvas:
    """A slide: its name, its part of the package, and its shapes from the ground up."""

    name: str
    part: Any
    shapes: Sequence[Placed]
    archive: Archive


def read_pictures(slide: Canvas) -> tuple[list[Shown], list[LeftOut]]:
    """Return the pictures of a slide, numbered from its ground up, and those that are left out.

    Each is taken as the slide shows it: cut, turned, and under what its author laid over it.
    """
    shown: list[Shown] = []
    left_out: list[LeftOut] = []
    pictures = [
        (placed, blip) for placed in slide.shapes if (blip := _blip(placed.shape)) is not None
    ]
    for number, (placed, blip) in enumerate(pictures, 1):
        found = _read(f"{slide.name}/{number}", blip, placed, slide)
        if isinstance(found, Shown):
            shown.append(found)
        else:
            left_out.append(found)
    return shown, left_out


def _blip(shape: Any) -> Any:
    """Return the element that names the picture of a shape, or null."""
    found = shape._element.xpath("./p:blipFill/a:blip | ./p:spPr/a:blipFill/a:blip")
    return found[0] if found else None


def _read(locator: str, blip: Any, placed: Placed, slide: Canvas) -> Shown | LeftOut:
    if placed.shape._element.xpath(".//p:nvPr/a:videoFile | .//p:nvPr/a:audioFile"):
        return LeftOut(locator, "it stands for a film or a sound, which is not taken")
    target = _target(blip, slide.part)
    if target is None:
        why = "the picture is linked to a place outside the deck, which is never asked"
        return LeftOut(locator, why)
    matrix = placed.matrix or Affine.onto((0.0, 0.0, 0.0, 0.0))
    covers = _covers(placed.order, matrix.box(), slide.shapes)
    crop = _crop(blip.getparent())
    digest = hashlib.sha256(f"{target} {crop}".encode()).digest()
    if any(area(each.box) >= COVERED for each in covers):
        return LeftOut(locator, "it is hidden under a shape", digest)
    return Shown(
        locator,
        matrix.box(),
        digest,
        partial(_load, slide.archive, target),
        crop,
        partial(_as_shown, matrix, _form(placed.shape) == "ellipse", covers),
        _alt(placed.shape),
    )


def _target(blip: Any, part: Any) -> str | None:
    """Return the name of the part that holds a picture; null if it lies outside the deck."""
    key = blip.get(f"{_RELATIONS}embed")
    if key is None:
        return None
    relation = part.rels.get(key)
    if relation is None:
        return "/missing"
    return None if relation.is_external else str(relation.target_part.partname)


def _alt(shape: Any) -> str:
    named = shape._element.xpath("./*/p:cNvPr")
    return str(named[0].get("descr") or "") if named else ""


def _crop(fill: Any) -> Box | None:
    """Return the part of a picture that is shown, in shares of its sides; null if it is whole."""
    cut = fill.find(f"{DRAWING}srcRect")
    if cut is None:
        return None
    sides = [float(cut.get(side, 0)) / 100_000 for side in "ltrb"]
    left, top = max(0.0, sides[0]), max(0.0, sides[1])
    right, bottom = min(1.0, 1.0 - sides[2]), min(1.0, 1.0 - sides[3])
    if (left, top, right, bottom) == (0.0, 0.0, 1.0, 1.0) or left >= right or top >= bottom:
        return None
    return (left, top, right, bottom)


# --- what lies over a picture -------------------------------------------------------------------


def _covers(order: int, box: Box, shapes: Sequence[Placed]) -> tuple[_Cover, ...]:
    """Return the filled shapes that are painted over a picture, lowest first."""
    found = []
    for placed in shapes[order + 1 :]:
        if placed.matrix is None or _form(placed.shape) not in _HIDING:
            continue
        over = shared(box, placed.matrix.box())
        if area(over) < TOUCHED * area(box) or (colour := _filling(placed.shape)) is None:
            continue
        width, height = box[2] - box[0], box[3] - box[1]
        shares = (
            (over[0] - box[0]) / width,
            (over[1] - box[1]) / height,
            (over[2] - box[0]) / width,
            (over[3] - box[1]) / height,
        )
        found.append(_Cover(shares, _form(placed.shape) == "ellipse", colour))
    return tuple(found)


def _form(shape: Any) -> str:
    """Return the name of a shape's geometry; one drawn by hand counts as its box."""
    if shape._element.xpath("./p:spPr/a:custGeom"):
        return "rect"
    named = shape._element.xpath("./p:spPr/a:prstGeom")
    return str(named[0].get("prst", "")) if named else ""


def _filling(shape: Any) -> tuple[int, int, int] | None:
    """Return the colour that a shape is filled with, black where that is hard to tell, or null."""
    element = shape._element
    if element.xpath("./p:spPr/a:noFill | ./p:spPr/a:blipFill") or element.tag.endswith("}pic"):
        return None
    filled = element.xpath("./p:spPr/a:solidFill | ./p:spPr/a:gradFill | ./p:spPr/a:pattFill")
    if not filled:
        by_style = element.xpath("./p:style/a:fillRef[@idx != '0']")
        return (0, 0, 0) if by_style else None
    see_through = [int(each.get("val", 100_000)) for each in filled[0].iter(f"{DRAWING}alpha")]
    if see_through and min(see_through) < 50_000:
        return None
    stated = filled[0].find(f"{DRAWING}srgbClr")
    return _colour(str(stated.get("val", ""))) if stated is not None else (0, 0, 0)


def _colour(digits: str) -> tuple[int, int, int]:
    try:
        red, green, blue = bytes.fromhex(digits)
    except ValueError:
        return (0, 0, 0)
    return (red, green, blue)


# --- pixels -------------------------------------------------------------------------------------


def _load(archive: Archive, target: str) -> Pixels:
    blob = archive.read(target)
    drawing = next((kind for start, kind in _DRAWINGS if blob.startswith(start)), None)
    if blob[40:44] == b" EMF":
        drawing = "EMF"
    if drawing is not None:
        why = f"the picture is in {drawing}, which is not read; save it as PNG in the deck"
        raise PictureError("undecodable", why)
    return decode_picture(blob)


def _as_shown(matrix: Affine, is_round: bool, covers: Sequence[_Cover], pixels: Pixels) -> Pixels:
    """Turn the shown part of a picture as the slide does, and paint what lies over it."""
    turned = matrix.turn(pixels).copy()
    height, width = turned.shape[:2]
    if is_round:
        turned[~_disc(width, height)] = 255
    for cover in covers:
        left, right = (round(cover.box[side] * width) for side in (0, 2))
        top, bottom = (round(cover.box[side] * height) for side in (1, 3))
        part = turned[top:bottom, left:right]
        part[_disc(right - left, bottom - top) if cover.is_round else ...] = cover.colour
    return turned


def _disc(width: int, height: int) -> npt.NDArray[np.bool_]:
    """Return which pixels of a box its inscribed ellipse holds."""
    x = (np.arange(width) + 0.5) / max(1, width) * 2 - 1
    y = (np.arange(height) + 0.5) / max(1, height) * 2 - 1
    return np.asarray(x[None, :] ** 2 + y[:, None] ** 2 <= 1.0)
