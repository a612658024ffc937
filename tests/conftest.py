"""Fixtures that all rooms share."""

from __future__ import annotations

import os

import pytest

from pipeline.demo.world import World, build_world
from pipeline.store import Workspace

# the clock stands still, so that what is stored does not depend on when a test runs
os.environ["SOURCE_DATE_EPOCH"] = "1780272000"  # 2026-06-01
os.environ["DERMCURATE_PSEUDONYM_KEY"] = "tests"
for name in ("HTTP_PROXY", "HTTPS_PROXY", "http_proxy", "https_proxy", "ALL_PROXY"):
    os.environ.pop(name, None)


@pytest.fixture
def workspace(tmp_path) -> Workspace:
    return Workspace(tmp_path / "workspace")


@pytest.fixture(scope="session")
def world(tmp_path_factory) -> World:
    """Generate the demo world once for all tests."""
    return build_world(tmp_path_factory.mktemp("demo") / "demo-world")
