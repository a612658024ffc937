"""Commands that do work: run, collect, curate, caption, recaption, release."""

from __future__ import annotations

from dataclasses import dataclass
from importlib import import_module
from typing import Annotated, Any

import typer

from flows.cli.options import (
    CatalogOption,
    SourcesOption,
    WorkspaceOption,
    catalog_path,
    default_workspace,
    out,
)
from flows.cli.prefect_setting import prepare_prefect

VerboseOption = Annotated[bool, typer.Option("--verbose", "-v", help="Log every partition.")]
RunnerOption = Annotated[
    str, typer.Option(help="Where works are done: threads, processes or dask.")
]
WorkersOption = Annotated[int, typer.Option(min=1, max=256, help="Works done at once.")]
SnapshotOption = Annotated[str, typer.Option(help="Name of the snapshot; `today` is the UTC day.")]
RetryOption = Annotated[
    list[str] | None,
    typer.Option(
        help="Ask again only for what failed in the latest snapshot: `failed:<class>`, such as "
        "failed:network_error, failed:unreachable, failed:missing_blob or failed:any; repeatable.",
        show_default=False,
    ),
]
ReleaseOption = Annotated[str, typer.Option("--release", help="A release of the catalog.")]
VersionOption = Annotated[
    str | None, typer.Option("--version", help="Version to cut; default: CalVer of today.")
]


@dataclass(frozen=True, slots=True)
class How:
    """How a flow is run, whatever it does."""

    verbose: bool = False
    runner: str = "threads"
    workers: int = 4


def run_flow(flow: str, workspace: str, how: How, **parameters: Any) -> Any:
    """Run the flow of that name under progress bars and return its result.

    Flows are imported here and not above: Prefect takes seconds, and `--help` must not wait.
    """
    prepare_prefect(workspace, how.verbose)
    from flows.cli.progress import work_bars
    from flows.runners import task_runner

    chosen = getattr(import_module(f"flows.{flow}"), flow)
    driven = chosen.with_options(task_runner=task_runner(how.runner, how.workers))
    with work_bars():
        return driven(workspace=workspace, **parameters)


def run(
    release: ReleaseOption = "derm",
    workspace: WorkspaceOption = default_workspace(),
    catalog: CatalogOption = None,
    snapshot: SnapshotOption = "today",
    version: VersionOption = None,
    verbose: VerboseOption = False,
    runner: RunnerOption = "threads",
    workers: WorkersOption = 4,
) -> None:
    """Go the whole way: collect, curate, caption, release, report.

    Example: dermcurate run --release derm
    """
    told = run_flow(
        "build",
        workspace,
        How(verbose, runner, workers),
        release=release,
        catalog=str(catalog_path(workspace, catalog)),
        snapshot=snapshot,
        version=version,
    )
    _tell(told)


def collect(
    source: SourcesOption = None,
    workspace: WorkspaceOption = default_workspace(),
    catalog: CatalogOption = None,
    snapshot: SnapshotOption = "today",
    retry: RetryOption = None,
    verbose: VerboseOption = False,
    runner: RunnerOption = "threads",
    workers: WorkersOption = 4,
) -> None:
    """List sources and fetch what they list; done items are not fetched again.

    Examples: dermcurate collect --source pubmed --source youtube;
    dermcurate collect --retry failed:rate_limited --retry failed:unreachable
    """
    path = str(catalog_path(workspace, catalog))
    told = run_flow(
        "collect",
        workspace,
        How(verbose, runner, workers),
        sources=source,
        catalog=path,
        snapshot=snapshot,
        retry=retry,
    )
    out.print(f"{told}; `dermcurate status` tells how far each source is", soft_wrap=True)


def curate(
    source: SourcesOption = None,
    workspace: WorkspaceOption = default_workspace(),
    catalog: CatalogOption = None,
    verbose: VerboseOption = False,
    runner: RunnerOption = "threads",
    workers: WorkersOption = 4,
) -> None:
    """Extract, fingerprint, deduplicate and screen the latest snapshots.

    Example: dermcurate curate
    """
    path = str(catalog_path(workspace, catalog))
    run_flow("curate", workspace, How(verbose, runner, workers), sources=source, catalog=path)
    out.print("curated; `dermcurate status` tells how far each source is")


def caption(
    caption_set: Annotated[str, typer.Option(help="A caption set of the catalog.")] = "template",
    source: SourcesOption = None,
    workspace: WorkspaceOption = default_workspace(),
    catalog: CatalogOption = None,
    verbose: VerboseOption = False,
    runner: RunnerOption = "threads",
    workers: WorkersOption = 4,
) -> None:
    """Annotate and caption the latest snapshots; only what changed is asked.

    Example: dermcurate caption --caption-set qwen3-8b
    """
    path = str(catalog_path(workspace, catalog))
    run_flow(
        "caption",
        workspace,
        How(verbose, runner, workers),
        caption_set=caption_set,
        sources=source,
        catalog=path,
    )
    out.print(f"captioned with {caption_set}; `dermcurate release` cuts a version")


def recaption(
    caption_set: Annotated[str, typer.Option(help="A caption set of the catalog.")],
    release: ReleaseOption = "derm",
    workspace: WorkspaceOption = default_workspace(),
    catalog: CatalogOption = None,
    version: VersionOption = None,
    verbose: VerboseOption = False,
    runner: RunnerOption = "threads",
    workers: WorkersOption = 4,
) -> None:
    """Write captions with another caption set and cut a version of the release with them.

    Example: dermcurate recaption --caption-set template-terse
    """
    told = run_flow(
        "recaption",
        workspace,
        How(verbose, runner, workers),
        caption_set=caption_set,
        release=release,
        catalog=str(catalog_path(workspace, catalog)),
        version=version,
    )
    _tell(told)


def release(
    name: Annotated[str, typer.Argument(help="A release of the catalog.")] = "derm",
    caption_set: Annotated[
        str | None, typer.Option(help="Caption set, if not the release's own.")
    ] = None,
    workspace: WorkspaceOption = default_workspace(),
    catalog: CatalogOption = None,
    version: VersionOption = None,
    verbose: VerboseOption = False,
    runner: RunnerOption = "threads",
    workers: WorkersOption = 4,
) -> None:
    """Cut a version of a release from what is captioned.

    Example: dermcurate release derm
    """
    folder = run_flow(
        "release",
        workspace,
        How(verbose, runner, workers),
        name=name,
        caption_set=caption_set,
        version=version,
        catalog=str(catalog_path(workspace, catalog)),
    )
    _tell({"release": folder})


def _tell(told: dict[str, str]) -> None:
    for what, path in told.items():
        out.print(f"{what:>8}: {path}", soft_wrap=True, highlight=False)


def register(app: typer.Typer) -> None:
    """Add the commands."""
    for command in (run, collect, curate, caption, recaption, release):
        app.command()(command)
