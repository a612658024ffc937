"""Stages: pure functions between tables, and the one way to run them."""

from __future__ import annotations

import logging
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

import pyarrow as pa

from pipeline.catalog import Catalog
from pipeline.errors import MissingInputError
from pipeline.identity import sha256_json
from pipeline.store.carry import Carried, Earlier
from pipeline.store.manifest import Manifest, Output, count_statuses
from pipeline.store.media import MediaStore
from pipeline.store.partition import Partition
from pipeline.store.workspace import Workspace
from schemas import Contract

log = logging.getLogger(__name__)

Options = Mapping[str, Any]


@dataclass(frozen=True, slots=True)
class Bench:
    """All that a stage may use besides its tables.

    ``options`` is exactly what the manifest's key was computed from. ``service`` is the live thing
    that an impure stage talks to (a collector, a model client) and is never part of the key.
    """

    media: MediaStore
    options: Options = field(default_factory=dict)
    carried: Carried | None = None
    service: Any = None


def no_options(_catalog: Catalog, _source_id: str | None, _caption_set: str | None) -> Options:
    """Return no options: the output depends on the tables alone."""
    return {}


@dataclass(frozen=True, slots=True)
class Stage:
    """A stage's declaration.

    ``run`` takes the bench and the tables of ``reads`` in order and returns the tables of
    ``writes`` in order. ``version`` is raised by hand when the output changes meaning. ``options``
    picks from the catalog what the output depends on, as plain JSON. ``carry`` names the key
    columns by which rows of the first written table are carried over. A ``whole`` stage reads all
    partitions of all sources at once (``options`` gets no source), and its output is row by row
    that of the first table it reads; of the tables of ``consults`` it is given those of all
    benchmarks that the user holds.
    """

    name: str
    version: int
    reads: tuple[Contract, ...]
    writes: tuple[Contract, ...]
    run: Callable[..., tuple[pa.Table, ...]]
    options: Callable[[Catalog, str | None, str | None], Options] = no_options
    carry: tuple[str, ...] = ()
    whole: bool = False
    consults: tuple[Contract, ...] = ()


@dataclass(frozen=True, slots=True)
class Run:
    """One run of stages over a workspace, under a catalog and, for model stages, a caption set.

    Partitions that are run under one ``Run`` share one index of what can be carried over.
    """

    workspace: Workspace
    catalog: Catalog
    caption_set: str | None = None
    _earlier: dict[tuple[str, str], Earlier] = field(default_factory=dict, compare=False)

    def set_of(self, contract: Contract) -> str | None:
        """Return the caption set under which a table lies."""
        if not contract.by_caption_set or self.caption_set is None:
            return None
        if contract.name in ("annotations", "labels"):
            return self.catalog.annotator_of(self.caption_set)
        return self.caption_set

    def manifest(self, contract: Contract, partition: Partition) -> Manifest | None:
        """Return the manifest of the stage that wrote a part of a table, or null."""
        return self.workspace.read_manifest(contract.written_by, partition, self.set_of(contract))

    def read(self, contract: Contract, partition: Partition) -> pa.Table:
        """Read one part of a table, under this run's caption set."""
        return self.workspace.read_table(contract, partition, self.set_of(contract))

    def benchmarks(self) -> list[Partition]:
        """Return the partitions of the benchmarks that the user holds, by name."""
        held = sorted(name for name, entry in self.catalog.benchmarks.items() if entry.is_held)
        return [Partition.of_benchmark(name) for name in held]

    def earlier(self, stage: Stage, partition: Partition) -> Earlier:
        """Return the index of rows that may be carried over into a partition."""
        source_id = partition.source_id
        place = (stage.name, source_id)
        if place not in self._earlier:
            contract = stage.writes[0]
            parts = [partition] if partition.is_benchmark else self._parts_of(source_id)
            self._earlier[place] = Earlier(
                self.workspace, contract, stage.carry, parts, self.set_of(contract)
            )
        return self._earlier[place]

    def _parts_of(self, source_id: str) -> list[Partition]:
        return [
            partition
            for snapshot in self.workspace.snapshots(source_id)
            for partition in self.workspace.partitions(source_id, snapshot)
        ]


def is_done(stage: Stage, partitions: Sequence[Partition], run: Run) -> bool:
    """Tell whether every standing manifest has the key that a run would give it now."""
    plans = [partitions] if stage.whole else [[each] for each in partitions]
    try:
        return all(_plan(stage, plan, run).standing is not None for plan in plans)
    except MissingInputError:
        return False


def run_partition(stage: Stage, partition: Partition, run: Run, service: Any = None) -> Manifest:
    """Do a stage's work on one partition, unless the standing manifest says that it is done.

    Raises:
        MissingInputError: an input has not been written.
        ContractError: an input or an output breaks its contract.
    """
    plan = _plan(stage, [partition], run)
    if plan.standing is not None:
        return plan.standing[0]
    tables = [run.read(contract, partition) for contract in stage.reads]
    carried = _carried(stage, partition, run)
    written = stage.run(Bench(run.workspace.media, plan.options, carried, service), *tables)
    manifest = _write(stage, partition, run, plan, written)
    if carried is not None:
        carried.forget_journal()
    return manifest


def run_whole(
    stage: Stage, partitions: Sequence[Partition], run: Run, service: Any = None
) -> list[Manifest]:
    """Do a stage's work on all partitions at once, and write its output partition by partition.

    Raises:
        MissingInputError: an input has not been written.
        ContractError: an input or an output breaks its contract.
    """
    plan = _plan(stage, partitions, run)
    if plan.standing is not None:
        return plan.standing
    parts = [[run.read(contract, each) for each in partitions] for contract in stage.reads]
    parts += [
        [run.read(contract, each) for each in run.benchmarks()] for contract in stage.consults
    ]
    tables = [
        pa.concat_tables(each) if each else contract.empty()
        for contract, each in zip((*stage.reads, *stage.consults), parts, strict=True)
    ]
    written = stage.run(Bench(run.workspace.media, plan.options, None, service), *tables)
    manifests = []
    start = 0
    for partition, part in zip(partitions, parts[0], strict=True):
        share = tuple(table.slice(start, part.num_rows) for table in written)
        start += part.num_rows
        manifests.append(_write(stage, partition, run, plan, share))
    return manifests


@dataclass(frozen=True, slots=True)
class _Plan:
    key: str
    inputs: Mapping[str, str]
    options: Options
    standing: list[Manifest] | None


def _plan(stage: Stage, partitions: Sequence[Partition], run: Run) -> _Plan:
    source_id = None if stage.whole else partitions[0].source_id
    options = stage.options(run.catalog, source_id, run.caption_set)
    inputs = _input_digests(stage, partitions, run)
    key = sha256_json(
        {
            "stage": stage.name,
            "version": stage.version,
            "inputs": inputs,
            "contracts": {each.name: each.version for each in _contracts(stage)},
            "options": dict(options),
        }
    )
    standing = [run.manifest(stage.writes[0], each) for each in partitions]
    done = [each for each in standing if each is not None and each.key == key]
    return _Plan(key, inputs, options, done if len(done) == len(partitions) else None)


def _contracts(stage: Stage) -> tuple[Contract, ...]:
    return (*stage.reads, *stage.consults, *stage.writes)


def _input_digests(stage: Stage, partitions: Sequence[Partition], run: Run) -> dict[str, str]:
    digests = {each.name: _digests(stage, each, partitions, run) for each in stage.reads}
    digests |= {each.name: _digests(stage, each, run.benchmarks(), run) for each in stage.consults}
    if stage.whole:
        return {name: sha256_json(each) for name, each in digests.items()}
    return {name: next(iter(each.values())) for name, each in digests.items()}


def _digests(
    stage: Stage, contract: Contract, partitions: Sequence[Partition], run: Run
) -> dict[str, str]:
    digests = {}
    for partition in partitions:
        manifest = run.manifest(contract, partition)
        if manifest is None:
            raise MissingInputError(
                f"{stage.name} needs {contract.name} of {partition}, which "
                f"{contract.written_by} has not written; run {contract.written_by} first"
            )
        digests[str(partition)] = manifest.outputs[contract.name].sha256
    return digests


def _carried(stage: Stage, partition: Partition, run: Run) -> Carried | None:
    if not stage.carry:
        return None
    contract = stage.writes[0]
    journal = run.workspace.journal_path(stage.name, partition, run.set_of(contract))
    earlier = run.earlier(stage, partition)
    return Carried(run.workspace, contract, earlier, journal)


def _write(
    stage: Stage, partition: Partition, run: Run, plan: _Plan, written: tuple[pa.Table, ...]
) -> Manifest:
    held = run.set_of(stage.writes[0])
    # a manifest never stands beside tables that it did not describe
    run.workspace.remove_manifest(stage.name, partition, held)
    outputs = {}
    for contract, table in zip(stage.writes, written, strict=True):
        digest = run.workspace.write_table(contract, table, partition, run.set_of(contract))
        outputs[contract.name] = Output(digest, table.num_rows, count_statuses(table))
    manifest = Manifest(
        stage.name,
        stage.version,
        str(partition),
        plan.key,
        dict(plan.inputs),
        dict(plan.options),
        outputs,
    )
    run.workspace.write_manifest(manifest, partition, held)
    told = ", ".join(f"{name} {dict(each.statuses)}" for name, each in outputs.items())
    log.info("%s: %s, %s", stage.name, partition, told)
    return manifest
