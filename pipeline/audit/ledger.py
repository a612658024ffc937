"""The ledger: every source from what it listed to what is released, and sums that add up.

Reads items, media, images, verdicts and a release.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.compute as pc

from pipeline.audit.failures import failures_of
from pipeline.audit.since import items_since, rows_since
from pipeline.errors import ReleaseError
from pipeline.release.inputs import ORIGIN, SHOWN, Part, read_part
from pipeline.release.published import Published, open_release
from pipeline.release.selection import selection
from pipeline.store import Partition, Run
from schemas import IMAGES, ITEMS, MEDIA, VERDICTS

# Kept pictures that no release was asked about, or that a later run decided on otherwise.
NO_RELEASE = "no_release"
OTHER_SOURCE = "source_not_in_release"
CHANGED = "changed_since_release"
# Items that are listed in order, but are not fetched, for nobody knows their licence.
UNKNOWN_LICENCE = "unknown_licence"


@dataclass(slots=True)
class _Account:
    """Counts of one source while its partitions are read."""

    counts: Counter[str] = field(default_factory=Counter)
    left_out: Counter[str] = field(default_factory=Counter)
    media_failed: Counter[str] = field(default_factory=Counter)
    withheld: Counter[str] = field(default_factory=Counter)
    dropped: Counter[str] = field(default_factory=Counter)
    failed: Counter[str] = field(default_factory=Counter)
    licences: Counter[str] = field(default_factory=Counter)
    quarantine: list[str] = field(default_factory=list)

    def to_json(self) -> dict[str, Any]:
        single = ("listed", "fetched", "images", "kept", "released")
        tables = ("left_out", "media_failed", "withheld", "dropped", "failed", "licences")
        told: dict[str, Any] = {name: self.counts[name] for name in single}
        counted = {name: dict(sorted(getattr(self, name).items())) for name in tables}
        return told | counted | {"quarantine": sorted(self.quarantine)}


def audit(run: Run, release: Path | None) -> dict[str, Any]:
    """Return the ledger of every collected source of the catalog.

    With a release, its own snapshots and caption set are read; other sources give their latest
    snapshot as far as it has come.
    ``fetched`` counts items of which a file came, ``media_failed`` files, ``licences`` listed items
    by SPDX identifier, ``items`` what changed since the snapshot before, and the ledger's
    ``left_out`` which rows of the version before are not in this one, and why. ``quarantine`` names
    the pictures that wait for a person.
    Always ``images = kept + sum(dropped) + sum(failed)`` and ``kept = released + sum(withheld)``.

    Raises:
        ReleaseError: the sums do not add up, for the tables are not those of the release.
        MissingInputError: a stage has not been done on a partition.
    """
    published = open_release(release) if release else None
    released = _released(published)
    held = replace(run, caption_set=published.manifest["caption_set"]) if published else run
    told: dict[str, dict[str, Any]] = {}
    for source, partitions in audited_partitions(run, published).items():
        account = _Account()
        in_release = published is not None and source in published.manifest["sources"]
        tiers = published.manifest["tiers"] if published and in_release else None
        for partition in partitions:
            _enter(account, held, partition, released.get(source, frozenset()), tiers)
        if published is not None and not in_release and account.withheld:
            account.withheld = Counter({OTHER_SOURCE: account.withheld.total()})
        told[source] = account.to_json() | {"items": items_since(held, partitions)}
    summary = _summary(published)
    check_sums(told, summary)
    return {
        "sources": told,
        "release": summary,
        "left_out": rows_since(held, published),
        "failures": failures_of(told),
    }


def check_sums(sources: Mapping[str, Mapping[str, Any]], release: Mapping[str, Any] | None) -> None:
    """Raise a ReleaseError, with every source named, unless the ledger adds up."""
    faults = []
    for name, each in sources.items():
        parts = each["kept"] + sum(each["dropped"].values()) + sum(each["failed"].values())
        if each["images"] != parts:
            faults.append(f"{name} has {each['images']} images, the verdicts tell of {parts}")
        out = each["released"] + sum(each["withheld"].values())
        if each["kept"] != out:
            faults.append(f"{name} keeps {each['kept']} images, released and withheld are {out}")
    total = sum(each["released"] for each in sources.values())
    if release is not None and total != release["rows"]:
        faults.append(f"the sources released {total} images, the release has {release['rows']}")
    if faults:
        raise ReleaseError(
            "the audit does not add up: "
            + "; ".join(faults)
            + "; the tables are no longer those that the release was made from, build it again"
        )


def audited_partitions(run: Run, published: Published | None) -> dict[str, list[Partition]]:
    """Return partitions by source: those that the release was made from, else the latest."""
    snapshots: dict[str, str] = {}
    for each in published.manifest["partitions"] if published else ():
        source, snapshot, _part = each.split("/")
        snapshots[source] = snapshot
    there = set(run.workspace.sources())
    return {
        source: run.workspace.partitions(source, snapshots.get(source))
        for source in run.catalog.sources
        if source in there
    }


def _released(published: Published | None) -> dict[str, set[str]]:
    released: dict[str, set[str]] = {}
    if published is not None:
        for row in published.rows(["source", "image_id"]).to_pylist():
            released.setdefault(row["source"], set()).add(row["image_id"])
    return released


def _summary(published: Published | None) -> dict[str, Any] | None:
    if published is None:
        return None
    rows = published.rows(["image_id"]).num_rows
    return {"name": published.name, "version": published.version, "rows": rows}


def _enter(
    account: _Account,
    run: Run,
    partition: Partition,
    released: Collection[str],
    tiers: Sequence[str] | None,
) -> None:
    part = _read(run, partition) if tiers is None else read_part(run, partition, (*ORIGIN, *SHOWN))
    _enter_items(account, part["items"])
    _enter_media(account, part["media"])
    kept = _enter_images(account, part["images"], part["verdicts"])
    shown = [image for image in kept if image in released]
    account.counts["released"] += len(shown)
    if tiers is None:
        account.withheld[NO_RELEASE] += len(kept) - len(shown)
        account.withheld += Counter()  # drops what is zero
        return
    reasons = selection(part, tiers)
    account.withheld.update(
        reasons.get(image) or CHANGED for image in kept if image not in released
    )


def _read(run: Run, partition: Partition) -> Part:
    """Read a part that is in no release, as far as it has come: pictures only with verdicts."""
    is_screened = run.manifest(VERDICTS, partition) is not None
    wanted = [ITEMS, *((IMAGES, VERDICTS) if is_screened else ())]
    if run.manifest(MEDIA, partition) is not None:
        wanted.append(MEDIA)
    return {
        each.name: run.read(each, partition) if each in wanted else each.empty()
        for each in (ITEMS, MEDIA, IMAGES, VERDICTS)
    }


def _enter_items(account: _Account, items: pa.Table) -> None:
    account.counts["listed"] += items.num_rows
    for status, tier in zip(items["status"], items["licence_tier"], strict=True):
        if status.as_py() != "ok":
            account.left_out[status.as_py()] += 1
        elif tier.as_py() == "unknown":
            account.left_out[UNKNOWN_LICENCE] += 1
    account.licences.update(each or "unknown" for each in items["licence"].to_pylist())


def _enter_media(account: _Account, media: pa.Table) -> None:
    came = media.filter(pc.equal(media["status"], "ok"))
    account.counts["fetched"] += pc.count_distinct(came["item_id"]).as_py()
    statuses = Counter(media["status"].to_pylist())
    statuses.pop("ok", None)
    account.media_failed.update(statuses)


def _enter_images(account: _Account, images: pa.Table, verdicts: pa.Table) -> list[str]:
    """Count pictures by verdict; return those that are kept."""
    account.counts["images"] += images.num_rows
    status = dict(zip(images["image_id"].to_pylist(), images["status"].to_pylist(), strict=True))
    kept = []
    for row in _verdicts(verdicts):
        if row["verdict"] == "keep":
            kept.append(row["image_id"])
        elif row["verdict"] == "failed":
            account.failed[status.get(row["image_id"], "broken")] += 1
        else:
            reason = row["reasons"][0] if row["reasons"] else "no_reason"
            if row["verdict"] == "quarantine":
                reason = f"quarantine:{reason}"
                account.quarantine.append(row["image_id"])
            account.dropped[reason] += 1
    account.counts["kept"] += len(kept)
    return kept


def _verdicts(verdicts: pa.Table) -> Iterable[dict[str, Any]]:
    rows: list[dict[str, Any]] = verdicts.select(["image_id", "verdict", "reasons"]).to_pylist()
    return rows
