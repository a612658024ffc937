"""Files: the one way in which a file of an item comes into the store."""

from __future__ import annotations

import hashlib
import logging
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from pathlib import PurePosixPath
from typing import Any

from pipeline.identity import sha256_bytes
from pipeline.sources.answers import Answer, Expect, shown
from pipeline.sources.collector import Collector, Row, media_row
from pipeline.sources.http import MAX_BYTES, HttpClient
from pipeline.sources.shelf import Shelf

log = logging.getLogger(__name__)

_EXTENSIONS = {
    "application/json": "json",
    "application/pdf": "pdf",
    "image/avif": "avif",
    "image/bmp": "bmp",
    "image/gif": "gif",
    "image/heic": "heic",
    "image/jpeg": "jpg",
    "image/png": "png",
    "image/tiff": "tif",
    "image/webp": "webp",
    "video/mp4": "mp4",
    "video/webm": "webm",
}


@dataclass(frozen=True, slots=True)
class Wanted:
    """One file of an item: its name and role there, where it lies, and what it must be.

    ``md5`` is the digest that the source announces. ``robots=False`` is for interfaces that their
    owner documents for programs. ``told_url`` is the address as the tables tell it, where the real
    one must not be told. ``reject`` returns why bytes that came whole are still not the file;
    ``rejected`` is the status of its row then.
    """

    name: str
    role: str
    url: str
    expect: Expect = "picture"
    max_bytes: int = MAX_BYTES
    md5: str | None = None
    robots: bool = True
    headers: Mapping[str, str] = field(default_factory=dict)
    told_url: str | None = None
    reject: Callable[[bytes], str | None] = lambda _content: None
    rejected: str = "gone"

    @property
    def told(self) -> str:
        """The address as the tables tell it."""
        return self.told_url or shown(self.url)


def fetch_file(
    collector: Collector, client: HttpClient, item: Mapping[str, Any], wanted: Wanted, shelf: Shelf
) -> Row:
    """Ask for one file of an item, store it, and return its row of `media`.

    A file that came before the fetch was interrupted is not asked for again. One that an earlier
    fetch left on the shelf is asked for on condition that it has changed; if it has not, its bytes
    stand. If it has, though the listing says the same, the row's `error` tells both digests.
    """
    url = wanted.told
    if (finished := shelf.finished(wanted.name, url)) is not None:
        return finished
    earlier = _usable(shelf.earlier(url), wanted, shelf)
    answer = _ask(client, wanted, earlier)
    if answer.status == "not_modified" and earlier is not None:
        return shelf.keep(_row(collector, item, wanted, answer, _as_before(answer, earlier)))
    if not answer.ok:
        told = {"status": answer.status, "error": _without_secret(answer, wanted)}
        return _row(collector, item, wanted, answer, told)
    if (why := wanted.reject(answer.content)) is not None:
        told = {"status": wanted.rejected, "error": f"{url} was not kept: {why}"}
        return _row(collector, item, wanted, answer, told)
    changed = _change(item, url, answer, earlier)
    facts = {**_stored(wanted, answer, shelf), "error": changed}
    return shelf.keep(_row(collector, item, wanted, answer, facts))


def keep_file(
    collector: Collector,
    item: Mapping[str, Any],
    wanted: Wanted,
    content: bytes,
    shelf: Shelf,
    *,
    content_type: str | None = None,
) -> Row:
    """Store bytes that the collector holds already, and return their row of `media`."""
    answer = Answer(wanted.url, "ok", content=content, content_type=content_type)
    return shelf.keep(_row(collector, item, wanted, answer, _stored(wanted, answer, shelf)))


def extension_of(content_type: str | None, name: str) -> str:
    """Return the extension of a blob: by the bytes where they tell, else by the file's name."""
    return _EXTENSIONS.get(content_type or "") or PurePosixPath(name).suffix or "bin"


def _ask(client: HttpClient, wanted: Wanted, earlier: Row | None) -> Answer:
    def ask(etag: str | None = None, last_modified: str | None = None) -> Answer:
        return client.get(
            wanted.url,
            expect=wanted.expect,
            max_bytes=wanted.max_bytes,
            headers=wanted.headers,
            md5=wanted.md5,
            robots=wanted.robots,
            etag=etag,
            last_modified=last_modified,
        )

    if earlier is None:
        return ask()
    answer = ask(earlier["etag"], earlier["last_modified"])
    if answer.status == "not_modified" and _contradicts(answer, earlier):
        return ask()
    return answer


def _contradicts(answer: Answer, earlier: Row) -> bool:
    """Tell whether `not modified` is said of another state than the one that we hold.

    So answers a host whose clock went back: what changed since is older than what we have.
    """
    pairs = ((answer.etag, earlier["etag"]), (answer.last_modified, earlier["last_modified"]))
    return any(now is not None and before is not None and now != before for now, before in pairs)


def _without_secret(answer: Answer, wanted: Wanted) -> str | None:
    """Return the sentence of a failure with the address as the tables tell it."""
    if answer.error is None or wanted.told_url is None:
        return answer.error
    hidden = answer.error.replace(shown(wanted.url), wanted.told_url)
    return hidden.replace(answer.url, wanted.told_url)


def _usable(earlier: Row | None, wanted: Wanted, shelf: Shelf) -> Row | None:
    """Return the earlier row unless its bytes are not those that the source announces now."""
    if earlier is None or wanted.md5 is None:
        return earlier
    content = shelf.get(earlier["sha256"])
    found = hashlib.md5(content, usedforsecurity=False).hexdigest()
    return earlier if found == wanted.md5.lower() else None


def _row(
    collector: Collector,
    item: Mapping[str, Any],
    wanted: Wanted,
    answer: Answer,
    facts: Mapping[str, Any],
) -> Row:
    told = {"http_status": answer.http_status, **facts}
    return media_row(collector, item, wanted.name, wanted.role, wanted.told, **told)


def _stored(wanted: Wanted, answer: Answer, shelf: Shelf) -> dict[str, Any]:
    return {
        "sha256": shelf.put(answer.content, extension_of(answer.content_type, wanted.name)),
        "n_bytes": len(answer.content),
        "content_type": answer.content_type,
        "etag": answer.etag,
        "last_modified": answer.last_modified,
    }


def _as_before(answer: Answer, earlier: Row) -> dict[str, Any]:
    return {
        **{name: earlier[name] for name in ("sha256", "n_bytes", "content_type")},
        "etag": answer.etag or earlier["etag"],
        "last_modified": answer.last_modified or earlier["last_modified"],
    }


def _change(item: Mapping[str, Any], url: str, answer: Answer, earlier: Row | None) -> str | None:
    """Return what is to be told if a file changed though the listing of its item did not."""
    found = sha256_bytes(answer.content)
    if earlier is None or earlier["sha256"] == found:
        return None
    told = f"{url} held {earlier['sha256']} before and holds {found} now"
    log.info("%s: %s", item["item_id"], told)
    if earlier["listed_sha256"] != item["listed_sha256"]:
        return None
    return f"{told}, though the listing of its item says the same"
