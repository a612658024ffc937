"""A loopback forum for tests: answers from a table, a quick client, and rows checked as tables."""

from __future__ import annotations

import io
import json
from collections.abc import Callable, Iterator
from contextlib import contextmanager

from PIL import Image

from pipeline.demo.listener import Listener
from pipeline.demo.wire import Answer, Request, json_answer, text_answer
from pipeline.source_entries import Rate, StatedLicence
from pipeline.sources.http import HttpClient, Limits
from pipeline.sources.shelf import Shelf
from schemas import ITEMS, MEDIA

KEY = "a key of the tests"
ABOUT = {
    "title": "A forum",
    "homepage": "https://forum.example.org/",
    "terms_url": "https://forum.example.org/terms",
    "source_type": "forum",
    "folder": "forum",
    "allow_hosts": ("127.0.0.1",),
    "licence": StatedLicence(name="CC-BY-4.0", evidence="Rule 3: CC BY 4.0"),
}


def jpeg(colour=(200, 150, 120), size=(160, 120)) -> bytes:
    out = io.BytesIO()
    Image.new("RGB", size, colour).save(out, "JPEG")
    return out.getvalue()


@contextmanager
def serving(respond: Callable[[Request], Answer]) -> Iterator[tuple[str, list[str]]]:
    """Serve until the block ends; gives the base address and the log of what was asked."""
    log: list[str] = []

    def logged(request: Request) -> Answer:
        log.append(request.target)
        return respond(request)

    listener = Listener(0, logged)
    listener.start()
    try:
        yield listener.address, log
    finally:
        listener.stop()


@contextmanager
def quick_client(attempts: int = 1) -> Iterator[HttpClient]:
    client = HttpClient(
        user_agent="dermcurate-tests",
        rate=Rate(requests_per_second=1000.0, concurrency=4),
        allow_hosts=("127.0.0.1",),
        limits=Limits(attempts=attempts, backoff_s=0.01, read_s=5.0),
    )
    try:
        yield client
    finally:
        client.close()


def from_table(table: dict[str, object]) -> Callable[[Request], Answer]:
    """Answer by path: bytes are a JPEG, text a page, anything else JSON; 404 for the rest."""

    def respond(request: Request) -> Answer:
        found = table.get(request.target, table.get(request.path))
        if isinstance(found, Answer):
            return found
        if isinstance(found, bytes):
            return Answer(200, "image/jpeg", found)
        if isinstance(found, str):
            text = found.replace("%BASE%", request.base).replace("%HOST%", request.host)
            return text_answer(text, 200, "text/html")
        if found is None:
            return json_answer({"error": "no such thing"}, 404)
        text = json.dumps(found).replace("%BASE%", request.base).replace("%HOST%", request.host)
        return json_answer(json.loads(text))

    return respond


def listed_items(collector) -> list[dict]:
    """List and describe; the rows are checked and come back as the table holds them."""
    rows = [collector.describe(each) for each in collector.list_keys()]
    return ITEMS.table(rows).to_pylist()


def fetched(collector, item, media) -> list[dict]:
    """Fetch; the rows are checked and come back as the table holds them."""
    return MEDIA.table(collector.fetch(item, Shelf(media))).to_pylist()


def blob(row, media) -> dict:
    return json.loads(media.get(row["sha256"]))


def all_that_is_kept(rows: list[dict], media) -> str:
    """Return every value of the rows, and every blob they name, as one lower-case text."""
    blobs = [media.get(row["sha256"]).decode("latin-1") for row in rows if row.get("sha256")]
    return (json.dumps(rows, default=str, ensure_ascii=False) + " ".join(blobs)).lower()
