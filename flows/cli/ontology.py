"""The commands about the vocabulary: show, search, path, export."""

from __future__ import annotations

import sys
from enum import StrEnum
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer
from rich.table import Table
from rich.text import Text

from flows.cli.options import JsonOption, out, print_json
from pipeline.errors import NotFoundError, WorkspaceError

if TYPE_CHECKING:
    from pipeline.knowledge.search import Hit, Kind

EntryArgument = Annotated[str, typer.Argument(help="An id, or a name in any spelling.")]

app = typer.Typer(
    no_args_is_help=True,
    help="Look into the ontology, its concepts and findings, and write them for other tools.\n\n"
    "Example: dermcurate ontology show --json",
)


class ExportFormat(StrEnum):
    """The formats as words of the command line."""

    FLAT = "flat"
    NESTED = "nested"
    GRAPHML = "graphml"
    SKOS = "skos"
    HTML = "html"


@app.command()
def show(
    entry: Annotated[
        str | None,
        typer.Argument(help="An id, or a name in any spelling. Default: all, as numbers."),
    ] = None,
    as_json: JsonOption = False,
) -> None:
    """Tell how much there is, or all that is known of one entry.

    Example: dermcurate ontology show psoriasis
    """
    from pipeline.knowledge.exports import numbers

    told = numbers() if entry is None else _everything_of(_named(entry))
    if as_json:
        print_json(told)
        return
    table = Table(show_header=False, title=entry and str(told["name"]), title_justify="left")
    table.add_column("what", style="bold")
    table.add_column("told", overflow="fold")
    for what, value in told.items():
        table.add_row(what.replace("_", " "), Text(_as_text(value)))
    out.print(table)


@app.command()
def search(
    words: Annotated[str, typer.Argument(help="Beginnings of words of a name, in any spelling.")],
    limit: Annotated[int, typer.Option(min=1, help="How many to tell at most.")] = 20,
    as_json: JsonOption = False,
) -> None:
    """Find conditions, concepts and findings by their names, synonyms and abbreviations.

    Example: dermcurate ontology search "honey crust"
    """
    from pipeline.knowledge.search import search as find

    hits = find(words)[:limit]
    if as_json:
        print_json({"hits": [_hit_fields(hit) for hit in hits]})
    else:
        for hit in hits:
            named = "" if hit.matched == hit.name else f" ({hit.matched})"
            line = f"{hit.kind:<9} {hit.entry_id}: {hit.name}{named}"
            out.print(line, highlight=False, soft_wrap=True, markup=False)
    if not hits:
        raise NotFoundError(f"nothing has a name with {words!r}; try fewer or shorter words")


@app.command()
def path(entry: EntryArgument, as_json: JsonOption = False) -> None:
    """Tell where a condition stands: from its category down to it.

    Example: dermcurate ontology path "guttate psoriasis"
    """
    from pipeline.knowledge.ontology import LEVELS, Ontology

    ontology = Ontology.load()
    above = ontology.path(_named(entry, "condition").entry_id)
    if as_json:
        named = [
            {"level": LEVELS[each.level - 1], "id": each.condition_id, "name": each.name}
            for each in above
        ]
        print_json({"path": named})
    else:
        out.print(" > ".join(each.name for each in above), highlight=False, soft_wrap=True)


@app.command()
def export(
    wanted: Annotated[ExportFormat, typer.Argument(help="What to write.")],
    to: Annotated[
        Path | None, typer.Option("--to", help="File to write. Default: standard output.")
    ] = None,
) -> None:
    """Write the vocabulary: flat or nested JSON, GraphML, SKOS (Turtle), or a page to fold.

    Example: dermcurate ontology export html --to ontology.html
    """
    from pipeline.knowledge.exports import export as exported

    content = exported(wanted.value)
    if to is None:
        sys.stdout.buffer.write(content)
        return
    try:
        to.parent.mkdir(parents=True, exist_ok=True)
        to.write_bytes(content)
    except OSError as fault:
        raise WorkspaceError(
            f"{to} cannot be written ({fault.strerror}); name another file with --to"
        ) from fault
    out.print(f"{to}: {len(content):,} bytes", highlight=False, soft_wrap=True, markup=False)


def _named(entry: str, kind: Kind | None = None) -> Hit:
    """Return what an id or a whole name means.

    Raises:
        NotFoundError: nothing has that name; the nearest are told.
    """
    from pipeline.knowledge.search import search as find

    hits = [hit for hit in find(entry) if kind in (None, hit.kind)]
    if hits and hits[0].is_exact:
        return hits[0]
    near = ", ".join(hit.entry_id for hit in hits[:5])
    raise NotFoundError(
        f"no {kind or 'entry'} has the id or name {entry!r}; "
        + (f"near are {near}" if near else "try `dermcurate ontology search`")
    )


def _everything_of(hit: Hit) -> dict[str, Any]:
    from pipeline.knowledge.exports import describe

    return describe(hit.kind, hit.entry_id)


def _hit_fields(hit: Hit) -> dict[str, Any]:
    return {
        "kind": hit.kind,
        "id": hit.entry_id,
        "name": hit.name,
        "matched": hit.matched,
        "is_exact": hit.is_exact,
    }


def _as_text(value: Any) -> str:
    if isinstance(value, dict):
        return "\n".join(
            f"{name.replace('_', ' ')}: {_as_text(each)}" for name, each in value.items()
        )
    if isinstance(value, list):
        return ", ".join(str(each) for each in value)
    return f"{value:,}" if isinstance(value, int) else str(value)


def register(parent: typer.Typer) -> None:
    """Add the commands."""
    parent.add_typer(app, name="ontology")
