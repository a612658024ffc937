"""The promise a table makes, and the check that it is kept."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from typing import Any

import pyarrow as pa
import pyarrow.compute as pc

EXAMPLES = 5


class ContractError(ValueError):
    """A table breaks its contract. The message lists every fault, each with up to five examples."""

    def __init__(self, contract: str, faults: list[str]) -> None:
        self.contract = contract
        self.faults = faults
        super().__init__(f"table {contract} breaks its contract: " + "; ".join(faults))


def column(name: str, kind: pa.DataType, meaning: str, *, required: bool = True) -> pa.Field:
    """Declare a column; its meaning travels in the file's field metadata."""
    return pa.field(name, kind, nullable=not required, metadata={"description": meaning})


def optional(name: str, kind: pa.DataType, meaning: str) -> pa.Field:
    """Declare a column that may be null."""
    return column(name, kind, meaning, required=False)


@dataclass(frozen=True, slots=True)
class Contract:
    """Name, version, columns, key and closed lists of one table.

    ``written_by`` names the only stage that writes it. ``by_caption_set`` is true for tables that
    exist once per caption set rather than once. A value of ``allowed`` that ends in a colon stands
    for all that begin with it.
    """

    name: str
    version: int
    written_by: str
    columns: tuple[pa.Field, ...]
    key: tuple[str, ...]
    allowed: Mapping[str, frozenset[str]] = field(default_factory=dict)
    by_caption_set: bool = False

    @property
    def schema(self) -> pa.Schema:
        """Arrow schema with the contract's name and version in its metadata."""
        return pa.schema(
            list(self.columns),
            metadata={"contract": self.name, "contract_version": str(self.version)},
        )

    @property
    def column_names(self) -> list[str]:
        """Names of the columns, in order."""
        return [each.name for each in self.columns]

    def table(self, rows: Iterable[Mapping[str, Any]]) -> pa.Table:
        """Build a checked table from rows; an absent optional column is null.

        Raises:
            ContractError: a row has an unknown column, or the table breaks the contract.
        """
        listed = list(rows)
        known = set(self.column_names)
        unknown = sorted({name for row in listed for name in row} - known)
        if unknown:
            raise ContractError(self.name, [f"unknown columns {unknown}"])
        try:
            built = pa.Table.from_pylist([dict(row) for row in listed], schema=self.schema)
        except (pa.ArrowInvalid, pa.ArrowTypeError) as fault:
            raise ContractError(self.name, [f"a value does not fit its column: {fault}"]) from fault
        return self.check(built)

    def empty(self) -> pa.Table:
        """Return the table with no rows."""
        return self.schema.empty_table()

    def check(self, table: pa.Table) -> pa.Table:
        """Return the table if it keeps the contract.

        Raises:
            ContractError: with all faults at once.
        """
        faults = self._column_faults(table)
        if not faults:
            faults = [*self._null_faults(table), *self._value_faults(table)]
            faults += self._key_faults(table)
        if faults:
            raise ContractError(self.name, faults)
        return table.cast(self.schema)

    def _column_faults(self, table: pa.Table) -> list[str]:
        faults = []
        names = table.column_names
        expected = self.column_names
        if missing := [name for name in expected if name not in names]:
            faults.append(f"missing columns {missing}")
        if extra := [name for name in names if name not in expected]:
            faults.append(f"unknown columns {extra}")
        for each in self.columns:
            if each.name in names and table.schema.field(each.name).type != each.type:
                found = table.schema.field(each.name).type
                faults.append(f"column {each.name} is {found}, expected {each.type}")
        if not faults and names != expected:
            faults.append(f"columns are in the order {names}, expected {expected}")
        return faults

    def _null_faults(self, table: pa.Table) -> list[str]:
        return [
            f"column {each.name} is required and null in {table[each.name].null_count} rows"
            for each in self.columns
            if not each.nullable and table[each.name].null_count
        ]

    def _value_faults(self, table: pa.Table) -> list[str]:
        faults = []
        for name, values in sorted(self.allowed.items()):
            found = table[name].combine_chunks()
            if pa.types.is_list(found.type):
                found = found.flatten()
            strangers = sorted(
                str(value) for value in found.unique().to_pylist() if value is not None
            )
            strangers = [
                value
                for value in strangers
                if value not in values and f"{value.partition(':')[0]}:" not in values
            ]
            if strangers:
                faults.append(
                    f"column {name} holds {strangers[:EXAMPLES]}, allowed are {sorted(values)}"
                )
        return faults

    def _key_faults(self, table: pa.Table) -> list[str]:
        if not table.num_rows:
            return []
        counted = (
            table.select(list(self.key)).group_by(list(self.key)).aggregate([([], "count_all")])
        )
        repeated = counted.filter(pc.greater(counted["count_all"], 1))
        if not repeated.num_rows:
            return []
        examples = [
            tuple(row[k] for k in self.key) for row in repeated.slice(0, EXAMPLES).to_pylist()
        ]
        return [f"key {self.key} repeats in {repeated.num_rows} groups, for example {examples}"]
