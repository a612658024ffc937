"""Engines: what answers questions about a picture, be it a model or a grammar."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from typing import Any, Literal, Protocol

from pipeline.catalog import Model, Sampling
from pipeline.identity import sha256_json, sha256_text
from pipeline.language.prompts import Prompt

Status = Literal[
    "ok", "malformed", "truncated", "timeout", "server_error", "refused", "no_evidence"
]


@dataclass(frozen=True, slots=True)
class Asker:
    """Who is asked, and how: all that an answer depends on besides prompt and evidence."""

    model_id: str
    engine: str
    name: str
    revision: str
    sampling: Mapping[str, Any]
    attempts: int

    @staticmethod
    def of(model_id: str, model: Model, sampling: Sampling, attempts: int) -> Asker:
        """Return the asker of a catalog's model under a caption set's sampling."""
        told = sampling.model_dump(mode="json")
        return Asker(model_id, model.engine, model.name, model.revision, told, attempts)


@dataclass(frozen=True, slots=True)
class Request:
    """One question. ``request_sha256`` is the digest of all that its answer depends on."""

    request_sha256: str
    kind: str
    image_id: str
    prompt: Prompt
    variables: Mapping[str, Any]
    sampling: Mapping[str, Any]
    seed: int
    attempts: int = 3


@dataclass(frozen=True, slots=True)
class Reply:
    """One answer, or the failure to get one; ``sampling`` is what was sent for it."""

    raw: str | None
    parsed: dict[str, Any] | None
    status: Status
    error: str | None
    finish_reason: str | None
    n_tokens_in: int | None
    n_tokens_out: int | None
    seed: int
    attempt: int
    engine: str
    model_id: str
    model_revision: str
    sampling: Mapping[str, Any]


class Engine(Protocol):
    """Whatever answers requests.

    ``is_dear`` tells whether an answer is worth carrying over rather than asking again.
    """

    model_id: str
    is_dear: bool

    def ask(self, requests: Iterable[Request]) -> Iterator[tuple[Request, Reply]]:
        """Yield an answer to every request, in any order, as answers come."""
        ...


def make_request(
    asker: Asker, prompt: Prompt, image_id: str, variables: Mapping[str, Any], seed: int
) -> Request:
    """Build a request and its key; the picture's id is not part of the key."""
    sampling = {**asker.sampling, "seed": seed}
    key = sha256_json(
        {
            "prompt_sha256": prompt.sha256,
            "model": [asker.model_id, asker.engine, asker.name, asker.revision],
            "sampling": sampling,
            "evidence": dict(variables),
        }
    )
    return Request(key, prompt.kind, image_id, prompt, variables, sampling, seed, asker.attempts)


def seed_of(image_id: str, seed: int) -> int:
    """Return the seed of one picture: equal evidence still gives captions that differ."""
    return int(sha256_text(f"{seed} {image_id}")[:8], 16) % 2**31
