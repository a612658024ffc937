"""`dermcurate doctor`: is this machine ready, do the endpoints answer, and what is missing."""

from __future__ import annotations

import shutil
import subprocess
import sys
from dataclasses import asdict
from pathlib import Path
from typing import Annotated

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
from pipeline.health import Finding, Level, check_model, check_sources
from pipeline.settings import Settings, load_settings

MIN_FREE_BYTES = 5 * 1024**3

STYLES = {"ok": "green", "note": "yellow", "fault": "red"}


def doctor(
    workspace: WorkspaceOption = default_workspace(),
    catalog: CatalogOption = None,
    offline: Annotated[
        bool, typer.Option("--offline", help="Ask no endpoint; look at this machine alone.")
    ] = False,
    as_json: JsonOption = False,
) -> None:
    """Check catalog, disk, JavaScript runtime, keys, endpoints and models.

    Exits with 1 on a fault.

    Example: dermcurate doctor --offline
    """
    findings = _findings(workspace, catalog_path(workspace, catalog), offline=offline)
    if as_json:
        print_json({"findings": [asdict(each) for each in findings]})
    else:
        for each in findings:
            line = Text.assemble(
                (f"{each.level:6}", STYLES[each.level]), f"{each.what}: {each.told}"
            )
            out.print(line, soft_wrap=True)
    if any(each.level == "fault" for each in findings):
        raise typer.Exit(1)


def _findings(workspace: str, path: Path, *, offline: bool) -> list[Finding]:
    settings = load_settings()
    findings = [_disk(workspace), _deno(), _contact(settings)]
    try:
        catalog = load_catalog(path)
    except CatalogError as fault:
        return [Finding("catalog", "fault", str(fault)), *findings]
    enabled = ", ".join(catalog.enabled_sources()) or "none"
    findings.insert(0, Finding("catalog", "ok", f"{path}; sources that are on: {enabled}"))
    findings += _keys(catalog, settings)
    if not offline:
        findings += check_sources(catalog, path.parent, settings)
    return [*findings, *_models(catalog, settings, offline=offline)]


def _keys(catalog: Catalog, settings: Settings) -> list[Finding]:
    """Tell of the keys that a source needs, or would go faster with."""
    entries = [catalog.source(name) for name in catalog.enabled_sources()]
    findings = []
    if any(entry.kind == "pubmed" for entry in entries) and settings.ncbi_api_key is None:
        told = "without DERMCURATE_NCBI_API_KEY searches go at 3 requests a second, not 10"
        findings.append(Finding("NCBI key", "note", told))
    wanted = any(entry.kind == "reddit" and entry.api == "oauth" for entry in entries)
    if wanted and (settings.reddit_client_id is None or settings.reddit_client_secret is None):
        told = "set DERMCURATE_REDDIT_CLIENT_ID and DERMCURATE_REDDIT_CLIENT_SECRET"
        findings.append(Finding("Reddit key", "fault", told))
    return findings


def _disk(workspace: str) -> Finding:
    folder = Path(workspace).absolute()
    while not folder.exists():
        folder = folder.parent
    free = shutil.disk_usage(folder).free
    told = f"{free / 1024**3:.1f} GiB free at {folder}"
    return Finding("disk", "ok" if free >= MIN_FREE_BYTES else "fault", told)


def _deno() -> Finding:
    beside = Path(sys.executable).parent / "deno"
    found = str(beside) if beside.exists() else shutil.which("deno")
    told = found or "not found; install the deno package, without it YouTube gives no videos"
    return Finding("deno", "ok" if found else "fault", told)


def _contact(settings: Settings) -> Finding:
    if settings.contact == "unset":
        told = "set DERMCURATE_CONTACT to an e-mail or URL, so that a host can reach you"
        return Finding("contact", "fault", told)
    return Finding("contact", "ok", settings.contact)


def _models(catalog: Catalog, settings: Settings, *, offline: bool) -> list[Finding]:
    findings: list[Finding] = []
    for name, model in catalog.models.items():
        if model.engine == "vllm" and not model.endpoints:
            findings.append(Finding(f"model {name}", *_vllm(settings)))
        elif model.engine != "template" and offline:
            told = f"is asked at {', '.join(model.endpoints)}"
            findings.append(Finding(f"model {name}", "ok", told))
        else:
            findings += check_model(name, model, settings)
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
