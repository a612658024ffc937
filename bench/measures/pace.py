"""How much of the permitted rate a collection uses, against a forum on loopback."""

from __future__ import annotations

import io
import tempfile
import threading
import time
from pathlib import Path

import yaml
from PIL import Image

from pipeline.demo.listener import Listener
from pipeline.demo.wire import Answer, Request, json_answer, text_answer
from pipeline.walk import collect
from pipeline.work import Place

RATE = 50.0  # requests a second
CONCURRENCY = 8
LATENCY_S = 0.05  # of the server: a host on the other side of an ocean
PICTURES = 4  # per topic
PER_PAGE = 30
CATALOG = Path(__file__).parents[2] / "data_catalog.yaml"
_DAY = "2026-01-01T00:00:00Z"


class Forum:
    """A Discourse forum of any size, made up as it is asked, that notes when it was asked."""

    def __init__(self, n_topics: int) -> None:
        self.n_topics = n_topics
        self.moments: list[float] = []
        self._lock = threading.Lock()

    def answer(self, request: Request) -> Answer:
        """Answer like Discourse, after a while."""
        with self._lock:
            self.moments.append(time.perf_counter())
        time.sleep(LATENCY_S)
        if request.path == "/robots.txt":
            return text_answer("User-agent: *\nAllow: /\n")
        if request.path == "/latest.json":
            return json_answer(self._page(int(request.value("page", "0"))))
        if request.path.startswith("/t/"):
            return json_answer(_topic(int(request.path[3:].removesuffix(".json")), request.base))
        return Answer(200, "image/jpeg", _picture(request.path))

    def _page(self, number: int) -> dict[str, object]:
        first = number * PER_PAGE
        shown = range(first, min(first + PER_PAGE, self.n_topics))
        listing: dict[str, object] = {"per_page": PER_PAGE, "topics": [_told(n) for n in shown]}
        if first + PER_PAGE < self.n_topics:
            listing["more_topics_url"] = f"/latest?page={number + 1}"
        return {"users": [], "topic_list": listing}


def _told(number: int) -> dict[str, object]:
    told = {"id": number + 1, "title": f"Rash {number}", "slug": "rash", "posts_count": 1}
    return told | {"created_at": _DAY, "bumped_at": _DAY, "category_id": 1, "tags": []}


def _topic(number: int, base: str) -> dict[str, object]:
    pictures = "".join(f'<img src="{base}/uploads/{number}-{n}.jpg">' for n in range(PICTURES))
    post = {"id": number, "username": "anyone", "post_number": 1, "created_at": _DAY}
    post |= {"cooked": f"<p>A rash on the arm.</p>{pictures}"}
    stream = {"posts": [post], "stream": [number]}
    return {"id": number, "title": "Rash", "posts_count": 1, "post_stream": stream}


def _picture(path: str) -> bytes:
    colour = tuple(path.encode()[-7:-4])
    held = io.BytesIO()
    Image.new("RGB", (32, 32), colour).save(held, "JPEG")
    return held.getvalue()


def measure_pace(n_topics: int = 150) -> dict[str, float]:
    """Return the share of the permitted rate that listing and fetching reach together."""
    forum = Forum(n_topics)
    listener = Listener(0, forum.answer)
    listener.start()
    try:
        with tempfile.TemporaryDirectory() as folder:
            place = Place(folder, str(_catalog(Path(folder), listener.address)), "bench")
            failures = collect(place, ["discourse"], "2026-01-01")
    finally:
        listener.stop()
    assert not failures, failures
    asked = len(forum.moments)
    assert asked >= n_topics * (1 + PICTURES), asked
    seconds = forum.moments[-1] - forum.moments[0]
    achieved = (asked - 1) / seconds
    return {"requests": asked, "requests_per_s": achieved, "rate_share": achieved / RATE}


def _catalog(folder: Path, base_url: str) -> Path:
    document = yaml.safe_load(CATALOG.read_text("utf-8"))
    document["sources"]["discourse"] |= {
        "enabled": True,
        "base_url": f"{base_url}/",
        "allow_hosts": ["127.0.0.1"],
        "rate": {"requests_per_second": RATE, "concurrency": CONCURRENCY},
        "partition_items": 1000,
    }
    path = folder / "data_catalog.yaml"
    path.write_text(yaml.safe_dump(document), "utf-8")
    return path
