"""Fitzpatrick17k: pictures of two atlases with their labels and skin types (Groh et al., 2021)."""

from __future__ import annotations

import re
from collections.abc import Iterator
from urllib.parse import urlsplit

from pipeline.record_facts import RecordFacts
from pipeline.sources.readers.records import Shown, TableReader
from pipeline.sources.readers.tables import Layout, Line
from pipeline.sources.readers.values import UnreadableValueError, read_skin_types, read_words

_WRONG = "3"  # of `qc`: a dermatologist found the label wrong
_NATURES = ("benign", "malignant")


def _read_line(line: Line) -> Iterator[Shown]:
    name = line["md5hash"].lower()
    if not re.fullmatch(r"[0-9a-f]{32}", name):
        raise UnreadableValueError(f"md5hash is {name[:60]!r}")
    is_wrong = line["qc"].startswith(_WRONG)
    nature = line["three_partition_label"].lower()
    facts = RecordFacts(
        diagnosis=None if is_wrong else read_words(line["label"]),
        basis="stated by an atlas",
        nature=nature if nature in _NATURES and not is_wrong else None,
        skin_type=read_skin_types([line["fitzpatrick_scale"], line["fitzpatrick_centaur"]]),
        skin_type_basis="estimated by annotators",
        remarks=("A dermatologist found the atlas's label wrong",) if is_wrong else (),
        imaging="clinical photograph",
    )
    yield Shown(name, name, facts, creator=_atlas(line["url"]))


def _atlas(url: str) -> str | None:
    """Return the site of the atlas that a picture is from, whose work it is."""
    try:
        host = urlsplit(url).hostname or ""
    except ValueError:
        return None
    return host.removeprefix("www.") if re.fullmatch(r"[a-z0-9.-]{4,80}", host) else None


READER = TableReader(
    title="Fitzpatrick17k",
    layout=Layout(
        places=("fitzpatrick17k.csv", "data/fitzpatrick17k.csv"),
        needed=("md5hash", "label", "fitzpatrick_scale"),
        aliases={"fitzpatrick_scale": ("fitzpatrick",), "md5hash": ("hasher",)},
    ),
    key="md5hash",
    read_line=_read_line,
    parts=("images", "data/finalfitz17k", "finalfitz17k", "fitzpatrick17k", "data/images", ""),
)
