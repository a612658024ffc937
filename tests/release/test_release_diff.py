import json
from dataclasses import replace
from pathlib import Path

import pytest

from pipeline.errors import ReleaseError
from pipeline.release.build import build_release
from pipeline.release.diff import diff_releases
from pipeline.store import Run
from tests.release.release_world import A, make_catalog, make_world


def test_no_difference(release: Path) -> None:
    found = diff_releases(release, release)
    assert found.is_empty
    assert found.columns == {}
    assert "images unchanged, captions unchanged" in found.to_text()


def test_recaption_changes_captions_and_not_images(run: Run, release: Path) -> None:
    second = build_release(replace(run, caption_set="terse"), "derm")
    found = diff_releases(release, second)
    assert (found.added, found.removed, found.changed) == (0, 0, 6)
    assert found.images_changed == 0
    assert found.captions_changed == 6
    assert found.columns["refined_caption"].rows == 6
    assert (
        found.columns["refined_caption"].examples[0].before == "Another plaque of the same thread."
    )
    assert found.columns["ontology_caption"].rows == 4  # terse has none
    assert set(found.columns) == {
        "refined_caption",
        "truncated_caption",
        "ontology_caption",
        "concept_caption",
        "caption_set",
    }
    text = found.to_text()
    assert "images unchanged, captions changed in 6 rows" in text
    assert "caption set template -> terse" in text
    assert json.loads(json.dumps(found.to_json()))["columns"]["caption_set"]["rows"] == 6


def test_added_and_removed_rows(run: Run, release: Path, tmp_path: Path) -> None:
    world = make_world(tmp_path / "later")
    world.change("verdicts", "image_id", A, verdict="drop", reasons=["removed"])
    world.change("items", "item_id", "papers:PMC3", licence="CC-BY-4.0", licence_tier="open")
    world.write()
    later = build_release(Run(world.workspace, make_catalog(), "template"), "derm", "2026.12.1")
    found = diff_releases(release, later)
    assert found.added_examples == ("papers:PMC3#F1",)
    assert found.removed_examples == (A,)
    assert (found.rows_before, found.rows_after) == (6, 6)
    # the thread is no longer joined with the article
    assert found.columns["group_id"].examples[0].image_id == "papers:PMC1#F1/b"


def test_what_is_no_release_is_refused(release: Path, tmp_path: Path) -> None:
    with pytest.raises(ReleaseError, match=r"is no release: there is no manifest\.json"):
        diff_releases(release, tmp_path)
