"""What is counted, drawn for a terminal."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from rich.table import Table


def reasons(counts: Mapping[str, int]) -> str:
    """Return `3 duplicate, 1 chart`, the most frequent first."""
    ordered = sorted(counts.items(), key=lambda each: (-each[1], each[0]))
    return ", ".join(f"{n} {reason}" for reason, n in ordered)


def funnel_table(told: Mapping[str, Any]) -> Table:
    """Draw an audit: one line per source, listed to released."""
    release = told.get("release") or {}
    title = f"{release['name']} {release['version']}" if release else "no release yet"
    table = Table(title=title, title_justify="left")
    table.add_column("source")
    for name in ("listed", "fetched", "images", "kept", "released"):
        table.add_column(name, justify="right")
    table.add_column("left out, and why", overflow="fold")
    totals = dict.fromkeys(("listed", "fetched", "images", "kept", "released"), 0)
    for source, each in told["sources"].items():
        for name in totals:
            totals[name] += each[name]
        why: dict[str, int] = {}
        for part in ("left_out", "media_failed", "failed", "dropped", "withheld"):
            for reason, n in each.get(part, {}).items():
                why[reason] = why.get(reason, 0) + n
        table.add_row(source, *(f"{each[name]:,}" for name in totals), reasons(why))
    table.add_section()
    table.add_row("all", *(f"{n:,}" for n in totals.values()), "", style="bold")
    return table


def failures_table(told: Mapping[str, Any]) -> Table:
    """Draw what failed, by class, with the command that asks again."""
    table = Table(title="failures", title_justify="left")
    for name in ("class", "how many", "may pass", "of", "to ask again"):
        table.add_column(name, justify="right" if name == "how many" else "left", overflow="fold")
    for name, each in told["failures"].items():
        passes = "yes" if each["may_pass"] else "no"
        many = f"{each['n']:,} {each['what']}"
        table.add_row(name, many, passes, reasons(each["sources"]), each["retry"])
    return table


def items_table(told: Mapping[str, Any]) -> Table:
    """Draw each source's items by status, and what changed since its snapshot before."""
    table = Table(title="items", title_justify="left")
    for name in ("source", "by status", "since", "new", "retracted", "deleted", "gone", "let go"):
        is_text = name in ("source", "by status", "since")
        table.add_column(name, justify="left" if is_text else "right", overflow="fold")
    for source, each in told["sources"].items():
        items = each["items"]
        taken = [f"{len(items[name]):,}" for name in ("retracted", "deleted", "gone")]
        counts = [f"{items['new']:,}", *taken, f"{items['not_listed']:,}"]
        is_first = items["since"] is None
        changed = ["–"] * 5 if is_first else counts
        table.add_row(source, reasons(items["statuses"]), items["since"] or "–", *changed)
    return table


def left_out_lines(told: Mapping[str, Any]) -> list[str]:
    """Return which items' rows of the version before are left out, a line per fate."""
    found = told["left_out"]
    if not found:
        return []
    return [
        f"left out since {found['since']}, {fate.replace('_', ' ')}: "
        + ", ".join(f"{item} ({n})" for item, n in held.items())
        for fate, held in found["rows"].items()
    ]


def status_table(told: Mapping[str, Any]) -> Table:
    """Draw how far each source is: the stages that are not done, with partitions done."""
    table = Table(title="how far each source is", title_justify="left")
    for name in ("source", "snapshot", "items", "partitions", "still to do"):
        table.add_column(name, justify="right" if name in ("items", "partitions") else "left")
    for source, each in told.items():
        n = each["partitions"]
        left = [f"{name} {n - far['done']}" for name, far in each["stages"].items()]
        open_ = [words for words in left if not words.endswith(" 0")]
        todo = ", ".join(open_) or "nothing"
        table.add_row(source, each["snapshot"], f"{each['items']:,}", f"{n:,}", todo)
    return table
