"""A plain layout: one folder per class, each picture labelled by the folder that it lies in."""

from __future__ import annotations

import logging
import os
import re
from collections.abc import Iterator
from pathlib import Path, PurePosixPath

from pipeline.errors import SourceError
from pipeline.identity import sha256_text
from pipeline.record_facts import RecordFacts
from pipeline.sources.readers.places import SUFFIXES, is_inside
from pipeline.sources.readers.records import Record, Shown
from pipeline.sources.readers.values import UnreadableValueError, read_words

log = logging.getLogger(__name__)

MAX_DEPTH = 6
_NO_CLASSES = frozenset(
    {"train", "training", "test", "testing", "val", "valid", "validation", "images", "data"}
)
# `12. Eczema 1677`, `Acne and Rosacea Photos`: numbers and words that are not of the label
_NUMBERED = re.compile(r"^\d+[. ]+| +-? *\d[\d.]*k?$", re.IGNORECASE)
_PICTURES = re.compile(r" (?:photos?|images?|pictures?)$", re.IGNORECASE)
_UNSAFE = re.compile(r"[^A-Za-z0-9_.-]+")
_KEY_CHARACTERS = 80


def read_class_folders(folder: Path) -> Iterator[Record]:
    """Yield the pictures below a folder in the order of their names; links are not followed.

    Raises:
        SourceError: there is no such folder, or it holds no picture.
    """
    if not folder.is_dir():
        raise SourceError(
            f"class folders: {folder} is not there; correct its path in the catalog or put one "
            "folder of pictures per class there"
        )
    found = False
    for place in _pictures(folder, ""):
        found = True
        yield _record(place)
    if not found:
        raise SourceError(
            f"class folders: no picture lies below {folder}; put one folder per class there, "
            "archives are not unpacked here"
        )


def _pictures(root: Path, below: str, depth: int = 0) -> Iterator[str]:
    with os.scandir(root / below) as entries:
        listed = sorted((each.name, each.is_dir(follow_symlinks=False)) for each in entries)
    for name, is_folder in listed:
        place = f"{below}/{name}" if below else name
        if name.startswith((".", "__MACOSX")):
            continue
        if is_folder and depth < MAX_DEPTH:
            yield from _pictures(root, place, depth + 1)
        elif is_folder:
            log.warning("%s lies deeper than %s folders and was not read", place, MAX_DEPTH)
        elif PurePosixPath(name).suffix.lower() in SUFFIXES:
            yield place


def _record(place: str) -> Record:
    path = PurePosixPath(place)
    key, label = _key(place), path.parent.name
    row = {"folder": str(path.parent), "file": path.name}
    if not is_inside(place):
        return Record(key, repr(place), row, fault=f"{place!r} is no name of a file that is read")
    if not label or label.lower() in _NO_CLASSES:
        return Record(key, place, row, fault=f"{place} lies in no folder of a class")
    try:
        diagnosis = read_words(label_of(label))
    except UnreadableValueError as fault:
        return Record(key, place, row, fault=f"{place}: {fault}")
    facts = RecordFacts(diagnosis=diagnosis, basis="stated by the name of its folder")
    return Record(key, place, row, Shown(key, place, facts), place=place)


def label_of(folder: str) -> str:
    """Return the words of a folder's name: `acne and rosacea` for `Acne_and_Rosacea_Photos`."""
    words = " ".join(folder.replace("_", " ").replace("-", " ").split())
    bare = _PICTURES.sub("", _NUMBERED.sub("", words))
    return bare or words


def _key(place: str) -> str:
    """Return a place as a key: as it stands if that is safe and short, else with a digest."""
    safe = _UNSAFE.sub("_", place)
    if safe == place and len(safe) <= _KEY_CHARACTERS:
        return safe
    return f"{safe[-_KEY_CHARACTERS:].strip('._-')}-{sha256_text(place)[:8]}"
