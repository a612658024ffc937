"""The workspace: where tables, manifests, listings, journals and releases lie.

tables/<table>[/<caption set>]/<source>/<snapshot>/part-00000.parquet
manifests/<stage>[/<caption set>]/<source>/<snapshot>/part-00000.json
listings/<source>/<snapshot>.json          how many partitions a complete listing has
journals/<stage>…/part-00000.jsonl         answers of a partition that is under way
hosts/<source>/<snapshot>/<number>-<stage>-part-00000.json    what passed between us and hosts
media/ab/cd/<sha256>.<ext>
releases/<name>/<version>/    reports/    logs/
"""

from __future__ import annotations

import json
import secrets
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import pyarrow as pa

from pipeline.errors import MissingInputError, WorkspaceError
from pipeline.identity import canonical_json, sha256_bytes
from pipeline.store.files import Files
from pipeline.store.manifest import Manifest
from pipeline.store.media import MediaStore
from pipeline.store.partition import Partition
from pipeline.store.tables import from_parquet, to_parquet
from schemas import Contract


class Workspace:
    """A workspace at a local folder or an fsspec URL."""

    def __init__(self, root: str | Path) -> None:
        self.files = Files(str(root))
        self.media = MediaStore(self.files)

    @property
    def root(self) -> str:
        """Address of the workspace."""
        return self.files.root

    def folder(self, *parts: str) -> Path:
        """Return a local folder below the workspace, made if need be.

        Raises:
            WorkspaceError: the workspace is remote; releases and reports need a local one.
        """
        path = self.files.local_path("/".join(parts))
        if path is None:
            raise WorkspaceError(f"{self.root} is not a local folder; releases need one")
        path.mkdir(parents=True, exist_ok=True)
        return path

    # --- tables and manifests -------------------------------------------------------------

    @staticmethod
    def _place(kind: str, name: str, caption_set: str | None, partition: Partition) -> str:
        parts = [kind, name, *([caption_set] if caption_set else [])]
        return "/".join([*parts, partition.source_id, partition.snapshot, partition.name])

    def table_path(
        self, contract: Contract, partition: Partition, caption_set: str | None = None
    ) -> str:
        """Return where a table's part lies, relative to the workspace."""
        wanted = caption_set if contract.by_caption_set else None
        return self._place("tables", contract.name, wanted, partition) + ".parquet"

    def read_table(
        self, contract: Contract, partition: Partition, caption_set: str | None = None
    ) -> pa.Table:
        """Read one part of a table.

        Raises:
            MissingInputError: it has not been written yet.
        """
        path = self.table_path(contract, partition, caption_set)
        try:
            content = self.files.read(path)
        except FileNotFoundError as fault:
            raise MissingInputError(
                f"{path} is not there; run the stage that writes {contract.name} first"
            ) from fault
        return from_parquet(content, contract, path)

    def write_table(
        self,
        contract: Contract,
        table: pa.Table,
        partition: Partition,
        caption_set: str | None = None,
    ) -> str:
        """Check and write one part of a table; return the digest of the file."""
        content = to_parquet(contract.check(table))
        self.files.write(self.table_path(contract, partition, caption_set), content)
        return sha256_bytes(content)

    def read_manifest(
        self, stage: str, partition: Partition, caption_set: str | None = None
    ) -> Manifest | None:
        """Return the standing manifest, or null."""
        path = self._place("manifests", stage, caption_set, partition) + ".json"
        try:
            return Manifest.from_json(self.files.read(path))
        except FileNotFoundError:
            return None
        except (ValueError, TypeError, KeyError) as fault:
            raise WorkspaceError(f"{path} is damaged; remove it and run again") from fault

    def write_manifest(
        self, manifest: Manifest, partition: Partition, caption_set: str | None = None
    ) -> None:
        """Write a manifest. From now on the partition is done."""
        path = self._place("manifests", manifest.stage, caption_set, partition) + ".json"
        self.files.write(path, manifest.to_json())

    def remove_manifest(
        self, stage: str, partition: Partition, caption_set: str | None = None
    ) -> None:
        """Remove a manifest: the partition is no longer done."""
        self.files.remove(self._place("manifests", stage, caption_set, partition) + ".json")

    def journal_path(self, stage: str, partition: Partition, caption_set: str | None = None) -> str:
        """Return where the answers of a partition under way are noted down."""
        return self._place("journals", stage, caption_set, partition) + ".jsonl"

    # --- listings --------------------------------------------------------------------------

    def snapshots(self, source_id: str) -> list[str]:
        """Return the source's complete snapshots, oldest first."""
        return [name.removesuffix(".json") for name in self.files.names(f"listings/{source_id}")]

    def sources(self) -> list[str]:
        """Return the sources that have a complete listing."""
        return [name for name in self.files.names("listings") if self.snapshots(name)]

    def read_listing(self, source_id: str, snapshot: str) -> dict[str, Any] | None:
        """Return the listing's record, or null if the listing is not complete."""
        try:
            told = json.loads(self.files.read(f"listings/{source_id}/{snapshot}.json"))
        except FileNotFoundError:
            return None
        return dict(told)

    def write_listing(self, source_id: str, snapshot: str, record: dict[str, Any]) -> None:
        """Record that a listing is complete."""
        content = (canonical_json(record) + "\n").encode()
        self.files.write(f"listings/{source_id}/{snapshot}.json", content)

    def remove_listing(self, source_id: str, snapshot: str) -> None:
        """Remove a listing's record: it is no longer complete."""
        self.files.remove(f"listings/{source_id}/{snapshot}.json")

    def begun(self, source_id: str) -> list[str]:
        """Return the snapshots of which a part has been listed, oldest first."""
        return self.files.names(f"manifests/list/{source_id}")

    def partitions(self, source_id: str, snapshot: str | None = None) -> list[Partition]:
        """Return the partitions of a snapshot, the latest one if none is named.

        Raises:
            MissingInputError: the source has no such complete listing.
        """
        there = self.snapshots(source_id)
        wanted = snapshot or (there[-1] if there else None)
        record = self.read_listing(source_id, wanted) if wanted else None
        if wanted is None or record is None:
            raise MissingInputError(
                f"source {source_id} has no complete listing{f' {wanted}' if wanted else ''} in "
                f"{self.root}; run `dermcurate collect` first"
            )
        return [Partition(source_id, wanted, index) for index in range(record["n_partitions"])]

    # --- hosts -----------------------------------------------------------------------------

    def add_hosts(
        self, source_id: str, snapshot: str, name: str, report: Mapping[str, Mapping[str, Any]]
    ) -> None:
        """Add a report of what passed between us and hosts; those before it stand."""
        folder = f"hosts/{source_id}/{snapshot}"
        number = len(self.files.names(folder))
        content = (canonical_json(report) + "\n").encode()
        self.files.write(f"{folder}/{number:06d}-{name}.json", content)

    def read_hosts(self, source_id: str, snapshot: str) -> list[dict[str, dict[str, Any]]]:
        """Return the reports on a snapshot, oldest first."""
        folder = f"hosts/{source_id}/{snapshot}"
        return [
            json.loads(self.files.read(f"{folder}/{name}")) for name in self.files.names(folder)
        ]

    def asked_snapshots(self, source_id: str) -> list[str]:
        """Return the snapshots for which hosts were asked, oldest first."""
        return self.files.names(f"hosts/{source_id}")

    # --- secrets ---------------------------------------------------------------------------

    def pseudonym_key(self) -> str:
        """Return the workspace's own key for pseudonyms; it is made at the first call."""
        path = "pseudonym.key"
        if not self.files.exists(path):
            self.files.create(path, secrets.token_hex(32).encode())
        return self.files.read(path).decode().strip()
