"""The command that tells how polite the collectors were."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import typer
from rich.table import Table

from flows.cli.options import (
    CatalogOption,
    JsonOption,
    SourcesOption,
    WorkspaceOption,
    default_workspace,
    open_existing,
    out,
    print_json,
)


def hosts(
    source: SourcesOption = None,
    workspace: WorkspaceOption = default_workspace(),
    catalog: CatalogOption = None,
    as_json: JsonOption = False,
) -> None:
    """Tell what passed between us and each host: requests, bytes, 429s, waits, robots.txt.

    Example: dermcurate hosts --source pubmed --json
    """
    from pipeline.sources.host_report import read_hosts

    run = open_existing(workspace, catalog)
    for name in source or ():
        run.catalog.source(name)  # an unknown one is an error
    told = read_hosts(run.workspace, source or sorted(run.catalog.sources))
    if as_json:
        print_json({"sources": told})
        return
    for source_id, each in told.items():
        out.print(_table(f"{source_id}, {each['snapshot']}", each["hosts"]))
    if not told:
        out.print("no host has been asked yet")


def _table(title: str, tallies: Mapping[str, Mapping[str, Any]]) -> Table:
    table = Table(title=title, title_justify="left")
    table.add_column("host", overflow="fold", min_width=16)
    for name in ("requests", "MB", "304", "429", "retries", "waited s"):
        table.add_column(name, justify="right")
    table.add_column("robots.txt", overflow="fold")
    table.add_column("refused", justify="right")
    for host, tally in tallies.items():
        table.add_row(
            host,
            f"{tally['requests']:,}",
            f"{tally['n_bytes'] / 1e6:,.1f}",
            f"{tally['not_modified']:,}",
            f"{tally['rate_limited']:,}",
            f"{tally['retries']:,}",
            f"{tally['waited_s']:,.1f}",
            tally["robots"],
            f"{tally['robots_refused']:,}",
        )
    return table


def register(app: typer.Typer) -> None:
    """Add the command."""
    app.command()(hosts)
