"""What a record of a dataset says of its picture, in one shape for all datasets."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import asdict, dataclass
from typing import Any


@dataclass(frozen=True, slots=True)
class RecordFacts:
    """Facts in normalised words; what the record does not say is null or empty.

    ``basis`` tells how the diagnosis is known, as `confirmed by histopathology` or `stated by an
    atlas`, and ``skin_type_basis`` likewise. ``differential`` gives conditions with their weights
    in per cent, null where the record has none, and is no diagnosis. The fields in ``_by`` say who
    judged. ``remarks`` are whole statements without a full stop.
    """

    diagnosis: str | None = None
    basis: str | None = None
    differential: tuple[tuple[str, int | None], ...] = ()
    differential_by: str | None = None
    nature: str | None = None
    findings: tuple[str, ...] = ()
    body_sites: tuple[str, ...] = ()
    age: str | None = None
    sex: str | None = None
    skin_type: str | None = None
    skin_type_basis: str | None = None
    symptoms: tuple[str, ...] = ()
    absent_symptoms: tuple[str, ...] = ()
    symptoms_by: str | None = None
    remarks: tuple[str, ...] = ()
    imaging: str | None = None

    def to_json(self) -> dict[str, Any]:
        """Return what is known as plain JSON."""
        return {name: value for name, value in asdict(self).items() if value}

    @classmethod
    def from_json(cls, told: Mapping[str, Any]) -> RecordFacts:
        """Return the facts that `to_json` wrote down.

        Raises:
            TypeError: it holds a field that there is not.
        """
        facts = {name: _tuple(value) for name, value in told.items()}
        return cls(**facts)


def _tuple(value: Any) -> Any:
    return tuple(_tuple(each) for each in value) if isinstance(value, list | tuple) else value
