"""`dermcurate demo`: the whole way, offline, on a generated world."""

from __future__ import annotations

import os
from pathlib import Path
from typing import Annotated

import typer

from flows.cli.options import (
    WorkspaceOption,
    default_workspace,
    err,
    open_existing,
    out,
)
from flows.cli.tables import funnel_table

# The demo's clock stands still, so that every machine makes the same release.
DEMO_EPOCH = "1780272000"  # 2026-06-01 00:00 UTC
WORLD = "demo-world"
REAL_CATALOG = Path(__file__).parents[2] / "data_catalog.yaml"


def demo(
    workspace: WorkspaceOption = default_workspace(),
    port: Annotated[int, typer.Option(help="First of eight ports on 127.0.0.1.")] = 8760,
    seed: Annotated[int, typer.Option(help="Seed of the generated world.")] = 7,
    verbose: Annotated[bool, typer.Option("--verbose", "-v")] = False,
) -> None:
    """Generate a small world, serve it on this machine, and curate it into a release.

    Example: dermcurate demo
    """
    from pipeline.demo.catalog import demo_document, write_demo_catalog
    from pipeline.demo.server import DemoServer
    from pipeline.demo.world import build_world

    os.environ.setdefault("SOURCE_DATE_EPOCH", DEMO_EPOCH)
    os.environ.setdefault("DERMCURATE_PSEUDONYM_KEY", "demo world")
    root = Path(workspace)
    with err.status("generating the demo world (once, under a minute)"):
        world = build_world(root / WORLD, seed)
    with DemoServer(world, port) as server:
        ca_file = str(Path(server.urls["ca_path"]).absolute().relative_to(root.absolute()))
        document = demo_document(REAL_CATALOG, WORLD, server.urls, ca_file)
        catalog = root / "data_catalog.yaml"
        write_demo_catalog(document, catalog)
        told = _build(workspace, str(catalog), verbose)
    _conclude(workspace, catalog, told)


def _build(workspace: str, catalog: str, verbose: bool) -> dict[str, str]:
    """Run the build flow, or, where nothing is left to do, look up what stands."""
    from flows.opening import open_place
    from pipeline import walk
    from pipeline.snapshots import TODAY, snapshot_of
    from pipeline.stages import STAGES
    from pipeline.work import open_run

    name = "derm"
    entry = open_run(open_place(workspace, catalog)).catalog.release(name)
    place = open_place(workspace, catalog, entry.caption_set)
    run = open_run(place)
    sources = run.catalog.sources_of(name)
    listed = all(walk.is_listed(run, each, snapshot_of(run, each, TODAY)) for each in sources)
    partitions = walk.latest_partitions(run, sources)
    if listed and not walk.pending(STAGES, partitions, run):
        folder = walk.release(place, name)
        report = run.workspace.folder("reports") / f"{name}-{folder.name}.html"
        if report.exists():
            err.print("nothing to do: every partition is done, the release stands")
            return {"release": str(folder), "report": str(report)}
    from flows.cli.work import How, run_flow

    told: dict[str, str] = run_flow("build", workspace, How(verbose), release=name, catalog=catalog)
    return told


def _conclude(workspace: str, catalog: Path, told: dict[str, str]) -> None:
    from pipeline.audit.ledger import audit

    out.print(funnel_table(audit(open_existing(workspace, catalog), Path(told["release"]))))
    out.print(f"release: {told['release']}", soft_wrap=True, highlight=False)
    out.print(f" report: {told['report']}", soft_wrap=True, highlight=False)


def register(app: typer.Typer) -> None:
    """Add the command."""
    app.command()(demo)
