"""The PMC Cloud Service: versions of an article, their metadata, and where their files are."""

from __future__ import annotations

import json
import re
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import PurePosixPath
from typing import Any
from urllib.parse import parse_qs, quote, unquote, urlsplit

from pipeline.sources.http import Answer, HttpClient
from pipeline.sources.trees import TreeError, local_name, read_tree

BUCKET = "pmc-oa-opendata"
MAX_LIST_PAGES = 20
MAX_METADATA_BYTES = 8 * 1024 * 1024
# the form that keeps most of a picture first
RASTER = ("jpg", "jpeg", "png", "tif", "tiff", "gif", "webp")
_S3 = "{http://s3.amazonaws.com/doc/2006-03-01/}"
_MD5 = re.compile(r"[0-9a-fA-F]{32}")
_NAME = re.compile(r"[^/\\\x00-\x1f\x7f]{1,200}")
_VERSION = re.compile(r"[1-9][0-9]{0,5}")
_ABSENT = ("not_found", "access_denied")  # S3 says either of what is not there
_MAX_ADDRESS = 300  # characters of an address that are quoted


class BucketError(Exception):
    """Something that the bucket does not give: ``status`` of its item, and one sentence."""

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
class Stray:
    """What an article's record names as its file though it is none: where, what, and which fault.

    ``status`` is that of its row in `media`.
    """

    name: str
    url: str
    status: str
    error: str


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
        self.url = bucket_url.rstrip("/")

    def article(self, pmcid: str, version: int | None = None) -> Article:
        """Return the newest version of an article; ``version`` is which that is, if it is known.

        Raises:
            BucketError: there is none, or it cannot be read.
        """
        prefix = f"{pmcid}.{version or self._newest(pmcid)}"
        answer = self._record(f"metadata/{prefix}.json")
        if answer.status in _ABSENT:
            answer = self._record(f"{prefix}/{prefix}.json")
        if answer.status in _ABSENT and version is not None:
            return self.article(pmcid)  # what told the version is older than the bucket
        if not answer.ok:
            raise fault_of(answer)
        try:
            metadata = answer.json()
        except ValueError:
            metadata = None
        if not isinstance(metadata, dict):
            raise BucketError("malformed", f"{answer.url} is no metadata record")
        if metadata.get("pmcid") not in (pmcid, None):
            told = json.dumps(metadata["pmcid"])[:80]
            raise BucketError("malformed", f"{answer.url} is the record of {told}, not of {pmcid}")
        return Article(prefix, answer.url, metadata)

    def _record(self, key: str) -> Answer:
        return self._client.get(
            f"{self.url}/{key}", expect="json", max_bytes=MAX_METADATA_BYTES, robots=False
        )

    def _newest(self, pmcid: str) -> int:
        """Return the highest version of an article; they are compared as numbers."""
        # the dot keeps PMC1137036 from matching PMC11370360
        start = f"{pmcid}."
        found = (each.removeprefix(start).removesuffix("/") for each in self.prefixes(start))
        versions = [int(each) for each in found if _VERSION.fullmatch(each)]
        if not versions:
            raise BucketError("gone", f"the PMC Cloud Service has no version of {pmcid}")
        return max(versions)

    def prefixes(self, start: str) -> set[str]:
        """Return the prefixes, up to the next slash, that begin so.

        Raises:
            BucketError: the bucket cannot be listed, or its list does not end.
        """
        params = {"list-type": "2", "prefix": start, "delimiter": "/"}
        found: set[str] = set()
        tokens: set[str] = set()
        for _page in range(MAX_LIST_PAGES):
            answer = self._client.get(self.url + "/", params=params, expect="xml", robots=False)
            if not answer.ok:
                raise fault_of(answer)
            tree = _read_listing(answer)
            found |= {each.text or "" for each in tree.iterfind(f"{_S3}CommonPrefixes/{_S3}Prefix")}
            token = tree.findtext(f"{_S3}NextContinuationToken")
            if tree.findtext(f"{_S3}IsTruncated") != "true" or not token:
                return found
            if token in tokens:
                break
            tokens.add(token)
            params = {**params, "continuation-token": token}
        raise BucketError("malformed", f"the list of what begins with {start} does not end")

    def file(self, s3_url: Any, prefix: str) -> BucketFile | None:
        """Read `s3://bucket/PMC1.2/name?md5=…`; null if it is no file of the article."""
        found = self._read(s3_url, prefix)
        return found if isinstance(found, BucketFile) else None

    def pictures(
        self, metadata: Mapping[str, Any], prefix: str
    ) -> tuple[list[BucketFile], list[Stray]]:
        """Return an article's raster pictures in the record's order, one form of each.

        Beside them, what the record lists that is no file of the article.
        """
        listed = metadata.get("media_urls")
        best: dict[str, BucketFile] = {}
        strays: list[Stray] = []
        for place, each in enumerate(listed if isinstance(listed, list) else []):
            found = self._read(each, prefix, f"media_urls[{place}]")
            if isinstance(found, Stray):
                strays.append(found)
                continue
            stem, suffix = _split(found.name)
            if suffix not in RASTER:
                continue
            rival = best.get(stem)
            if rival is None or RASTER.index(suffix) < RASTER.index(_split(rival.name)[1]):
                best[stem] = found
        return list(best.values()), strays

    def _read(self, s3_url: Any, prefix: str, name: str = "") -> BucketFile | Stray:
        is_text = isinstance(s3_url, str)
        told = s3_url if is_text else json.dumps(s3_url)
        stray = Stray(
            name,
            told[:_MAX_ADDRESS],
            "refused_address" if is_text else "malformed",
            f"{name} was not fetched: it is no address below s3://{BUCKET}/{prefix}/",
        )
        try:
            parts = urlsplit(told)
        except ValueError:
            return stray
        folder, _, file_name = unquote(parts.path).lstrip("/").partition("/")
        if (parts.scheme, parts.netloc, folder) != ("s3", BUCKET, prefix):
            return stray
        if not _NAME.fullmatch(file_name) or file_name in (".", ".."):
            return stray
        stated = parse_qs(parts.query).get("md5", [""])[0]
        md5 = stated.lower() if _MD5.fullmatch(stated) else None
        return BucketFile(file_name, f"{self.url}/{prefix}/{quote(file_name)}", md5)


def _split(name: str) -> tuple[str, str]:
    path = PurePosixPath(name)
    return path.stem, path.suffix.lower().lstrip(".")


def _read_listing(answer: Answer) -> Any:
    try:
        tree = read_tree(answer.content)
    except TreeError as fault:
        why = f"{answer.url} is no listing of the bucket: {fault}"
        raise BucketError("malformed", why) from fault
    if local_name(tree) != "ListBucketResult":
        why = f"{answer.url} is no listing of the bucket but <{local_name(tree)[:40]}>"
        raise BucketError("malformed", why)
    return tree


def fault_of(answer: Answer) -> BucketError:
    """Return what an answer that failed means for the item that it was asked for."""
    status = {
        "not_found": "gone",
        "gone": "gone",
        "forbidden_by_robots": "forbidden_by_robots",
        "malformed": "malformed",
        "wrong_type": "malformed",
    }.get(answer.status, "unreachable")
    return BucketError(status, answer.error or "it could not be read")
