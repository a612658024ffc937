"""Which of the kept pictures a release takes, and why it does not take the others."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from typing import Any, Literal

from pipeline.release.inputs import Part, rows_by

Row = Mapping[str, Any]
Withheld = Literal["not_canonical", "item_status", "licence_tier", "no_caption", "no_fingerprint"]


def selection(part: Part, tiers: Collection[str]) -> dict[str, Withheld | None]:
    """Return, for each kept picture of a partition, why the release withholds it; null: it is in.

    Reads items, images, fingerprints, duplicates, verdicts and captions of the part.
    """
    items = rows_by(part["items"], "item_id")
    images = rows_by(part["images"], "image_id")
    prints = rows_by(part["fingerprints"], "image_id")
    duplicates = rows_by(part["duplicates"], "image_id")
    captions = best_captions(part)
    decided: dict[str, Withheld | None] = {}
    for verdict in part["verdicts"].select(["image_id", "verdict"]).to_pylist():
        image = verdict["image_id"]
        if verdict["verdict"] == "keep":
            if duplicates.get(image, {}).get("canonical_id", image) != image:
                decided[image] = "not_canonical"
            elif prints.get(image, {}).get("phash") is None:
                decided[image] = "no_fingerprint"
            else:
                picture = images[image]
                item = items[picture["item_id"]]
                tier = licence_of(picture, item)["licence_tier"]
                decided[image] = _withheld(item, tier, captions.get(image, {}), tiers)
    return decided


def licence_of(picture: Row, item: Row) -> dict[str, Any]:
    """Return the licence of a picture: the one that it states for itself, else its item's."""
    stated = item if picture["licence_tier"] is None else picture
    return {name: stated[name] for name in ("licence", "licence_tier", "licence_evidence")}


def best_captions(part: Part) -> dict[str, dict[str, Row]]:
    """Return, for each picture, its last caption of each kind that may be trusted."""
    best: dict[str, dict[str, Row]] = {}
    for row in part["captions"].to_pylist():
        if row["status"] != "ok" or not (row["text"] or "").strip():
            continue
        kinds = best.setdefault(row["image_id"], {})
        standing = kinds.get(row["kind"])
        if standing is None or row["attempt"] >= standing["attempt"]:
            kinds[row["kind"]] = row
    return best


def _withheld(
    item: Row, tier: str, captions: Mapping[str, Row], tiers: Collection[str]
) -> Withheld | None:
    if item["status"] != "ok":
        return "item_status"
    if tier not in tiers:
        return "licence_tier"
    return None if "refined" in captions else "no_caption"
