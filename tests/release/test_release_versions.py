from datetime import UTC, datetime
from pathlib import Path

import pytest

from pipeline.errors import NotFoundError, ReleaseError
from pipeline.release.versions import (
    latest_release,
    next_version,
    standing_versions,
    version_key,
)
from pipeline.store import Workspace


def stand(folder: Path, *versions: str) -> None:
    for version in versions:
        (folder / version).mkdir(parents=True)
        (folder / version / "manifest.json").write_text("{}")


def test_versions_are_ordered_as_numbers(tmp_path: Path) -> None:
    stand(tmp_path, "2026.10.2", "2026.9.30", "2026.10.2.10", "2026.10.2.9", "draft")
    (tmp_path / "2027.1.1").mkdir()  # no manifest: not a release
    assert standing_versions(tmp_path) == ["2026.9.30", "2026.10.2", "2026.10.2.9", "2026.10.2.10"]


def test_next_version_counts_up_within_a_day(tmp_path: Path) -> None:
    day = datetime(2026, 2, 3, tzinfo=UTC)
    assert next_version(tmp_path, day) == "2026.2.3"
    stand(tmp_path, "2026.2.3", "2026.2.3.1")
    assert next_version(tmp_path, day) == "2026.2.3.2"


@pytest.mark.parametrize("name", ["", "v1", "..", "2026/1", "1.2.3.4.5.6", "2026.1.1\n"])
def test_what_is_no_version_is_refused(name: str) -> None:
    with pytest.raises(ReleaseError, match="is no version"):
        version_key(name)


def test_no_version_is_told(tmp_path: Path) -> None:
    with pytest.raises(NotFoundError, match="release derm has no version"):
        latest_release(Workspace(tmp_path), "derm")
