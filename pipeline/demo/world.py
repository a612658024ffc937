"""The demo world as a whole: every corpus, generated once per seed into one folder."""

import json
import shutil
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from pipeline.demo.articles import write_articles
from pipeline.demo.boards import write_threads
from pipeline.demo.dataset import write_dataset
from pipeline.demo.decks import write_decks, write_online_decks
from pipeline.demo.exam import write_exam
from pipeline.demo.photographs import write_photographs
from pipeline.demo.posts import write_posts
from pipeline.demo.topics import write_topics
from pipeline.demo.truth import TruthBook
from pipeline.demo.videos import write_videos

GENERATOR_VERSION = 5
"""Raised by hand whenever the same seed gives another world."""

Progress = Callable[[str, int, int], None]
"""Called with what comes next, how many corpora are done, and how many there are."""

_CORPORA: tuple[tuple[str, str, Callable[[Path, int, TruthBook], None]], ...] = (
    ("articles", "pubmed", write_articles),
    ("videos", "youtube", write_videos),
    ("posts", "reddit", write_posts),
    ("topics", "discourse", write_topics),
    ("threads", "webforum", write_threads),
    ("decks", "decks", write_decks),
    ("online decks", "decks-online", write_online_decks),
    ("dataset", "datasets/ham10000", write_dataset),
    ("photographs", "datasets/pad_ufes_20", write_photographs),
    ("exam", "benchmarks/exam", write_exam),
)


@dataclass(frozen=True, slots=True)
class World:
    """A generated world: where it lies, its seed, and what is known of it (see `truth.py`)."""

    folder: Path
    seed: int
    truth: dict[str, Any]


def build_world(folder: Path, seed: int = 7, progress: Progress | None = None) -> World:
    """Generate the world of a seed into `folder`, or open the one that stands there complete.

    It is written under a temporary name beside `folder` and renamed; a world of another seed or
    generator version that stands in its place is replaced.
    """
    if _stands(folder, seed):
        return open_world(folder)
    growing = folder.with_name(f".{folder.name}-growing")
    if growing.exists():
        shutil.rmtree(growing)  # left behind by a run that was stopped
    truth = TruthBook(seed)
    for done, (title, place, write) in enumerate(_CORPORA):
        if progress is not None:
            progress(title, done, len(_CORPORA))
        (growing / place).mkdir(parents=True)
        write(growing / place, seed, truth)
    truth.write(growing / "truth.json")
    _mark_path(growing).write_text(json.dumps(_mark(seed)) + "\n", encoding="utf-8")
    if folder.exists():
        shutil.rmtree(folder)
    growing.rename(folder)
    if progress is not None:
        progress("complete", len(_CORPORA), len(_CORPORA))
    return open_world(folder)


def open_world(folder: Path) -> World:
    """Open a world that stands complete in `folder`."""
    truth = json.loads((folder / "truth.json").read_text(encoding="utf-8"))
    return World(folder, int(truth["seed"]), truth)


def _mark(seed: int) -> dict[str, int]:
    return {"generator_version": GENERATOR_VERSION, "seed": seed}


def _mark_path(folder: Path) -> Path:
    return folder / "world.json"


def _stands(folder: Path, seed: int) -> bool:
    path = _mark_path(folder)
    if not path.is_file():
        return False
    try:
        mark = json.loads(path.read_text(encoding="utf-8"))
    except ValueError:
        return False
    return bool(mark == _mark(seed)) and (folder / "truth.json").is_file()
