"""The numbers and pictures of a report, ready to be laid out."""

from __future__ import annotations

import base64
import io
import statistics
from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from itertools import combinations, zip_longest
from pathlib import Path
from typing import Any

import pyarrow as pa
from PIL import Image

from pipeline.identity import sha256_text
from pipeline.images.decode import PictureError, decode_picture
from pipeline.release.counts import tally
from pipeline.release.published import IMAGES, Published
from pipeline.release.rows import KINDS

Row = Mapping[str, Any]
TOP = 20
GALLERY = 24
THUMBNAIL_PX = 280
BIN_WORDS = 10
LAST_BIN = 8


@dataclass(frozen=True, slots=True)
class Bar:
    """One bar of a chart: what it is, how many, and its length in per cent of the longest."""

    label: str
    count: int
    percent: float


@dataclass(frozen=True, slots=True)
class Card:
    """One picture of the gallery."""

    row: Row
    captions: tuple[tuple[str, str], ...]
    thumbnail: str
    origins: tuple[Row, ...]


@dataclass(frozen=True, slots=True)
class CaptionLength:
    """Words per caption of one kind."""

    kind: str
    captions: int
    shortest: int
    median: float
    longest: int


def bars(counted: Iterable[tuple[str, int]], top: int | None = None) -> list[Bar]:
    """Return bars in the order given; beyond `top`, one bar holds the rest."""
    listed = list(counted)
    if top is not None and len(listed) > top:
        rest = listed[top:]
        listed = [*listed[:top], (f"{len(rest)} more", sum(count for _label, count in rest))]
    longest = max((count for _label, count in listed), default=0) or 1
    return [Bar(label, count, round(100 * count / longest, 2)) for label, count in listed]


def word_bins(captions: Iterable[str]) -> list[tuple[str, int]]:
    """Return the number of captions by number of words: 1–10, 11–20 and so on, the last open."""
    found = Counter(
        min((len(each.split()) - 1) // BIN_WORDS, LAST_BIN) for each in captions if each
    )
    told = []
    for number in range(max(found, default=-1) + 1):
        low = number * BIN_WORDS + 1
        label = f"{low} or more" if number == LAST_BIN else f"{low}–{low + BIN_WORDS - 1}"
        told.append((f"{label} words", found[number]))
    return told


def caption_lengths(captions: pa.Table) -> list[CaptionLength]:
    """Return how long the captions of each kind are."""
    words: dict[str, list[int]] = {}
    for row in captions.select(["kind", "caption"]).to_pylist():
        words.setdefault(row["kind"], []).append(len(row["caption"].split()))
    return [
        CaptionLength(kind, len(n), min(n), statistics.median(n), max(n))
        for kind in KINDS
        if (n := words.get(kind))
    ]


def shared_pictures(provenance: pa.Table) -> list[tuple[str, int]]:
    """Return, for each two sources, in how many pictures of the release both have a part.

    A picture that one source has twice counts for that source alone.
    """
    sources: dict[str, list[str]] = {}
    for row in provenance.select(["filename", "item_id"]).to_pylist():
        sources.setdefault(row["filename"], []).append(row["item_id"].partition(":")[0])
    found: Counter[str] = Counter()
    for held in sources.values():
        found.update(f"{one} and {two}" for one, two in combinations(sorted(set(held)), 2))
        found.update(f"{name}, twice or more" for name, n in Counter(held).items() if n > 1)
    return sorted(found.items(), key=lambda each: (-each[1], each[0]))


def choose_gallery(rows: Sequence[Row], n: int = GALLERY) -> list[Row]:
    """Return up to n rows, the sources in turn, within a source in an order that hashes decide."""
    by_source: dict[str, list[Row]] = {}
    for row in sorted(rows, key=lambda row: sha256_text(row["image_id"])):
        by_source.setdefault(row["source"], []).append(row)
    columns = [by_source[source] for source in sorted(by_source)]
    turns = (row for turn in zip_longest(*columns) for row in turn if row is not None)
    return [row for row, _place in zip(turns, range(n), strict=False)]


def gallery(release: Published, rows: Sequence[Row], provenance: pa.Table) -> list[Card]:
    """Return the cards of the gallery, thumbnails as data URLs."""
    chosen = choose_gallery(rows)
    wanted = {row["filename"] for row in chosen}
    origins: dict[str, list[Row]] = {}
    for origin in provenance.to_pylist():
        if origin["filename"] in wanted:
            origins.setdefault(origin["filename"], []).append(origin)
    return [
        Card(
            row,
            tuple((kind, row[f"{kind}_caption"]) for kind in KINDS if row[f"{kind}_caption"]),
            thumbnail(release.path / IMAGES / row["filename"]),
            tuple(sorted(origins.get(row["filename"], []), key=lambda o: not o["is_canonical"])),
        )
        for row in chosen
    ]


def thumbnail(path: Path) -> str:
    """Return a picture as a small JPEG in a data URL, empty if it cannot be read."""
    try:
        picture = Image.fromarray(decode_picture(path.read_bytes()))
    except (OSError, PictureError):
        return ""
    picture.thumbnail((THUMBNAIL_PX, THUMBNAIL_PX), Image.Resampling.LANCZOS)
    out = io.BytesIO()
    picture.save(out, "JPEG", quality=80)
    return "data:image/jpeg;base64," + base64.b64encode(out.getvalue()).decode()


def charts(rows: pa.Table, captions: pa.Table, provenance: pa.Table) -> dict[str, list[Bar]]:
    """Return the bar charts of a release by name."""
    splits = dict(tally(rows["split"]))
    kinds = dict(tally(captions["kind"]))
    return {
        "licences": bars(tally(rows["licence"])),
        "diseases": bars(tally(rows["disease_label"]), TOP),
        "label_statuses": bars(
            (name.replace("_", " "), n) for name, n in tally(rows["label_status"])
        ),
        "concepts": bars(tally(rows["concepts"]), TOP),
        "body_sites": bars(tally(rows["body_sites"]), TOP),
        "splits": bars((name, splits.get(name, 0)) for name in ("train", "validation", "test")),
        "words": bars(word_bins(rows["refined_caption"].to_pylist())),
        "kinds": bars((kind, kinds.get(kind, 0)) for kind in KINDS),
        "shared": bars(shared_pictures(provenance)),
    }
