"""The YAML of the knowledge files, read strictly and fast."""

from __future__ import annotations

from importlib.resources import files
from typing import TYPE_CHECKING, Any, TypeVar

import yaml
from pydantic import BaseModel, ConfigDict, ValidationError

from pipeline.errors import DermcurateError

Model = TypeVar("Model", bound=BaseModel)

# ids of all knowledge files
SLUG = r"^[a-z0-9]+(?:-[a-z0-9]+)*$"


class OntologyError(DermcurateError):
    """The ontology, or another knowledge file, cannot be used as it stands."""


class Entry(BaseModel):
    """One entry of a knowledge file: nothing unknown, nothing converted."""

    model_config = ConfigDict(extra="forbid", frozen=True, strict=True)


if TYPE_CHECKING:
    from yaml import SafeLoader as FastLoader
else:
    # the files have thousands of lines: libyaml reads them 10 times faster where it is there
    FastLoader = getattr(yaml, "CSafeLoader", yaml.SafeLoader)


class _UniqueKeyLoader(FastLoader):
    """Refuses a key that stands twice in one mapping."""

    def construct_mapping(self, node: yaml.MappingNode, deep: bool = False) -> dict[Any, Any]:
        seen: set[str] = set()
        for key, _ in node.value:
            if key.value in seen:
                line = key.start_mark.line + 1
                raise yaml.YAMLError(f"line {line}: the key {key.value!r} stands there twice")
            seen.add(key.value)
        mapping: dict[Any, Any] = super().construct_mapping(node, deep=deep)
        return mapping


def knowledge_text(name: str) -> str:
    """Return the text of a knowledge file of `schemas/`."""
    return files("schemas").joinpath(name).read_text(encoding="utf-8")


def read_document(text: str, name: str) -> dict[str, Any]:
    """Return the mapping that a YAML text holds.

    Raises:
        OntologyError: the text is no YAML, has a key twice, or is no mapping.
    """
    try:
        document = yaml.load(text, Loader=_UniqueKeyLoader)  # noqa: S506 (a SafeLoader)
    except yaml.YAMLError as fault:
        said = " ".join(str(fault).split())
        raise OntologyError(f"{name} cannot be read ({said}); correct the file") from fault
    if not isinstance(document, dict):
        raise OntologyError(f"{name} must hold a mapping; see the head of the file")
    return document


def check_entry(model: type[Model], entry: Any, name: str) -> Model:
    """Return an entry as a model.

    Raises:
        OntologyError: a field is missing, unknown or of the wrong type; the entry is named.
    """
    try:
        return model.model_validate(entry)
    except ValidationError as fault:
        title = entry.get("id", entry.get("text", entry)) if isinstance(entry, dict) else entry
        told = "; ".join(
            f"{'.'.join(str(part) for part in each['loc']) or 'entry'}: {each['msg']}"
            for each in fault.errors()
        )
        raise OntologyError(f"{name}: entry {title!s:.80}: {told}; correct the entry") from fault


def entries_of(document: dict[str, Any], key: str, name: str) -> list[Any]:
    """Return the list under a key.

    Raises:
        OntologyError: there is no list.
    """
    entries = document.get(key)
    if not isinstance(entries, list):
        raise OntologyError(f"{name}: {key} must be a list; see the head of the file")
    return entries
