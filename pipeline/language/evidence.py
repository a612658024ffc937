"""Evidence: what is known of a picture, as the plain JSON that questions are built from."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any

import pyarrow as pa

from pipeline.language.fencing import neutralise

MAX_PASSAGES = 12
MAX_CHARACTERS = 6000

Row = Mapping[str, Any]


@dataclass(frozen=True, slots=True)
class Passage:
    """One passage as a question shows it; ``text`` may be cut at the bound."""

    number: int
    text_id: str
    kind: str
    speaker: str
    text: str


def kept_images(verdicts: pa.Table) -> list[str]:
    """Return the ids of the pictures that are kept, in the table's order."""
    rows = verdicts.select(["image_id", "verdict"]).to_pylist()
    return [row["image_id"] for row in rows if row["verdict"] == "keep"]


def passages_by_image(texts: pa.Table, pairs: pa.Table) -> dict[str, list[Passage]]:
    """Return each picture's passages, the surest pairing first, bounded in number and length."""
    words = {row["text_id"]: row for row in texts.to_pylist() if row["status"] == "ok"}
    paired: dict[str, list[Row]] = {}
    for pair in pairs.to_pylist():
        if pair["text_id"] in words and pair["status"] == "ok":
            paired.setdefault(pair["image_id"], []).append(pair)
    return {
        image_id: _bounded(
            words[pair["text_id"]]
            for pair in sorted(found, key=lambda pair: (-pair["score"], pair["text_id"]))
        )
        for image_id, found in paired.items()
    }


def _bounded(texts: Iterable[Row]) -> list[Passage]:
    passages: list[Passage] = []
    left = MAX_CHARACTERS
    for text in texts:
        if left <= 0 or len(passages) == MAX_PASSAGES:
            break
        words = _cut(text["text"], left)
        if not words:
            continue
        left -= len(words)
        speaker = text["speaker"] or "author"
        number = len(passages) + 1
        passages.append(Passage(number, text["text_id"], text["kind"], speaker, words))
    return passages


def _cut(text: str, characters: int) -> str:
    if len(text) <= characters:
        return text.strip()
    return text[:characters].rpartition(" ")[0].strip()


def shown(passages: Iterable[Passage]) -> list[dict[str, Any]]:
    """Return passages as a question shows them."""
    return [
        {
            "number": each.number,
            "kind": each.kind,
            "speaker": each.speaker,
            "text": neutralise(each.text),
        }
        for each in passages
    ]


def reread(variables: Mapping[str, Any]) -> list[Passage]:
    """Return the passages that a question shows; they have no text ids."""
    blank = Passage(0, "", "", "author", "")
    return [replace(blank, **each) for each in variables["passages"]]


def facts_of(annotation: Row, label: Row | None) -> dict[str, Any]:
    """Return what the passages claim of a picture: nothing negated, nothing of relatives."""
    return {
        "diseases": _unique(
            {"name": each["value"], "assertion": each["assertion"]}
            for each in annotation["diseases"]
            if each["assertion"] in ("affirmed", "possible")
        ),
        "concepts": _concepts(annotation, label),
        "body_sites": _affirmed(annotation["body_sites"]),
        "symptoms": _affirmed(annotation["symptoms"]),
        "history": _affirmed(annotation["history"]),
        "age": annotation["age"],
        "gender": annotation["gender"],
        "skin_tone": annotation["skin_tone"],
        "modality": annotation["modality"],
    }


def _concepts(annotation: Row, label: Row | None) -> list[dict[str, str]]:
    """Return the concepts by name, each with the words of the text where they are known."""
    words: dict[str, str] = {}
    for each in annotation["concepts"]:
        if each["assertion"] == "affirmed":
            words.setdefault(each["value"].casefold(), each["span"])
    names = label["concept_names"] if label else []
    return [{"name": name, "words": words.get(name.casefold(), name)} for name in names]


def _affirmed(claims: Iterable[Row]) -> list[str]:
    return list(dict.fromkeys(each["value"] for each in claims if each["assertion"] == "affirmed"))


def _unique(diseases: Iterable[dict[str, str]]) -> list[dict[str, str]]:
    first: dict[str, dict[str, str]] = {}
    for each in diseases:
        first.setdefault(each["name"].casefold(), each)
    return list(first.values())


def caption_variables(
    kind: str, passages: Sequence[Passage], annotation: Row, label: Row | None
) -> dict[str, Any] | None:
    """Return the variables of a caption's prompt, or null where there is no evidence for it."""
    facts = facts_of(annotation, label)
    if kind == "refined":
        told = any(facts[name] for name in ("diseases", "concepts", "body_sites"))
        return {"passages": shown(passages), "facts": facts} if told and passages else None
    if label is None:
        return None
    if kind == "ontology":
        named = zip(label["disease_label"], label["hierarchy"], strict=True)
        diagnoses = [{"name": name, "path": path.split(", ")} for name, path in named]
        return {"diagnoses": diagnoses} if diagnoses else None
    if not facts["concepts"]:
        return None
    return {"concepts": facts["concepts"], "body_sites": facts["body_sites"]}
