"""Ask for three captions of every kept picture, and write one by grammar where a model fails.

Reads texts, pairs, annotations, labels, verdicts. Writes answers.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import pyarrow as pa

from pipeline.catalog import Catalog
from pipeline.errors import CatalogError
from pipeline.knowledge.vocabularies import vocabulary_digests
from pipeline.language.claims import check_caption, support_of
from pipeline.language.engine import Asker, Reply, Request, make_request, seed_of
from pipeline.language.evidence import Passage, caption_variables, kept_images, passages_by_image
from pipeline.language.prompts import Prompt, load_prompt
from pipeline.language.questions import (
    asker_of,
    asker_options,
    engine_of,
    origin,
    prompt_options,
    unasked,
)
from pipeline.language.template import TEMPLATE_ID, TEMPLATE_REVISION, TemplateEngine
from pipeline.store import Bench, Options, Stage
from schemas import ANNOTATIONS, ANSWERS, LABELS, PAIRS, TEXTS, VERDICTS

KINDS = ("refined", "ontology", "concept")

Row = dict[str, Any]


@dataclass(frozen=True, slots=True)
class _Evidence:
    """All that is known of one picture."""

    passages: Sequence[Passage]
    texts: Sequence[str]
    annotation: Row
    label: Row | None


def caption_images(  # noqa: PLR0917 - one per table that it reads
    bench: Bench,
    texts: pa.Table,
    pairs: pa.Table,
    annotations: pa.Table,
    labels: pa.Table,
    verdicts: pa.Table,
) -> tuple[pa.Table]:
    """Return the answers for every kept picture and kind, in the order of the verdicts.

    Where there is no evidence for a kind nobody is asked. Where a model's answer failed or would
    be rejected, the template engine's follows it.
    """
    known = _gather(texts, pairs, annotations, labels)
    prompts = {kind: load_prompt(bench.options["prompts"][kind]["prompt_id"]) for kind in KINDS}
    questions = [
        (image_id, kind, _request(bench, prompts[kind], image_id, known[image_id]))
        for image_id in kept_images(verdicts)
        if image_id in known
        for kind in KINDS
    ]
    answers = _answers(bench, [request for *_, request in questions if request is not None])
    rows: list[Row] = []
    for image_id, kind, request in questions:
        if request is None:
            rows.append(_unasked_row(bench, prompts[kind], image_id, known[image_id]))
            continue
        row = _placed(bench, answers[request.request_sha256], request)
        rows.append(row)
        rows += _fallback(bench, row, request, known[image_id])
    return (ANSWERS.table(rows),)


def _gather(
    texts: pa.Table, pairs: pa.Table, annotations: pa.Table, labels: pa.Table
) -> dict[str, _Evidence]:
    passages = passages_by_image(texts, pairs)
    words = {row["text_id"]: row["text"] for row in texts.to_pylist()}
    labelled = {row["image_id"]: row for row in labels.to_pylist()}
    return {
        row["image_id"]: _Evidence(
            passages.get(row["image_id"], []),
            [words[each] for each in row["text_ids"] if each in words],
            row,
            labelled.get(row["image_id"]),
        )
        for row in annotations.to_pylist()
    }


def _request(bench: Bench, prompt: Prompt, image_id: str, evidence: _Evidence) -> Request | None:
    """Return the question for one caption, or null where there is no evidence for it."""
    if evidence.annotation["status"] != "ok":
        return None
    variables = caption_variables(
        prompt.kind, evidence.passages, evidence.annotation, evidence.label
    )
    if variables is None:
        return None
    asker = asker_of(bench)
    seed = seed_of(image_id, asker.sampling["seed"])
    return make_request(asker, prompt, image_id, variables, seed)


def _answers(bench: Bench, requests: Sequence[Request]) -> dict[str, Row]:
    """Return an answer to every request by its key: carried over, or asked for now."""
    engine = engine_of(bench)
    carried = bench.carried if engine.is_dear else None
    answers: dict[str, Row] = {}
    left = []
    for request in requests:
        if carried and (known := carried.get(request.request_sha256)):
            answers[request.request_sha256] = known[0]
        else:
            left.append(request)
    for request, reply in engine.ask(left):
        row = _row(bench, request, reply)
        answers[request.request_sha256] = row
        if carried and row["status"] == "ok":
            carried.note([row])
    return answers


def _row(bench: Bench, request: Request, reply: Reply) -> Row:
    row = {
        "raw": reply.raw,
        "text": reply.parsed["caption"] if reply.parsed else None,
        **origin(request, reply),
    }
    return _placed(bench, row, request)


def _placed(bench: Bench, row: Row, request: Request) -> Row:
    """Return an answer under the names of this picture and caption set."""
    caption_set = bench.options["caption_set"]
    name = f"{request.image_id}@{request.kind}@{caption_set}@{row['attempt']}"
    return {
        **row,
        "caption_id": name,
        "image_id": request.image_id,
        "kind": request.kind,
        "caption_set": caption_set,
    }


def _unasked_row(bench: Bench, prompt: Prompt, image_id: str, evidence: _Evidence) -> Row:
    asker = asker_of(bench)
    request = make_request(asker, prompt, image_id, {}, seed_of(image_id, asker.sampling["seed"]))
    status = evidence.annotation["status"]
    told = f"nothing is known for the {prompt.kind} caption"
    if status not in ("ok", "no_evidence"):
        told = f"the picture's annotation failed: {status}"
    return _row(bench, request, unasked(asker, request, told))


def _fallback(bench: Bench, row: Row, request: Request, evidence: _Evidence) -> Iterator[Row]:
    """Yield the template engine's answer where the model's failed or would be rejected."""
    if row["engine"] == "template":
        return
    if row["status"] == "ok" and row["text"] is not None:
        support = support_of(evidence.texts, evidence.annotation, evidence.label)
        if check_caption(row["text"], row["kind"], support).verdict == "supported":
            return
    asker = Asker(**bench.options["fallback"])
    again = make_request(asker, request.prompt, request.image_id, request.variables, request.seed)
    reply = TemplateEngine(asker.model_id, asker.revision).answer(again)
    answer = _row(bench, again, reply) | {"attempt": row["attempt"] + 1}
    yield _placed(bench, answer, again)


def caption_options(catalog: Catalog, _source_id: str | None, caption_set: str | None) -> Options:
    """Return what answers depend on besides their tables: prompts, model, sampling, knowledge."""
    if caption_set is None:
        raise CatalogError("captions are written under a caption set; name one of the catalog")
    missing = [kind for kind in KINDS if kind not in catalog.caption_set(caption_set).prompts]
    if missing:
        raise CatalogError(f"caption set {caption_set} has no prompt for {', '.join(missing)}")
    asker = asker_options(catalog, caption_set)
    return {
        "caption_set": caption_set,
        "asker": asker,
        "prompts": {kind: prompt_options(catalog, caption_set, kind) for kind in KINDS},
        "fallback": {**asker, **_fallback_model(catalog)},
        **vocabulary_digests(),
    }


def _fallback_model(catalog: Catalog) -> Mapping[str, str]:
    there = [
        (model_id, model.revision)
        for model_id, model in catalog.models.items()
        if model.engine == "template" and model.name == "template"
    ]
    model_id, revision = there[0] if there else (TEMPLATE_ID, TEMPLATE_REVISION)
    return {"model_id": model_id, "engine": "template", "name": "template", "revision": revision}


CAPTION = Stage(
    name="caption",
    version=1,
    reads=(TEXTS, PAIRS, ANNOTATIONS, LABELS, VERDICTS),
    writes=(ANSWERS,),
    run=caption_images,
    options=caption_options,
    carry=("request_sha256",),
)
