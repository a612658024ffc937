"""Host report: what passed between us and each host, source by source."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from pipeline.sources.hosts import merge_reports
from pipeline.sources.http import HttpClient
from pipeline.store import Partition, Workspace


def write_hosts(client: HttpClient, what: str, partition: Partition, workspace: Workspace) -> None:
    """Add to the workspace what passed since the client last told of it, if anything did."""
    report = client.take_report()
    if report:
        name = f"{what}-{partition.name}"
        workspace.add_hosts(partition.source_id, partition.snapshot, name, report)


def read_hosts(workspace: Workspace, sources: Iterable[str]) -> dict[str, dict[str, Any]]:
    """Return for each source that was asked its latest snapshot and a tally per host.

    The tallies add up all runs and processes that worked on the snapshot.
    """
    told = {}
    for source_id in sources:
        snapshots = workspace.asked_snapshots(source_id)
        if snapshots:
            reports = workspace.read_hosts(source_id, snapshots[-1])
            told[source_id] = {"snapshot": snapshots[-1], "hosts": merge_reports(reports)}
    return told
