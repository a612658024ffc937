"""One generated world and one server for all tests of the demo."""

from collections.abc import Iterator

import pytest

from pipeline.demo.server import DemoServer
from pipeline.demo.world import World, build_world


@pytest.fixture(scope="session")
def world(tmp_path_factory) -> World:
    return build_world(tmp_path_factory.mktemp("demo") / "world")


@pytest.fixture
def server(world) -> Iterator[DemoServer]:
    with DemoServer(world, base_port=0) as running:
        yield running
