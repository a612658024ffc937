"""One unit of work, told in plain data, so that any worker that sees the workspace can do it."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path
from threading import RLock
from typing import Any

from pipeline.catalog import load_catalog
from pipeline.language.server import make_engine
from pipeline.settings import load_settings
from pipeline.source_entries import SourceEntry
from pipeline.sources.fetch import FETCH
from pipeline.sources.host_report import write_hosts
from pipeline.sources.http import HttpClient, client_for
from pipeline.sources.listing import list_source, revisit_items
from pipeline.sources.registry import make_collector
from pipeline.stages import ASKS_A_MODEL, stage_named
from pipeline.store import Partition, Run, Stage, Workspace, run_partition, run_whole

LIST = "list"
REVISIT = "revisit"


@dataclass(frozen=True, slots=True)
class Place:
    """Where the work is done: workspace, catalog, caption set, and the endpoints of its model.

    Works that carry the same ``run_id`` share, within a process, collectors and model clients.
    """

    workspace: str
    catalog: str
    run_id: str
    caption_set: str | None = None
    endpoints: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Work:
    """A listing, a stage on a partition or a whole stage on all of them, or a second look.

    The second look (`revisit`) is at the items of a partition that were unreachable.
    """

    what: str
    partitions: tuple[Partition, ...]

    def __str__(self) -> str:
        if self.what == LIST:
            return f"{LIST} {self.partitions[0].source_id}"
        if len(self.partitions) == 1:
            return f"{self.what} {self.partitions[0]}"
        sources = {each.source_id for each in self.partitions}
        where = next(iter(sources)) if len(sources) == 1 else "all partitions"
        return f"{self.what} {where}"


def listing(source_id: str, snapshot: str) -> Work:
    """Return the work of listing a source."""
    return Work(LIST, (Partition(source_id, snapshot, 0),))


_opening = RLock()  # a cache alone lets threads that come at once each make their own


def open_run(place: Place) -> Run:
    """Open the workspace and the catalog that a place names."""
    with _opening:
        return _open_run(place)


@lru_cache(maxsize=16)
def _open_run(place: Place) -> Run:
    path = Path(place.catalog)
    catalog = load_catalog(path).with_benchmarks_below(path.parent)
    return Run(Workspace(place.workspace), catalog, place.caption_set)


def collector_of(source_id: str, place: Place) -> Any:
    """Return the collector of a source: one for all works of a run, and so one rate."""
    with _opening:
        return _collector(source_id, place)


@lru_cache(maxsize=64)
def _collector(source_id: str, place: Place) -> Any:
    run = open_run(place)
    entry = _located(run.catalog.source(source_id), Path(place.catalog).parent)
    client = _client(source_id, place)
    return make_collector(source_id, entry, load_settings(), run.workspace, client)


@lru_cache(maxsize=64)
def _client(source_id: str, place: Place) -> HttpClient:
    return client_for(open_run(place).catalog.source(source_id), load_settings())


def _located(entry: SourceEntry, folder: Path) -> SourceEntry:
    # paths of the catalog are relative to the catalog; keys and rows keep them as written there
    found = {
        name: str(folder / getattr(entry, name))
        for name in ("path", "ca_file")
        if getattr(entry, name, None)
    }
    return entry.model_copy(update=found)


@lru_cache(maxsize=8)
def _engine(place: Place) -> Any:
    run = open_run(place)
    if place.caption_set is None:
        return None
    name = run.catalog.caption_set(place.caption_set).model
    return make_engine(name, run.catalog.models[name], place.endpoints, load_settings())


def do(work: Work, place: Place) -> dict[str, Mapping[str, int]]:
    """Do a work that is not done yet, and return rows by status for each table it wrote.

    Raises:
        DermcurateError: the source, the inputs, the workspace or the model do not permit it.
        ContractError: a table breaks its contract.
    """
    run = open_run(place)
    first = work.partitions[0]
    if work.what in (LIST, REVISIT):
        with _telling_of_hosts(work, place):
            return {"items": {"ok": _list(work, place)}}
    stage = stage_named(work.what)
    service = _service(stage, first.source_id, place)
    if stage.whole:
        manifests = run_whole(stage, work.partitions, run, service)
    else:
        with _telling_of_hosts(work, place):
            manifests = [run_partition(stage, first, run, service)]
    counts: dict[str, dict[str, int]] = {}
    for manifest in manifests:
        for table, output in manifest.outputs.items():
            held = counts.setdefault(table, {})
            for status, n in output.statuses.items():
                held[status] = held.get(status, 0) + n
    return dict(counts)


@contextmanager
def _telling_of_hosts(work: Work, place: Place) -> Iterator[None]:
    """Note down what passed between us and hosts, however a `with` block ends."""
    try:
        yield
    finally:
        if work.what in (LIST, REVISIT, FETCH.name):
            first = work.partitions[0]
            with _opening:
                client = _client(first.source_id, place)
            write_hosts(client, work.what, first, open_run(place).workspace)


def _list(work: Work, place: Place) -> int:
    """List a source, or look again at what was unreachable; return how many items it gave."""
    run = open_run(place)
    first = work.partitions[0]
    entry = run.catalog.source(first.source_id)
    collector = collector_of(first.source_id, place)
    if work.what == REVISIT:
        return revisit_items(first, entry, collector, run.workspace)
    record = list_source(first.source_id, entry, collector, first.snapshot, run.workspace)
    return int(record["n_items"])


def _service(stage: Stage, source_id: str, place: Place) -> Any:
    if stage.name == "fetch":
        return collector_of(source_id, place)
    if stage.name == "benchmark":
        return open_run(place).catalog.benchmark(source_id).folder or ""
    with _opening:
        return _engine(place) if stage in ASKS_A_MODEL else None
