"""Bodies: an answer's bytes, read within limits, resumed after a cut, and told apart by content."""

from __future__ import annotations

import re
import zlib
from collections.abc import Iterator, Mapping
from typing import Any

CHUNK_BYTES = 64 * 1024
_PLAIN = frozenset({"", "identity", "none", "binary", "utf-8"})  # the last three by mistake
_WINDOWS = {"gzip": (31,), "x-gzip": (31,), "deflate": (15, -15)}
_RANGE = re.compile(r"bytes (\d+)-\d+/(\d+|\*)")
_OFFICE = (b"PK\x03\x04", b"\xd0\xcf\x11\xe0")  # zip, and OLE for old or encrypted files
_HTML = re.compile(rb"\s*(?:<!--.*?-->\s*)*<(?:!doctype\s+html|html|head|body)\b", re.I | re.S)

_MAGIC = (
    (re.compile(rb"\xff\xd8\xff"), "image/jpeg"),
    (re.compile(rb"\x89PNG\r\n\x1a\n"), "image/png"),
    (re.compile(rb"GIF8[79]a"), "image/gif"),
    (re.compile(rb"II\*\0|MM\0\*|II\+\0|MM\0\+"), "image/tiff"),
    (re.compile(rb"RIFF....WEBP", re.S), "image/webp"),
    (re.compile(rb"BM.{4}\0\0\0\0", re.S), "image/bmp"),
    (re.compile(rb"....ftyp(?:avif|avis)", re.S), "image/avif"),
    (re.compile(rb"....ftyp(?:heic|heix|mif1|msf1)", re.S), "image/heic"),
    (re.compile(rb"....ftyp", re.S), "video/mp4"),
    (re.compile(rb"\x1aE\xdf\xa3"), "video/webm"),
    (re.compile(rb"%PDF-"), "application/pdf"),
)


class BodyError(Exception):
    """A body that cannot be used: ``status`` is its class, the message one sentence."""

    def __init__(self, status: str, message: str) -> None:
        super().__init__(message)
        self.status = status


class Partial:
    """The bytes of one answer that arrived so far, over as many connections as it takes."""

    def __init__(self, *, has_digest: bool) -> None:
        self._received = bytearray()
        self._etag: str | None = None
        self._last_modified: str | None = None
        self._total: int | None = None
        self._has_digest = has_digest

    def headers(self) -> dict[str, str]:
        """Return the headers that ask for the rest; none if there is nothing to build on."""
        if not self._received:
            return {}
        told = {"Range": f"bytes={len(self._received)}-"}
        if validator := self._etag or self._last_modified:
            told["If-Range"] = validator
        return told

    def start(self, http_status: int, headers: Mapping[str, str]) -> None:
        """Begin to read an answer; a whole one replaces what there was.

        Raises:
            BodyError: a part that does not follow on what arrived; ask again for the whole.
        """
        if http_status == 206:
            found = _RANGE.match(headers.get("Content-Range", ""))
            if found and int(found[1]) == len(self._received) and self._is_same(headers):
                self._total = int(found[2]) if found[2] != "*" else None
                return
            self.forget()
            raise BodyError("malformed", "another part was sent than the one that was asked for")
        self.forget()
        self._etag = _strong(headers.get("ETag"))
        self._last_modified = headers.get("Last-Modified")

    def _is_same(self, headers: Mapping[str, str]) -> bool:
        """Tell whether a part is of the same content, whatever became of our If-Range."""
        etag = _strong(headers.get("ETag"))
        return not self._received or None in (etag, self._etag) or etag == self._etag

    def read(
        self, raw: Any, headers: Mapping[str, str], max_bytes: int, clip: bool = False
    ) -> Iterator[int]:
        """Read to the end, yielding the size of each piece; ``clip`` ends at ``max_bytes``.

        Raises:
            BodyError: there are more than ``max_bytes``.
        """
        announced = headers.get("Content-Length", "")[:18]
        if announced.isdecimal() and len(self._received) + int(announced) > max_bytes and not clip:
            raise BodyError("too_large", f"{int(announced):,} bytes are over {max_bytes:,}")
        while piece := raw.read1(CHUNK_BYTES, decode_content=False):
            self._received += piece
            yield len(piece)
            if len(self._received) <= max_bytes:
                continue
            if not clip:
                raise BodyError("too_large", f"it has more than {max_bytes:,} bytes")
            del self._received[max_bytes:]
            return

    def cut(self) -> None:
        """Keep what arrived if the rest can be known to belong to it, else forget it."""
        if not (self._etag or self._last_modified or self._has_digest):
            self.forget()

    def forget(self) -> None:
        """Start anew."""
        self._received = bytearray()
        self._etag = None
        self._last_modified = None
        self._total = None

    def take(self, encoding: str, max_bytes: int) -> bytes:
        """Return all bytes, unpacked.

        Raises:
            BodyError: some are still missing, they cannot be unpacked, or unpack to more than
                ``max_bytes``.
        """
        if self._total is not None and len(self._received) < self._total:
            raise BodyError("malformed", f"{len(self._received):,} of {self._total:,} bytes came")
        try:
            return unpack(bytes(self._received), encoding.strip().lower(), max_bytes)
        except BodyError:
            self.forget()
            raise


def _strong(etag: str | None) -> str | None:
    return etag if etag and etag.startswith('"') else None


def unpack(content: bytes, encoding: str, max_bytes: int) -> bytes:
    """Undo a content encoding, never making more than ``max_bytes``.

    Raises:
        BodyError: the encoding is unknown, the stream is broken, or it is a bomb.
    """
    if encoding in _PLAIN or not content:
        return content
    if encoding not in _WINDOWS:
        raise BodyError("malformed", f"it is packed as {encoding[:40]!r}, which was not asked for")
    for window in _WINDOWS[encoding]:
        try:
            return _inflate(content, window, max_bytes)
        except zlib.error:
            continue
    raise BodyError("malformed", f"it says that it is packed as {encoding}, but it is not")


MAX_GZIP_MEMBERS = 16  # each one costs a copy of what follows it


def _inflate(content: bytes, window: int, max_bytes: int) -> bytes:
    out = bytearray()
    for _member in range(MAX_GZIP_MEMBERS):
        if not content:
            return bytes(out)
        stream = zlib.decompressobj(window)
        out += stream.decompress(content, max_bytes - len(out) + 1)
        if len(out) > max_bytes:
            raise BodyError("too_large", f"it unpacks to more than {max_bytes:,} bytes")
        if not stream.eof:
            raise BodyError("malformed", "its packed bytes end too early")
        content = stream.unused_data
    if content:
        raise BodyError("malformed", f"it holds more than {MAX_GZIP_MEMBERS} packed members")
    return bytes(out)


def sniff(content: bytes) -> str | None:
    """Return the media type that the first bytes tell, or null."""
    head = content[:1024]
    for pattern, kind in _MAGIC:
        if pattern.match(head):
            return kind
    if _HTML.match(head.removeprefix(b"\xef\xbb\xbf")):
        return "text/html"
    return None


def mismatch(content: bytes, expect: str) -> str | None:
    """Return why bytes are not what was promised (`picture`, `json`, `document`…), or null."""
    if expect == "any":
        return None
    found = sniff(content)
    head = content[:1024].removeprefix(b"\xef\xbb\xbf").lstrip()
    fits = {
        "picture": found is not None and found.startswith("image/"),
        "json": head[:1] != b"<" and found is None,
        "xml": head[:1] == b"<" and found is None,
        "html": found in (None, "text/html"),
        "document": found == "application/pdf" or content.startswith(_OFFICE),
    }
    if fits[expect]:
        return None
    return f"{found or 'something else'} came where {expect} was promised"
