"""Options that commands share, and how a command opens its workspace."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Annotated, Any

import typer
from rich.console import Console

from pipeline.catalog import load_catalog
from pipeline.errors import NotFoundError, WorkspaceError
from pipeline.settings import load_settings
from pipeline.store import Run, Workspace

WorkspaceOption = Annotated[
    str, typer.Option("--workspace", "-w", help="Folder or fsspec URL of the workspace.")
]
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
    """Return a release's folder: a path, `name/version`, `name` (its latest), or the only one.

    Raises:
        NotFoundError: there is no such release.
    """
    if given and Path(given).is_dir():
        return Path(given)
    root = run.workspace.folder("releases")
    name, _, version = (given or "").partition("/")
    names = [name] if name else sorted(path.name for path in root.iterdir() if path.is_dir())
    found = [folder for each in names for folder in versions(root / each)]
    if version:
        found = [folder for folder in found if folder.name == version]
    if not found:
        there = sorted(f"{each.name}/{v.name}" for each in root.iterdir() for v in versions(each))
        raise NotFoundError(
            f"there is no release {given or 'yet'} in {run.workspace.root}; "
            + (f"there are {', '.join(there)}" if there else "run `dermcurate release`")
        )
    return max(found, key=lambda folder: folder.stat().st_mtime) if not name else found[-1]


def versions(folder: Path) -> list[Path]:
    """Return the versions in a release's folder, oldest first (CalVer, compared as numbers)."""
    if not folder.is_dir():
        return []
    whole = [each for each in folder.iterdir() if (each / "manifest.json").exists()]
    return sorted(whole, key=lambda each: (_numbers(each.name), each.name))


def _numbers(version: str) -> tuple[int, ...]:
    return tuple(int(part) for part in version.split(".") if part.isdigit())


def print_json(value: Any) -> None:
    """Print one JSON object to standard output."""
    print(json.dumps(value, indent=2, ensure_ascii=False, default=str))
