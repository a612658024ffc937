"""Commands that only read: status, audit, trace, diff, verify."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Annotated, Any

import typer

from flows.cli.options import (
    CatalogOption,
    JsonOption,
    WorkspaceOption,
    default_workspace,
    open_existing,
    out,
    print_json,
    release_folder,
)
from flows.cli.steps import steps_tree
from flows.cli.tables import (
    failures_table,
    funnel_table,
    items_table,
    left_out_lines,
    status_table,
)
from pipeline.errors import NotFoundError, WorkspaceError
from pipeline.store import Run

ReleaseOption = Annotated[
    str | None,
    typer.Option("--release", help="Folder, `name/version`, or `name` for its latest version."),
]


def status(
    workspace: WorkspaceOption = default_workspace(),
    catalog: CatalogOption = None,
    caption_set: Annotated[str, typer.Option(help="Caption set to count.")] = "template",
    as_json: JsonOption = False,
) -> None:
    """Tell how far each source is: partitions done, and rows by status.

    Example: dermcurate status --json
    """
    from pipeline.audit.status import status as count

    told = count(open_existing(workspace, catalog, caption_set))
    if as_json:
        print_json(told)
    else:
        out.print(status_table(told))


def audit(
    release: ReleaseOption = None,
    workspace: WorkspaceOption = default_workspace(),
    catalog: CatalogOption = None,
    as_json: JsonOption = False,
) -> None:
    """Count every source from listed to released, with the reason for all that is missing.

    Example: dermcurate audit --json
    """
    from pipeline.audit.ledger import audit as add_up

    run, folder = _opened(workspace, catalog, release)
    told = add_up(run, folder)
    if as_json:
        print_json(told)
    else:
        _draw(told)


def _draw(told: Mapping[str, Any]) -> None:
    out.print(funnel_table(told))
    out.print(items_table(told))
    if told["failures"]:
        out.print(failures_table(told))
    for line in left_out_lines(told):
        out.print(line, highlight=False, soft_wrap=True, markup=False)


def trace(
    name: Annotated[str, typer.Argument(help="Released file name, image id, or URL.")],
    release: ReleaseOption = None,
    workspace: WorkspaceOption = default_workspace(),
    catalog: CatalogOption = None,
    as_json: JsonOption = False,
) -> None:
    """Show every step between a row of the release and the bytes that were served.

    Example: dermcurate trace pubmed/PMC9100001_F1_a-54c6975c.jpg
    """
    from pipeline.audit.trace import trace as follow

    run = open_existing(workspace, catalog)
    told = follow(run, release_folder(run, release), name)
    if as_json:
        print_json(told)
    else:
        out.print(steps_tree(told))


def diff(
    before: Annotated[str, typer.Argument(help="Older release: folder or `name/version`.")],
    after: Annotated[str, typer.Argument(help="Newer release: folder or `name/version`.")],
    workspace: WorkspaceOption = default_workspace(),
    catalog: CatalogOption = None,
    as_json: JsonOption = False,
) -> None:
    """Tell what changed between two releases: rows, columns, captions, images.

    Example: dermcurate diff derm/2026.11.22 derm/2026.11.29
    """
    from pipeline.release.diff import diff_releases

    older, newer = (_folder(workspace, catalog, each) for each in (before, after))
    found = diff_releases(older, newer, _workspace_of(workspace, catalog))
    if as_json:
        print_json(found.to_json())
    else:
        out.print(found.to_text(), highlight=False, soft_wrap=True)


def verify(
    release: Annotated[str, typer.Argument(help="Folder, `name/version`, or `name`.")],
    workspace: WorkspaceOption = default_workspace(),
    catalog: CatalogOption = None,
    as_json: JsonOption = False,
) -> None:
    """Check a release: digests, contracts, pictures, splits, licences. Any fault exits with 1.

    Example: dermcurate verify workspace/releases/derm/2026.11.22
    """
    from pipeline.release.verify import verify_release

    folder = _folder(workspace, catalog, release)
    faults = verify_release(folder)
    if as_json:
        print_json({"release": str(folder), "faults": faults})
    else:
        for fault in faults:
            out.print(f"fault: {fault}", highlight=False, soft_wrap=True, markup=False)
        verdict = f"{len(faults)} faults" if faults else "verified, no fault"
        out.print(f"{folder}: {verdict}", highlight=False, soft_wrap=True, markup=False)
    if faults:
        raise typer.Exit(1)


def _opened(workspace: str, catalog: Path | None, release: str | None) -> tuple[Run, Path | None]:
    run = open_existing(workspace, catalog)
    try:
        folder = release_folder(run, release)
    except NotFoundError:
        if release is not None:
            raise
        return run, None
    return run, folder


def _workspace_of(workspace: str, catalog: Path | None) -> Run | None:
    try:
        return open_existing(workspace, catalog)
    except WorkspaceError:
        return None  # releases can be read where no workspace is


def _folder(workspace: str, catalog: Path | None, name: str) -> Path:
    if Path(name).is_dir():
        return Path(name)
    return release_folder(open_existing(workspace, catalog), name)


def register(app: typer.Typer) -> None:
    """Add the commands."""
    for command in (status, audit, trace, diff, verify):
        app.command()(command)
