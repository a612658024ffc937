"""What must hold before a release is made. Breaches are told all at once."""

from __future__ import annotations

from collections.abc import Sequence

import pyarrow.compute as pc

from pipeline.catalog import ReleaseEntry
from pipeline.release.content import Content
from pipeline.release.counts import n_filled, tally
from pipeline.release.splits import straddling_groups


def breaches(content: Content, entry: ReleaseEntry) -> list[str]:
    """Return every expectation of the catalog, and every basic truth, that does not hold.

    The label share is that of pictures with a condition of the ontology; the caption share that of
    kept and licensed pictures that have a refined caption.
    """
    return [*_size_breaches(content, entry), *_truth_breaches(content, entry.tiers)]


def _size_breaches(content: Content, entry: ReleaseEntry) -> list[str]:
    rows, expect = content.rows, entry.expect
    n = rows.num_rows
    found = []
    if n < expect.min_rows:
        found.append(f"{n} rows, at least {expect.min_rows} are expected")
    labelled = n_filled(rows["condition_ids"]) / n if n else 0.0
    if labelled < expect.min_label_share:
        found.append(f"label share {labelled:.3f}, at least {expect.min_label_share} is expected")
    asked = n + content.withheld.get("no_caption", 0)
    captioned = n / asked if asked else 0.0
    if captioned < expect.min_caption_share:
        found.append(
            f"caption share {captioned:.3f}, at least {expect.min_caption_share} is expected"
        )
    for source, count in tally(rows["source"]):
        if count / n > expect.max_source_share:
            found.append(
                f"source {source} gives a share of {count / n:.3f}, at most "
                f"{expect.max_source_share} is expected"
            )
    return found


def _truth_breaches(content: Content, tiers: Sequence[str]) -> list[str]:
    rows = content.rows
    found = []
    places = zip(rows["group_id"].to_pylist(), rows["split"].to_pylist(), strict=True)
    if torn := straddling_groups(places):
        found.append(f"{len(torn)} groups lie in two splits, for example {torn[0]}")
    pictures = zip(rows["sha256"].to_pylist(), rows["split"].to_pylist(), strict=True)
    if torn := straddling_groups(pictures):
        found.append(f"{len(torn)} pictures lie in two splits, for example {torn[0]}")
    strangers = sorted(name for name, _n in tally(rows["licence_tier"]) if name not in tiers)
    if strangers:
        found.append(f"rows of licence tiers {strangers}, allowed are {sorted(tiers)}")
    for name in ("refined_caption", "truncated_caption"):
        blank = rows.num_rows - n_filled(pc.utf8_trim_whitespace(rows[name]))
        if blank:
            found.append(f"{blank} rows have no {name}")
    return found
