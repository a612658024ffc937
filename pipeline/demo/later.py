"""The demo world some days later: things were retracted, deleted and removed meanwhile.

`truth["later"]` of the later world holds `{"name", "source", "item", "expect"}` for each: `expect`
is the status of the item in the next snapshot, `ok` for what merely left the search results.
"""

import gzip
import hashlib
import json
import os
import shutil
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

from pipeline.demo.world import World

_SPOILT = frozenset({"not_collected", "failed", "dropped", "duplicate", "no_pair"})


def later_world(world: World, folder: Path) -> World:
    """Write the world as it is some days later into a new folder; what is the same is linked."""
    shutil.copytree(world.folder, folder, copy_function=_link)
    events: list[dict[str, str]] = []
    for name, source, expect, befall in (
        ("article_retracted", "pubmed", "retracted", _retract),
        ("article_unlisted", "pubmed", "ok", _unlist),
        ("post_deleted", "reddit", "deleted", _delete_post),
        ("video_removed", "youtube", "gone", _remove_video),
        ("topic_removed", "discourse", "gone", _remove_topic),
    ):
        taken = {each["item"] for each in events}
        item = next(each for each in _sound(world, source) if each not in taken)
        befall(folder / source, item)
        events.append({"name": name, "source": source, "item": item, "expect": expect})
    truth = {**world.truth, "later": events}
    _write(folder / "truth.json", json.dumps(truth, indent=1, ensure_ascii=False) + "\n")
    return World(folder, world.seed, truth)


def _sound(world: World, source: str) -> Iterator[str]:
    """Yield the items of a source that show skin and with which nothing is wrong."""
    spoilt = {
        each["item"]
        for plant in world.truth["plants"]
        if plant["expect"] in _SPOILT
        for each in plant["items"]
        if each["source"] == source
    }
    for row in world.truth["pictures"]:
        if row["source"] == source and row["kind"] == "skin" and row["item"] not in spoilt:
            yield row["item"]


def _retract(folder: Path, item: str) -> None:
    changed: dict[str, str] = {}
    for path in sorted(folder.glob(f"bucket/**/{item}.*.json")):
        before = path.read_bytes()
        told = json.loads(before) | {"is_retracted": True}
        _write(path, json.dumps(told, indent=1))
        changed[_md5(before)] = _md5(path.read_bytes())
    _restate_inventories(folder / "bucket", changed)


def _restate_inventories(bucket: Path, changed: dict[str, str]) -> None:
    """Write the digests of changed files into the inventories, and those of these into theirs."""
    reports = bucket / "inventory-reports"
    packed: dict[str, str] = {}
    for path in sorted(reports.rglob("*.csv.gz")):
        before = path.read_bytes()
        after = gzip.compress(
            _replaced(gzip.decompress(before).decode(), changed).encode(), mtime=0
        )
        packed |= {
            _md5(before): _md5(after),
            f'"size": {len(before)},': f'"size": {len(after)},',
        }
        path.unlink()
        path.write_bytes(after)
    for path in sorted(reports.rglob("manifest.json")):
        _write(path, _replaced(path.read_text(encoding="utf-8"), packed))


def _unlist(folder: Path, item: str) -> None:
    def befall(rows: list[dict[str, Any]]) -> None:
        for row in rows:
            if f"PMC{row['id']}" == item:
                row["words"] = "pottery"

    _change(folder / "articles.json", befall)


def _delete_post(folder: Path, item: str) -> None:
    def befall(rows: list[dict[str, Any]]) -> None:
        for row in rows:
            if row["id"] == item:
                row.update(author="[deleted]", selftext="[deleted]", removed_by_category="deleted")
                row["_meta"] = {**row.get("_meta", {}), "was_deleted_later": True}

    _change(folder / "posts.json", befall)


def _remove_video(folder: Path, item: str) -> None:
    def befall(rows: list[dict[str, Any]]) -> None:
        for row in rows:
            row["is_removed"] |= row["id"] == item

    _change(folder / "videos.json", befall)


def _remove_topic(folder: Path, item: str) -> None:
    def befall(rows: list[dict[str, Any]]) -> None:
        rows[:] = [row for row in rows if str(row["id"]) != item]

    _change(folder / "topics.json", befall)


def _change(path: Path, befall: Callable[[list[dict[str, Any]]], None]) -> None:
    rows = json.loads(path.read_text(encoding="utf-8"))
    befall(rows)
    _write(path, json.dumps(rows, ensure_ascii=False))


def _replaced(text: str, changes: dict[str, str]) -> str:
    for before, after in changes.items():
        text = text.replace(before, after)
    return text


def _write(path: Path, text: str) -> None:
    path.unlink()  # the earlier world has the same file
    path.write_text(text, encoding="utf-8")


def _md5(content: bytes) -> str:
    return hashlib.md5(content, usedforsecurity=False).hexdigest()


def _link(source: str, target: str) -> None:
    os.link(source, target)
