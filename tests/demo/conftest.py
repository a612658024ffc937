"""A server of the generated world for each test of the demo."""

from collections.abc import Iterator

import pytest

from pipeline.demo.server import DemoServer


@pytest.fixture
def server(world) -> Iterator[DemoServer]:
    with DemoServer(world, base_port=0) as running:
        yield running
