"""What every collector does: list, describe, fetch."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any, Protocol

from pipeline.identity import canonical_json, item_id, media_id, sha256_json, utc_now
from pipeline.licences import UNKNOWN, Licence, read_licence
from pipeline.redaction import redact_text
from pipeline.source_entries import Source
from pipeline.sources.shelf import Row, Shelf

__all__ = [
    "Collector",
    "Listed",
    "Row",
    "Shelf",
    "answered",
    "item_row",
    "media_row",
    "unchanged",
    "withdrawn",
]


@dataclass(frozen=True, slots=True)
class Listed:
    """One thing that a listing names, and what it says of it (plain JSON, no user names)."""

    source_key: str
    payload: Mapping[str, Any] = field(default_factory=dict)


class Collector(Protocol):
    """Reads one source. Faults of one item become rows; a `SourceError` stops the source."""

    name: str
    version: int

    def list_keys(self) -> Iterator[Listed]:
        """Yield what the source lists, page by page, each key once."""

    def describe(self, listed: Listed) -> Row:
        """Return the row of `items` for a listed thing; may ask the source for its metadata."""

    def revisit(self, item: Mapping[str, Any]) -> Row:
        """Return the row of an item of an earlier listing that this one does not name.

        What is still there stands as it did (`unchanged`), or is described anew.
        """

    def fetch(self, item: Mapping[str, Any], shelf: Shelf) -> list[Row]:
        """Put an item's files on its shelf and return a row of `media` for each."""


def item_row(
    source_id: str,
    entry: Source,
    listed: Listed,
    *,
    page_url: str,
    title: str | None = None,
    creator: str | None = None,
    stated: str | None = None,
    evidence: str | None = None,
    published_at: datetime | None = None,
    group_key: str | None = None,
    details: Mapping[str, Any] | None = None,
    status: str = "ok",
    error: str | None = None,
) -> Row:
    """Build a row of `items`.

    ``stated`` is the licence as the item itself states it and ``evidence`` where it does; without
    them the licence that the catalog states for the whole source holds, and else it is unknown.
    """
    licence: Licence = read_licence(stated) if stated else UNKNOWN
    if stated is None and entry.licence is not None:
        licence = read_licence(entry.licence.name)
        evidence = entry.licence.evidence
    key = item_id(source_id, listed.source_key)
    return {
        "item_id": key,
        "source_id": source_id,
        "source_key": listed.source_key,
        "page_url": page_url,
        "title": redact_text(title)[0] if title else None,
        "creator": creator,
        "licence": licence.spdx,
        "licence_tier": licence.tier,
        "licence_evidence": evidence,
        "published_at": published_at,
        "collected_at": utc_now(),
        "group_key": group_key or key,
        "listed_sha256": sha256_json([listed.source_key, dict(listed.payload), details or {}]),
        "details": canonical_json(dict(details or {})),
        "status": status,
        "error": error,
    }


def unchanged(item: Mapping[str, Any]) -> Row:
    """Return an earlier row of an item of which the source says nothing new."""
    status = "ok" if item["status"] == "unreachable" else item["status"]
    error = None if status == "ok" else item["error"]
    return {**item, "collected_at": utc_now(), "status": status, "error": error}


def withdrawn(item: Mapping[str, Any], status: str, error: str) -> Row:
    """Return an earlier row of an item that the source no longer gives, without its words."""
    told = {"title": None, "creator": None, "collected_at": utc_now()}
    return {**item, **told, "status": status, "error": error}


def answered(item: Mapping[str, Any], status: str, error: str | None) -> Row:
    """Return an earlier row of an item, as the answer to a request for its page has it now.

    ``status`` is that of the answer; whatever may pass leaves the item `unreachable`.
    """
    if status == "ok":
        return unchanged(item)
    if status in ("gone", "not_found", "access_denied"):
        return withdrawn(item, "gone", str(error))
    reached = status if status == "forbidden_by_robots" else "unreachable"
    return {**item, "collected_at": utc_now(), "status": reached, "error": str(error)}


def media_row(
    collector: Collector,
    item: Mapping[str, Any],
    name: str,
    role: str,
    url: str,
    *,
    sha256: str | None = None,
    n_bytes: int | None = None,
    content_type: str | None = None,
    http_status: int | None = None,
    etag: str | None = None,
    last_modified: str | None = None,
    status: str = "ok",
    error: str | None = None,
) -> Row:
    """Build a row of `media` for one file of an item."""
    return {
        "media_id": media_id(item["item_id"], name),
        "item_id": item["item_id"],
        "listed_sha256": item["listed_sha256"],
        "role": role,
        "name": name,
        "url": url,
        "sha256": sha256,
        "n_bytes": n_bytes,
        "content_type": content_type,
        "http_status": http_status,
        "etag": etag,
        "last_modified": last_modified,
        "retrieved_at": utc_now(),
        "collector": collector.name,
        "collector_version": collector.version,
        "status": status,
        "error": error,
    }
