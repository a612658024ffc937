"""Graphics of a figure: which files show it, and which of the files served those are."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from pipeline.extract.prose import Element, name_of

Row = Mapping[str, Any]

# Suffixes of pictures, the best first where a source serves the same picture several times.
RASTER_SUFFIXES = ("jpg", "jpeg", "png", "tif", "tiff", "gif", "webp", "bmp")
_HREF = "{http://www.w3.org/1999/xlink}href"
_GRAPHICS = ("{*}graphic", "{*}media")
# What holds pictures of its own, of signs, formulae, tables and attachments, that are no figure's.
_HOLDERS = frozenset(
    {"fig", "caption", "label", "table-wrap", "disp-formula", "inline-formula", "math", "fn"}
    | {"supplementary-material", "attrib", "permissions", "chem-struct"}
)


def graphics_of(figure: Element) -> tuple[tuple[str, ...], ...]:
    """Return the pictures of a figure: for each the names of the files that it may be had from.

    Alternatives are one picture, and so are files whose names differ in the suffix only. Pictures
    of figures within the figure are not its own. Signs within lines count where there is no other.
    """
    pictures: dict[object, list[str]] = {}
    for each in [*figure.iter(*_GRAPHICS)] or figure.iter("{*}inline-graphic"):
        name = (each.get(_HREF) or each.get("href") or "").strip()
        holder = _holder(each, figure)
        if name and holder is not None and _is_picture(each, name):
            key = holder if name_of(holder) == "alternatives" else stem_of(name).casefold()
            pictures.setdefault(key, []).append(name)
    return tuple(tuple(dict.fromkeys(names)) for names in pictures.values())


def is_captioned(graphic: Element) -> bool:
    """Tell whether a graphic outside of any figure has a caption of its own, as figures do."""
    if not len(graphic) or next(graphic.iterchildren("{*}caption"), None) is None:
        return False
    holders = (name_of(each) for each in graphic.iterancestors())
    return not any(name in _HOLDERS or name == "fig-group" for name in holders)


def _holder(graphic: Element, figure: Element) -> Element | None:
    """Return the alternatives that a graphic is one of, else itself; none if not the figure's."""
    held = graphic
    if graphic is figure:
        return held
    for each in graphic.iterancestors():
        if each is figure:
            return held
        name = name_of(each)
        if name in _HOLDERS:
            return None
        if name == "alternatives":
            held = each
    return None


def _is_picture(graphic: Element, name: str) -> bool:
    kind = graphic.get("mimetype", "").partition("/")[0].lower()
    if name_of(graphic) == "media":
        return kind == "image" or (not kind and bool(_suffix(name)))
    return kind not in ("video", "audio", "text")


def find_file(names: tuple[str, ...], served: list[Row]) -> Row | None:
    """Return the file that one of a picture's names refers to: by its name, else by its stem.

    A file that was fetched goes before one that was not. A name may be a path or an address, of
    which the last part counts.
    """
    wanted = {*names, *(each.rstrip("/").rpartition("/")[2] for each in names)}
    stems = {stem_of(each).casefold() for each in wanted}
    by_name = sorted((each for each in served if each["name"] in wanted), key=_rank)
    by_stem = sorted(
        (each for each in served if stem_of(each["name"]).casefold() in stems), key=_rank
    )
    found = [*by_name, *by_stem]
    return next((each for each in found if each["status"] == "ok"), found[0] if found else None)


def stem_of(name: str) -> str:
    """Return a file's name without its suffix if that is a picture's: `x.f1` keeps its `.f1`."""
    suffix = _suffix(name)
    return name[: -len(suffix) - 1] if suffix else name


def _suffix(name: str) -> str:
    stem, dot, suffix = name.rpartition(".")
    return suffix.lower() if stem and dot and suffix.lower() in RASTER_SUFFIXES else ""


def _rank(file: Row) -> int:
    suffix = _suffix(file["name"])
    return RASTER_SUFFIXES.index(suffix) if suffix else len(RASTER_SUFFIXES)
