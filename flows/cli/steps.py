"""A trace as a person reads it: one line per step, from the row down to the served bytes."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from rich.text import Text
from rich.tree import Tree

MAX_WORDS = 240

Step = tuple[str, str]


def steps_tree(told: Mapping[str, Any]) -> Tree:
    """Draw every released row that was found; `--json` has all that is known."""
    release = told["release"]
    title = f"{told['query']} ({told['found_by']}) in {release['name']} {release['version']}"
    tree = Tree(Text(title, style="bold"))
    for row in told["rows"]:
        branch = tree.add(Text(row["filename"], style="bold"))
        for name, words in _steps(row):
            branch.add(Text.assemble((f"{name}: ", "cyan"), words))
    return tree


def _steps(row: Mapping[str, Any]) -> Iterator[Step]:
    shown = row["row"]
    yield (
        "row",
        f"{row['derm1m']['file']}, split {shown['split']}, group {shown['group_id']}, "
        f"sha256 {shown['sha256']}",
    )
    for caption in row["captions"]:
        yield _caption(caption)
    yield _label(row["label"], row["annotation"])
    for text in row["texts"]:
        who = "" if text["speaker"] in (None, "author") else f", by {text['speaker']}"
        yield "passage", f"{text['method']} {text['score']:.2f}{who}: {_cut(text['text'])}"
    yield _verdict(row["verdict"])
    for member in row["duplicates"]:
        yield (
            "cluster",
            f"{member['method']}, {member['image_id']} at distance {member['distance']}",
        )
    for origin in row["origins"]:
        yield from _origin(origin)


def _caption(caption: Mapping[str, Any]) -> Step:
    words = caption["text"] or caption["error"] or "no answer"
    return (
        f"{caption['kind']} caption",
        f"{_cut(words)}\n{caption['status']}, {caption['grounding']}; "
        f"{caption['engine']} {caption['model_id']} {caption['model_revision']}, prompt "
        f"{caption['prompt_id']} {caption['prompt_sha256']}, seed {caption['seed']}, "
        f"attempt {caption['attempt']}",
    )


def _label(label: Mapping[str, Any], annotation: Mapping[str, Any]) -> Step:
    said = "; ".join(
        f"{each['value']} ({each['assertion']}) from “{each['span']}” in {each['text_id']}"
        for each in annotation["diseases"]
    )
    how = f"{label['method']} {label['score']:.0f}" if label["score"] is not None else ""
    names = ", ".join(label["disease_label"]) or "no condition"
    words = f"{label['label_status']}: {names} {how}".strip()
    return "label", f"{words}\n{said}" if said else words


def _verdict(verdict: Mapping[str, Any]) -> Step:
    scores = ", ".join(
        f"{name} {value:.2f}" for name, value in verdict.items() if isinstance(value, float)
    )
    why = ", ".join(verdict["reasons"] or [])
    return "verdict", f"{verdict['verdict']} {why}".strip() + f"; {scores}"


def _origin(origin: Mapping[str, Any]) -> Iterator[Step]:
    picture, file, item = origin["picture"], origin["file"], origin["item"]
    role = "shown" if origin["is_canonical"] else "the same picture"
    cut = f", box {picture['box']}" if picture["box"] else ""
    yield (
        f"picture, {role}",
        f"{picture['image_id']}{cut}, {picture['width_px']} x {picture['height_px']} px, sha256 "
        f"{picture['sha256']}, bytes {picture['bytes']}",
    )
    yield (
        "file",
        f"{file['url']}\nHTTP {file['http_status']}, {file['n_bytes']:,} bytes of "
        f"{file['content_type']}, retrieved {file['retrieved_at']} by {file['collector']} "
        f"{file['collector_version']}, sha256 {file['sha256']}, bytes {file['bytes']}",
    )
    yield (
        "item",
        f"{item['page_url']}\n{item['title']}; {item['licence']} ({item['licence_tier']}): "
        f"{item['licence_evidence']}",
    )


def _cut(text: str) -> str:
    return text if len(text) <= MAX_WORDS else text[:MAX_WORDS] + "…"
