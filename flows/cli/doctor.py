"""`dermcurate doctor`: is this machine ready, and what is missing."""

from __future__ import annotations

import shutil
import subprocess
import sys
from pathlib import Path
from typing import Literal

import typer
from rich.text import Text

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

Level = Literal["ok", "note", "fault"]
STYLES = {"ok": "green", "note": "yellow", "fault": "red"}

# what is looked at, how it is, what to know or do
Finding = tuple[str, Level, str]


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
        names = ("what", "level", "told")
        print_json({"findings": [dict(zip(names, each, strict=True)) for each in findings]})
    else:
        for what, level, told in findings:
            line = Text.assemble((f"{level:6}", STYLES[level]), f"{what}: {told}")
            out.print(line, soft_wrap=True)
    if any(level == "fault" for _what, level, _told in findings):
        raise typer.Exit(1)


def _findings(workspace: str, path: Path) -> list[Finding]:
    settings = load_settings()
    findings = [_disk(workspace), _deno(), _contact(settings)]
    try:
        catalog = load_catalog(path)
    except CatalogError as fault:
        return [("catalog", "fault", str(fault)), *findings]
    enabled = ", ".join(catalog.enabled_sources()) or "none"
    findings.insert(0, ("catalog", "ok", f"{path}; sources that are on: {enabled}"))
    return [*findings, *_models(catalog, settings)]


def _disk(workspace: str) -> Finding:
    folder = Path(workspace).absolute()
    while not folder.exists():
        folder = folder.parent
    free = shutil.disk_usage(folder).free
    told = f"{free / 1024**3:.1f} GiB free at {folder}"
    return ("disk", "ok" if free >= MIN_FREE_BYTES else "fault", told)


def _deno() -> Finding:
    beside = Path(sys.executable).parent / "deno"
    found = str(beside) if beside.exists() else shutil.which("deno")
    told = found or "not found; install the deno package, without it YouTube gives no videos"
    return ("deno", "ok" if found else "fault", told)


def _contact(settings: Settings) -> Finding:
    if settings.contact == "unset":
        return (
            "contact",
            "fault",
            "set DERMCURATE_CONTACT to an e-mail or URL, so that a host can reach you",
        )
    return ("contact", "ok", settings.contact)


def _models(catalog: Catalog, settings: Settings) -> list[Finding]:
    findings: list[Finding] = []
    for name, model in catalog.models.items():
        if model.engine == "vllm" and not model.endpoints:
            findings.append((f"model {name}", *_vllm(settings)))
        elif model.engine != "template":
            findings.append((f"model {name}", "ok", f"asked at {', '.join(model.endpoints)}"))
    return findings


def _vllm(settings: Settings) -> tuple[Level, str]:
    """Tell whether the Python that is to serve models has vLLM; without it other models work."""
    python = str(settings.vllm_python or sys.executable)
    look = "import importlib.util, sys; sys.exit(importlib.util.find_spec('vllm') is None)"
    try:
        found = subprocess.run([python, "-c", look], timeout=30, check=False).returncode == 0  # noqa: S603 - the settings name it
    except (OSError, subprocess.TimeoutExpired) as fault:
        return "fault", f"{python} does not run ({fault}); correct DERMCURATE_VLLM_PYTHON"
    if found:
        return "ok", f"served by {python}"
    return "note", f"{python} has no vLLM; install it there, or set DERMCURATE_VLLM_PYTHON"


def register(app: typer.Typer) -> None:
    """Add the command."""
    app.command()(doctor)
