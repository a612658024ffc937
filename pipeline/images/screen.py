"""Decide of every picture whether it is kept, and why not.

Reads items, images, texts, pairs, fingerprints, duplicates. Writes verdicts.

A score is measured on the pixels first and set against its threshold afterwards; all scores are
written, and all reasons, in the order of the funnel. Where the catalog names a classifier, it
answers in place of the rules that it knows better.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from concurrent.futures import ThreadPoolExecutor
from dataclasses import asdict, dataclass
from typing import Any, cast

import pyarrow as pa
import pyarrow.compute as pc

from pipeline.catalog import Catalog
from pipeline.errors import NotFoundError
from pipeline.images.decode import PictureError, Pixels, decode_picture
from pipeline.images.faces import Face, share_of_faces
from pipeline.images.judges import Judge, judge_name, judge_options, open_judge
from pipeline.images.measures import measure_picture
from pipeline.images.privacy import faces_of, privacy_options, protect_picture
from pipeline.images.rules import met_rules
from pipeline.permissions import PERMITTED, Tier
from pipeline.store import Bench, Options, Stage
from schemas import DUPLICATES, FINGERPRINTS, IMAGES, ITEMS, PAIRS, TEXTS, VERDICTS
from schemas.verdicts import place_of_reason

THREADS = 4
# what other stages' outputs depend on, or is told with its file's digest
ELSEWHERE = {
    *("phash", "duplicate_distance", "candidate_distance"),
    *("classifier", "zero_shot", "face_model"),
}
REASON_OF_ITEM = {
    "retracted": "retracted",
    "deleted": "removed",
    "gone": "removed",
    "no_licence": "licence",
    "not_open_access": "licence",
}
_PANEL = re.compile(r"/[a-z]{1,2}$")  # `F2/b`: a part cut out of a figure

Row = Mapping[str, Any]


@dataclass(frozen=True, slots=True)
class Tables:
    """What the other tables say, by id."""

    items: Mapping[str, Row]
    duplicates: Mapping[str, Row]
    spoken: frozenset[str]


@dataclass(frozen=True, slots=True)
class Seen:
    """What was measured on one picture, and what a classifier said of it, if there is one."""

    pixels: Pixels
    faces: tuple[Face, ...]
    scores: dict[str, float]
    probabilities: dict[str, float] | None = None

    def listed_probabilities(self) -> list[dict[str, Any]] | None:
        """Return the probabilities as the table holds them."""
        if self.probabilities is None:
            return None
        listed = self.probabilities.items()
        return [{"label": label, "probability": share} for label, share in listed]


@dataclass(frozen=True, slots=True)
class Eye:
    """Looks at stored pictures."""

    bench: Bench
    judge: Judge | None = None

    def look(self, sha256: str) -> Seen:
        """Measure a stored picture, and ask the classifier.

        Raises:
            NotFoundError: the store does not have it.
            PictureError: it cannot be decoded.
        """
        pixels = decode_picture(self.bench.media.get(sha256))
        faces = faces_of(pixels, self.bench.options.get("privacy", {}))
        scores = asdict(measure_picture(pixels)) | {"face_share": share_of_faces(faces, pixels)}
        probabilities = None if self.judge is None else self.judge(pixels)
        return Seen(pixels, faces, scores, probabilities)


def screen_images(bench: Bench, *read: pa.Table) -> tuple[pa.Table]:
    """Judge a table of images, row by row in its order; `read` are the tables the stage reads."""
    items, images, texts, pairs, fingerprints, duplicates = read
    tables = Tables(
        _by_id(items, "item_id", ["item_id", "status", "licence_tier"]),
        _by_id(duplicates, "image_id", ["image_id", "canonical_id", "benchmark"]),
        spoken_of(texts, pairs),
    )
    unreadable = {
        row["image_id"]: row["error"]
        for row in fingerprints.select(["image_id", "status", "error"]).to_pylist()
        if row["status"] != "ok"
    }
    eye = Eye(bench, open_judge(bench.options))
    rows = images.to_pylist()
    with ThreadPoolExecutor(THREADS) as pool:
        found = pool.map(lambda row: _verdict_of(row, eye, tables, unreadable), rows)
        return (VERDICTS.table(found),)


def spoken_of(texts: pa.Table, pairs: pa.Table) -> frozenset[str]:
    """Return the ids of the pictures that a passage with words speaks about."""
    words = texts.filter(pc.equal(texts["status"], "ok"))["text_id"].combine_chunks()
    told = pc.and_(pc.is_in(pairs["text_id"], value_set=words), pc.equal(pairs["status"], "ok"))
    return frozenset(pairs.filter(told)["image_id"].to_pylist())


def _by_id(table: pa.Table, key: str, columns: list[str]) -> dict[str, Row]:
    return {row[key]: row for row in table.select(columns).to_pylist()}


def _verdict_of(
    image: Row, eye: Eye, tables: Tables, unreadable: Mapping[str, str | None]
) -> dict[str, Any]:
    reasons = source_reasons(image, tables)
    fault = image["error"] or image["status"] if image["status"] != "ok" else None
    fault = fault or unreadable.get(image["image_id"])
    seen: Seen | None = None
    if fault is None:
        try:
            seen = eye.look(image["sha256"])
        except (NotFoundError, PictureError) as broken:
            fault = str(broken)
    if seen is None:
        return _verdict(image, "failed", reasons | {"broken"}) | {"error": fault}
    size = {"width_px": image["width_px"], "height_px": image["height_px"]}
    reasons |= met_rules(seen.scores | size, eye.bench.options, seen.probabilities)
    verdict: str = "drop"
    shown: Row = {"n_faces": len(seen.faces)}
    if not reasons:
        tier = image["licence_tier"] or tables.items[image["item_id"]]["licence_tier"]
        permitted = PERMITTED[cast(Tier, tier)].may_alter
        course = protect_picture(image["image_id"], seen.pixels, seen.faces, eye.bench, permitted)
        verdict, reasons, shown = course.verdict, set(course.reasons), course.columns
    return _verdict(image, verdict, reasons) | {
        **seen.scores,
        **shown,
        "judged_by": judge_name(eye.bench.options),
        "probabilities": seen.listed_probabilities(),
    }


def _verdict(image: Row, verdict: str, reasons: set[str]) -> dict[str, Any]:
    return {
        "image_id": image["image_id"],
        "verdict": verdict,
        "reasons": sorted(reasons, key=place_of_reason),
        "status": "ok",
    }


def source_reasons(image: Row, tables: Tables) -> set[str]:
    """Return the reasons that lie outside the pixels: item, licence, text, duplicates."""
    reasons = set()
    item = tables.items.get(image["item_id"])
    if item is not None and item["status"] in REASON_OF_ITEM:
        reasons.add(REASON_OF_ITEM[item["status"]])
    if item is None or not permits_use(image["licence_tier"] or item["licence_tier"], image):
        reasons.add("licence")
    if image["image_id"] not in tables.spoken:
        reasons.add("no_text")
    found = tables.duplicates.get(image["image_id"])
    if found is not None and found["benchmark"] is not None:
        reasons.add(f"benchmark:{found['benchmark']}")
    if found is not None and found["canonical_id"] != image["image_id"]:
        reasons.add("duplicate")
    return reasons


def permits_use(tier: str, image: Row) -> bool:
    """Tell whether a licence tier permits any use of the picture here.

    A part cut out of a picture is a derivative. Restricted pictures pass, parts too, for they are
    passed on to nobody: releases go by tier.
    """
    permitted = PERMITTED[cast(Tier, tier)]
    is_part = image["box"] is not None or _PANEL.search(image["locator"]) is not None
    may_be_cut = permitted.may_alter or not permitted.may_redistribute
    return permitted.may_hold and (may_be_cut or not is_part)


def screening_options(catalog: Catalog, source_id: str | None, _set: str | None) -> Options:
    """Return the thresholds, the classifier with its digest, and the source's privacy policy."""
    return {
        **catalog.screening.model_dump(mode="json", exclude=ELSEWHERE),
        **judge_options(catalog.screening),
        "privacy": privacy_options(catalog, source_id),
    }


SCREEN = Stage(
    "screen",
    version=4,
    reads=(ITEMS, IMAGES, TEXTS, PAIRS, FINGERPRINTS, DUPLICATES),
    writes=(VERDICTS,),
    run=screen_images,
    options=screening_options,
)
