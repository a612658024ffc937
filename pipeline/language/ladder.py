"""The retry ladder: what is changed before a question is asked again."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import Any

from pipeline.language.engine import Request, Status

# Ends of a request that may go otherwise on another rung.
RETRIED: frozenset[Status] = frozenset({"malformed", "truncated", "timeout", "server_error"})
BACKOFF_LIMIT_S = 30.0


@dataclass(frozen=True, slots=True)
class Rung:
    """How a question is asked this time; ``attempt`` counts from 1."""

    attempt: int
    seed: int
    max_tokens: int
    pause_s: float = 0.0

    def sampling(self, request: Request) -> dict[str, Any]:
        """Return all sampling parameters that are sent."""
        return {**request.sampling, "seed": self.seed, "max_tokens": self.max_tokens}


def first_rung(request: Request) -> Rung:
    """Return the first rung: the question as the caption set wants it."""
    return Rung(1, request.seed, int(request.sampling["max_tokens"]))


def next_rung(rung: Rung, status: Status, *, room_tokens: int, backoff_s: float) -> Rung:
    """Return the next rung: more room after truncation, another seed after bad JSON, else a pause.

    ``room_tokens`` is what the model's context leaves for an answer.
    """
    climbed = replace(rung, attempt=rung.attempt + 1, pause_s=0.0)
    if status == "truncated":
        roomier = min(rung.max_tokens * 2, max(room_tokens, rung.max_tokens))
        # where there is no more room, only another seed can end sooner
        seed = rung.seed + (1 if roomier == rung.max_tokens else 0)
        return replace(climbed, max_tokens=roomier, seed=seed)
    if status == "malformed":
        return replace(climbed, seed=rung.seed + 1)
    pause = min(backoff_s * 2 ** (rung.attempt - 1), BACKOFF_LIMIT_S)
    return replace(climbed, pause_s=pause)
