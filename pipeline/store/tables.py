"""Tables as Parquet: the same rows give the same bytes."""

from __future__ import annotations

import io

import pyarrow as pa
import pyarrow.parquet as pq

from pipeline.errors import WorkspaceError
from schemas import Contract

ROW_GROUP_ROWS = 50_000


def to_parquet(table: pa.Table) -> bytes:
    """Return a table's Parquet file (zstd). Contract and column meanings are in its metadata."""
    out = io.BytesIO()
    pq.write_table(
        table.combine_chunks(),
        out,
        compression="zstd",
        row_group_size=ROW_GROUP_ROWS,
        version="2.6",
    )
    return out.getvalue()


def from_parquet(content: bytes, contract: Contract, where: str) -> pa.Table:
    """Read a table and check that it was written under this contract.

    Raises:
        WorkspaceError: the file is damaged, or from another version of the contract.
        ContractError: its rows break the contract.
    """
    try:
        table = pq.read_table(pa.BufferReader(content))
    except (pa.ArrowInvalid, OSError) as fault:
        raise WorkspaceError(f"{where} is damaged ({fault}); remove it and run again") from fault
    found = (table.schema.metadata or {}).get(b"contract_version", b"none").decode()
    if found != str(contract.version):
        raise WorkspaceError(
            f"{where} was written under version {found} of the contract {contract.name}, "
            f"now {contract.version}; run the stage again"
        )
    return contract.check(table)
