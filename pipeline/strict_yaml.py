"""YAML read without surprises: faults name the file, the line and the key.

YAML 1.1 turns `NO` into false, `010` into 8 and `12:30` into 750, and keeps the last of two equal
keys. Here each of these is an error that says how to write what was meant.
"""

from __future__ import annotations

import json
import re
from pathlib import Path
from typing import Any, TypeVar

import yaml
from pydantic import BaseModel, ValidationError

from pipeline.errors import CatalogError

Model = TypeVar("Model", bound=BaseModel)
Location = tuple[str | int, ...]

_SPOKEN_BOOLEAN = re.compile(r"^(?:y|Y|yes|Yes|YES|n|N|no|No|NO|on|On|ON|off|Off|OFF)$")
_OCTAL = re.compile(r"^[-+]?0[0-9_]+$")
_SEXAGESIMAL = re.compile(r"^[-+]?[0-9][0-9_]*(?::[0-5]?[0-9])+(?:\.[0-9_]*)?$")
_TRAPS = (
    (_SPOKEN_BOOLEAN, "is read as true or false by YAML; quote it, or write true or false"),
    (_OCTAL, "is read as an octal number by YAML; quote it, or drop the leading zero"),
    (_SEXAGESIMAL, "is read as a base-60 number by YAML; quote it"),
)
MAX_YAML_BYTES = 16 * 1024 * 1024


def read_yaml(path: Path) -> tuple[Any, dict[Location, int]]:
    """Return the document and the line (from 1) of every key and entry.

    Raises:
        CatalogError: the file cannot be read, or says something YAML would misread.
    """
    try:
        content = path.read_bytes()
    except OSError as fault:
        raise CatalogError(f"{path} cannot be read ({fault.strerror}); check the path") from fault
    if len(content) > MAX_YAML_BYTES:
        raise CatalogError(f"{path} is larger than {MAX_YAML_BYTES} bytes; split it")
    try:
        text = content.decode("utf-8")
        _refuse_aliases(path, text)
        root = yaml.compose(text, Loader=yaml.SafeLoader)
        if root is None:
            raise CatalogError(f"{path} is empty")
        lines: dict[Location, int] = {}
        faults: list[str] = []
        _walk(root, (), lines, faults)
        if faults:
            raise CatalogError(f"{path}: " + "; ".join(faults))
        return yaml.safe_load(text), lines
    except (yaml.YAMLError, UnicodeDecodeError) as fault:
        raise CatalogError(f"{path} is not valid YAML: {_one_line(fault)}") from fault


def read_model(path: Path, model: type[Model]) -> Model:
    """Read a YAML file into a strict model.

    Raises:
        CatalogError: every fault of the file at once, each with line and key.
    """
    document, lines = read_yaml(path)
    try:
        # as JSON, for strict models take a list for a tuple and a string for a date only there
        return model.model_validate_json(json.dumps(document, default=str))
    except ValidationError as fault:
        told = [_told(each["loc"], each["msg"], lines) for each in fault.errors()]
        raise CatalogError(f"{path}: " + "; ".join(dict.fromkeys(told))) from fault


def _one_line(fault: Exception) -> str:
    return " ".join(str(fault).split())


def _told(location: Location, message: str, lines: dict[Location, int]) -> str:
    # pydantic adds the names of union members to the location; only keys of the file are shown
    at: Location = ()
    for part in location[:-1]:
        if (*at, part) in lines:
            at = (*at, part)
    line = lines.get((*at, *location[-1:]), lines.get(at, 1))
    key = ".".join(str(part) for part in (*at, *location[-1:])) or "the document"
    return f"line {line}, {key}: {message}"


def _refuse_aliases(path: Path, text: str) -> None:
    # nested aliases grow without bound; nothing here needs them
    for event in yaml.parse(text, Loader=yaml.SafeLoader):
        if isinstance(event, yaml.AliasEvent):
            line = event.start_mark.line + 1 if event.start_mark else 1
            raise CatalogError(f"{path}: line {line}: aliases are not read; write the value out")


def _walk(node: yaml.Node, at: Location, lines: dict[Location, int], faults: list[str]) -> None:
    lines.setdefault(at, node.start_mark.line + 1)
    if isinstance(node, yaml.MappingNode):
        _walk_mapping(node, at, lines, faults)
    elif isinstance(node, yaml.SequenceNode):
        for index, child in enumerate(node.value):
            _walk(child, (*at, index), lines, faults)
    elif isinstance(node, yaml.ScalarNode):
        _check_scalar(node, at, faults)


def _walk_mapping(
    node: yaml.MappingNode, at: Location, lines: dict[Location, int], faults: list[str]
) -> None:
    seen: dict[str, int] = {}
    for key_node, child in node.value:
        line = key_node.start_mark.line + 1
        key = str(key_node.value)
        _check_scalar(key_node, (*at, key), faults)
        if key in seen:
            faults.append(f"line {line}, key {key}: stands already on line {seen[key]}")
        seen[key] = line
        lines[(*at, key)] = line
        _walk(child, (*at, key), lines, faults)


def _check_scalar(node: yaml.Node, at: Location, faults: list[str]) -> None:
    if not isinstance(node, yaml.ScalarNode) or node.style is not None:
        return
    for pattern, what in _TRAPS:
        if pattern.match(node.value):
            key = ".".join(str(part) for part in at)
            faults.append(f"line {node.start_mark.line + 1}, {key}: {node.value} {what}")
            return
