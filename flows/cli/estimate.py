"""`dermcurate estimate`: what a collection would cost, before anything is fetched."""

from __future__ import annotations

from dataclasses import asdict
from typing import TYPE_CHECKING, Annotated, Any

import typer
from rich.table import Table

from flows.cli.options import (
    CatalogOption,
    JsonOption,
    SourcesOption,
    WorkspaceOption,
    catalog_path,
    default_workspace,
    out,
    print_json,
)

if TYPE_CHECKING:
    from pipeline.estimate import Cost

_FIGURES = (
    ("items", "items", "{:,}"),
    ("requests", "requests", "{:,}"),
    ("hours", "hours", "{:,.1f}"),
    ("gigabytes", "GB", "{:,.2f}"),
    ("images", "pictures", "{:,}"),
    ("tokens_in", "tokens in", "{:,}"),
    ("tokens_out", "tokens out", "{:,}"),
)


def estimate(
    source: SourcesOption = None,
    caption_set: Annotated[
        str, typer.Option(help="Caption set whose tokens are counted.")
    ] = "template",
    ask: Annotated[
        bool, typer.Option("--ask", help="Ask the sources that can count how much they have.")
    ] = False,
    workspace: WorkspaceOption = default_workspace(),
    catalog: CatalogOption = None,
    as_json: JsonOption = False,
) -> None:
    """Tell requests, hours at the permitted rate, gigabytes and model tokens, fetching nothing.

    Example: dermcurate estimate --ask --caption-set qwen3-8b
    """
    from pipeline.estimate import estimate as add_up
    from pipeline.work import Place, open_run

    place = Place(workspace, str(catalog_path(workspace, catalog)), "estimate", caption_set)
    chosen = source or open_run(place).catalog.enabled_sources()
    costs = list(add_up(place, chosen, caption_set, ask=ask))
    if as_json:
        print_json({"sources": [asdict(each) for each in costs], "total": _total(costs)})
        return
    out.print(_table(costs))
    for each in costs:
        told = f"items {each.items_from}; cost of one {each.per_item_from}"
        out.print(f"[bold]{each.source_id}[/]: {told}", highlight=False, soft_wrap=True)


def _total(costs: list[Cost]) -> dict[str, Any]:
    """Return the sums over the sources that can be told; sources are asked at the same time."""
    sums: dict[str, Any] = {
        name: round(sum(getattr(each, name) or 0 for each in costs), 3) for name, _, _ in _FIGURES
    }
    return sums | {"hours": max((each.hours or 0.0 for each in costs), default=0.0)}


def _table(costs: list[Cost]) -> Table:
    table = Table(title="What a collection would cost, each source once")
    table.add_column("source")
    for _name, title, _form in _FIGURES:
        table.add_column(title, justify="right")
    for each in costs:
        table.add_row(each.source_id, *_shown(asdict(each)))
    table.add_section()
    table.add_row("all, side by side", *_shown(_total(costs)))
    return table


def _shown(figures: dict[str, Any]) -> list[str]:
    return [
        "?" if figures[name] is None else form.format(figures[name]) for name, _, form in _FIGURES
    ]


def register(app: typer.Typer) -> None:
    """Add the command."""
    app.command()(estimate)
