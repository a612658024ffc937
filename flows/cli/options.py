"""Options that commands share, and how a command opens its workspace."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Annotated, Any

import typer
from rich.console import Console

from pipeline.catalog import load_catalog
from pipeline.errors import NotFoundError, WorkspaceError
from pipeline.release.versions import standing_versions
from pipeline.settings import load_settings
from pipeline.store import Run, Workspace

WorkspaceOption = Annotated[str, typer.Option("--workspace", "-w", help="Folder of the workspace.")]
CatalogOption = Annotated[
    Path | None,
    typer.Option(
        "--catalog",
        help="Catalog file; else the workspace's own, else data_catalog.yaml.",
        show_default=False,
    ),
]
JsonOption = Annotated[bool, typer.Option("--json", help="Print one JSON object.")]
SourcesOption = Annotated[
    list[str] | None,
    typer.Option("--source", help="A source of the catalog; repeat for several. Default: all."),
]

out = Console()
err = Console(stderr=True)


def default_workspace() -> str:
    """Return the workspace of the environment, else `workspace`."""
    return load_settings().workspace


def catalog_path(workspace: str, given: Path | None) -> Path:
    """Return the catalog to use: the one given, the workspace's own, or the settings'."""
    if given is not None:
        return given
    own = Path(workspace) / "data_catalog.yaml"
    return own if own.exists() else load_settings().catalog


def open_existing(workspace: str, catalog: Path | None, caption_set: str | None = None) -> Run:
    """Open a workspace to read it.

    Raises:
        WorkspaceError: there is none.
    """
    opened = Workspace(workspace)
    if not opened.files.exists(""):
        raise WorkspaceError(
            f"there is no workspace at {workspace}; run `dermcurate demo`, or "
            "`dermcurate run`, or name another with --workspace"
        )
    return Run(opened, load_catalog(catalog_path(workspace, catalog)), caption_set)


def release_folder(run: Run, given: str | None) -> Path:
    """Return a release's folder: a path, `name/version`, `name` (its latest), or the newest.

    Raises:
        NotFoundError: there is no such release.
    """
    if given and Path(given).is_dir():
        return Path(given)
    root = run.workspace.folder("releases")
    there = [
        root / name.name / version
        for name in sorted(root.iterdir())
        for version in standing_versions(name)
    ]
    wanted, _, version = (given or "").partition("/")
    found = [
        folder
        for folder in there
        if wanted in ("", folder.parent.name) and version in ("", folder.name)
    ]
    if not found:
        names = ", ".join(f"{folder.parent.name}/{folder.name}" for folder in there)
        raise NotFoundError(
            f"there is no release {given or 'yet'} in {run.workspace.root}; "
            + (f"there are {names}" if names else "run `dermcurate release`")
        )
    return found[-1] if wanted else max(found, key=lambda folder: folder.stat().st_mtime)


def print_json(value: Any) -> None:
    """Print one JSON object to standard output."""
    print(json.dumps(value, indent=2, ensure_ascii=False, default=str))
