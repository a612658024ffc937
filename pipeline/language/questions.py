"""What the stages that ask a model share: whom they ask, and what they note of an answer."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from typing import Any

from pipeline.catalog import Catalog
from pipeline.errors import CatalogError, ModelError
from pipeline.identity import canonical_json
from pipeline.language.engine import Asker, Engine, Reply, Request
from pipeline.language.prompts import load_prompt
from pipeline.store import Bench

Row = dict[str, Any]


def asker_options(catalog: Catalog, caption_set: str) -> dict[str, Any]:
    """Return, as plain JSON, the model and sampling of a caption set."""
    entry = catalog.caption_set(caption_set)
    model = catalog.model_of(caption_set)
    return {
        "model_id": entry.model,
        "engine": model.engine,
        "name": model.name,
        "revision": model.revision,
        "sampling": entry.sampling.model_dump(mode="json"),
        "attempts": entry.attempts,
    }


def prompt_options(catalog: Catalog, caption_set: str, kind: str) -> dict[str, str]:
    """Return the id and digest of a caption set's prompt.

    Raises:
        CatalogError: the prompt is missing, faulty, or asks for another kind.
    """
    prompt = load_prompt(catalog.caption_set(caption_set).prompts[kind])  # type: ignore[index]
    if prompt.kind != kind:
        raise CatalogError(
            f"caption set {caption_set} gives {prompt.prompt_id} as its prompt for {kind}; name "
            f"one of prompts/{kind}"
        )
    return {"prompt_id": prompt.prompt_id, "prompt_sha256": prompt.sha256}


def asker_of(bench: Bench) -> Asker:
    """Return whom a bench's options say is asked."""
    return Asker(**bench.options["asker"])


def engine_of(bench: Bench) -> Engine:
    """Return the bench's engine.

    Raises:
        ModelError: there is none, or it is not the one that the options name.
    """
    wanted = bench.options["asker"]["model_id"]
    engine: Engine | None = bench.service
    if engine is None or engine.model_id != wanted:
        found = "no engine" if engine is None else f"the engine of {engine.model_id}"
        raise ModelError(f"the stage asks model {wanted} and was given {found}; give it its own")
    return engine


def ask_once(engine: Engine, requests: Iterable[Request]) -> Iterator[tuple[Request, Reply]]:
    """Ask every distinct question once, the first of equal ones standing for all."""
    distinct: dict[str, Request] = {}
    for request in requests:
        distinct.setdefault(request.request_sha256, request)
    return engine.ask(distinct.values())


def origin(request: Request, reply: Reply) -> Row:
    """Return the columns that say where an answer comes from."""
    return {
        "request_sha256": request.request_sha256,
        "prompt_id": request.prompt.prompt_id,
        "prompt_sha256": request.prompt.sha256,
        "engine": reply.engine,
        "model_id": reply.model_id,
        "model_revision": reply.model_revision,
        "sampling": canonical_json(dict(reply.sampling)),
        "seed": reply.seed,
        "finish_reason": reply.finish_reason,
        "n_tokens_in": reply.n_tokens_in,
        "n_tokens_out": reply.n_tokens_out,
        "attempt": reply.attempt,
        "status": reply.status,
        "error": reply.error,
    }


def unasked(asker: Asker, request: Request, error: str) -> Reply:
    """Return the reply to a question that has no evidence, which nobody is asked."""
    return Reply(
        raw=None,
        parsed=None,
        status="no_evidence",
        error=error,
        finish_reason=None,
        n_tokens_in=None,
        n_tokens_out=None,
        seed=request.seed,
        attempt=1,
        engine=asker.engine,
        model_id=asker.model_id,
        model_revision=asker.revision,
        sampling=request.sampling,
    )
