"""Pictures drawn for the tests, and rows of the tables around them."""

from __future__ import annotations

import io
from dataclasses import dataclass, field
from datetime import UTC, datetime

import numpy as np
import pyarrow as pa
import pytest
from PIL import Image

from pipeline.demo.diseases import DISEASES
from pipeline.demo.pictures import generator
from pipeline.demo.skin import draw_skin
from pipeline.entries import Privacy
from pipeline.images.decode import failed_row, picture_row
from pipeline.images.fingerprint import FINGERPRINT
from pipeline.images.judges import judge_options
from pipeline.picture_entries import Screening
from pipeline.store import Bench
from schemas import FINGERPRINTS, IMAGES, ITEMS, PAIRS, TEXTS

AT = datetime(2026, 1, 15, tzinfo=UTC)
NAMES = sorted(DISEASES)


def draw(key: str, tone: int = 3, width: int = 320, height: int = 240) -> np.ndarray:
    """Draw a clinical picture; the key chooses disease and course."""
    rng = generator(11, key)
    disease = DISEASES[NAMES[int(rng.integers(len(NAMES)))]]
    return draw_skin(rng, disease.recipe, tone, width, height)


def saved(pixels: np.ndarray, quality: int) -> np.ndarray:
    """Return the picture as a JPEG of some quality shows it."""
    out = io.BytesIO()
    Image.fromarray(np.ascontiguousarray(pixels)).save(out, "JPEG", quality=quality)
    return np.asarray(Image.open(out))


@dataclass
class Corpus:
    """Items, images, texts and pairs of a few pictures; every picture is an item of its own."""

    media: object
    items: list = field(default_factory=list)
    images: list = field(default_factory=list)
    texts: list = field(default_factory=list)
    pairs: list = field(default_factory=list)

    def add(
        self, key, pixels, *, tier="open", status="ok", spoken=True, locator="F1", box=None
    ) -> str:
        item = {
            "item_id": f"pubmed:{key}",
            "source_id": "pubmed",
            "source_key": key,
            "page_url": f"http://127.0.0.1/{key}",
            "licence_tier": tier,
            "collected_at": AT,
            "group_key": f"pubmed:{key}",
            "listed_sha256": "0" * 64,
            "details": "{}",
            "status": status,
        }
        self.items.append(item)
        if pixels is None:
            row = failed_row(item, locator, "truncated", "the file ends after 512 bytes")
        else:
            row = picture_row(item, locator, "f" * 64, pixels, self.media, box=box)
        self.images.append(row)
        if spoken:
            self._say(item, row["image_id"], "A red plaque on the arm.")
        return row["image_id"]

    def _say(self, item, image_id, words):
        text = {"text_id": f"{item['item_id']}~F1/caption", "item_id": item["item_id"]}
        text |= {"kind": "caption", "locator": "F1/caption", "language": "en", "text": words}
        self.texts.append(text | {"status": "ok" if words else "empty"})
        pair = {"image_id": image_id, "text_id": text["text_id"], "method": "figure_caption"}
        self.pairs.append(pair | {"score": 1.0, "group_id": item["group_key"], "status": "ok"})

    def tables(self) -> dict[str, pa.Table]:
        contracts = {"items": ITEMS, "images": IMAGES, "texts": TEXTS, "pairs": PAIRS}
        return {name: each.table(getattr(self, name)) for name, each in contracts.items()}

    def fingerprints(self) -> pa.Table:
        (table,) = FINGERPRINT.run(Bench(self.media), IMAGES.table(self.images))
        return FINGERPRINTS.check(table)


@pytest.fixture
def corpus(workspace) -> Corpus:
    return Corpus(workspace.media)


@pytest.fixture(scope="session")
def thresholds() -> dict:
    screening = Screening()
    privacy = Privacy().model_dump(mode="json") | {"face_model": None}
    return screening.model_dump(mode="json") | judge_options(screening) | {"privacy": privacy}
