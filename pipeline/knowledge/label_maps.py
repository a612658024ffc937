"""From the labels of public datasets to the ontology, each label decided by hand."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from functools import lru_cache
from importlib.resources import files

from pydantic import Field

from pipeline.knowledge.ontology import Ontology
from pipeline.knowledge.reading import Entry, OntologyError, check_entry, read_document
from pipeline.knowledge.spelling import term_key

FOLDER = "label_maps"
# Labels of this level and above name many conditions.
_GROUP_LEVEL = 2


@dataclass(frozen=True, slots=True)
class Target:
    """Where a label leads: a condition or group, or nowhere; `reason` says why if not plain."""

    label: str
    condition_id: str | None
    reason: str | None


@dataclass(frozen=True, slots=True)
class LabelMap:
    """The labels of one dataset; `is_complete` tells whether they are all of its labels."""

    dataset: str
    title: str
    labels_from: str
    n_stated: int | None
    is_complete: bool
    targets: Mapping[str, Target]

    def target(self, label: str) -> Target | None:
        """Return where a label leads, in any case and with any hyphens; None if it is unknown."""
        return self.targets.get(term_key(label))

    def __len__(self) -> int:
        return len(self.targets)


class _MapEntry(Entry):
    dataset: str = Field(pattern=r"^[a-z0-9_]+$")
    title: str = Field(min_length=2)
    labels_from: str = Field(min_length=4)
    labels_stated: int | None = Field(gt=0)
    complete: bool
    labels: dict[str, str | None] = Field(min_length=1)
    reasons: dict[str, str]
    note: str | None = None


def parse_label_map(text: str, name: str, ontology: Ontology) -> LabelMap:
    """Return the label map that a YAML text describes.

    Raises:
        OntologyError: the text breaks a rule of `schemas/label_maps/README.md`; the label is named.
    """
    row = check_entry(_MapEntry, read_document(text, name), name)
    if unknown := sorted(set(row.reasons) - set(row.labels)):
        raise OntologyError(f"{name}: reasons name {unknown[0]!r}, which is no label")
    targets: dict[str, Target] = {}
    for label, condition_id in row.labels.items():
        _check_target(label, condition_id, row.reasons, ontology, name)
        key = term_key(label)
        if key in targets:
            raise OntologyError(f"{name}: {label!r} is {targets[key].label!r} again; drop one")
        targets[key] = Target(label, condition_id, row.reasons.get(label))
    if row.complete and len(targets) != row.labels_stated:
        raise OntologyError(
            f"{name}: is complete with {len(targets)} labels, but {row.labels_stated} are stated"
        )
    return LabelMap(
        row.dataset, row.title, row.labels_from, row.labels_stated, row.complete, targets
    )


@lru_cache(maxsize=1)
def load_label_maps() -> Mapping[str, LabelMap]:
    """Return all label maps of `schemas/label_maps` by dataset, read once.

    Raises:
        OntologyError: a file breaks a rule, or has not the name of its dataset.
    """
    ontology = Ontology.load()
    maps: dict[str, LabelMap] = {}
    folder = files("schemas").joinpath(FOLDER)
    for file in sorted(folder.iterdir(), key=lambda each: each.name):
        if not file.name.endswith(".yaml"):
            continue
        read = parse_label_map(file.read_text(encoding="utf-8"), file.name, ontology)
        if file.name != f"{read.dataset}.yaml":
            raise OntologyError(f"{file.name} is about {read.dataset}; name the file after it")
        maps[read.dataset] = read
    return maps


def _check_target(
    label: str,
    condition_id: str | None,
    reasons: Mapping[str, str],
    ontology: Ontology,
    name: str,
) -> None:
    if condition_id is not None and condition_id not in ontology:
        raise OntologyError(f"{name}: {label!r} leads to {condition_id}, which is not there")
    is_plain = condition_id is not None and ontology[condition_id].level > _GROUP_LEVEL
    if not is_plain and label not in reasons:
        raise OntologyError(f"{name}: {label!r} leads to no single condition; give the reason")
