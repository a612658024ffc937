"""What a release is made from: the latest snapshots, and the digest of all of it."""

from __future__ import annotations

import logging
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any

import pyarrow as pa

from pipeline.errors import MissingInputError
from pipeline.identity import sha256_json
from pipeline.knowledge.ontology import Ontology
from pipeline.store import Partition, Run
from schemas import (
    ANNOTATIONS,
    CAPTIONS,
    DUPLICATES,
    FINGERPRINTS,
    IMAGES,
    ITEMS,
    LABELS,
    MEDIA,
    PROVENANCE,
    RELEASE,
    VERDICTS,
    Contract,
)

log = logging.getLogger(__name__)

# Raised by hand when the files of a release change though their inputs do not.
RELEASE_VERSION = 3

# What every cluster member brings along, and what a picture that is shown needs besides.
ORIGIN = (ITEMS, MEDIA, IMAGES, DUPLICATES, VERDICTS)
SHOWN = (FINGERPRINTS, ANNOTATIONS, LABELS, CAPTIONS)

Part = Mapping[str, pa.Table]


@dataclass(frozen=True, slots=True)
class Inputs:
    """Partitions and digests of one release.

    ``shown`` are the partitions whose pictures may be in it. ``related`` are those of other
    sources, where further provenances of the same pictures may lie. ``digests`` is
    ``{table: {partition: sha256}}``.
    """

    shown: tuple[Partition, ...]
    related: tuple[Partition, ...]
    uncollected: tuple[str, ...]
    digests: Mapping[str, Mapping[str, str]]
    catalog: Mapping[str, Any]
    ontology_sha256: str

    @property
    def key(self) -> str:
        """Return the digest of everything that the release's content depends on."""
        return sha256_json(
            {
                "release_version": RELEASE_VERSION,
                "contracts": {each.name: each.version for each in (RELEASE, PROVENANCE)},
                "inputs": {name: dict(each) for name, each in self.digests.items()},
                "catalog": dict(self.catalog),
                "ontology": self.ontology_sha256,
            }
        )


def gather_inputs(run: Run, name: str) -> Inputs:
    """Find the partitions of a release and the digests of their tables.

    Raises:
        MissingInputError: a source that the release names is not collected, or a stage is not done.
    """
    there = set(run.workspace.sources())
    wanted = run.catalog.sources_of(name)
    uncollected = tuple(source for source in wanted if source not in there)
    if uncollected and run.catalog.release(name).sources:
        raise MissingInputError(
            f"release {name} names {', '.join(uncollected)}, of which there is no complete listing "
            f"in {run.workspace.root}; run `dermcurate collect` first"
        )
    if uncollected:
        log.warning("release %s goes without %s: not collected", name, ", ".join(uncollected))
    shown = _latest(run, (source for source in wanted if source in there))
    others = sorted(there & set(run.catalog.sources) - set(wanted))
    related = tuple(each for each in _latest(run, others) if _is_related(run, each))
    digests: dict[str, dict[str, str]] = {each.name: {} for each in (*ORIGIN, *SHOWN)}
    for partitions, contracts in ((shown, (*ORIGIN, *SHOWN)), (related, ORIGIN)):
        for partition in partitions:
            for contract in contracts:
                digests[contract.name][str(partition)] = _digest(run, contract, partition)
    extract = _catalog_extract(run, name)
    return Inputs(shown, related, uncollected, digests, extract, Ontology.load().digest)


def read_part(run: Run, partition: Partition, contracts: Iterable[Contract]) -> Part:
    """Read the tables of one partition, by table name."""
    return {each.name: run.read(each, partition) for each in contracts}


def rows_by(table: pa.Table, column: str) -> dict[str, dict[str, Any]]:
    """Return a table's rows by a column whose values do not repeat."""
    return {row[column]: row for row in table.to_pylist()}


def _latest(run: Run, sources: Iterable[str]) -> tuple[Partition, ...]:
    return tuple(each for source in sources for each in run.workspace.partitions(source))


def _is_related(run: Run, partition: Partition) -> bool:
    return all(run.manifest(each, partition) is not None for each in ORIGIN)


def _digest(run: Run, contract: Contract, partition: Partition) -> str:
    manifest = run.manifest(contract, partition)
    if manifest is None:
        raise MissingInputError(
            f"the release needs {contract.name} of {partition}, which {contract.written_by} has "
            f"not written; run {contract.written_by} first"
        )
    return manifest.outputs[contract.name].sha256


def _catalog_extract(run: Run, name: str) -> dict[str, Any]:
    """Return what the catalog says that shows in a release: no addresses, rates or queries."""
    told = ("title", "homepage", "terms_url", "source_type", "folder", "licence")
    caption_set = run.caption_set or run.catalog.release(name).caption_set
    model = run.catalog.model_of(caption_set)
    return {
        "name": name,
        "release": run.catalog.release(name).model_dump(mode="json"),
        "caption_set": caption_set,
        "captions": run.catalog.caption_set(caption_set).model_dump(mode="json"),
        "model": model.model_dump(mode="json", include={"engine", "name", "revision", "licence"}),
        "sources": {
            source: run.catalog.source(source).model_dump(mode="json", include=set(told))
            for source in sorted(run.catalog.sources_of(name))
        },
    }
