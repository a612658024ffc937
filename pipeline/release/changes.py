"""What a version changes over the one before it, and why rows of that one are left out."""

from __future__ import annotations

from collections import Counter
from collections.abc import Collection, Iterable, Mapping, Sequence
from typing import Any

import pyarrow as pa
import pyarrow.compute as pc

from pipeline.release.published import Published
from pipeline.store import Partition, Run
from schemas import ITEMS, MEDIA

# Fates of an item whose rows are left out, besides the statuses that items have.
NOT_LISTED = "not_listed"  # the catalog no longer asks for it, or for its source
STANDS = "stands"  # the item is still there: its picture was decided on otherwise
_AT_THE_SOURCE = ("retracted", "deleted", "gone")
_BECAUSE = {
    "unreachable": "could not be reached",
    "forbidden_by_robots": "may no longer be asked for, as robots.txt says",
    "no_licence": "states no licence any more",
    "not_open_access": "is no longer open access",
    "off_topic": "is now found to be off topic",
    "malformed": "can no longer be read",
    NOT_LISTED: "is no longer asked for by the catalog, or no longer found in its place",
}

CAPTION_COLUMNS = ("refined_caption", "truncated_caption", "ontology_caption", "concept_caption")


def item_of(image: str) -> str:
    """Return the item that an image belongs to."""
    return image.rpartition("#")[0]


def fates(run: Run, partitions: Iterable[Partition], items: Collection[str]) -> dict[str, str]:
    """Return what became of items in some partitions: a status, `stands` or `not_listed`.

    An item that is listed but was gone when its files were asked for counts as `gone`.

    Raises:
        MissingInputError: the workspace has not those partitions.
    """
    found = dict.fromkeys(sorted(items), NOT_LISTED)
    sources = {each.partition(":")[0] for each in items}
    wanted = pa.array(sorted(items), pa.string())
    for partition in partitions:
        if partition.source_id not in sources:
            continue
        listed = run.read(ITEMS, partition)
        for row in _chosen(listed, wanted):
            found[row["item_id"]] = STANDS if row["status"] == "ok" else row["status"]
        if run.manifest(MEDIA, partition) is not None:
            for row in _chosen(run.read(MEDIA, partition), wanted):
                if row["status"] == "gone" and found[row["item_id"]] == STANDS:
                    found[row["item_id"]] = "gone"
    return found


def _chosen(table: pa.Table, items: pa.Array) -> list[dict[str, Any]]:
    is_wanted = pc.is_in(table["item_id"], value_set=items)
    rows: list[dict[str, Any]] = table.filter(is_wanted).select(["item_id", "status"]).to_pylist()
    return rows


def left_out(
    run: Run, partitions: Iterable[Partition], images: Sequence[str]
) -> dict[str, dict[str, int]]:
    """Return, by fate, the items of images that are no longer released, with rows of each."""
    rows = Counter(item_of(each) for each in images)
    told: dict[str, dict[str, int]] = {}
    for item, fate in fates(run, partitions, rows).items():
        told.setdefault(fate, {})[item] = rows[item]
    return dict(sorted(told.items()))


def changes_since(
    before: Published | None, rows: pa.Table, run: Run, partitions: Sequence[Partition]
) -> dict[str, Any] | None:
    """Return, as plain JSON, how the rows of a new version differ from those of the last one.

    ``left_out`` counts rows by fate; who they were is for the audit to tell.
    """
    if before is None:
        return None
    columns = ("image_id", "sha256", *CAPTION_COLUMNS)
    old = {row["image_id"]: row for row in before.rows(columns).to_pylist()}
    new = {row["image_id"]: row for row in rows.select(list(columns)).to_pylist()}
    both = old.keys() & new.keys()
    removed = sorted(old.keys() - new.keys())
    gone = left_out(run, partitions, removed) if removed else {}
    return {
        "since": before.version,
        "rows_before": len(old),
        "rows_after": len(new),
        "added": len(new.keys() - old.keys()),
        "removed": len(removed),
        "captions_changed": sum(
            any(old[each][name] != new[each][name] for name in CAPTION_COLUMNS) for each in both
        ),
        "images_changed": sum(old[each]["sha256"] != new[each]["sha256"] for each in both),
        "left_out": {fate: sum(held.values()) for fate, held in gone.items()},
    }


def sentences(counts: Mapping[str, int]) -> list[str]:
    """Return why rows are left out, a sentence per cause, without the full stop."""
    told = []
    taken = {name: counts[name] for name in _AT_THE_SOURCE if counts.get(name)}
    if taken:
        what = _joined([f"{name} ({n})" for name, n in taken.items()])
        told.append(f"{_rows(sum(taken.values()), 'was')} {what} at the source")
    for name, words in _BECAUSE.items():
        if n := counts.get(name):
            told.append(f"{_rows(n, words)}")
    if n := counts.get(STANDS):
        rows = "row is" if n == 1 else "rows are"
        told.append(f"{n} {rows} left out though the item stands: the picture was decided on anew")
    return told


def _rows(n: int, words: str) -> str:
    rows, its = ("row", "its") if n == 1 else ("rows", "their")
    return f"{n} {rows} left out because {its} item {words}"


def _joined(words: Sequence[str]) -> str:
    return " or ".join(filter(None, (", ".join(words[:-1]), words[-1])))


def changelog(manifests: Sequence[Mapping[str, Any]]) -> str:
    """Return the changelog of a release as Markdown: its versions, newest first."""
    lines = [f"# Changelog of {manifests[0]['name']}", ""]
    for each in manifests:
        counts = each.get("counts", {})
        pairs = counts.get("pairs", {}).get("total", 0)
        lines += [f"## {each['version']}", ""]
        lines += [f"{counts.get('images', 0):,} pictures with {pairs:,} captions.", ""]
        lines += [f"- {told}" for told in change_lines(each.get("changes"))] + [""]
    return "\n".join(lines)


def change_lines(changes: Mapping[str, Any] | None) -> list[str]:
    """Return what a version changes, as lines for a list."""
    if changes is None:
        return ["The first version that stands."]
    lines = [
        f"Since {changes['since']}: {changes['added']} rows added, {changes['removed']} left out, "
        f"captions changed in {changes['captions_changed']}, pictures in "
        f"{changes['images_changed']}."
    ]
    return lines + [f"{told}." for told in sentences(changes["left_out"])]
