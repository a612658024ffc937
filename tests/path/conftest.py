"""The demo world, walked from source to release once, by the library alone."""

from __future__ import annotations

import subprocess
import sys
from collections import Counter
from dataclasses import dataclass
from pathlib import Path

import pytest

from pipeline.catalog import load_catalog
from pipeline.demo.catalog import demo_document, write_demo_catalog
from pipeline.demo.server import DemoServer
from pipeline.store import Run, Workspace

REAL = Path(__file__).parents[2] / "data_catalog.yaml"
SNAPSHOT = "2026-06-01"


@dataclass(frozen=True)
class Walked:
    """A workspace that has been walked through, and what its servers were asked."""

    root: Path
    catalog: Path
    release: Path
    requests: Counter

    def run(self, caption_set="template") -> Run:
        return Run(Workspace(self.root), load_catalog(self.catalog), caption_set)


def walk_alone(root: Path, catalog: Path) -> str:
    """Walk in a process of its own and return what it prints: the release's folder."""
    script = Path(__file__).with_name("walk_alone.py")
    without_prefect = (
        "import runpy, sys; sys.modules['prefect'] = None; "
        f"runpy.run_path({str(script)!r}, run_name='__main__')"
    )
    command = [sys.executable, "-c", without_prefect, str(root), str(catalog), SNAPSHOT]
    ended = subprocess.run(command, capture_output=True, text=True, check=False)
    assert ended.returncode == 0, ended.stderr
    return ended.stdout.strip()


@pytest.fixture(scope="session")
def walked(world, tmp_path_factory) -> Walked:
    root = world.folder.parent
    with DemoServer(world, base_port=0) as server:
        ca_file = str(Path(server.urls["ca_path"]).relative_to(root))
        catalog = root / "data_catalog.yaml"
        document = demo_document(REAL, world.folder.name, server.urls, ca_file)
        write_demo_catalog(document, catalog)
        release = walk_alone(root, catalog)
        requests = Counter(service for service, *_ in server.requests_log)
        server.requests_log.clear()
        assert walk_alone(root, catalog) == release
        assert not server.requests_log, "a second walk asked again"
    return Walked(root, catalog, Path(release), requests)
