"""`dermcurate doctor`: is this machine ready, and what is missing."""

from __future__ import annotations

import shutil
import sys
from pathlib import Path

import typer

from flows.cli.options import (
    CatalogOption,
    JsonOption,
    WorkspaceOption,
    catalog_path,
    default_workspace,
    out,
    print_json,
)
from pipeline.catalog import Catalog, load_catalog
from pipeline.errors import CatalogError
from pipeline.settings import Settings, load_settings

MIN_FREE_BYTES = 5 * 1024**3

# what is looked at, whether it is well, what to know or do
Finding = tuple[str, bool, str]


def doctor(
    workspace: WorkspaceOption = default_workspace(),
    catalog: CatalogOption = None,
    as_json: JsonOption = False,
) -> None:
    """Check catalog, disk, JavaScript runtime, keys and model settings. Exits with 1 on a fault.

    Example: dermcurate doctor
    """
    findings = _findings(workspace, catalog_path(workspace, catalog))
    if as_json:
        print_json([{"what": what, "ok": ok, "told": told} for what, ok, told in findings])
    else:
        for what, ok, told in findings:
            mark = "[green]ok[/]  " if ok else "[red]fault[/]"
            out.print(f"{mark:14} {what}: {told}", highlight=False, soft_wrap=True)
    if not all(ok for _what, ok, _told in findings):
        raise typer.Exit(1)


def _findings(workspace: str, path: Path) -> list[Finding]:
    settings = load_settings()
    findings = [_disk(workspace), _deno(), _contact(settings)]
    try:
        catalog = load_catalog(path)
    except CatalogError as fault:
        return [("catalog", False, str(fault)), *findings]
    enabled = ", ".join(catalog.enabled_sources()) or "none"
    findings.insert(0, ("catalog", True, f"{path}; sources that are on: {enabled}"))
    return [*findings, *_models(catalog, settings)]


def _disk(workspace: str) -> Finding:
    folder = Path(workspace).absolute()
    while not folder.exists():
        folder = folder.parent
    free = shutil.disk_usage(folder).free
    told = f"{free / 1024**3:.1f} GiB free at {folder}"
    return ("disk", free >= MIN_FREE_BYTES, told)


def _deno() -> Finding:
    beside = Path(sys.executable).parent / "deno"
    found = str(beside) if beside.exists() else shutil.which("deno")
    told = found or "not found; install the deno package, without it YouTube gives no videos"
    return ("deno", found is not None, told)


def _contact(settings: Settings) -> Finding:
    if settings.contact == "unset":
        return (
            "contact",
            False,
            "set DERMCURATE_CONTACT to an e-mail or URL, so that a host can reach you",
        )
    return ("contact", True, settings.contact)


def _models(catalog: Catalog, settings: Settings) -> list[Finding]:
    findings = []
    for name, model in catalog.models.items():
        if model.engine == "vllm":
            python = settings.vllm_python
            ok = python is None or python.exists()
            told = f"served by {python or sys.executable} -m vllm" if ok else f"{python} is missing"
            findings.append((f"model {name}", ok, told))
        elif model.engine == "openai":
            findings.append((f"model {name}", True, f"asked at {', '.join(model.endpoints)}"))
    return findings


def register(app: typer.Typer) -> None:
    """Add the command."""
    app.command()(doctor)
