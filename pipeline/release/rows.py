"""Rows of a release, partition by partition: pictures, captions and provenances."""

from __future__ import annotations

from collections import Counter
from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass
from typing import Any

import pyarrow as pa

from pipeline.errors import ReleaseError
from pipeline.identity import file_stem
from pipeline.release.inputs import Part, rows_by
from pipeline.release.selection import best_captions, licence_of, selection
from pipeline.source_entries import Source
from schemas.release import CAPTION_PAIRS, PROVENANCE, RELEASE

Row = Mapping[str, Any]

# What a text says is so; what it denies, doubts or tells of others is no attribute of the picture.
AFFIRMED = "affirmed"
KINDS = ("refined", "ontology", "concept")
# A picture that its source took back is not named as a provenance of another's.
TAKEN_BACK = frozenset({"retracted", "removed"})


@dataclass(frozen=True, slots=True)
class Shown:
    """Pictures of one partition that a release shows, and their captions.

    ``withheld`` counts the kept pictures that it does not show, by reason. Split, group and number
    of provenances are those of the picture alone until all are known.
    """

    rows: pa.Table
    captions: pa.Table
    withheld: Mapping[str, int]


def release_filename(folder: str, image: str) -> str:
    """Return the path of a picture below `images/`: the same in every version."""
    return f"{folder}/{file_stem(image)}.jpg"


def shown_rows(
    part: Part, source_id: str, entry: Source, tiers: Collection[str], caption_set: str
) -> Shown:
    """Return rows of the pictures of one partition that the release takes."""
    tables = {
        name: rows_by(part[name], "image_id")
        for name in ("images", "fingerprints", "annotations", "labels")
    }
    items = rows_by(part["items"], "item_id")
    verdicts = rows_by(part["verdicts"], "image_id")
    captions = best_captions(part)
    rows: list[dict[str, Any]] = []
    pairs: list[dict[str, Any]] = []
    decided = selection(part, tiers)
    for image in sorted(image for image, reason in decided.items() if reason is None):
        picture = tables["images"][image]
        filename = release_filename(entry.folder, image)
        rows.append(
            {
                "filename": filename,
                "split": "train",
                "n_provenances": 1,
                "caption_set": caption_set,
                "source": source_id,
                "source_type": entry.source_type,
                "phash": tables["fingerprints"][image]["phash"],
                **_picture(picture, items[picture["item_id"]], verdicts[image]),
                **_captions(captions[image]),
                **_label(tables["labels"].get(image, {})),
                **_attributes(tables["annotations"].get(image, {})),
            }
        )
        pairs += [_pair(filename, captions[image][k]) for k in KINDS if k in captions[image]]
    withheld: Counter[str] = Counter(each for each in decided.values() if each is not None)
    return Shown(RELEASE.table(rows), CAPTION_PAIRS.table(pairs), dict(withheld))


def provenances(part: Part, filenames: Mapping[str, str]) -> tuple[pa.Table, list[tuple[str, str]]]:
    """Return provenance rows of one partition, and the (filename, group) pairs they give.

    Args:
        part: items, media, images, duplicates and verdicts of the partition.
        filenames: released file by the image_id of its canonical picture.
    """
    items = rows_by(part["items"], "item_id")
    images = rows_by(part["images"], "image_id")
    files = _files(part["media"].to_pylist())
    taken_back = {
        row["image_id"]
        for row in part["verdicts"].select(["image_id", "reasons"]).to_pylist()
        if TAKEN_BACK & set(row["reasons"])
    }
    rows: list[dict[str, Any]] = []
    groups: list[tuple[str, str]] = []
    for row in part["duplicates"].select(["image_id", "canonical_id"]).to_pylist():
        filename = filenames.get(row["canonical_id"])
        picture = images[row["image_id"]]
        item = items[picture["item_id"]]
        if filename is None or item["status"] != "ok" or row["image_id"] in taken_back:
            continue
        is_canonical = row["image_id"] == row["canonical_id"]
        rows.append(_provenance(filename, is_canonical, picture, item, files))
        groups.append((filename, item["group_key"]))
    return PROVENANCE.table(rows), groups


def _picture(picture: Row, item: Row, verdict: Row) -> dict[str, Any]:
    return {
        **{name: picture[name] for name in ("image_id", "width_px", "height_px")},
        "sha256": verdict["shown_sha256"] or picture["sha256"],
        "hidden": verdict["hidden"],
        **{name: licence_of(picture, item)[name] for name in ("licence", "licence_tier")},
        "page_url": item["page_url"],
        "group_id": item["group_key"],
    }


def _captions(captions: Mapping[str, Row]) -> dict[str, Any]:
    return {
        "refined_caption": captions["refined"]["text"],
        "truncated_caption": _truncated(captions["refined"]),
        "ontology_caption": captions.get("ontology", {}).get("text"),
        "concept_caption": captions.get("concept", {}).get("text"),
    }


def _truncated(caption: Row) -> str:
    short = str(caption["truncated_text"] or "").strip()
    return short or str(caption["text"])


def _pair(filename: str, caption: Row) -> dict[str, Any]:
    same = ("kind", "caption_id", "model_id", "model_revision", "prompt_id", "prompt_sha256")
    return {
        "filename": filename,
        "caption": caption["text"],
        "truncated_caption": _truncated(caption),
        "split": "train",
        **{name: caption[name] for name in same},
    }


def _label(label: Row) -> dict[str, Any]:
    return {
        "label_status": label.get("label_status", "no_diagnosis"),
        "condition_ids": label.get("condition_ids", []),
        "disease_label": label.get("disease_label", []),
        "hierarchy": label.get("hierarchy", []),
        "concepts": label.get("concept_names", []),
    }


def _attributes(annotation: Row) -> dict[str, Any]:
    return {
        "body_sites": affirmed(annotation.get("body_sites", [])),
        "symptoms": affirmed(annotation.get("symptoms", [])),
        **{name: annotation.get(name) for name in ("age", "gender", "skin_tone")},
    }


def affirmed(evidence: Iterable[Row]) -> list[str]:
    """Return the values that the text affirms, each once, in the order given."""
    values = (each["value"] for each in evidence if each["assertion"] == AFFIRMED)
    return list(dict.fromkeys(values))


def _files(media: Iterable[Row]) -> dict[tuple[str, str], Row]:
    files: dict[tuple[str, str], Row] = {}
    for row in sorted(media, key=lambda row: str(row["media_id"])):
        if row["status"] == "ok" and row["sha256"]:
            files.setdefault((row["item_id"], row["sha256"]), row)
    return files


def _provenance(
    filename: str,
    is_canonical: bool,
    picture: Row,
    item: Row,
    files: Mapping[tuple[str, str], Row],
) -> dict[str, Any]:
    file = files.get((item["item_id"], picture["media_sha256"] or ""))
    if file is None:
        raise ReleaseError(
            f"{picture['image_id']} was cut from a file {picture['media_sha256']} that the table "
            "media does not have; run `dermcurate collect` and `dermcurate curate` again"
        )
    return {
        "filename": filename,
        "image_id": picture["image_id"],
        "is_canonical": is_canonical,
        **{name: item[name] for name in ("item_id", "page_url", "title", "creator")},
        **licence_of(picture, item),
        "media_url": file["url"],
        "media_sha256": file["sha256"],
        "locator": picture["locator"],
        "box": picture["box"],
        **{name: file[name] for name in ("retrieved_at", "collector", "collector_version")},
    }
