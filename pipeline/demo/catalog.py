"""The catalog of the demo world: the real catalog, with other addresses."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Any

import yaml

from pipeline.demo.youtube_pages import HANDLE
from pipeline.strict_yaml import read_yaml

LOOPBACK = "127.0.0.1"
FAST = {"requests_per_second": 200.0, "concurrency": 4}
DECKS = (
    ("skin-cancer-lecture.pdf", "Skin cancer", "CC-BY-4.0"),
    ("rashes-for-students.pptx", "Rashes for students", "CC-BY-NC-4.0"),
    ("nail-rounds.ppt", "Nail rounds", "CC-BY-4.0"),
)
EXAM = "demo-exam"
ONLINE_DECKS = (
    ("pocket-atlas.pdf", "A pocket atlas", "CC-BY-SA-4.0"),
    ("withdrawn-talk.pdf", "A talk that was withdrawn", "CC-BY-4.0"),
)


def demo_document(real: Path, world: str, urls: Mapping[str, str], ca_file: str) -> dict[str, Any]:
    """Return the real catalog's document with the demo world's addresses.

    Licence rules, thresholds, models and releases stay those of the real catalog, but
    that every source is on, that hosts on loopback may be asked, and that they are asked faster.
    A benchmark is added of which the demo world holds a copy.
    ``world`` and ``ca_file`` are relative to the folder in which the catalog will stand.
    """
    document, _lines = read_yaml(real)
    for name, change in _changes(world, urls, ca_file).items():
        document["sources"][name] |= {
            "enabled": True,
            "allow_hosts": [LOOPBACK],
            "rate": dict(FAST),
            "partition_items": 20,
            "expect": {},
            **change,
        }
    document["benchmarks"] = {**document["benchmarks"], EXAM: _exam(world)}
    return dict(document)


def _exam(world: str) -> dict[str, str]:
    return {
        "title": "An exam of the demo world",
        "homepage": "https://example.org/exam",
        "terms_url": "https://example.org/exam/terms",
        "licence": "CC-BY-4.0",
        "folder": f"{world}/benchmarks/exam",
    }


def write_demo_catalog(document: Mapping[str, Any], path: Path) -> None:
    """Write the document as a catalog file that any command can be pointed to."""
    text = yaml.safe_dump(dict(document), sort_keys=False, allow_unicode=True, width=100)
    head = "# The demo world's catalog: data_catalog.yaml with loopback addresses.\n"
    if not path.exists() or path.read_text("utf-8") != head + text:
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(head + text, "utf-8")


def _changes(world: str, urls: Mapping[str, str], ca_file: str) -> dict[str, dict[str, Any]]:
    return {
        "pubmed": {
            "eutils_url": urls["eutils"],
            "bucket_url": urls["pmc"],
            "europepmc_url": urls["europepmc"],
            "eutils_per_second": FAST["requests_per_second"],
            "europepmc_per_second": FAST["requests_per_second"],
        },
        "youtube": {
            "proxy": urls["youtube_proxy"],
            "ca_file": ca_file,
            "partition_items": 5,
            "diseases": ["psoriasis", "melanoma"],
            "channels": [HANDLE],
            "playlists": ["PLdemoDermatology01"],
        },
        "reddit": {
            "api_url": urls["arctic"],
            "subreddits": ["SkinCasesDemo"],
            # the cascades take this drawn rash for a face; somebody has looked at it
            "privacy": {
                "faces": "quarantine",
                "text": "quarantine",
                "cleared": ["reddit:demo01#p0-1"],
            },
            "licence": {
                "name": "CC-BY-4.0",
                "evidence": "Sidebar of the subreddit, rule 3: posts are published under CC BY 4.0",
            },
        },
        "discourse": {"base_url": urls["discourse"], "categories": ["cases/4"]},
        "webforum": {"start_url": urls["webforum"]},
        "slides": {
            "path": f"{world}/decks",
            "decks": [
                *({"file": each[0], **_deck(*each)} for each in DECKS),
                *({"url": urls["decks"] + each[0], **_deck(*each)} for each in ONLINE_DECKS),
            ],
        },
        "ham10000": {"path": f"{world}/datasets/ham10000", "partition_items": 60},
        "pad_ufes_20": {"path": f"{world}/datasets/pad_ufes_20"},
    }


def _deck(file: str, title: str, licence: str) -> dict[str, Any]:
    return {
        "title": title,
        "creator": "Demo School of Dermatology",
        "homepage": f"https://example.org/teaching/{file}",
        "licence": {"name": licence, "evidence": f"Imprint of the deck: {licence}"},
    }
