"""The PMC Cloud Service: versions of an article, their metadata, and where their files are."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import PurePosixPath
from typing import Any
from urllib.parse import parse_qs, quote, unquote, urlsplit

from lxml import etree

from pipeline.sources.http import Answer, HttpClient

MAX_LIST_PAGES = 20
MAX_METADATA_BYTES = 8 * 1024 * 1024
# the form that keeps most of a picture first
RASTER = ("jpg", "jpeg", "png", "tif", "tiff", "gif", "webp")
_S3 = "{http://s3.amazonaws.com/doc/2006-03-01/}"
_MD5 = re.compile(r"[0-9a-fA-F]{32}")
_NAME = re.compile(r"[^/\\\x00-\x1f\x7f]{1,200}")


class BucketError(Exception):
    """An article that the bucket does not give: ``status`` of its item, and one sentence."""

    def __init__(self, status: str, message: str) -> None:
        super().__init__(message)
        self.status = status


@dataclass(frozen=True, slots=True)
class BucketFile:
    """A file of an article: name within its prefix, address, and MD5 if one is announced."""

    name: str
    url: str
    md5: str | None


@dataclass(frozen=True, slots=True)
class Article:
    """The newest version of an article: prefix `PMC1.2`, metadata and its address."""

    prefix: str
    metadata_url: str
    metadata: Mapping[str, Any]


class Bucket:
    """Reads the bucket over plain HTTPS, without an account."""

    def __init__(self, client: HttpClient, bucket_url: str) -> None:
        self._client = client
        self._url = bucket_url.rstrip("/")

    def article(self, pmcid: str) -> Article:
        """Return the newest version of an article.

        Raises:
            BucketError: there is none, or it cannot be read.
        """
        newest = max(self._versions(pmcid), default=None)
        if newest is None:
            raise BucketError("gone", f"the PMC Cloud Service has no version of {pmcid}")
        prefix = f"{pmcid}.{newest}"
        answer = self._get(f"{self._url}/metadata/{prefix}.json")
        if answer.status in ("not_found", "access_denied"):  # S3 says either of what is not there
            answer = self._get(f"{self._url}/{prefix}/{prefix}.json")
        if not answer.ok:
            raise BucketError(*_item_fault(answer))
        try:
            metadata = answer.json()
        except ValueError:
            metadata = None
        if not isinstance(metadata, dict):
            raise BucketError("malformed", f"{answer.url} is no metadata record")
        return Article(prefix, answer.url, metadata)

    def _get(self, url: str) -> Answer:
        return self._client.get(url, expect="json", max_bytes=MAX_METADATA_BYTES, robots=False)

    def _versions(self, pmcid: str) -> set[int]:
        """Return the numbers of an article's versions; they are compared as numbers."""
        # the dot keeps PMC1137036 from matching PMC11370360
        params = {"list-type": "2", "prefix": f"{pmcid}.", "delimiter": "/"}
        found: set[int] = set()
        for _page in range(MAX_LIST_PAGES):
            answer = self._client.get(self._url + "/", params=params, expect="xml", robots=False)
            if not answer.ok:
                raise BucketError(*_item_fault(answer))
            tree = _read_listing(answer)
            for told in tree.iterfind(f"{_S3}CommonPrefixes/{_S3}Prefix"):
                version = (told.text or "").removeprefix(f"{pmcid}.").removesuffix("/")
                if version.isdecimal() and len(version) < 6:
                    found.add(int(version))
            token = tree.findtext(f"{_S3}NextContinuationToken")
            if tree.findtext(f"{_S3}IsTruncated") != "true" or not token:
                return found
            params = {**params, "continuation-token": token}
        raise BucketError("malformed", f"the list of versions of {pmcid} does not end")

    def file(self, s3_url: Any, prefix: str) -> BucketFile | None:
        """Read `s3://bucket/PMC1.2/name?md5=…`; null if it is no file of the article."""
        if not isinstance(s3_url, str) or not s3_url.startswith("s3://"):
            return None
        try:
            parts = urlsplit(s3_url)
        except ValueError:
            return None
        folder, _, name = unquote(parts.path).lstrip("/").partition("/")
        if folder != prefix or not _NAME.fullmatch(name) or name in (".", ".."):
            return None
        stated = parse_qs(parts.query).get("md5", [""])[0]
        md5 = stated.lower() if _MD5.fullmatch(stated) else None
        return BucketFile(name, f"{self._url}/{prefix}/{quote(name)}", md5)

    def pictures(self, metadata: Mapping[str, Any], prefix: str) -> list[BucketFile]:
        """Return an article's raster pictures in the record's order, one form of each."""
        listed = metadata.get("media_urls")
        best: dict[str, BucketFile] = {}
        for found in self._files(listed if isinstance(listed, list) else [], prefix):
            stem, suffix = _split(found.name)
            if suffix not in RASTER:
                continue
            rival = best.get(stem)
            if rival is None or RASTER.index(suffix) < RASTER.index(_split(rival.name)[1]):
                best[stem] = found
        return list(best.values())

    def _files(self, listed: list[Any], prefix: str) -> Iterator[BucketFile]:
        yield from (found for each in listed if (found := self.file(each, prefix)) is not None)


def _split(name: str) -> tuple[str, str]:
    path = PurePosixPath(name)
    return path.stem, path.suffix.lower().lstrip(".")


def _read_listing(answer: Answer) -> Any:
    parser = etree.XMLParser(resolve_entities=False, no_network=True, load_dtd=False)
    try:
        return etree.fromstring(answer.content, parser)
    except (etree.XMLSyntaxError, ValueError) as fault:
        raise BucketError("malformed", f"{answer.url} is no listing of the bucket") from fault


def _item_fault(answer: Answer) -> tuple[str, str]:
    """Return the item's status and sentence for an answer that failed."""
    status = {
        "not_found": "gone",
        "gone": "gone",
        "forbidden_by_robots": "forbidden_by_robots",
        "malformed": "malformed",
        "wrong_type": "malformed",
    }.get(answer.status, "unreachable")
    return status, answer.error or "it could not be read"
