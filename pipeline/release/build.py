"""Build a version of a release: whole or not at all, and never changed afterwards.

Reads items, media, images, fingerprints, duplicates, verdicts, annotations, labels, captions.
Writes release, caption_pairs, provenance.
"""

from __future__ import annotations

import logging
import os
import shutil
from collections import Counter
from dataclasses import replace
from pathlib import Path
from typing import Any

import pyarrow as pa

from pipeline.catalog import ReleaseEntry
from pipeline.errors import DermcurateError, ReleaseError
from pipeline.identity import sha256_json, utc_now
from pipeline.release.card import dataset_card
from pipeline.release.changes import changelog, changes_since
from pipeline.release.checksums import write_sums
from pipeline.release.content import Content, Progress, compose
from pipeline.release.counts import count_release
from pipeline.release.expect import breaches
from pipeline.release.files import data_files, json_bytes, ontology_files
from pipeline.release.inputs import RELEASE_VERSION, Inputs, gather_inputs
from pipeline.release.pictures import place_pictures, strange_pictures
from pipeline.release.published import CARD, CHANGELOG, IMAGES, Published, open_release
from pipeline.release.versions import (
    MANIFEST,
    TEMPORARY,
    next_version,
    sole_builder,
    standing_versions,
    version_key,
)
from pipeline.store import Run
from schemas import ContractError

log = logging.getLogger(__name__)

N_EXAMPLES = 3


def build_release(
    run: Run, name: str, version: str | None = None, progress: Progress | None = None
) -> Path:
    """Return the folder of a version that holds what the workspace holds now.

    If the newest version (or the one asked for) was made from the same inputs, it is returned and
    nothing is written. Else a version is written under a temporary name and renamed. A run without
    a caption set takes that of the release's entry.

    Raises:
        MissingInputError: a stage has not been done on a partition.
        ReleaseError: an expectation is breached, or the version stands with other content.
    """
    entry = run.catalog.release(name)
    held = replace(run, caption_set=run.caption_set or entry.caption_set)
    inputs = gather_inputs(held, name)
    folder = run.workspace.folder("releases", name)
    with sole_builder(folder):
        _sweep(folder)
        standing = _standing(folder, version, inputs.key)
        if standing is not None:
            log.info("release: %s stands and has the same content", standing)
            return standing
        version = version or next_version(folder, utc_now())
        content = compose(held, entry, inputs, progress or (lambda _what: None))
        if found := breaches(content, entry):
            raise ReleaseError(f"release {name} is not made: " + "; ".join(found))
        earlier = _earlier(folder, version)
        newest = earlier[0] if earlier else None
        manifest = release_manifest(name, version, entry, inputs, content)
        manifest["changes"] = changes_since(newest, content.rows, held, inputs.shown)
        history = changelog([manifest, *(each.manifest for each in earlier)])
        return _write(held, folder, content, manifest, history)


def _earlier(folder: Path, version: str) -> list[Published]:
    """Return the standing versions before this one, newest first."""
    older = [each for each in standing_versions(folder) if version_key(each) < version_key(version)]
    return [open_release(folder / each) for each in reversed(older)]


def _standing(folder: Path, version: str | None, key: str) -> Path | None:
    if version is None:
        versions = standing_versions(folder)
        newest = folder / versions[-1] if versions else None
        return newest if newest and open_release(newest).manifest["key"] == key else None
    version_key(version)
    path = folder / version
    if not path.exists():
        return None
    if open_release(path).manifest["key"] == key:
        return path
    raise ReleaseError(
        f"{path} stands with other content and is never changed; "
        "leave the version out, and a new one is named"
    )


def _sweep(folder: Path) -> None:
    for each in sorted(folder.glob(f"{TEMPORARY}*")):
        log.info("release: %s is what an interrupted build left; it is removed", each)
        shutil.rmtree(each)


def release_manifest(
    name: str, version: str, entry: ReleaseEntry, inputs: Inputs, content: Content
) -> dict[str, Any]:
    """Return what `manifest.json` says: what the version was made from, and how much it holds."""
    return {
        "name": name,
        "version": version,
        "title": entry.title,
        "key": inputs.key,
        "release_version": RELEASE_VERSION,
        "caption_set": inputs.catalog["caption_set"],
        "captions": inputs.catalog["captions"],
        "model": inputs.catalog["model"],
        "prompts": _prompts(content.captions),
        "tiers": list(entry.tiers),
        "release": inputs.catalog["release"],
        "sources": inputs.catalog["sources"],
        "uncollected": list(inputs.uncollected),
        "partitions": [str(each) for each in inputs.shown],
        "counts": count_release(content.rows, content.captions, content.provenance),
        "withheld": dict(content.withheld),
        "catalog_sha256": sha256_json(inputs.catalog),
        "ontology_sha256": inputs.ontology_sha256,
        "inputs": {table: dict(each) for table, each in inputs.digests.items()},
    }


def _prompts(captions: pa.Table) -> list[dict[str, Any]]:
    told = ("kind", "prompt_id", "prompt_sha256", "model_id", "model_revision")
    counted = Counter(tuple(row.values()) for row in captions.select(list(told)).to_pylist())
    return [
        {**dict(zip(told, values, strict=True)), "captions": n}
        for values, n in sorted(counted.items())
    ]


def _write(
    run: Run, folder: Path, content: Content, manifest: dict[str, Any], history: str
) -> Path:
    version: str = manifest["version"]
    target = folder / version
    temporary = folder / f"{TEMPORARY}{version}"
    try:
        _fill(run, temporary, content, manifest, history)
        temporary.rename(target)
        _sync(folder)
    except OSError as fault:
        shutil.rmtree(temporary, ignore_errors=True)
        raise ReleaseError(
            f"{target} cannot be written ({fault.strerror}); nothing stands there. "
            "Free some space or check the permissions, then run again"
        ) from fault
    except (DermcurateError, ContractError):
        shutil.rmtree(temporary, ignore_errors=True)
        raise
    log.info("release: %s, %d rows", target, content.rows.num_rows)
    return target


def _fill(run: Run, folder: Path, content: Content, manifest: dict[str, Any], history: str) -> None:
    pictures = list(
        zip(content.rows["filename"].to_pylist(), content.rows["sha256"].to_pylist(), strict=True)
    )
    place_pictures(folder / IMAGES, pictures, run.workspace.media)
    examples = content.rows.slice(0, N_EXAMPLES).to_pylist()
    for path, text in (
        *data_files(content),
        *ontology_files(),
        (CARD, dataset_card(manifest, examples).encode()),
        (CHANGELOG, history.encode()),
        (MANIFEST, json_bytes(manifest)),
    ):
        _write_file(folder / path, text)
    digests = write_sums(folder)
    if strange := strange_pictures(IMAGES, pictures, digests):
        raise ReleaseError(
            f"{len(strange)} pictures of the media store are damaged, for example {strange[0]}; "
            "run `dermcurate collect --retry failed:missing_blob`, then `dermcurate curate`"
        )


def _write_file(path: Path, content: bytes) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    with path.open("wb") as out:
        out.write(content)
        out.flush()
        os.fsync(out.fileno())


def _sync(folder: Path) -> None:
    descriptor = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)
