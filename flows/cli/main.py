"""`dermcurate`: the commands, and how a fault is told."""

from __future__ import annotations

import sys

import typer
from rich.text import Text

from flows.cli import benchmarks, demo, doctor, estimate, hosts, ontology, read, work
from flows.cli.options import err
from pipeline.errors import DermcurateError
from schemas import ContractError

app = typer.Typer(
    name="dermcurate",
    help="Curate a dermatology image-text dataset, with provenance for every row.",
    no_args_is_help=True,
    add_completion=False,
    pretty_exceptions_enable=False,
    rich_markup_mode="rich",
)
for module in (demo, estimate, work, benchmarks, read, ontology, hosts, doctor):
    module.register(app)


def main() -> None:
    """Run a command; a known fault is one sentence on standard error and exit code 1."""
    try:
        app()
    except (DermcurateError, ContractError) as fault:
        err.print("[bold red]error:[/]", Text(str(fault)), soft_wrap=True)
        sys.exit(1)
    except KeyboardInterrupt:
        err.print("stopped; what is done stays done, run the same command again to go on")
        sys.exit(130)
