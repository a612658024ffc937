"""Commands for evaluation sets: benchmarks list, benchmarks fingerprint."""

from __future__ import annotations

from typing import Annotated, Any
from uuid import uuid4

import typer
from rich.table import Table

from flows.cli.options import (
    CatalogOption,
    JsonOption,
    WorkspaceOption,
    catalog_path,
    default_workspace,
    err,
    open_existing,
    out,
    print_json,
)
from pipeline.errors import CatalogError, DermcurateError
from schemas import BENCHMARKS

NamesArgument = Annotated[
    list[str] | None,
    typer.Argument(help="Benchmarks of the catalog. Default: all you hold.", show_default=False),
]


def list_benchmarks(
    workspace: WorkspaceOption = default_workspace(),
    catalog: CatalogOption = None,
    as_json: JsonOption = False,
) -> None:
    """Tell which evaluation sets there are, on which terms, and how many pictures are compared.

    Example: dermcurate benchmarks list
    """
    from pipeline.store import Partition

    run = open_existing(workspace, catalog)
    told: dict[str, dict[str, Any]] = {}
    for name, entry in run.catalog.benchmarks.items():
        manifest = run.manifest(BENCHMARKS, Partition.of_benchmark(name))
        held = entry.folder or entry.hashes
        rows = dict(manifest.outputs[BENCHMARKS.name].statuses) if manifest else {}
        told[name] = {
            "title": entry.title,
            "licence": entry.licence,
            "terms_url": entry.terms_url,
            "copy": held,
            "pictures": rows if held else {},
        }
    if as_json:
        print_json(told)
        return
    table = Table("benchmark", "title", "licence", "terms", "your copy", "pictures")
    for name, each in told.items():
        counts = ", ".join(f"{n} {status}" for status, n in sorted(each["pictures"].items()))
        copy = each["copy"] or "none; set `folder`"
        cells = (name, each["title"], each["licence"], each["terms_url"], copy, counts or "-")
        table.add_row(*cells)
    out.print(table)


def fingerprint(
    names: NamesArgument = None,
    workspace: WorkspaceOption = default_workspace(),
    catalog: CatalogOption = None,
) -> None:
    """Fingerprint your own copies; `curate` does so too. What is unchanged is not read again.

    Example: dermcurate benchmarks fingerprint ddi
    """
    from pipeline.images.benchmarks import faults_of
    from pipeline.walk import fingerprint_benchmarks
    from pipeline.work import Place, open_run

    place = Place(workspace, str(catalog_path(workspace, catalog)), uuid4().hex)
    run = open_run(place)
    held = {each.source_id: each for each in run.benchmarks()}
    for name in names or ():
        if run.catalog.benchmark(name) and name not in held:
            raise CatalogError(f"the catalog names no copy of {name}; set its `folder` or `hashes`")
    failures = fingerprint_benchmarks(place, names or ())
    for name in names or held:
        manifest = run.manifest(BENCHMARKS, held[name])
        if manifest is None:
            continue
        for fault in faults_of(held[name], run):
            err.print(f"{name}: {fault}", highlight=False, soft_wrap=True, markup=False)
        counts = manifest.outputs[BENCHMARKS.name].statuses.items()
        out.print(f"{name}: " + ", ".join(f"{n} {status}" for status, n in counts))
    if failures:
        raise DermcurateError("; ".join(failure.error for failure in failures))


def register(app: typer.Typer) -> None:
    """Add the commands."""
    group = typer.Typer(
        help="Evaluation sets, whose pictures are kept out. Example: dermcurate benchmarks list",
        no_args_is_help=True,
    )
    group.command("list")(list_benchmarks)
    group.command("fingerprint")(fingerprint)
    app.add_typer(group, name="benchmarks")
