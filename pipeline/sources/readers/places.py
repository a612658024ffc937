"""Where a picture lies in the folder of a dataset. Nothing outside the folder is ever opened."""

from __future__ import annotations

import re
from collections.abc import Iterator
from pathlib import Path

SUFFIXES = (".jpg", ".jpeg", ".png", ".tif", ".tiff", ".webp", ".bmp", ".gif")
_SPELLINGS = tuple(each for suffix in SUFFIXES for each in (suffix, suffix.upper()))
_PART = re.compile(r"[^/\\:\x00-\x1f]{1,200}")


def is_inside(name: str) -> bool:
    """Tell whether a picture's name stays in its folder: no `..`, no absolute path, no drive."""
    parts = name.split("/")
    return all(_PART.fullmatch(part) and part.strip(". ") for part in parts)


def stem(name: str) -> str:
    """Return a picture's name without its ending."""
    bare, _dot, ending = name.rpartition(".")
    return bare if f".{ending.lower()}" in SUFFIXES else name


def find_picture(folder: Path, parts: tuple[str, ...], name: str) -> str | None:
    """Return where a picture lies below a folder, or null.

    It is looked for in all parts of the dataset, under its own name first, then with other endings
    and other cases of them. A link that leads out of the folder counts as missing.
    """
    if not is_inside(name):
        return None
    root = folder.resolve()
    for spelled in _spellings(name):
        for part in parts:
            place = f"{part}/{spelled}" if part else spelled
            if _holds(root, root / place):
                return place
    return None


def is_there(root: Path, place: str) -> bool:
    """Tell whether a place holds a file that lies inside the (resolved) folder."""
    return is_inside(place) and _holds(root, root / place)


def _holds(root: Path, path: Path) -> bool:
    try:
        return path.is_file() and path.resolve().is_relative_to(root)
    except OSError:
        return False


def _spellings(name: str) -> Iterator[str]:
    bare = stem(name)
    if bare != name:
        yield name
    for suffix in _SPELLINGS:
        if bare + suffix != name:
            yield bare + suffix
