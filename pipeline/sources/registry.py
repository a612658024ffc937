"""Registry: which collector reads which kind of source."""

from __future__ import annotations

from typing import Any

from pydantic import SecretStr

from pipeline.settings import Settings
from pipeline.source_entries import PubMedSource, Rate, Source, SourceEntry, YouTubeSource
from pipeline.sources.collector import Collector
from pipeline.sources.datasets import DatasetCollector
from pipeline.sources.discourse import DiscourseCollector
from pipeline.sources.http import client_for
from pipeline.sources.pubmed import PubMedCollector
from pipeline.sources.reddit import RedditCollector
from pipeline.sources.slides import SlidesCollector
from pipeline.sources.webforum import WebForumCollector
from pipeline.sources.youtube import YouTubeCollector
from pipeline.store import Workspace

COLLECTORS: dict[str, Any] = {
    "pubmed": PubMedCollector,
    "youtube": YouTubeCollector,
    "reddit": RedditCollector,
    "discourse": DiscourseCollector,
    "webforum": WebForumCollector,
    "slides": SlidesCollector,
    "dataset": DatasetCollector,
}

NCBI_KEY_GAIN = 10 / 3  # requests per second with a key and without


def make_collector(
    source_id: str, entry: SourceEntry, settings: Settings, workspace: Workspace
) -> Collector:
    """Make the collector of a source, with its own HTTP client."""
    client = client_for(_paced(entry, settings), settings)
    key = _secret(settings.pseudonym_key) or workspace.pseudonym_key()
    made: Collector = COLLECTORS[entry.kind](
        source_id, entry, client, key, **_further(entry, settings)
    )
    return made


def _paced(entry: Source, settings: Settings) -> Source:
    """Return the entry with the rate that an NCBI key permits."""
    if not isinstance(entry, PubMedSource) or settings.ncbi_api_key is None:
        return entry
    rate = Rate(
        requests_per_second=entry.rate.requests_per_second * NCBI_KEY_GAIN,
        concurrency=entry.rate.concurrency,
    )
    return entry.model_copy(update={"rate": rate})


def _further(entry: Source, settings: Settings) -> dict[str, Any]:
    if isinstance(entry, PubMedSource):
        return {"api_key": _secret(settings.ncbi_api_key), "contact": settings.contact}
    if isinstance(entry, YouTubeSource):
        return {"cookies": settings.youtube_cookies}
    return {}


def _secret(held: SecretStr | None) -> str | None:
    return held.get_secret_value() if held is not None else None
