"""Source entries of the catalog: one model per kind of collector."""

from __future__ import annotations

from collections import Counter
from datetime import date
from pathlib import PurePosixPath
from typing import Annotated, Literal
from urllib.parse import unquote, urlsplit

from pydantic import Field, model_validator

from pipeline.entries import Course, Entry, Privacy, Rate, Source, SourceExpectation, StatedLicence

__all__ = [
    "Course",
    "DatasetSource",
    "Deck",
    "DiscourseSource",
    "Entry",
    "Privacy",
    "PubMedSource",
    "Rate",
    "RedditSource",
    "Selectors",
    "SlidesSource",
    "Source",
    "SourceEntry",
    "SourceExpectation",
    "StatedLicence",
    "WebForumSource",
    "YouTubeSource",
]


Address = Annotated[str, Field(pattern=r"^https?://[\w.-]+(:\d{1,5})?(/[^\s?#]*)?$")]
# A name as it stands between quotes in PMC's search language.
Phrase = Annotated[str, Field(pattern=r'^[^"\[\]\x00-\x1f]{2,120}$')]


class PubMedSource(Source):
    """PMC open access: E-utilities to search, the PMC Cloud Service to fetch."""

    kind: Literal["pubmed"]
    eutils_url: Address
    bucket_url: Address
    europepmc_url: Address | None = Field(
        None, description="Asked for a full text that the bucket does not give; null: not asked"
    )
    listing: Literal["search", "inventory"] = Field(
        "search",
        description="What tells an article's newest version: a listing of each, or the bucket's "
        "daily inventory, which tells what changed too",
    )
    eutils_per_second: float = Field(
        3.0, gt=0, description="Requests to E-utilities without a key; 10/3 of it with one"
    )
    europepmc_per_second: float = Field(1.0, gt=0, description="Requests to Europe PMC")
    queries: tuple[str, ...] = Field((), description="Searches in PMC's language")
    diseases: tuple[Phrase, ...] = Field((), description="Each searched as MeSH term and in titles")
    journals: tuple[Phrase, ...] = Field((), description="All that each journal published")
    since: date
    until: date | None = None

    @model_validator(mode="after")
    def _names_articles(self) -> PubMedSource:
        if not (self.queries or self.diseases or self.journals):
            raise ValueError("a source of articles needs queries, diseases or journals")
        if self.until is not None and self.until < self.since:
            raise ValueError("until is before since")
        return self


class YouTubeSource(Source):
    """YouTube videos under Creative Commons: of searches, of channels, of playlists."""

    kind: Literal["youtube"]
    searches: tuple[str, ...] = ()
    diseases: tuple[str, ...] = Field((), description="Each fills the blank of `disease_searches`")
    disease_searches: tuple[Annotated[str, Field(pattern=r"\{disease\}")], ...] = (
        "{disease} dermatology lecture",
    )
    channels: tuple[Annotated[str, Field(pattern=r"^(@[\w.-]{3,30}|UC[\w-]{22})$")], ...] = ()
    playlists: tuple[Annotated[str, Field(pattern=r"^(PL|UU|OLAK5uy_)[\w-]{10,60}$")], ...] = ()
    per_search: int = Field(20, gt=0)
    per_list: int = Field(500, gt=0, description="Videos of one channel or playlist")
    max_duration_s: int = Field(3600, gt=0)
    max_height_px: int = Field(720, ge=144, description="Lines of the picture that are fetched")
    max_video_mb: int = Field(512, gt=0)
    caption_languages: tuple[str, ...] = Field(
        ("en",), description="Languages spoken; captions that a machine translated are never taken"
    )
    frames: Literal["full", "triage"] = Field(
        "full", description="What scenes are found in: all frames, or key frames alone (10x faster)"
    )
    speech_model: Annotated[str, Field(pattern=r"^(/|[A-Za-z]:)")] | None = Field(
        None,
        description="Absolute path of a faster-whisper model, for videos without captions",
    )
    quota_per_day: int | None = Field(
        None, gt=0, description="Pages of videos and lists that are opened in one day (UTC)"
    )
    recheck_days: int = Field(
        30, ge=0, description="Days after which a video that was fetched is looked at again"
    )
    proxy: str | None = None
    ca_file: str | None = None

    @model_validator(mode="after")
    def _names_videos(self) -> YouTubeSource:
        if not (self.all_searches or self.channels or self.playlists):
            raise ValueError("a source of videos needs searches, diseases, channels or playlists")
        return self

    @property
    def all_searches(self) -> tuple[str, ...]:
        """The searches as written, then those that the diseases make, each once."""
        made = (
            search.replace("{disease}", disease)
            for disease in self.diseases
            for search in self.disease_searches
        )
        return tuple(dict.fromkeys((*self.searches, *made)))


class RedditSource(Source):
    """Reddit posts, from the Arctic Shift archive or, with credentials, from Reddit itself."""

    kind: Literal["reddit"]
    api: Literal["arctic", "oauth"] = "arctic"
    api_url: str
    token_url: str = Field(
        "https://www.reddit.com/api/v1/access_token", description="Gives tokens for `api: oauth`"
    )
    subreddits: tuple[str, ...] = Field(min_length=1)
    since: date


class DiscourseSource(Source):
    """A Discourse forum."""

    kind: Literal["discourse"]
    base_url: str
    categories: tuple[Annotated[str, Field(pattern=r"^[\w%-]+(/[\w%-]+)*/\d+$")], ...] = Field(
        (), description="`slug/id` of the categories that are read; empty: the whole forum"
    )
    tags: tuple[Annotated[str, Field(pattern=r"^[\w%.-]+$")], ...] = Field(
        (), description="Topics with one of these tags are read; empty: all"
    )
    max_pages: int = Field(50, gt=0, description="Pages of each listing")


class Selectors(Entry):
    """CSS selectors of a plain HTML forum."""

    thread_link: str = Field(description="In an index page: the link to a thread")
    thread_row: str | None = Field(None, description="In an index page: what stands of one thread")
    thread_state: str | None = Field(
        None, description="In a thread's row: what changes when somebody answers"
    )
    next_page: str = Field(description="In an index page: the link to the next one")
    thread_next_page: str | None = Field(
        None, description="In a thread: the link to its next page; null: as in the index"
    )
    title: str
    post: str
    author: str
    published: str
    body: str
    image: str = Field(description="In a post: its pictures")
    attachment: str | None = Field(
        None, description="In a post: links to pictures whose address does not end like one's"
    )
    deleted: str | None = Field(None, description="In a post: the sign that it was deleted")
    gone: str | None = Field(None, description="In a page: the sign that there is no such thread")


class WebForumSource(Source):
    """A plain HTML forum."""

    kind: Literal["webforum"]
    start_url: str
    max_pages: int = Field(50, gt=0)
    date_formats: tuple[str, ...] = Field(
        (), description="How the forum writes a date (strptime), where ISO 8601 is not found"
    )
    selectors: Selectors


class Deck(Entry):
    """One deck or document, with its own licence: a file of the folder, or an address."""

    file: str | None = Field(None, description="Path below the source's folder")
    url: Annotated[str, Field(pattern=r"^https?://\S+$")] | None = Field(
        None, description="Where it is fetched from, in place of a file"
    )
    name: Annotated[str, Field(pattern=r"^[^/\\]+$")] | None = Field(
        None, description="What it is called here; null: as the last part of its path"
    )
    sha256: Annotated[str, Field(pattern=r"^[0-9a-f]{64}$")] | None = Field(
        None, description="What it must be; anything else is not taken"
    )
    title: str
    creator: str
    homepage: str
    licence: StatedLicence

    @property
    def key(self) -> str:
        """What names it in its source: a file's path, else its name, whatever host it moves to."""
        if self.file is not None:
            return self.file
        return self.name or PurePosixPath(unquote(urlsplit(self.url or "").path)).name

    @model_validator(mode="after")
    def _stands_in_one_place(self) -> Deck:
        if (self.file is None) == (self.url is None):
            raise ValueError("a deck has either a `file` of the folder or a `url`")
        if self.file is not None and self.name is not None:
            raise ValueError("a file is called by its path; `name` is for a `url`")
        if not self.key:
            raise ValueError(
                "the address ends in no file name; say what the deck is called: `name`"
            )
        return self


class SlidesSource(Source):
    """Slide decks and documents (PDF, PPTX), of a folder and from the web."""

    kind: Literal["slides"]
    path: str | None = Field(None, description="Folder; null if all decks have a `url`")
    decks: tuple[Deck, ...] = Field(
        (), description="What is collected; other decks of the folder are listed, without a licence"
    )

    @model_validator(mode="after")
    def _names_a_folder_for_its_files(self) -> SlidesSource:
        if self.path is None and (not self.decks or any(deck.file for deck in self.decks)):
            raise ValueError("name the folder of the decks as `path`")
        counted = Counter(deck.key for deck in self.decks)
        if twice := sorted(key for key, n in counted.items() if n > 1):
            raise ValueError(f"{twice[0]!r} is named twice under `decks`; give one another `name`")
        return self


DatasetReader = Literal[
    "class_folders", "ddi", "derm7pt", "fitzpatrick17k", "ham10000", "isic", "pad_ufes_20", "scin"
]


class DatasetSource(Source):
    """A public dataset, from the user's own copy."""

    kind: Literal["dataset"]
    path: str = Field(description="Folder of the copy, unpacked")
    reader: DatasetReader = Field(description="The layout; `class_folders`: one folder per class")
    imaging: Literal["clinical photograph", "dermoscopy"] | None = Field(
        None, description="How all pictures were taken, where the dataset does not say it"
    )


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
