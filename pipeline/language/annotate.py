"""Ask what the passages of every kept picture claim, and check that they say so.

Reads texts, pairs, verdicts. Writes annotations.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import pyarrow as pa

from pipeline.catalog import Catalog
from pipeline.errors import CatalogError
from pipeline.knowledge.vocabularies import vocabulary_digests
from pipeline.language.engine import Reply, Request, make_request
from pipeline.language.evidence import Passage, kept_images, passages_by_image, shown
from pipeline.language.prompts import load_prompt
from pipeline.language.questions import (
    ask_once,
    asker_of,
    asker_options,
    engine_of,
    origin,
    prompt_options,
    unasked,
)
from pipeline.language.spans import LISTED, read_claims
from pipeline.store import Bench, Options, Stage
from schemas import ANNOTATIONS, PAIRS, TEXTS, VERDICTS

Row = dict[str, Any]
Passages = Mapping[str, Sequence[Passage]]


def annotate_images(
    bench: Bench, texts: pa.Table, pairs: pa.Table, verdicts: pa.Table
) -> tuple[pa.Table]:
    """Return one annotation per kept picture; equal passages are asked about once."""
    found = passages_by_image(texts, pairs)
    passages = {image_id: found.get(image_id, []) for image_id in kept_images(verdicts)}
    asker, prompt = asker_of(bench), load_prompt(bench.options["prompt_id"])
    requests = [
        make_request(asker, prompt, image_id, {"passages": shown(each)}, asker.sampling["seed"])
        for image_id, each in passages.items()
    ]
    answers = _answers(bench, requests, passages)
    rows = [
        _for_image(answers[request.request_sha256], request.image_id, passages[request.image_id])
        for request in requests
    ]
    return (ANNOTATIONS.table(rows),)


def _answers(bench: Bench, requests: Sequence[Request], passages: Passages) -> dict[str, Row]:
    """Return an answer to every request by its key: carried over, or asked for now."""
    engine = engine_of(bench)
    answers: dict[str, Row] = {}
    left = []
    for request in requests:
        key = request.request_sha256
        if not passages[request.image_id]:
            reply = unasked(asker_of(bench), request, "no passage speaks about the picture")
            answers[key] = _row(request, reply, [])
        elif engine.is_dear and bench.carried and (known := bench.carried.get(key)):
            answers[key] = known[0]
        else:
            left.append(request)
    for request, reply in ask_once(engine, left):
        row = _row(request, reply, passages[request.image_id])
        answers[request.request_sha256] = row
        if engine.is_dear and bench.carried and row["status"] == "ok":
            bench.carried.note([row])
    return answers


def _row(request: Request, reply: Reply, passages: Sequence[Passage]) -> Row:
    claims = read_claims(reply.parsed, passages)
    return {
        "image_id": request.image_id,
        **claims.columns,
        "text_ids": [each.text_id for each in passages],
        "n_spans_dropped": claims.n_dropped,
        **origin(request, reply),
    }


def _for_image(row: Row, image_id: str, passages: Sequence[Passage]) -> Row:
    """Return an answer as that of a picture with equal passages, perhaps under other ids."""
    ids = dict(zip(row["text_ids"], (each.text_id for each in passages), strict=True))
    moved = {
        name: [{**each, "text_id": ids[each["text_id"]]} for each in row[name]] for name in LISTED
    }
    return {**row, **moved, "image_id": image_id, "text_ids": list(ids.values())}


def annotate_options(catalog: Catalog, _source_id: str | None, caption_set: str | None) -> Options:
    """Return what annotations depend on besides their tables: prompt, model and sampling."""
    if caption_set is None:
        raise CatalogError("pictures are annotated under a caption set; name one of the catalog")
    annotator = catalog.annotator_of(caption_set)
    asker = asker_options(catalog, annotator)
    options = {"asker": asker, **prompt_options(catalog, annotator, "annotate")}
    if asker["engine"] == "template":
        options |= vocabulary_digests()
    return options


ANNOTATE = Stage(
    name="annotate",
    version=2,
    reads=(TEXTS, PAIRS, VERDICTS),
    writes=(ANNOTATIONS,),
    run=annotate_images,
    options=annotate_options,
    carry=("request_sha256",),
)
