"""Fixtures that tests/release and tests/audit share: a world built once, and copies of it."""

import shutil
from pathlib import Path

import pytest

from pipeline.release.build import build_release
from pipeline.store import Run, Workspace
from tests.release.release_world import make_catalog, make_run

DAY = "1795305600"  # 2026-11-22


@pytest.fixture(autouse=True)
def _fixed_day(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("SOURCE_DATE_EPOCH", DAY)


@pytest.fixture(scope="session")
def standing(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A workspace in which the release `derm` stands; not to be changed."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("SOURCE_DATE_EPOCH", DAY)
        run = make_run(tmp_path_factory.mktemp("standing"))
        build_release(run, "derm")
    return Path(run.workspace.root)


@pytest.fixture
def run(standing: Path, tmp_path: Path) -> Run:
    """A workspace with all tables and no release."""
    root = tmp_path / "workspace"
    shutil.copytree(standing, root, ignore=shutil.ignore_patterns("releases"))
    return Run(Workspace(root), make_catalog(), "template")


@pytest.fixture
def release(run: Run, standing: Path) -> Path:
    """The release `derm` in the workspace of `run`."""
    there = Path("releases", "derm")
    shutil.copytree(standing / there, Path(run.workspace.root) / there)
    return Path(run.workspace.root) / there / "2026.11.22"
