"""Verify a release as a stranger would: from its folder alone."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from pathlib import Path
from typing import Any

import pyarrow as pa

from pipeline.errors import ReleaseError
from pipeline.identity import sha256_bytes
from pipeline.images.decode import PictureError, decode_picture
from pipeline.release.checksums import sums_faults
from pipeline.release.derm1m import CSV_OF_SPLIT, concept_rows, derm1m_row
from pipeline.release.files import CONCEPT_COLUMNS, SPLIT_COLUMNS
from pipeline.release.published import (
    CAPTIONS_FILE,
    CONCEPTS_FILE,
    IMAGES,
    PROVENANCE_FILE,
    SPLITS,
    Published,
    open_release,
    read_table,
)
from pipeline.release.splits import ORDER, straddling_groups
from pipeline.release.spreadsheet import read_csv, read_header
from pipeline.release.versions import MANIFEST
from schemas.release import CAPTION_PAIRS, DERM1M_COLUMNS, PROVENANCE, RELEASE

Row = Mapping[str, Any]
EXAMPLES = 5
_KIND_COLUMNS = {
    "refined": "refined_caption",
    "ontology": "ontology_caption",
    "concept": "concept_caption",
}


def verify_release(path: Path, progress: Callable[[str], None] | None = None) -> list[str]:
    """Return every fault of a release, each beginning with the file it is in; none: it is good.

    Checks digests both ways, contracts, that every row's picture is there and decodes, that
    Parquet and CSVs say the same, that no group and no picture is in two splits, and that licence
    tiers are those that the release may hold.
    """
    tell = progress or (lambda _what: None)
    if not path.is_dir():
        return [f"{path}: is not the folder of a release"]
    tell("digests")
    faults = sums_faults(path)
    try:
        release = open_release(path)
    except ReleaseError as fault:
        return [*faults, f"{MANIFEST}: {fault}"]
    folder = path.resolve().name
    if release.version != folder:
        faults.append(f"{MANIFEST}: is of version {release.version}, the folder is {folder}")
    tell("tables")
    rows, found = _read_rows(release)
    faults += found
    if rows is not None:
        listed = rows.to_pylist()
        faults += _row_faults(release, listed)
        faults += _provenance_faults(release, listed)
        faults += _csv_faults(release, listed)
        tell("pictures")
        faults += _picture_faults(release, listed)
    return faults


def _read_rows(release: Published) -> tuple[pa.Table | None, list[str]]:
    tables, faults = [], []
    for split in ORDER:
        for shard in release.shards(split):
            where = shard.relative_to(release.path).as_posix()
            try:
                table = read_table(shard, RELEASE)
            except ReleaseError as fault:
                faults.append(f"{where}: {fault}")
                continue
            strangers = set(table["split"].to_pylist()) - {split}
            if strangers:
                faults.append(f"{where}: has rows of the splits {sorted(strangers)}")
            tables.append(table)
    if not tables:
        return None, [*faults, "data: there are no shards that can be read"]
    # rows of a shard that cannot be read would be missed in every other file
    return (None if faults else pa.concat_tables(tables).sort_by("filename")), faults


def _row_faults(release: Published, rows: list[dict[str, Any]]) -> list[str]:
    faults = []
    names = [row["filename"] for row in rows]
    if len(set(names)) < len(names):
        faults.append("data: a file name stands in two rows")
    for column in ("group_id", "sha256", "image_id"):
        for value in straddling_groups((row[column], row["split"]) for row in rows):
            faults.append(f"data: {column} {value} is in two splits")
    allowed = set(release.manifest["tiers"])
    for row in rows:
        if row["licence_tier"] not in allowed:
            faults.append(
                f"data: {row['filename']} has the licence tier {row['licence_tier']}, allowed are "
                f"{sorted(allowed)}"
            )
    stated = release.manifest.get("counts", {}).get("images")
    if stated != len(rows):
        faults.append(f"{MANIFEST}: states {stated} pictures, data has {len(rows)}")
    return faults


def _provenance_faults(release: Published, rows: list[dict[str, Any]]) -> list[str]:
    try:
        table = read_table(release.path / PROVENANCE_FILE, PROVENANCE)
    except ReleaseError as fault:
        return [f"{PROVENANCE_FILE}: {fault}"]
    found: dict[str, list[Row]] = {}
    for row in table.to_pylist():
        found.setdefault(row["filename"], []).append(row)
    faults = [
        f"{PROVENANCE_FILE}: {name} is not in data"
        for name in sorted(found.keys() - {row["filename"] for row in rows})
    ]
    for row in rows:
        origins = found.get(row["filename"], [])
        shown = [each["image_id"] for each in origins if each["is_canonical"]]
        if shown != [row["image_id"]] or len(origins) != row["n_provenances"]:
            faults.append(f"{PROVENANCE_FILE}: {row['filename']} is not told as data tells it")
    return faults


def _csv_faults(release: Published, rows: list[dict[str, Any]]) -> Iterator[str]:
    for split in ORDER:
        own = [row for row in rows if row["split"] == split]
        twelve = [dict(zip(DERM1M_COLUMNS, derm1m_row(row), strict=True)) for row in own]
        yield from _compare(release.path, CSV_OF_SPLIT[split], DERM1M_COLUMNS, twelve)
        places = [{name: str(row[name]) for name in SPLIT_COLUMNS} for row in own]
        yield from _compare(release.path, f"{SPLITS}/{split}.csv", SPLIT_COLUMNS, places)
    concepts = [dict(zip(CONCEPT_COLUMNS, row, strict=True)) for row in concept_rows(rows)]
    yield from _compare(release.path, CONCEPTS_FILE, CONCEPT_COLUMNS, concepts)
    pairs = [
        {"filename": row["filename"], "kind": kind, "caption": row[column], "split": row["split"]}
        for row in rows
        for kind, column in _KIND_COLUMNS.items()
        if row[column]
    ]
    yield from _compare(release.path, CAPTIONS_FILE, CAPTION_PAIRS.column_names, pairs)


def _compare(
    folder: Path, name: str, columns: tuple[str, ...] | list[str], wanted: list[dict[str, str]]
) -> list[str]:
    """Return how a CSV differs from the rows that the Parquet files give it."""
    path = folder / name
    if not path.is_file():
        return [f"{name}: missing"]
    if read_header(path) != list(columns):
        return [f"{name}: its columns are not {list(columns)}"]
    try:
        found = list(read_csv(path))
    except ReleaseError as fault:
        return [f"{name}: {fault}"]
    faults = []
    if len(found) != len(wanted):
        faults.append(f"{name}: has {len(found)} rows, data gives {len(wanted)}")
    for row, told in zip(found, wanted, strict=False):
        differing = [column for column, value in told.items() if row[column] != value]
        empty = [column for column in ("caption", "truncated_caption") if row.get(column) == ""]
        if differing or empty:
            what = ", ".join(dict.fromkeys([*differing, *empty]))
            faults.append(f"{name}: {told['filename']} differs from data in {what}")
    return faults[:EXAMPLES]


def _picture_faults(release: Published, rows: list[dict[str, Any]]) -> Iterator[str]:
    for row in rows:
        where = f"{IMAGES}/{row['filename']}"
        path = release.path / where
        if ".." in Path(row["filename"]).parts or not path.is_file():
            yield f"{where}: missing, a row names it"
            continue
        content = path.read_bytes()
        if sha256_bytes(content) != row["sha256"]:
            yield f"{where}: is not the picture that its row names"
        try:
            height, width = decode_picture(content).shape[:2]
        except PictureError as fault:
            yield f"{where}: does not decode: {fault}"
            continue
        if (width, height) != (row["width_px"], row["height_px"]):
            yield f"{where}: is {width} x {height}, its row says otherwise"
