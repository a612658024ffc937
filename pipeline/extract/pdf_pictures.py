"""The pictures that a PDF page displays: what can be seen of each, and which are parts of one."""

from __future__ import annotations

import hashlib
import math
from collections.abc import Callable
from dataclasses import dataclass, replace
from functools import partial

from pipeline.extract.deck import Box, LeftOut, Shown
from pipeline.extract.pdf_cover import Cover
from pipeline.extract.pdf_painted import Picture, Trace
from pipeline.extract.pdf_pixels import Embedded, Leaf, check_size
from pipeline.extract.pdf_strips import Piece, join_strips
from pipeline.images.decode import Pixels


@dataclass(frozen=True, slots=True)
class _Place:
    """A picture with its name on the page."""

    picture: Picture
    locator: str
    digest: bytes


def read_pictures(leaf: Leaf, trace: Trace) -> tuple[tuple[Shown, ...], tuple[LeftOut, ...]]:
    """Return the pictures that a page displays, in reading order, and those that are left out.

    A picture that is shown twice stands twice. One that something is painted over, or that is cut
    off by more than a rectangle, is drawn as the page shows it: what a page hides stays hidden.
    """
    places, left_out = _sorted_out(leaf, trace)
    pieces = [
        Piece(
            each.locator,
            each.picture.box,
            *_size_px(each.picture),
            each.digest,
            _loader(leaf, each.picture),
            _crop(each.picture),
            each.picture.is_plain,
        )
        for each in places
    ]
    shown = [_shown(piece) for piece in join_strips(pieces)]
    shown.sort(key=lambda each: (each.box[1], each.box[0], each.locator))
    return tuple(shown), tuple(left_out)


def _shown(piece: Piece) -> Shown:
    left, top, right, bottom = piece.crop or (0.0, 0.0, 1.0, 1.0)
    size = (round((right - left) * piece.width_px), round((bottom - top) * piece.height_px))
    return Shown(piece.locator, piece.box, piece.digest, piece.load, piece.crop, size_px=size)


def _sorted_out(leaf: Leaf, trace: Trace) -> tuple[list[_Place], list[LeftOut]]:
    """Return the pictures that can be seen, each marked whether it must be drawn, and the rest."""
    kept: list[_Place] = []
    left_out: list[LeftOut] = []
    cover = Cover(trace)
    for picture, locator in zip(trace.pictures, _names(leaf.name, trace), strict=True):
        digest = _digest(picture, leaf, locator)
        why = cover.hides(picture)
        if why is not None:
            left_out.append(LeftOut(locator, why, digest))
        else:
            is_plain = picture.is_plain and not cover.touches(picture)
            kept.append(_Place(replace(picture, is_plain=is_plain), locator, digest))
    return kept, left_out


def _names(name: str, trace: Trace) -> list[str]:
    """Name the pictures of a page by their number in the file, and by that on the page if none."""
    seen: dict[str, int] = {}
    names = []
    n_inline = 0
    for each in trace.pictures:
        key = f"{name}/x{each.xref}" if each.xref else f"{name}/i{n_inline}"
        n_inline += not each.xref
        seen[key] = seen.get(key, 0) + 1
        names.append(key if seen[key] == 1 else f"{key}-{seen[key]}")
    return names


def _digest(picture: Picture, leaf: Leaf, locator: str) -> bytes:
    if picture.xref:
        return leaf.embedded.digest(picture.xref)
    return hashlib.sha256(picture.content or locator.encode()).digest()


# --- pixels -------------------------------------------------------------------------------------


def _loader(leaf: Leaf, picture: Picture) -> Callable[[], Pixels]:
    if picture.is_plain and picture.xref:
        return partial(_decoded, picture, leaf.embedded)
    return partial(leaf.draw, picture.box, _zoom(picture))


def _decoded(picture: Picture, embedded: Embedded) -> Pixels:
    check_size(picture.n_pixels)
    return picture.matrix.turn(embedded.decode(picture.xref))


def _size_px(picture: Picture) -> tuple[int, int]:
    """Return the size of a picture as the page turns it, or as it is drawn."""
    if not (picture.is_plain and picture.xref):
        left, top, right, bottom = picture.box
        zoom = _zoom(picture)
        return round(zoom * (right - left)), round(zoom * (bottom - top))
    size = (picture.width_px, picture.height_px)
    return (size[1], size[0]) if picture.matrix.is_on_its_side() else size


def _zoom(picture: Picture) -> float:
    """Return the pixels per point that a picture has on the page, at least 1."""
    across = math.hypot(picture.matrix.a, picture.matrix.b)
    return max(1.0, picture.width_px / max(1.0, across))


def _crop(picture: Picture) -> Box | None:
    """Return the shares of a decoded picture that its clips leave; null if all, or if drawn."""
    left, top, right, bottom = picture.frame
    width, height = right - left, bottom - top
    if not (picture.is_plain and picture.xref) or width <= 0 or height <= 0:
        return None
    seen = picture.box
    shares = (
        (seen[0] - left) / width,
        (seen[1] - top) / height,
        (seen[2] - left) / width,
        (seen[3] - top) / height,
    )
    whole = all(abs(one - other) < 0.004 for one, other in zip(shares, (0, 0, 1, 1), strict=True))
    return None if whole else shares
