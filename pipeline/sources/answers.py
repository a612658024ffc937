"""Answers: what came of a request, in a closed list of classes and one sentence."""

from __future__ import annotations

import email.utils
import hashlib
import http.client
import json
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime
from typing import Any, Literal
from urllib.parse import parse_qsl, urlencode, urlsplit, urlunsplit

import requests
import urllib3

from pipeline.sources.bodies import mismatch, sniff
from pipeline.sources.soundness import unsoundness

Expect = Literal["any", "json", "xml", "html", "picture", "document"]

_CUT = (http.client.IncompleteRead, http.client.RemoteDisconnected)
_SECRETS = frozenset({"api_key", "apikey", "key", "token", "access_token"})
_CLASSES = {404: "not_found", 410: "gone", 408: "network_error", 429: "rate_limited"}


@dataclass(frozen=True, slots=True)
class Answer:
    """What came of a request: `ok` with content, or the class of the failure and a sentence.

    `not_modified` answers a request on a condition: what the caller holds still stands.
    """

    url: str
    status: str
    error: str | None = None
    http_status: int | None = None
    content: bytes = b""
    content_type: str | None = None
    headers: Mapping[str, str] = field(default_factory=dict)

    @property
    def ok(self) -> bool:
        """Tell whether there is content."""
        return self.status == "ok"

    @property
    def etag(self) -> str | None:
        """What the host names this state of the content by, or null."""
        return _validator(self.headers, "ETag")

    @property
    def last_modified(self) -> str | None:
        """When the host says that the content changed, as told, or null."""
        return _validator(self.headers, "Last-Modified")

    def json(self) -> Any:
        """Return the content read as JSON.

        Raises:
            ValueError: it is none.
        """
        try:
            return json.loads(self.content)
        except RecursionError as fault:
            raise ValueError(f"the JSON of {self.url} is nested too deeply") from fault


def failed(url: str, status: str, why: str, http_status: int | None = None) -> Answer:
    """Return the answer of a request that failed; the sentence names the address."""
    address = shown(url)
    return Answer(address, status, f"{address} was not fetched: {why}", http_status)


def _validator(headers: Mapping[str, str], name: str) -> str | None:
    told = headers.get(name, "").strip()
    return told if told.isascii() and told.isprintable() and 0 < len(told) <= 256 else None


def refused_by_host(url: str, http_status: int) -> Answer:
    """Return the answer to a status that is no success."""
    status = _CLASSES.get(http_status, "access_denied")
    if http_status >= 500 or http_status < 400:
        status = "server_error"
    return failed(url, status, f"the host answered HTTP {http_status}", http_status)


def checked(answer: Answer, expect: Expect, md5: str | None) -> Answer:
    """Check the content of an `ok` answer against what was promised and announced."""
    content = answer.content
    if not content:
        return failed(answer.url, "malformed", "the answer is empty", answer.http_status)
    if md5 is not None:
        found = hashlib.md5(content, usedforsecurity=False).hexdigest()
        if found != md5.lower():
            why = f"its MD5 is {found}, announced was {md5.lower()}"
            return failed(answer.url, "checksum_mismatch", why, answer.http_status)
    if (why_not := mismatch(content, expect)) is not None:
        return failed(answer.url, "wrong_type", why_not, answer.http_status)
    if (fault := unsoundness(content)) is not None:
        return failed(answer.url, *fault, answer.http_status)
    stated = (answer.content_type or "").split(";")[0].strip().lower()
    return replace(answer, content_type=sniff(content) or stated or None)


def shown(url: str) -> str:
    """Return a URL without the secrets in its query and without its fragment."""
    try:
        parts = urlsplit(url)
    except ValueError:
        return repr(url[:200])
    query = parts.query
    if any(name.lower() in _SECRETS for name, _ in parse_qsl(query, keep_blank_values=True)):
        kept = parse_qsl(query, keep_blank_values=True)
        query = urlencode([each for each in kept if each[0].lower() not in _SECRETS])
    return urlunsplit((parts.scheme, parts.netloc, parts.path, query, ""))


def fault_sentence(fault: Exception) -> str:
    """Say what went wrong on the way, without words that change from run to run."""
    if isinstance(fault, requests.exceptions.SSLError | urllib3.exceptions.SSLError):
        return "its certificate cannot be verified"
    if isinstance(fault, requests.exceptions.ConnectTimeout):
        return "the host cannot be reached in time"
    if isinstance(
        fault, requests.exceptions.Timeout | urllib3.exceptions.TimeoutError | TimeoutError
    ):
        return "the host stopped answering"
    if isinstance(fault, requests.exceptions.ProxyError):
        return "the proxy does not let it through"
    for each in fault_chain(fault):
        if isinstance(each, http.client.HTTPException) and not isinstance(each, _CUT):
            return "what it answered is not HTTP"
    return "the connection was refused or cut"


def fault_chain(fault: BaseException) -> Iterator[BaseException]:
    """Yield a fault and those that it was made of: libraries wrap them in their arguments."""
    found: BaseException | None = fault
    for _depth in range(8):
        if found is None:
            return
        yield found
        inner = [getattr(found, "reason", None), *found.args]
        found = next((each for each in inner if isinstance(each, BaseException)), None)


def seconds_to_wait(retry_after: str | None, date: str | None = None) -> float | None:
    """Read a Retry-After header, seconds or a date; null if it asks for no time that can be told.

    A date is compared with the host's own ``date`` where it tells it: its clock or ours may be
    wrong. A moment that is over asks for nothing.
    """
    text = (retry_after or "").strip()
    if text.isdecimal():
        return float(text[:9]) or None
    moment = _moment(text)
    if moment is None:
        return None
    now = _moment(date or "") or datetime.now(tz=UTC)
    left_s = (moment - now).total_seconds()
    return left_s if left_s > 0 else None


def _moment(text: str) -> datetime | None:
    try:
        moment = email.utils.parsedate_to_datetime(text)
    except (ValueError, TypeError, IndexError, OverflowError):
        return None
    return moment if moment.tzinfo is not None else moment.replace(tzinfo=UTC)
