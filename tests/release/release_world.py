"""A workspace of three small sources with every kind of outcome, written by no stage."""

from __future__ import annotations

import json
from collections import defaultdict
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import numpy as np

from pipeline.catalog import Catalog
from pipeline.identity import canonical_json, image_id, media_id, sha256_text, text_id
from pipeline.images.decode import encode_picture
from pipeline.store import Manifest, Partition, Run, Workspace
from pipeline.store.manifest import Output, count_statuses
from schemas import (
    ANNOTATIONS,
    ANSWERS,
    CAPTIONS,
    DUPLICATES,
    FINGERPRINTS,
    IMAGES,
    ITEMS,
    LABELS,
    MEDIA,
    PAIRS,
    TEXTS,
    VERDICTS,
)

SNAPSHOT = "2026-11-01"
WHEN = datetime(2026, 11, 1, 12, 0, tzinfo=UTC)
TABLES = (
    *(ITEMS, MEDIA, IMAGES, TEXTS, PAIRS, FINGERPRINTS, DUPLICATES, VERDICTS),
    ANNOTATIONS,
    LABELS,
    ANSWERS,
    CAPTIONS,
)
FORMULA = '=HYPERLINK("http://127.0.0.1","x") shows two red plaques.'
A = "papers:PMC1#F1/a"
A_COPY = "board:b1#p1-1"

CATALOG: dict[str, Any] = {
    "version": 1,
    "sources": {
        "papers": {
            "kind": "pubmed",
            "title": "Open papers",
            "homepage": "https://papers.example/",
            "terms_url": "https://papers.example/terms",
            "source_type": "knowledge",
            "folder": "pubmed",
            "eutils_url": "https://eutils.example/",
            "bucket_url": "https://bucket.example/",
            "queries": ["skin"],
            "since": "2020-01-01",
        },
        "videos": {
            "kind": "youtube",
            "title": "Lectures",
            "homepage": "https://videos.example/",
            "terms_url": "https://videos.example/terms",
            "source_type": "edu",
            "folder": "youtube",
            "searches": ["skin"],
        },
        "board": {
            "kind": "reddit",
            "title": "A board | with a pipe",
            "homepage": "https://board.example/",
            "terms_url": "https://board.example/terms",
            "source_type": "forum",
            "folder": "reddit",
            "api_url": "https://api.example/",
            "subreddits": ["skin"],
            "since": "2020-01-01",
        },
    },
    "models": {
        "template": {"engine": "template", "name": "template", "revision": "1"},
        "terse": {"engine": "template", "name": "terse", "revision": "1"},
    },
    "caption_sets": {
        "template": {
            "title": "By grammar",
            "model": "template",
            "prompts": {k: f"{k}/v1" for k in ("annotate", "refined", "ontology", "concept")},
        },
        "terse": {
            "title": "Shorter",
            "model": "terse",
            "annotations_from": "template",
            "prompts": {k: f"{k}/v1" for k in ("refined", "ontology", "concept")},
        },
    },
    "releases": {
        "derm": {
            "title": "Skin pictures",
            "caption_set": "template",
            "tiers": ["open"],
            "splits": {"train": 0.6, "validation": 0.2, "test": 0.2, "seed": 7},
            "expect": {"min_rows": 3, "min_label_share": 0.2},
        },
        "papers-only": {
            "title": "Papers",
            "sources": ["papers"],
            "caption_set": "template",
            "tiers": ["open", "non-commercial"],
        },
    },
}


def make_catalog(**changes: Any) -> Catalog:
    """Return the catalog; `changes` replace keys of the release `derm`."""
    document = json.loads(json.dumps(CATALOG))
    document["releases"]["derm"] |= changes
    return Catalog.model_validate_json(json.dumps(document))


def picture(seed: int) -> np.ndarray:
    """Return a small smooth picture that no other seed gives."""
    made = np.random.default_rng(seed)
    coarse = made.integers(60, 220, size=(5, 6, 3), dtype=np.uint8)
    return coarse.repeat(8, axis=0).repeat(8, axis=1)


@dataclass
class World:
    """Rows by (partition, table), filled by source functions and written at the end."""

    workspace: Workspace
    rows: dict[tuple[Partition, str], list[dict[str, Any]]] = field(
        default_factory=lambda: defaultdict(list)
    )
    seeds: int = 0

    def add(self, partition: Partition, table: str, **row: Any) -> None:
        self.rows[(partition, table)].append(row)

    def item(self, at: Partition, key: str, licence: str | None, tier: str, **more: Any) -> str:
        item = f"{at.source_id}:{key}"
        row = {
            "item_id": item,
            "source_id": at.source_id,
            "source_key": key,
            "page_url": f"https://{at.source_id}.example/{key}",
            "title": f"About {key}",
            "creator": f"creator of {key}",
            "licence": licence,
            "licence_tier": tier,
            "licence_evidence": f"footer: {licence}" if licence else None,
            "collected_at": WHEN,
            "group_key": f"{at.source_id}:{key}",
            "listed_sha256": sha256_text(key),
            "details": "{}",
            "status": "ok",
        }
        self.add(at, "items", **(row | more))
        return item

    def failed_media(self, at: Partition, item: str, name: str, status: str) -> None:
        self.add(
            at, "media", **self._file(item, name), http_status=404, status=status, error=status
        )

    def failed_image(self, at: Partition, item: str, locator: str, status: str) -> str:
        image = image_id(item, locator)
        named = {"image_id": image, "item_id": item, "locator": locator}
        self.add(at, "images", **named, status=status, error=f"{locator}: {status}")
        self.add(at, "fingerprints", image_id=image, status="no_picture")
        self._alone(at, image, method="none", status="no_fingerprint")
        self.add(at, "verdicts", image_id=image, verdict="failed", reasons=["broken"], status="ok")
        return image

    def image(
        self,
        at: Partition,
        item: str,
        locator: str,
        *,
        drop: str | None = None,
        duplicate_of: str | None = None,
        seed: int | None = None,
    ) -> str:
        """Add a picture with its file, text, pair, fingerprint, duplicate and verdict rows."""
        self.seeds += 1
        pixels = picture(seed or self.seeds)
        source = self.workspace.media.put(encode_picture(pixels) + item.encode(), "jpg")
        stored = self.workspace.media.put(encode_picture(pixels), "jpg")
        image = image_id(item, locator)
        name = f"{locator.replace('/', '_')}.jpg"
        self.add(
            at,
            "media",
            **self._file(item, name),
            sha256=source,
            n_bytes=len(self.workspace.media.get(source)),
            content_type="image/jpeg",
            http_status=200,
            status="ok",
        )
        self.add(
            at,
            "images",
            image_id=image,
            item_id=item,
            locator=locator,
            media_sha256=source,
            box=[0, 0, 48, 40],
            width_px=48,
            height_px=40,
            sha256=stored,
            status="ok",
        )
        passage = text_id(item, f"{locator}/caption")
        self.add(
            at,
            "texts",
            text_id=passage,
            item_id=item,
            kind="caption",
            locator=f"{locator}/caption",
            language="en",
            text=f"Psoriasis of the elbow, {locator}, with scale.",
            status="ok",
        )
        self.add(
            at,
            "pairs",
            image_id=image,
            text_id=passage,
            method="figure_caption",
            score=0.9,
            group_id=item.split(":")[1],
            status="ok",
        )
        self.add(
            at,
            "fingerprints",
            image_id=image,
            pixel_sha256=stored,
            phash=1000 + (seed or self.seeds),
            status="ok",
        )
        if duplicate_of:
            self._alone(at, image, canonical=duplicate_of, method="phash", distance=2)
        else:
            self._alone(at, image, method="single")
        reasons = [reason for reason in (drop, "duplicate" if duplicate_of else None) if reason]
        self.add(
            at,
            "verdicts",
            image_id=image,
            verdict="drop" if reasons else "keep",
            reasons=reasons,
            skin_share=0.5,
            status="ok",
        )
        if not reasons:
            self.annotate(at, image, passage)
        return image

    def annotate(self, at: Partition, image: str, passage: str) -> None:
        evidence = {"text_id": passage, "span": "scale", "assertion": "affirmed"}
        denied = {"value": "itch", "text_id": passage, "span": "no itch", "assertion": "negated"}
        self.add(
            at,
            "annotations",
            image_id=image,
            diseases=[{"value": "psoriasis", **evidence, "span": "Psoriasis"}],
            concepts=[{"value": "scale", **evidence}],
            body_sites=[{"value": "elbow", **evidence, "span": "elbow"}],
            symptoms=[denied],
            history=[],
            text_ids=[passage],
            n_spans_dropped=0,
            **self._origin("annotate", "template"),
        )
        self.add(
            at,
            "labels",
            image_id=image,
            label_status="linked",
            condition_ids=["psoriasis"],
            disease_label=["psoriasis"],
            hierarchy=["inflammatory, papulosquamous, psoriasis"],
            matched="Psoriasis",
            method="exact",
            score=100.0,
            concept_ids=["scale"],
            concept_names=["Scale"],
            status="ok",
        )

    def caption(
        self,
        at: Partition,
        image: str,
        kind: str,
        text: str | None,
        *,
        attempt: int = 1,
        status: str = "ok",
        caption_set: str = "template",
    ) -> None:
        question = {
            "caption_id": f"{image}@{kind}@{caption_set}@{attempt}",
            "image_id": image,
            "kind": kind,
            "caption_set": caption_set,
            **self._origin(kind, caption_set, attempt),
            "status": status,
        }
        table = "captions" if caption_set == "template" else f"captions/{caption_set}"
        grounding = "supported" if status == "ok" else "unsupported"
        said = {"text": text, "truncated_text": text and text[:60]}
        self.add(at, table, **question, **said, grounding=grounding, faults=[])
        answers = table.replace("captions", "answers")
        given = question | {"status": "ok"}
        self.add(at, answers, **given, raw=canonical_json({"caption": text}), text=text)

    def three_captions(self, at: Partition, image: str, text: str) -> None:
        self.caption(at, image, "refined", text)
        self.caption(at, image, "ontology", "This is a skin photo diagnosed as psoriasis.")
        self.caption(at, image, "concept", "This skin photo shows scale.")
        self.caption(at, image, "refined", f"In short: {text}", caption_set="terse")

    def change(self, table: str, key: str, value: str, **changes: Any) -> None:
        """Change the one row of a table whose column `key` has a value."""
        found = [
            row
            for (_at, name), rows in self.rows.items()
            if name == table
            for row in rows
            if row[key] == value
        ]
        assert len(found) == 1
        found[0].update(changes)

    def write(self) -> None:
        """Write tables, manifests and listings."""
        partitions = sorted({at for at, _table in self.rows})
        for at in partitions:
            for contract in TABLES:
                sets = ("template", "terse") if contract in (ANSWERS, CAPTIONS) else ("template",)
                for caption_set in sets:
                    self._write_table(at, contract, caption_set)
        for source in {at.source_id for at in partitions}:
            n = sum(at.source_id == source for at in partitions)
            n_items = sum(len(self.rows[(at, "items")]) for at in partitions)
            self.workspace.write_listing(source, SNAPSHOT, {"n_partitions": n, "n_items": n_items})

    def _write_table(self, at: Partition, contract: Any, caption_set: str) -> None:
        own = caption_set != "template"
        name = f"{contract.name}/{caption_set}" if own else contract.name
        held = caption_set if contract.by_caption_set else None
        table = contract.table(self.rows[(at, name)])
        digest = self.workspace.write_table(contract, table, at, held)
        before = self.workspace.read_manifest(contract.written_by, at, held)
        outputs = dict(before.outputs) if before else {}
        outputs[contract.name] = Output(digest, table.num_rows, count_statuses(table))
        manifest = Manifest(contract.written_by, 1, str(at), "key", {}, {}, outputs)
        self.workspace.write_manifest(manifest, at, held)

    def _alone(self, at: Partition, image: str, canonical: str | None = None, **more: Any) -> None:
        stands = canonical or image
        row = {"image_id": image, "cluster_id": stands, "canonical_id": stands, "status": "ok"}
        self.add(at, "duplicates", **(row | more))

    @staticmethod
    def _file(item: str, name: str) -> dict[str, Any]:
        return {
            "media_id": media_id(item, name),
            "item_id": item,
            "listed_sha256": sha256_text(item),
            "role": "picture",
            "name": name,
            "url": f"https://files.example/{item.replace(':', '/')}/{name}",
            "retrieved_at": WHEN,
            "collector": item.split(":")[0],
            "collector_version": 1,
        }

    @staticmethod
    def _origin(kind: str, caption_set: str, attempt: int = 1) -> dict[str, Any]:
        return {
            "request_sha256": sha256_text(f"{kind} {caption_set}"),
            "prompt_id": f"{kind}/v1",
            "prompt_sha256": sha256_text(kind),
            "engine": "template",
            "model_id": caption_set,
            "model_revision": "1",
            "sampling": canonical_json({"temperature": 0.0}),
            "seed": 7,
            "finish_reason": "stop",
            "n_tokens_in": 20,
            "n_tokens_out": 10,
            "attempt": attempt,
            "status": "ok",
        }


def make_world(root: Path) -> World:
    """Return the world, not yet written: 6 released pictures of 17, see tests/audit."""
    world = World(Workspace(root))
    _papers(world)
    _videos(world)
    _board(world)
    return world


def make_run(root: Path, **changes: Any) -> Run:
    """Write the world and return a run over it."""
    world = make_world(root)
    world.write()
    return Run(world.workspace, make_catalog(**changes), "template")


def _papers(world: World) -> None:
    first, second = (Partition("papers", SNAPSHOT, index) for index in (0, 1))
    one = world.item(first, "PMC1", "CC-BY-4.0", "open")
    a = world.image(first, one, "F1/a", seed=1001)
    b = world.image(first, one, "F1/b")
    world.three_captions(first, a, "A scaly plaque on the elbow.")
    world.three_captions(first, b, "A second plaque, seen from the side.")
    world.item(first, "PMC2", "CC-BY-4.0", "open", status="retracted", error="retracted 2025")
    three = world.item(first, "PMC3", "CC-BY-NC-4.0", "non-commercial")
    withheld = world.image(first, three, "F1")
    world.three_captions(first, withheld, "A plaque that money must not touch.")
    four = world.item(second, "PMC4", "CC-BY-4.0", "open")
    world.failed_image(second, four, "F1", "truncated")
    world.image(second, four, "F2", drop="histology")
    world.failed_media(second, four, "F3.jpg", "not_found")
    world.failed_image(second, four, "F3", "not_fetched")


def _videos(world: World) -> None:
    at = Partition("videos", SNAPSHOT, 0)
    video = world.item(at, "V1", "CC-BY-3.0", "open")
    first = world.image(at, video, "t=10.0s")
    world.image(at, video, "t=20.0s", drop="talking_head")
    second = world.image(at, video, "t=30.0s")
    world.three_captions(at, first, "The lecturer points to a scaly patch.")
    world.caption(at, second, "refined", "The same patch, nearer.")
    world.caption(at, second, "refined", "The same patch.", caption_set="terse")
    world.item(at, "V2", None, "unknown", status="no_licence")


def _board(world: World) -> None:
    at = Partition("board", SNAPSHOT, 0)
    one = world.item(at, "b1", "CC-BY-4.0", "open", creator="user-0123456789ab")
    world.image(at, one, "p1-1", duplicate_of=A, seed=1001)
    world.change("duplicates", "image_id", A, method="canonical")
    other = world.image(at, one, "p1-2")
    world.three_captions(at, other, "Another plaque of the same thread.")
    two = world.item(at, "b2", "CC-BY-4.0", "open")
    mute = world.image(at, two, "p1-1")
    for attempt in (1, 2):
        world.caption(at, mute, "refined", "It is on Mars.", attempt=attempt, status="rejected")
    world.item(at, "b3", None, "unknown", status="deleted")
    four = world.item(at, "b4", "CC-BY-4.0", "open")
    world.image(at, four, "p1-1", drop="no_skin")
    five = world.item(at, "b5", "CC-BY-4.0", "open")
    last = world.image(at, five, "p1-1")
    world.caption(at, last, "refined", "It is on Mars.", status="rejected")
    world.caption(at, last, "refined", FORMULA, attempt=2)
    world.caption(at, last, "refined", f"In short: {FORMULA}", caption_set="terse")
    world.change(
        "labels",
        "image_id",
        last,
        condition_ids=["psoriasis", "tinea-corporis"],
        disease_label=["psoriasis", "tinea corporis"],
        hierarchy=["inflammatory, papulosquamous, psoriasis", "Infectious, Fungal, tinea corporis"],
    )
