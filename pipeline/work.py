"""One unit of work, told in plain data, so that any worker that sees the workspace can do it."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path
from threading import RLock
from typing import Any

from pipeline.catalog import load_catalog
from pipeline.language.server import make_engine
from pipeline.settings import load_settings
from pipeline.source_entries import SourceEntry
from pipeline.sources.listing import list_source
from pipeline.sources.registry import make_collector
from pipeline.stages import ASKS_A_MODEL, stage_named
from pipeline.store import Partition, Run, Stage, Workspace, run_partition, run_whole

LIST = "list"


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
    """A listing of a source, or a stage on a partition, or a whole stage on all of them."""

    what: str
    partitions: tuple[Partition, ...]

    def __str__(self) -> str:
        if self.what == LIST:
            return f"{LIST} {self.partitions[0].source_id}"
        where = str(self.partitions[0]) if len(self.partitions) == 1 else "all partitions"
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
    return Run(Workspace(place.workspace), load_catalog(Path(place.catalog)), place.caption_set)


@lru_cache(maxsize=64)
def _collector(source_id: str, place: Place) -> Any:
    run = open_run(place)
    entry = _located(run.catalog.source(source_id), Path(place.catalog).parent)
    return make_collector(source_id, entry, load_settings(), run.workspace)


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
    if work.what == LIST:
        entry = run.catalog.source(first.source_id)
        with _opening:
            collector = _collector(first.source_id, place)
        record = list_source(
            first.source_id,
            entry,
            collector,
            first.snapshot,
            run.workspace,
        )
        return {"items": {"ok": int(record["n_items"])}}
    stage = stage_named(work.what)
    service = _service(stage, first.source_id, place)
    if stage.whole:
        manifests = run_whole(stage, work.partitions, run, service)
    else:
        manifests = [run_partition(stage, first, run, service)]
    counts: dict[str, dict[str, int]] = {}
    for manifest in manifests:
        for table, output in manifest.outputs.items():
            held = counts.setdefault(table, {})
            for status, n in output.statuses.items():
                held[status] = held.get(status, 0) + n
    return dict(counts)


def _service(stage: Stage, source_id: str, place: Place) -> Any:
    # one collector per source, and so one rate for its hosts
    with _opening:
        if stage.name == "fetch":
            return _collector(source_id, place)
        return _engine(place) if stage in ASKS_A_MODEL else None
