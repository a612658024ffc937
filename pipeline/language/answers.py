"""What a chat completion says, read strictly."""

from __future__ import annotations

import json
from dataclasses import dataclass
from functools import lru_cache
from typing import Any

from jsonschema import Draft202012Validator
from jsonschema.exceptions import best_match

from pipeline.identity import canonical_json
from pipeline.language.engine import Status

ERROR_CHARACTERS = 300


@dataclass(frozen=True, slots=True)
class Completion:
    """One choice of a completion, judged; ``status`` is never a network fault here."""

    raw: str | None
    parsed: dict[str, Any] | None
    status: Status
    error: str | None
    finish_reason: str | None = None
    n_tokens_in: int | None = None
    n_tokens_out: int | None = None


def read_completion(body: bytes, answer_schema: dict[str, Any]) -> Completion:
    """Read a completion's body and judge its answer against the prompt's schema."""
    try:
        told = json.loads(body)
        choice = told["choices"][0]
        message = choice["message"]
    except (ValueError, KeyError, IndexError, TypeError, RecursionError):
        return Completion(None, None, "server_error", "the body is no chat completion")
    if not isinstance(message, dict):
        return Completion(None, None, "server_error", "the body is no chat completion")
    usage = told.get("usage")
    usage = usage if isinstance(usage, dict) else {}
    raw, finish = message.get("content"), choice.get("finish_reason")
    raw = _printable(raw) if isinstance(raw, str) else None
    reason = _printable(finish)[:40] if isinstance(finish, str) else None
    parsed, status, error = _judge(message, raw, reason, answer_schema)
    tokens = _count(usage.get("prompt_tokens")), _count(usage.get("completion_tokens"))
    told = _printable(error) if error else None
    return Completion(raw, parsed, status, told, reason, *tokens)


def _printable(text: str) -> str:
    """Return text that UTF-8 can hold: lone surrogates replaced."""
    return text.encode("utf-8", errors="replace").decode()


def _judge(
    message: dict[str, Any], raw: str | None, finish_reason: str | None, schema: dict[str, Any]
) -> tuple[dict[str, Any] | None, Status, str | None]:
    if message.get("refusal") or finish_reason == "content_filter":
        return None, "refused", f"the model refuses: {message.get('refusal') or 'filtered'}"[:300]
    if finish_reason == "length":
        return None, "truncated", "the answer ends at max_tokens"
    if raw is None or not raw.strip():
        return None, "malformed", "the answer is empty"
    try:
        parsed = _parse(raw, schema)
    except (ValueError, RecursionError) as fault:
        return None, "malformed", str(fault)[:ERROR_CHARACTERS]
    return parsed, "ok", None


def _parse(raw: str, schema: dict[str, Any]) -> dict[str, Any]:
    try:
        parsed = json.loads(raw, parse_constant=_refuse_constant)
    except ValueError as fault:
        raise ValueError(f"the answer is not JSON: {fault}") from fault
    wrong = best_match(_validator(canonical_json(schema)).iter_errors(parsed))
    if wrong is not None:
        where = "/".join(str(part) for part in wrong.absolute_path) or "the answer"
        raise ValueError(f"{where}: {wrong.message}")
    if not isinstance(parsed, dict):
        raise ValueError("the answer is not a JSON object")
    if "\\u" in raw and _printable(canonical_json(parsed)) != canonical_json(parsed):
        raise ValueError("the answer holds half a character (a lone surrogate)")
    return parsed


def _refuse_constant(name: str) -> None:
    raise ValueError(f"{name} is not JSON")


@lru_cache(maxsize=64)
def _validator(schema: str) -> Draft202012Validator:
    return Draft202012Validator(json.loads(schema))


def _count(value: Any) -> int | None:
    return value if isinstance(value, int) and 0 <= value < 2**31 else None
