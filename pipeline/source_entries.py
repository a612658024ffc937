"""Source entries of the catalog: one model per kind of collector."""

from __future__ import annotations

from datetime import date
from typing import Annotated, Literal

from pydantic import BaseModel, ConfigDict, Field


class Entry(BaseModel):
    """A strict, frozen entry: an unknown key is an error."""

    model_config = ConfigDict(extra="forbid", frozen=True, strict=True)


class Rate(Entry):
    """How fast one host may be asked."""

    requests_per_second: float = Field(1.0, gt=0)
    concurrency: int = Field(1, gt=0, le=64)


class StatedLicence(Entry):
    """A licence that holds for everything a source gives, and the words that say so."""

    name: str = Field(description="SPDX identifier, or LicenseRef-…")
    evidence: str = Field(description="The sentence that states it, and where it stands")


class SourceExpectation(Entry):
    """What a collection must come up to."""

    min_items: int = Field(0, ge=0)
    max_failed_share: float = Field(1.0, ge=0, le=1)


class Source(Entry):
    """What every source says of itself."""

    title: str
    homepage: str
    terms_url: str
    source_type: Literal["edu", "knowledge", "forum", "public"] = Field(
        description="Derm1M's source_type"
    )
    folder: Annotated[str, Field(pattern=r"^[a-z0-9_]+$")] = Field(
        description="Folder of the release that its pictures go to"
    )
    enabled: bool = True
    language: str = "en"
    licence: StatedLicence | None = Field(
        None, description="For all items; null where each item states its own"
    )
    rate: Rate = Rate()
    allow_hosts: tuple[str, ...] = Field(
        (), description="Hosts on private addresses that may be asked"
    )
    max_items: int | None = Field(None, gt=0)
    partition_items: int = Field(200, gt=0, le=5000)
    expect: SourceExpectation = SourceExpectation()


class PubMedSource(Source):
    """PMC open access: E-utilities to search, the PMC Cloud Service to fetch."""

    kind: Literal["pubmed"]
    eutils_url: str
    bucket_url: str
    queries: tuple[str, ...] = Field(min_length=1)
    since: date
    until: date | None = None


class YouTubeSource(Source):
    """YouTube videos under Creative Commons."""

    kind: Literal["youtube"]
    searches: tuple[str, ...] = Field(min_length=1)
    per_search: int = Field(20, gt=0)
    max_duration_s: int = Field(3600, gt=0)
    caption_languages: tuple[str, ...] = ("en", "en-orig")
    proxy: str | None = None
    ca_file: str | None = None


class RedditSource(Source):
    """Reddit posts through Arctic Shift."""

    kind: Literal["reddit"]
    api_url: str
    subreddits: tuple[str, ...] = Field(min_length=1)
    since: date


class DiscourseSource(Source):
    """A Discourse forum."""

    kind: Literal["discourse"]
    base_url: str
    max_pages: int = Field(50, gt=0)


class Selectors(Entry):
    """CSS selectors of a plain HTML forum."""

    thread_link: str
    next_page: str
    title: str
    post: str
    author: str
    published: str
    body: str
    image: str


class WebForumSource(Source):
    """A plain HTML forum."""

    kind: Literal["webforum"]
    start_url: str
    max_pages: int = Field(50, gt=0)
    selectors: Selectors


class Deck(Entry):
    """One slide deck, with its own licence."""

    file: str
    title: str
    creator: str
    homepage: str
    licence: StatedLicence


class SlidesSource(Source):
    """Slide decks (PDF, PPTX) in a folder."""

    kind: Literal["slides"]
    path: str
    decks: tuple[Deck, ...] = Field(min_length=1)


class DatasetSource(Source):
    """A public dataset, from the user's own copy."""

    kind: Literal["dataset"]
    path: str
    reader: Literal["ham10000"]


SourceEntry = Annotated[
    PubMedSource
    | YouTubeSource
    | RedditSource
    | DiscourseSource
    | WebForumSource
    | SlidesSource
    | DatasetSource,
    Field(discriminator="kind"),
]
