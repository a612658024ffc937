"""A release as it stands on disk: where its files are, and how they are read."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pyarrow as pa

from pipeline.errors import ReleaseError, WorkspaceError
from pipeline.release.splits import ORDER
from pipeline.release.spreadsheet import read_csv
from pipeline.release.versions import MANIFEST
from pipeline.store import Partition
from pipeline.store.tables import from_parquet
from schemas import Contract, ContractError
from schemas.release import CAPTION_PAIRS, PROVENANCE, RELEASE

DATA = "data"
IMAGES = "images"
SPLITS = "splits"
PROVENANCE_FILE = "provenance.parquet"
CAPTIONS_FILE = "captions.csv"
CONCEPTS_FILE = "concept.csv"
CARD = "README.md"
CHANGELOG = "CHANGELOG.md"
SHARD_ROWS = 50_000


def shard_name(split: str, number: int) -> str:
    """Return the path of a Parquet shard: `data/train-00000.parquet`."""
    return f"{DATA}/{split}-{number:05d}.parquet"


@dataclass(frozen=True, slots=True)
class Published:
    """A standing release and its manifest."""

    path: Path
    manifest: Mapping[str, Any]

    @property
    def name(self) -> str:
        """Name of the release."""
        return str(self.manifest["name"])

    @property
    def version(self) -> str:
        """Its version."""
        return str(self.manifest["version"])

    def partitions(self) -> list[Partition]:
        """Return the partitions of the workspace that its pictures are from."""
        named = (each.rsplit("/", 2) for each in self.manifest.get("partitions", ()))
        return [
            Partition(source, snapshot, int(part.removeprefix("part-")))
            for source, snapshot, part in named
        ]

    def rows(self, columns: Sequence[str] | None = None) -> pa.Table:
        """Return all rows, sorted by file name.

        Raises:
            ReleaseError: a shard is missing, damaged or of another contract.
        """
        shards = [path for split in ORDER for path in self.shards(split)]
        tables = [read_table(path, RELEASE) for path in shards]
        if not tables:
            raise ReleaseError(f"{self.path} has no {DATA}/*.parquet; it is no whole release")
        whole = pa.concat_tables(tables).sort_by("filename")
        return whole.select(list(columns)) if columns else whole

    def shards(self, split: str) -> list[Path]:
        """Return the Parquet files of a split, in order."""
        return sorted((self.path / DATA).glob(f"{split}-*.parquet"))

    def provenance(self) -> pa.Table:
        """Return all ways in which the pictures came in."""
        return read_table(self.path / PROVENANCE_FILE, PROVENANCE)

    def captions(self) -> pa.Table:
        """Return all image-text pairs."""
        rows = read_csv(self.path / CAPTIONS_FILE)
        try:
            return CAPTION_PAIRS.table(rows)
        except (ContractError, OSError) as fault:
            raise ReleaseError(f"{self.path / CAPTIONS_FILE}: {fault}") from fault


def open_release(path: Path) -> Published:
    """Open a release's folder.

    Raises:
        ReleaseError: it is not there, or is no release.
    """
    try:
        manifest = json.loads((path / MANIFEST).read_bytes())
    except FileNotFoundError as fault:
        raise ReleaseError(
            f"{path} is no release: there is no {MANIFEST}; name the folder of a version"
        ) from fault
    except (OSError, ValueError) as fault:
        raise ReleaseError(f"{path / MANIFEST} cannot be read ({fault})") from fault
    needed = ("name", "version", "key", "caption_set", "inputs", "tiers")
    if not isinstance(manifest, dict) or any(name not in manifest for name in needed):
        raise ReleaseError(f"{path / MANIFEST} is not a release's manifest")
    return Published(path, manifest)


def read_table(path: Path, contract: Contract) -> pa.Table:
    """Read one Parquet file of a release.

    Raises:
        ReleaseError: it is missing, damaged, or breaks its contract.
    """
    try:
        return from_parquet(path.read_bytes(), contract, path.name)
    except OSError as fault:
        raise ReleaseError(f"{path.name} cannot be read ({fault.strerror})") from fault
    except WorkspaceError as fault:
        raise ReleaseError(
            f"{path.name} is damaged, or of another version of the contract {contract.name}"
        ) from fault
    except ContractError as fault:
        raise ReleaseError(f"{path.name}: {fault}") from fault
