"""Snapshots: which day a source is collected into."""

import pytest

from pipeline import snapshots
from pipeline.errors import CatalogError, MissingInputError
from pipeline.snapshots import TODAY, check_name, check_newest, snapshot_of
from pipeline.store import Manifest, Partition, Run
from schemas import MEDIA

TODAYS, YESTERDAYS = "2026-06-01", "2026-05-31"


@pytest.fixture
def run(workspace):
    return Run(workspace, catalog=None)


def manifest(run, stage, snapshot, index=0):
    partition = Partition("s", snapshot, index)
    run.workspace.write_manifest(Manifest(stage, 1, str(partition), "k", {}, {}, {}), partition)


def test_today_is_the_day_in_utc(run):
    assert snapshot_of(run, "s", TODAY) == TODAYS
    assert snapshot_of(run, "s", "2026-03-04") == "2026-03-04"


def test_a_listing_that_was_begun_yesterday_is_gone_on_with(run):
    manifest(run, "list", YESTERDAYS)
    assert snapshot_of(run, "s", TODAY) == YESTERDAYS
    assert snapshot_of(run, "other", TODAY) == TODAYS


def test_files_that_were_not_all_asked_for_yesterday_are_gone_on_with(run):
    for index in (0, 1):
        manifest(run, "list", YESTERDAYS, index)
    run.workspace.write_listing("s", YESTERDAYS, {"n_partitions": 2})
    manifest(run, MEDIA.written_by, YESTERDAYS, 0)
    assert snapshot_of(run, "s", TODAY) == YESTERDAYS
    manifest(run, MEDIA.written_by, YESTERDAYS, 1)
    assert snapshot_of(run, "s", TODAY) == TODAYS


def test_what_was_begun_before_yesterday_is_not_gone_on_with(run):
    manifest(run, "list", "2026-05-30")
    assert snapshot_of(run, "s", TODAY) == TODAYS


def test_what_was_begun_today_is_gone_on_with_though_yesterday_is_unfinished(run):
    manifest(run, "list", YESTERDAYS)
    manifest(run, "list", TODAYS)
    assert snapshot_of(run, "s", TODAY) == TODAYS


def test_the_day_follows_the_clock(run, monkeypatch):
    monkeypatch.setenv("SOURCE_DATE_EPOCH", "1780358400")
    assert snapshot_of(run, "s", TODAY) == "2026-06-02"


@pytest.mark.parametrize("name", ["yesterday", "2026-6-1", "2026-06-01/..", ""])
def test_a_name_that_is_no_day_is_refused(name):
    with pytest.raises(CatalogError, match="is no snapshot"):
        check_name(name)


def test_an_older_snapshot_is_not_built_from(run):
    for name in (YESTERDAYS, TODAYS):
        run.workspace.write_listing("s", name, {"n_partitions": 0})
    check_newest(run, "s", TODAYS)
    check_newest(run, "s", "2026-06-02")
    with pytest.raises(MissingInputError, match="stands in the newer snapshot 2026-06-01"):
        check_newest(run, "s", YESTERDAYS)
    assert snapshots.is_fetched(run, "s", TODAYS)
