"""Progress bars: one per kind of work, counting works that are done."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager

from rich.progress import (
    BarColumn,
    MofNCompleteColumn,
    Progress,
    TaskID,
    TextColumn,
    TimeElapsedColumn,
)

from flows.cli.options import err
from pipeline.work import Work


@contextmanager
def work_bars() -> Iterator[None]:
    """Show a bar for each kind of work while flows run."""
    from flows import execute

    columns = (
        TextColumn("{task.description:>12}"),
        BarColumn(),
        MofNCompleteColumn(),
        TimeElapsedColumn(),
    )
    with Progress(*columns, console=err, transient=not err.is_terminal) as bars:
        rows: dict[tuple[str, int], TaskID] = {}

        def advance(work: Work, done: int, total: int) -> None:
            key = (work.what, total)
            if done == 1 or key not in rows:
                rows[key] = bars.add_task(work.what, total=total)
            bars.update(rows[key], completed=done)

        execute.watch(advance)
        try:
            yield
        finally:
            execute.unwatch(advance)
