from dataclasses import replace
from pathlib import Path

import pytest

from pipeline.audit.ledger import audit, check_sums
from pipeline.audit.reasons import reasons_for
from pipeline.errors import NotFoundError, ReleaseError
from pipeline.release.build import build_release
from pipeline.store import Partition, Run
from schemas import VERDICTS
from tests.release.release_world import A_COPY, SNAPSHOT, A


def test_every_source_adds_up_to_the_release(run: Run, release: Path) -> None:
    told = audit(run, release)
    assert told["release"] == {"name": "derm", "version": "2026.11.22", "rows": 6}
    items = {source: each.pop("items") for source, each in told["sources"].items()}
    assert items["board"] == {
        "statuses": {"deleted": 1, "ok": 4},
        "since": None,
        "new": 5,
        "not_listed": 0,
        "retracted": [],
        "deleted": [],
        "gone": [],
    }
    assert [each.pop("quarantine") for each in told["sources"].values()] == [[]] * len(items)
    assert told["left_out"] is None
    assert told["failures"] == {
        "not_found": {
            "what": "files",
            "n": 1,
            "sources": {"papers": 1},
            "may_pass": False,
            "retry": "dermcurate collect --retry failed:not_found",
        }
    }
    assert told["sources"] == {
        "papers": {
            "listed": 4,
            "left_out": {"retracted": 1},
            "fetched": 3,
            "media_failed": {"not_found": 1},
            "images": 6,
            "kept": 3,
            "released": 2,
            "withheld": {"licence_tier": 1},
            "dropped": {"histology": 1},
            "failed": {"not_fetched": 1, "truncated": 1},
            "licences": {"CC-BY-4.0": 3, "CC-BY-NC-4.0": 1},
        },
        "videos": {
            "listed": 2,
            "left_out": {"no_licence": 1},
            "fetched": 1,
            "media_failed": {},
            "images": 3,
            "kept": 2,
            "released": 2,
            "withheld": {},
            "dropped": {"talking_head": 1},
            "failed": {},
            "licences": {"CC-BY-3.0": 1, "unknown": 1},
        },
        "board": {
            "listed": 5,
            "left_out": {"deleted": 1},
            "fetched": 4,
            "media_failed": {},
            "images": 5,
            "kept": 3,
            "released": 2,
            "withheld": {"no_caption": 1},
            "dropped": {"duplicate": 1, "no_skin": 1},
            "failed": {},
            "licences": {"CC-BY-4.0": 4, "unknown": 1},
        },
    }


def test_without_a_release_all_that_is_kept_is_withheld(run: Run) -> None:
    told = audit(run, None)
    assert told["release"] is None
    assert told["sources"]["papers"]["released"] == 0
    assert told["sources"]["papers"]["withheld"] == {"no_release": 3}


def test_sources_outside_the_release_are_told_too(run: Run) -> None:
    told = audit(run, build_release(run, "papers-only"))
    assert told["release"]["rows"] == 3
    assert told["sources"]["papers"]["released"] == 3
    assert told["sources"]["board"]["withheld"] == {"source_not_in_release": 3}


def test_half_done_source_is_told_as_far_as_it_has_come(run: Run) -> None:
    run.workspace.remove_manifest("screen", Partition("board", SNAPSHOT, 0))
    board = audit(run, build_release(run, "papers-only"))["sources"]["board"]
    assert (board["listed"], board["fetched"], board["images"]) == (5, 4, 0)


def test_release_of_another_caption_set_is_read_with_its_own(run: Run, release: Path) -> None:
    assert audit(replace(run, caption_set="terse"), release)["release"]["rows"] == 6


def test_tables_that_changed_since_do_not_add_up(run: Run, release: Path) -> None:
    partition = Partition("papers", SNAPSHOT, 0)
    rows = run.read(VERDICTS, partition).to_pylist()
    changed = [
        row | ({"verdict": "drop", "reasons": ["blank"]} if row["image_id"] == A else {})
        for row in rows
    ]
    run.workspace.write_table(VERDICTS, VERDICTS.table(changed), partition)
    with pytest.raises(ReleaseError, match="the sources released 5 images, the release has 6"):
        audit(run, release)


def test_what_waits_for_a_person_is_counted_apart_and_named(run: Run) -> None:
    partition = Partition("papers", SNAPSHOT, 0)
    waiting = {"verdict": "quarantine", "reasons": ["face"]}
    rows = run.read(VERDICTS, partition).to_pylist()
    changed = [row | (waiting if row["image_id"] == A else {}) for row in rows]
    run.workspace.write_table(VERDICTS, VERDICTS.table(changed), partition)
    papers = audit(run, None)["sources"]["papers"]
    assert papers["quarantine"] == [A]
    assert papers["dropped"] == {"histology": 1, "quarantine:face": 1}
    assert papers["kept"] == 2


def test_all_faulty_sums_are_named() -> None:
    good = {"images": 2, "kept": 1, "released": 1, "withheld": {}, "dropped": {"blank": 1}}
    bad = {"images": 9, "kept": 2, "released": 1, "withheld": {}, "dropped": {}}
    sources = {"a": good | {"failed": {}}, "b": bad | {"failed": {"truncated": 1}}}
    with pytest.raises(ReleaseError) as caught:
        check_sums(sources, {"rows": 3})
    assert "b has 9 images, the verdicts tell of 3" in str(caught.value)
    assert "b keeps 2 images, released and withheld are 1" in str(caught.value)
    assert "the sources released 2 images, the release has 3" in str(caught.value)
    assert "a has" not in str(caught.value)


def decisions(run: Run, name: str) -> list[tuple[str, str]]:
    return [(each["table"], each["decision"]) for each in reasons_for(run, name)]


def test_reasons_of_what_is_missing(run: Run) -> None:
    assert decisions(run, "papers:PMC2") == [("items", "retracted")]
    assert reasons_for(run, "papers:PMC2")[0]["error"] == "retracted 2025"
    assert decisions(run, A_COPY)[-2:] == [("images", "ok"), ("verdicts", "drop duplicate")]
    assert ("images", "truncated") in decisions(run, "papers:PMC4#F1")
    assert ("verdicts", "failed broken") in decisions(run, "papers:PMC4#F1")
    assert decisions(run, "board:b2#p1-1")[-2:] == [("captions", "rejected")] * 2
    whole = decisions(run, "papers:PMC4")
    assert ("media", "not_found") in whole
    assert ("verdicts", "drop histology") in whole


def test_reasons_of_what_was_never_listed(run: Run) -> None:
    with pytest.raises(NotFoundError, match="has listed papers:PMC9"):
        reasons_for(run, "papers:PMC9")
    with pytest.raises(NotFoundError, match="has no picture papers:PMC1#F9"):
        reasons_for(run, "papers:PMC1#F9")
