"""Requests and answers between the demo's services and the sockets.

A service is a function from `Request` to `Answer`. What every real server does besides (HEAD,
byte ranges, entity tags) is done here once.
"""

import hashlib
import json
import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, replace
from typing import Any
from urllib.parse import parse_qs, urlsplit

_RANGE = re.compile(r"bytes=(\d*)-(\d*)$")


@dataclass(frozen=True, slots=True)
class Request:
    """One request as it arrived; `base` is the scheme and host it was sent to.

    The names of headers are in title case, as in `If-None-Match`.
    """

    method: str
    base: str
    target: str
    headers: Mapping[str, str] = field(default_factory=dict)
    body: bytes = b""

    @property
    def host(self) -> str:
        """The host's name and port."""
        return urlsplit(self.base).netloc

    @property
    def path(self) -> str:
        """The path, with doubled slashes made single."""
        return re.sub("/{2,}", "/", urlsplit("http://any" + self.target).path)

    @property
    def query(self) -> dict[str, list[str]]:
        """The query's parameters."""
        return parse_qs(urlsplit("http://any" + self.target).query)

    def value(self, name: str, default: str = "") -> str:
        """Return the first value of a parameter."""
        return self.query.get(name, [default])[0]


@dataclass(frozen=True, slots=True)
class Answer:
    """One answer, complete in memory."""

    status: int
    content_type: str
    body: bytes
    headers: dict[str, str] = field(default_factory=dict)


Service = Callable[[Request], Answer]


def json_answer(value: Any, status: int = 200) -> Answer:
    """Answer with JSON."""
    body = json.dumps(value, ensure_ascii=False).encode()
    return Answer(status, "application/json; charset=utf-8", body)


def text_answer(text: str, status: int = 200, content_type: str = "text/plain") -> Answer:
    """Answer with text."""
    return Answer(status, f"{content_type}; charset=utf-8", text.encode())


def html_answer(body: str, *, title: str, status: int = 200) -> Answer:
    """Answer with an HTML page."""
    page = (
        f"<!DOCTYPE html>\n<html><head><title>{title}</title></head>\n<body>\n{body}</body></html>"
    )
    return text_answer(page, status, "text/html")


def finished(request: Request, answer: Answer) -> Answer:
    """Apply entity tags and byte ranges to a complete answer, as RFC 9110 has them."""
    if answer.status != 200 or request.method not in ("GET", "HEAD"):
        return answer
    digest = hashlib.md5(answer.body, usedforsecurity=False).hexdigest()
    tag = answer.headers.get("ETag", f'"{digest}"')
    answer = replace(answer, headers={**answer.headers, "ETag": tag, "Accept-Ranges": "bytes"})
    if request.headers.get("If-None-Match") in (tag, "*"):
        return replace(answer, status=304, body=b"")
    wanted = _RANGE.match(request.headers.get("Range", ""))
    if wanted is None or request.headers.get("If-Range", tag) != tag:
        return answer
    return _part(answer, wanted[1], wanted[2])


def _part(answer: Answer, first: str, last: str) -> Answer:
    size = len(answer.body)
    if first:
        start, end = int(first), min(int(last) if last else size - 1, size - 1)
    else:
        start, end = max(0, size - int(last or 0)), size - 1
    if start >= size or start > end:
        headers = {**answer.headers, "Content-Range": f"bytes */{size}"}
        return replace(answer, status=416, body=b"", headers=headers)
    headers = {**answer.headers, "Content-Range": f"bytes {start}-{end}/{size}"}
    return replace(answer, status=206, body=answer.body[start : end + 1], headers=headers)
