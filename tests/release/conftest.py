from pathlib import Path

import pytest
from release_world import make_run

from pipeline.release.build import build_release
from pipeline.store import Run


@pytest.fixture(autouse=True)
def _fixed_day(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("SOURCE_DATE_EPOCH", "1795305600")  # 2026-11-22


@pytest.fixture
def run(tmp_path: Path) -> Run:
    return make_run(tmp_path / "workspace")


@pytest.fixture
def release(run: Run) -> Path:
    return build_release(run, "derm")
