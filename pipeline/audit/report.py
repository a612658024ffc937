"""The report: one HTML file that needs no network, for a person to judge a release by."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Any

import jinja2

from pipeline.audit.figures import caption_lengths, charts, gallery
from pipeline.audit.ledger import audit
from pipeline.errors import WorkspaceError
from pipeline.release.counts import count_release
from pipeline.release.published import open_release
from pipeline.store import Run

TEMPLATE = "report.html.jinja"
_SEGMENTS = ("released", "withheld", "dropped", "failed")


def write_report(run: Run, release: Path, path: Path) -> Path:
    """Write the report of a release; return its path. The same inputs give the same bytes.

    Raises:
        ReleaseError: the release is not whole, or its audit does not add up.
        WorkspaceError: the file cannot be written.
    """
    published = open_release(release)
    ledger = audit(run, release)
    rows, captions, provenance = published.rows(), published.captions(), published.provenance()
    html = (
        _environment()
        .get_template(TEMPLATE)
        .render(
            name=published.name,
            version=published.version,
            manifest=published.manifest,
            counts=count_release(rows, captions, provenance),
            funnel=[funnel_row(source, each) for source, each in ledger["sources"].items()],
            charts=charts(rows, captions, provenance),
            lengths=caption_lengths(captions),
            cards=gallery(published, rows.to_pylist(), provenance),
        )
    )
    temporary = path.with_name(f".tmp-{path.name}")
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        temporary.write_text(html, encoding="utf-8", newline="\n")
        temporary.replace(path)
    except OSError as fault:
        temporary.unlink(missing_ok=True)
        raise WorkspaceError(
            f"{path} cannot be written ({fault.strerror}); free some space or check permissions"
        ) from fault
    return path


def funnel_row(source: str, counted: Mapping[str, Any]) -> dict[str, Any]:
    """Return a source's line of the funnel: its counts, segments in per cent, reasons."""
    sums = {
        "released": counted["released"],
        **{name: sum(counted[name].values()) for name in _SEGMENTS[1:]},
    }
    whole = counted["images"] or 1
    reasons = {
        "Left out before fetching": counted["left_out"],
        "Files that could not be had": counted["media_failed"],
        "Pictures that failed": counted["failed"],
        "Dropped": counted["dropped"],
        "Kept, but withheld": counted["withheld"],
    }
    return {
        "source": source,
        **{name: counted[name] for name in ("listed", "fetched", "images", "kept", "released")},
        "left_out": sum(counted["left_out"].values()),
        "segments": [(name, n, round(100 * n / whole, 2)) for name, n in sums.items() if n],
        "reasons": [(title, sorted(held.items())) for title, held in reasons.items() if held],
    }


def web_link(url: str) -> str:
    """Return a URL if a browser may be sent there, else nothing."""
    return url if url.startswith(("http://", "https://")) else ""


def _environment() -> jinja2.Environment:
    environment = jinja2.Environment(
        loader=jinja2.FileSystemLoader(Path(__file__).parent),
        autoescape=True,
        undefined=jinja2.StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )
    environment.filters["thousands"] = lambda number: f"{number:,}"
    environment.filters["words"] = lambda name: str(name).replace("_", " ")
    environment.filters["web_link"] = web_link
    return environment
