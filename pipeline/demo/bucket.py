"""The PMC Cloud Service: an S3 bucket over plain HTTP, with ListObjectsV2."""

import hashlib
from dataclasses import dataclass
from pathlib import Path
from urllib.parse import unquote
from xml.sax.saxutils import escape

from pipeline.demo.articles import BUCKET
from pipeline.demo.wire import Answer, Request, Service, text_answer

_TYPES = {
    ".json": "application/json",
    ".xml": "application/xml",
    ".txt": "text/plain",
    ".jpg": "image/jpeg",
    ".png": "image/png",
    ".gz": "application/gzip",
}
_SPACE = "http://s3.amazonaws.com/doc/2006-03-01/"


def bucket_service(folder: Path) -> Service:
    """Return the service over a folder whose relative paths are the bucket's keys."""
    files = {
        path.relative_to(folder).as_posix(): path
        for path in sorted(folder.rglob("*"))
        if path.is_file()
    }

    def answer(request: Request) -> Answer:
        key = unquote(request.path).lstrip("/").removeprefix(f"{BUCKET}/")
        if key in ("", BUCKET):
            return _listing(request, files)
        path = files.get(key)
        if path is None:
            return _error(404, "NoSuchKey", "The specified key does not exist.", key)
        body = path.read_bytes()
        tag = hashlib.md5(body, usedforsecurity=False).hexdigest()
        kind = _TYPES.get(path.suffix, "binary/octet-stream")
        return Answer(200, kind, body, {"ETag": f'"{tag}"'})

    return answer


def _error(status: int, code: str, message: str, key: str = "") -> Answer:
    xml = (
        f'<?xml version="1.0" encoding="UTF-8"?>\n<Error><Code>{code}</Code>'
        f"<Message>{message}</Message><Key>{escape(key)}</Key></Error>"
    )
    return text_answer(xml, status, "application/xml")


@dataclass(frozen=True, slots=True)
class _Found:
    """One line of a listing: a key, or a common prefix where `path` is none."""

    name: str
    path: Path | None


def _listing(request: Request, files: dict[str, Path]) -> Answer:
    if request.value("list-type") != "2":
        return _error(400, "InvalidArgument", "This bucket is listed with list-type=2.")
    prefix, delimiter = request.value("prefix"), request.value("delimiter")
    most = min(1000, int(request.value("max-keys", "1000")))
    after = request.value("continuation-token") or request.value("start-after")
    found = _entries(files, prefix, delimiter)
    page = [one for one in found if one.name > after]
    is_cut, page = len(page) > most, page[:most]
    lines = [
        f"<Name>{BUCKET}</Name><Prefix>{escape(prefix)}</Prefix>",
        f"<KeyCount>{len(page)}</KeyCount><MaxKeys>{most}</MaxKeys>",
        f"<Delimiter>{escape(delimiter)}</Delimiter>" if delimiter else "",
        f"<IsTruncated>{'true' if is_cut else 'false'}</IsTruncated>",
        f"<NextContinuationToken>{escape(page[-1].name)}</NextContinuationToken>" if is_cut else "",
        *(_line(one) for one in page),
    ]
    xml = (
        '<?xml version="1.0" encoding="UTF-8"?>\n'
        f'<ListBucketResult xmlns="{_SPACE}">{"".join(lines)}</ListBucketResult>'
    )
    return text_answer(xml, content_type="application/xml")


def _entries(files: dict[str, Path], prefix: str, delimiter: str) -> list[_Found]:
    found: dict[str, Path | None] = {}
    for key, path in files.items():
        if not key.startswith(prefix):
            continue
        head, mark, _ = key[len(prefix) :].partition(delimiter) if delimiter else (key, "", "")
        if mark:
            found[f"{prefix}{head}{delimiter}"] = None
        else:
            found[key] = path
    return [_Found(name, path) for name, path in sorted(found.items())]


def _line(one: _Found) -> str:
    if one.path is None:
        return f"<CommonPrefixes><Prefix>{escape(one.name)}</Prefix></CommonPrefixes>"
    body = one.path.read_bytes()
    tag = hashlib.md5(body, usedforsecurity=False).hexdigest()
    return (
        f"<Contents><Key>{escape(one.name)}</Key>"
        f"<LastModified>2026-08-30T02:59:59.000Z</LastModified><ETag>&quot;{tag}&quot;</ETag>"
        f"<Size>{len(body)}</Size><StorageClass>INTELLIGENT_TIERING</StorageClass></Contents>"
    )
