"""Whether the endpoints that the catalog names are there, answer, and are not retired."""

from __future__ import annotations

from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from pathlib import Path
from typing import Literal

import httpx

from pipeline.catalog import Catalog, Model
from pipeline.settings import Settings
from pipeline.source_entries import (
    DatasetSource,
    DiscourseSource,
    PubMedSource,
    RedditSource,
    SlidesSource,
    SourceEntry,
    WebForumSource,
    YouTubeSource,
)
from pipeline.sources.addresses import retirement
from pipeline.sources.http import HttpClient, Limits, client_for

Level = Literal["ok", "note", "fault"]

MODEL_TIMEOUT_S = 5.0
ONE_TRY = Limits(attempts=1, connect_s=5.0, read_s=10.0, total_s=15.0)
_HOME_OF_YOUTUBE = "https://www.youtube.com/robots.txt"


@dataclass(frozen=True, slots=True)
class Finding:
    """What was looked at, how it is, and what to know or do."""

    what: str
    level: Level
    told: str


def check_sources(catalog: Catalog, folder: Path, settings: Settings) -> list[Finding]:
    """Ask each endpoint of the sources that are switched on one small thing.

    ``folder`` is the catalog's own: paths in it are relative to that.
    """
    entries = [(name, catalog.source(name)) for name in catalog.enabled_sources()]
    with ThreadPoolExecutor(max(1, len(entries))) as pool:
        found = pool.map(lambda each: list(_source(each[0], each[1], folder, settings)), entries)
        return [finding for findings in found for finding in findings]


def check_model(name: str, model: Model, settings: Settings) -> list[Finding]:
    """Ask each endpoint of a model which models it serves."""
    key = settings.model_api_key
    headers = {"Authorization": f"Bearer {key.get_secret_value()}"} if key else {}
    found = []
    for endpoint in model.endpoints:
        level, told = _served(endpoint, model.name, headers)
        found.append(Finding(f"model {name}", level, f"{endpoint}: {told}"))
    return found


def _served(endpoint: str, wanted: str, headers: dict[str, str]) -> tuple[Level, str]:
    try:
        answer = httpx.get(f"{endpoint}/models", headers=headers, timeout=MODEL_TIMEOUT_S)
        answer.raise_for_status()
        names = [str(each["id"]) for each in answer.json()["data"]]
    except httpx.HTTPStatusError as fault:
        return "fault", f"answers {fault.response.status_code} to /models; check address and key"
    except httpx.HTTPError as fault:
        return "note", f"no server answers ({type(fault).__name__}); start it before captions"
    except (ValueError, KeyError, TypeError):
        return "fault", "its /models is no list of models; is it an OpenAI-compatible server?"
    if wanted not in names:
        return "fault", f"serves {', '.join(names) or 'nothing'}, not {wanted}"
    return "ok", f"serves {wanted}"


def _source(name: str, entry: SourceEntry, folder: Path, settings: Settings) -> Iterator[Finding]:
    what = f"source {name}"
    if isinstance(entry, (SlidesSource, DatasetSource)) and entry.path is not None:
        path = folder / entry.path
        there = path.is_dir()
        told = str(path) if there else f"there is no folder {path}; put your copy there"
        yield Finding(what, "ok" if there else "fault", told)
        return
    client = client_for(entry, settings, limits=ONE_TRY)
    try:
        for url in _small_questions(entry):
            yield Finding(what, *_answers(url, client))
    finally:
        client.close()


def _answers(url: str, client: HttpClient) -> tuple[Level, str]:
    if (retired := retirement(url)) is not None:
        return "fault", f"{url} is retired: {retired}"
    answer = client.get(url, robots=False)
    host = url.split("/")[2]
    if answer.http_status is None:
        return "fault", f"{host} does not answer: {answer.error}"
    if answer.http_status >= 500 or answer.http_status in (401, 403, 404, 410):
        return "fault", f"{answer.error}"
    if not answer.ok:
        return "note", f"{answer.error}"
    return "ok", f"{host} answers"


def _small_questions(entry: SourceEntry) -> list[str]:
    """Return an address per endpoint of a source that costs its host next to nothing."""
    match entry:
        case PubMedSource():
            search = "esearch.fcgi?db=pmc&term=skin&retmode=json&retmax=0"
            asked = [_below(entry.eutils_url, search)]
            asked.append(_below(entry.bucket_url, "?list-type=2&max-keys=1&prefix=metadata/"))
            if entry.europepmc_url is not None:
                asked.append(
                    _below(entry.europepmc_url, "search?query=skin&format=json&pageSize=1")
                )
            return asked
        case RedditSource() if entry.api == "arctic":
            question = f"posts/search?subreddit={entry.subreddits[0]}&limit=1"
            return [_below(entry.api_url, question)]
        case DiscourseSource():
            return [_below(entry.base_url, "latest.json?per_page=1")]
        case WebForumSource():
            return [entry.start_url]
        case YouTubeSource() if entry.proxy is None:
            return [_HOME_OF_YOUTUBE]
    return []


def _below(base: str, path: str) -> str:
    return f"{base.rstrip('/')}/{path}"
