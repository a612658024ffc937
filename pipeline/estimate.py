"""What a collection would cost, told before anything is fetched.

How many items a source has is known from its last listing, from its own count if it may be asked,
from a local copy, or from the bounds of its catalog entry; what an item costs is measured on what
the workspace holds of that source, and else assumed. Every figure says which.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Protocol, runtime_checkable

import pyarrow.compute as pc

from pipeline.catalog import Catalog
from pipeline.errors import DermcurateError
from pipeline.language.prompts import load_prompt
from pipeline.source_entries import SlidesSource, SourceEntry, YouTubeSource
from pipeline.sources.collector import Collector
from pipeline.store import Run
from pipeline.work import Place, collector_of, open_run
from schemas import IMAGES, MEDIA

CHARACTERS_PER_TOKEN = 4.0  # of English prose, for the tokenizers of current models
EVIDENCE_TOKENS = 250  # what is said about one picture, in front of every question
ANSWER_TOKENS = {"annotate": 220, "refined": 90, "ontology": 40, "concept": 50}
ASKED_WITHOUT_NETWORK = ("slides", "dataset")


@dataclass(frozen=True, slots=True)
class PerItem:
    """What one item costs: requests of all kinds, megabytes (10^6 bytes), and its pictures."""

    requests: float
    megabytes: float
    images: float


# Articles: about 4 figures and 4.5 MB each (BIOMEDICA's corpus); videos: about 400 stills an hour
# (Quilt-1M's corpus), a quarter of an hour each; the others by judgement.
ASSUMED: Mapping[str, PerItem] = {
    "pubmed": PerItem(requests=7, megabytes=4.5, images=4),
    "youtube": PerItem(requests=8, megabytes=90, images=100),
    "reddit": PerItem(requests=2.5, megabytes=0.8, images=1.5),
    "discourse": PerItem(requests=3, megabytes=1, images=2),
    "webforum": PerItem(requests=3, megabytes=1, images=2),
    "slides": PerItem(requests=0, megabytes=20, images=60),
    "dataset": PerItem(requests=0, megabytes=0.3, images=1),
}
# What is asked of an item before its files are: what it is, under which licence, and of how many.
DESCRIBING: Mapping[str, float] = {"pubmed": 2, "youtube": 5, "reddit": 1, "discourse": 1}


@dataclass(frozen=True, slots=True)
class Cost:
    """What one source would cost; null where nobody can tell how many items there are."""

    source_id: str
    items: int | None
    items_from: str
    per_item_from: str
    requests: int | None
    hours: float | None
    gigabytes: float | None
    images: int | None
    tokens_in: int | None
    tokens_out: int | None


@runtime_checkable
class Countable(Protocol):
    """A collector whose source tells how many items it would list."""

    def count_listed(self) -> int:
        """Return the number of items; one request or a few."""


def estimate(
    place: Place, sources: Sequence[str], caption_set: str, *, ask: bool = False
) -> Iterator[Cost]:
    """Yield the cost of each source, everything in it collected once and captioned once.

    With ``ask``, sources that can count are asked to; nothing else is sent anywhere.

    Raises:
        CatalogError: a source or the caption set is not in the catalog.
    """
    run = open_run(place)
    tokens = tokens_per_image(run.catalog, caption_set)
    for source_id in sources:
        entry = run.catalog.source(source_id)
        items, items_from = _count(source_id, entry, place, ask=ask)
        each = _measured(source_id, run) or ASSUMED[entry.kind]
        measured = each is not ASSUMED[entry.kind]
        per_item_from = "measured on what is here" if measured else "assumed"
        yield _cost(source_id, entry, (items, items_from), (each, per_item_from), tokens)


def tokens_per_image(catalog: Catalog, caption_set: str) -> tuple[float, float]:
    """Return the tokens that go to the model and come back for one picture of a caption set."""
    entry = catalog.caption_set(caption_set)
    if catalog.model_of(caption_set).engine == "template":
        return 0.0, 0.0
    tokens_in = tokens_out = 0.0
    for kind, prompt_id in entry.prompts.items():
        prompt = load_prompt(prompt_id)
        messages = prompt.render(dict.fromkeys(prompt.file.variables, ""))
        constant = sum(len(message["content"]) for message in messages) / CHARACTERS_PER_TOKEN
        tokens_in += constant + EVIDENCE_TOKENS
        tokens_out += min(ANSWER_TOKENS[kind], entry.sampling.max_tokens)
    return tokens_in, tokens_out


def _cost(
    source_id: str,
    entry: SourceEntry,
    counted: tuple[int | None, str],
    costing: tuple[PerItem, str],
    tokens: tuple[float, float],
) -> Cost:
    items, items_from = counted
    each, per_item_from = costing
    if items is None:
        nothing = (None,) * 6
        return Cost(source_id, None, items_from, per_item_from, *nothing)
    requests, images = items * each.requests, items * each.images
    seconds = requests / entry.rate.requests_per_second
    if isinstance(entry, YouTubeSource) and entry.quota_per_day:
        seconds = max(seconds, items / entry.quota_per_day * 24 * 3600)
    return Cost(
        source_id,
        items,
        items_from,
        per_item_from,
        round(requests),
        round(seconds / 3600, 2),
        round(items * each.megabytes / 1000, 3),
        round(images),
        *(round(images * per_image) for per_image in tokens),
    )


# --- how many items --------------------------------------------------------------------------


def _count(
    source_id: str, entry: SourceEntry, place: Place, *, ask: bool
) -> tuple[int | None, str]:
    """Return how many items a source has, and how that is known; the best source of it first."""
    if ask or entry.kind in ASKED_WITHOUT_NETWORK:
        asked = _asked(collector_of(source_id, place), entry)
        if asked is not None:
            return asked
    if (listed := _last_listing(source_id, open_run(place))) is not None:
        return listed
    return _bounds(entry)


def _asked(collector: Collector, entry: SourceEntry) -> tuple[int | None, str] | None:
    try:
        if isinstance(collector, Countable):
            return _at_most(entry, collector.count_listed(), "counted by the source")
        if entry.kind in ASKED_WITHOUT_NETWORK:
            return _at_most(entry, sum(1 for _ in collector.list_keys()), "counted in its folder")
    except DermcurateError as fault:
        return None, f"not counted: {fault}"
    return None


def _last_listing(source_id: str, run: Run) -> tuple[int, str] | None:
    for snapshot in reversed(run.workspace.snapshots(source_id)):
        record = run.workspace.read_listing(source_id, snapshot)
        if record is not None:
            return int(record["n_items"]), f"listed in {snapshot}"
    return None


def _bounds(entry: SourceEntry) -> tuple[int | None, str]:
    """Return what the entry itself allows or expects."""
    if isinstance(entry, YouTubeSource):
        lists = len(entry.channels) + len(entry.playlists)
        most = len(entry.all_searches) * entry.per_search + lists * entry.per_list
        return _at_most(entry, most, "at most, by its searches and lists")
    if isinstance(entry, SlidesSource):
        return _at_most(entry, len(entry.decks), "named in the catalog")
    if entry.max_items is not None:
        return entry.max_items, "at most, by max_items"
    if entry.expect.min_items:
        return entry.expect.min_items, "at least, by expect.min_items"
    return None, "unknown: collect once, or set max_items"


def _at_most(entry: SourceEntry, items: int, known: str) -> tuple[int, str]:
    if entry.max_items is not None and entry.max_items < items:
        return entry.max_items, "at most, by max_items"
    return items, known


# --- what an item costs ----------------------------------------------------------------------


def _measured(source_id: str, run: Run) -> PerItem | None:
    """Return what an item of the latest snapshot took; null if nothing of it was fetched yet."""
    if source_id not in run.workspace.sources():
        return None
    items: set[str] = set()
    n_files = n_bytes = n_images = 0
    for partition in run.workspace.partitions(source_id):
        if run.manifest(MEDIA, partition) is None or run.manifest(IMAGES, partition) is None:
            continue
        media = run.read(MEDIA, partition)
        items |= set(media["item_id"].to_pylist())
        n_files += media.num_rows
        n_bytes += pc.sum(media["n_bytes"]).as_py() or 0
        n_images += run.read(IMAGES, partition).num_rows
    if not items:
        return None
    kind = run.catalog.source(source_id).kind
    asked = n_files / len(items) + DESCRIBING.get(kind, 0) if ASSUMED[kind].requests else 0.0
    return PerItem(asked, n_bytes / len(items) / 1e6, n_images / len(items))
