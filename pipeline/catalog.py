"""The catalog: every source, benchmark, model, caption set and release that exists."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated, Literal, TypeVar

from pydantic import Field, model_validator

from pipeline.errors import CatalogError
from pipeline.licences import Tier
from pipeline.picture_entries import Panels, Screening, Similarity
from pipeline.source_entries import Entry, SourceEntry
from pipeline.strict_yaml import read_model

Id = Annotated[str, Field(pattern=r"^[a-z0-9][a-z0-9_.-]{0,63}$")]
Value = TypeVar("Value")


class Benchmark(Entry):
    """An evaluation set whose pictures must not be trained on."""

    title: str
    homepage: str
    terms_url: str
    licence: str = Field(description="SPDX or LicenseRef-…: under which you hold your copy")
    folder: str | None = Field(None, description="Your own copy; null if you have none")
    names: str | None = Field(
        None, description="Text or CSV file naming the pictures that count; null: all of the folder"
    )
    names_column: str | None = Field(None, description="Column of the CSV; null: the first")
    names_where: dict[str, str] = Field(
        default_factory=dict, description="Values by which a row of the CSV counts: {split: test}"
    )
    hashes: str | None = Field(
        None, description="Text file of pHashes as imagehash prints them, one a line"
    )

    @property
    def is_held(self) -> bool:
        """Tell whether there is anything to compare with."""
        return self.folder is not None or self.hashes is not None

    def below(self, folder: Path) -> Benchmark:
        """Return the entry with its paths, relative to a folder, as they can be opened."""
        told = {name: getattr(self, name) for name in ("folder", "names", "hashes")}
        return self.model_copy(update={n: str(folder / each) for n, each in told.items() if each})

    @model_validator(mode="after")
    def _names_of_a_folder(self) -> Benchmark:
        if self.names is not None and self.folder is None:
            raise ValueError("names chooses among the pictures of a folder; name the folder too")
        if self.names is None and (self.names_column is not None or self.names_where):
            raise ValueError("names_column and names_where describe the CSV that names is to name")
        return self


class Model(Entry):
    """A language model, and how it is reached."""

    engine: Literal["template", "openai", "vllm"]
    name: str = Field(description="Name that the server knows it by; a path or hub id for vllm")
    revision: str = Field(description="Commit, tag or date: part of every caption's key")
    endpoints: tuple[str, ...] = Field((), description="Base URLs that end in /v1")
    context_tokens: int = Field(8192, gt=0)
    concurrency: int = Field(64, gt=0, description="Requests in flight per endpoint")
    serve: tuple[str, ...] = Field((), description="Further arguments of `vllm serve`")
    licence: str | None = None

    @model_validator(mode="after")
    def _reachable(self) -> Model:
        if self.engine == "openai" and not self.endpoints:
            raise ValueError("engine openai needs at least one entry in endpoints")
        if self.engine == "template" and self.endpoints:
            raise ValueError("engine template needs no endpoints")
        return self


class Sampling(Entry):
    """All sampling parameters; every one is sent and recorded."""

    temperature: float = Field(0.2, ge=0, le=2)
    top_p: float = Field(0.95, gt=0, le=1)
    max_tokens: int = Field(512, gt=0)
    seed: int = Field(7, ge=0)


class CaptionSet(Entry):
    """Prompts, model and sampling that write one set of captions."""

    title: str
    model: Id
    annotations_from: Id | None = Field(
        None, description="Caption set whose annotations are taken over; null: annotate anew"
    )
    prompts: dict[Literal["annotate", "refined", "ontology", "concept"], str]
    sampling: Sampling = Sampling()
    attempts: int = Field(3, gt=0, le=8, description="Rungs of the retry ladder")


class Splits(Entry):
    """Shares of the splits, by groups; they add up to 1."""

    train: float = Field(0.9, ge=0, le=1)
    validation: float = Field(0.05, ge=0, le=1)
    test: float = Field(0.05, ge=0, le=1)
    seed: int = Field(7, ge=0)

    @model_validator(mode="after")
    def _whole(self) -> Splits:
        if abs(self.train + self.validation + self.test - 1) > 1e-9:
            raise ValueError("train, validation and test must add up to 1")
        return self


class ReleaseExpectation(Entry):
    """What must hold, or there is no release."""

    min_rows: int = Field(1, ge=0)
    min_label_share: float = Field(0.0, ge=0, le=1)
    min_caption_share: float = Field(0.0, ge=0, le=1)
    max_source_share: float = Field(1.0, gt=0, le=1)


class ReleaseEntry(Entry):
    """A release: which sources, which captions, which licences."""

    title: str
    sources: tuple[Id, ...] = Field((), description="Empty: all sources that are enabled")
    caption_set: Id
    tiers: tuple[Tier, ...] = Field(min_length=1)
    splits: Splits = Splits()
    expect: ReleaseExpectation = ReleaseExpectation()


class Catalog(Entry):
    """The whole catalog."""

    version: Literal[1]
    sources: dict[Id, SourceEntry]
    benchmarks: dict[Id, Benchmark] = Field(default_factory=dict)
    models: dict[Id, Model]
    caption_sets: dict[Id, CaptionSet]
    screening: Screening = Screening()
    panels: Panels = Panels()
    similarity: Similarity | None = None
    releases: dict[Id, ReleaseEntry]

    @model_validator(mode="after")
    def _references(self) -> Catalog:
        faults = [*self._caption_set_faults(), *self._release_faults()]
        if faults:
            raise ValueError("; ".join(faults))
        return self

    def _caption_set_faults(self) -> list[str]:
        faults = []
        for name, entry in self.caption_sets.items():
            if entry.model not in self.models:
                faults.append(f"caption set {name} names the model {entry.model}, not in models")
            other = entry.annotations_from
            if other is not None and other not in self.caption_sets:
                faults.append(f"caption set {name} takes annotations from {other}, which is not")
            elif other is not None and self.caption_sets[other].annotations_from is not None:
                faults.append(f"caption set {name} takes annotations from {other}, which has none")
            if other is None and "annotate" not in entry.prompts:
                faults.append(f"caption set {name} needs a prompt for annotate")
        return faults

    def _release_faults(self) -> list[str]:
        faults = []
        for name, entry in self.releases.items():
            if entry.caption_set not in self.caption_sets:
                faults.append(f"release {name} names the caption set {entry.caption_set}, not here")
            faults += [
                f"release {name} names the source {source}, not in sources"
                for source in entry.sources
                if source not in self.sources
            ]
        return faults

    def source(self, source_id: str) -> SourceEntry:
        """Return a source's entry, or say which ones there are."""
        return _entry(self.sources, source_id, "source")

    def caption_set(self, name: str) -> CaptionSet:
        """Return a caption set's entry, or say which ones there are."""
        return _entry(self.caption_sets, name, "caption set")

    def benchmark(self, name: str) -> Benchmark:
        """Return a benchmark's entry, or say which ones there are."""
        return _entry(self.benchmarks, name, "benchmark")

    def with_benchmarks_below(self, folder: Path) -> Catalog:
        """Return the catalog with benchmarks' paths, relative to a folder, as can be opened."""
        return self.model_copy(
            update={"benchmarks": {n: each.below(folder) for n, each in self.benchmarks.items()}}
        )

    def release(self, name: str) -> ReleaseEntry:
        """Return a release's entry, or say which ones there are."""
        return _entry(self.releases, name, "release")

    def model_of(self, caption_set: str) -> Model:
        """Return the model that writes a caption set."""
        return self.models[self.caption_set(caption_set).model]

    def annotator_of(self, caption_set: str) -> str:
        """Return the caption set whose annotations and labels a caption set stands on."""
        return self.caption_set(caption_set).annotations_from or caption_set

    def enabled_sources(self) -> list[str]:
        """Return the ids of the sources that are switched on, in the catalog's order."""
        return [name for name, entry in self.sources.items() if entry.enabled]

    def sources_of(self, release: str) -> list[str]:
        """Return the ids of the sources that a release draws on."""
        return list(self.release(release).sources) or self.enabled_sources()


def _entry(entries: dict[str, Value], name: str, what: str) -> Value:
    if name not in entries:
        there = ", ".join(sorted(entries)) or "none"
        raise CatalogError(f"the catalog has no {what} {name}; it has {there}")
    return entries[name]


def load_catalog(path: Path) -> Catalog:
    """Read the catalog.

    Raises:
        CatalogError: every fault at once, each with file, line and key.
    """
    return read_model(path, Catalog)
