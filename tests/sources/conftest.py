"""Fixtures of the collectors: a host on loopback and a client that may ask it."""

from __future__ import annotations

import threading
from collections.abc import Iterator

import pytest

from pipeline.source_entries import Rate
from pipeline.sources.http import HttpClient
from tests.sources.web_host import QUICK, WebHost


@pytest.fixture
def host() -> Iterator[WebHost]:
    server = WebHost()
    threading.Thread(target=server.serve_forever, args=(0.02,), daemon=True).start()
    yield server
    server.shutdown()
    server.server_close()


@pytest.fixture
def client() -> Iterator[HttpClient]:
    made = HttpClient(
        user_agent="dermcurate/0 (tests)",
        rate=Rate(requests_per_second=1000.0, concurrency=4),
        allow_hosts=("127.0.0.1",),
        limits=QUICK,
    )
    yield made
    made.close()
