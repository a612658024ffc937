"""The engine without a model: annotations by rules, captions by a grammar, the same every time."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from typing import Any, Literal, get_args

from pipeline.errors import CatalogError, ModelError
from pipeline.identity import canonical_json
from pipeline.knowledge.mentions import find_mentions
from pipeline.language.engine import Reply, Request, Status
from pipeline.language.evidence import reread
from pipeline.language.source_sentences import describe
from pipeline.language.template_annotations import claim_by_rules
from pipeline.language.template_captions import write_concept, write_ontology, write_refined

# Used where a model's caption fails and the catalog has no template model of its own.
TEMPLATE_ID = "template"
TEMPLATE_REVISION = "1"

# `template` keeps the source's own sentences where they describe the picture; `template-terse`
# writes one sentence of its own.
Style = Literal["template", "template-terse"]
STYLES: tuple[Style, ...] = get_args(Style)


class TemplateEngine:
    """Answers from the evidence alone: deterministic, and named `template` in every row."""

    is_dear = False

    def __init__(
        self,
        model_id: str = TEMPLATE_ID,
        revision: str = TEMPLATE_REVISION,
        name: str = "template",
    ) -> None:
        if name not in STYLES:
            raise CatalogError(
                f"model {model_id}: the template engine knows {list(STYLES)}, "
                f"not {name}; correct its name in the catalog"
            )
        self.model_id = model_id
        self._revision = revision
        self._is_terse = name == "template-terse"

    def ask(self, requests: Iterable[Request]) -> Iterator[tuple[Request, Reply]]:
        """Yield an answer to every request, in order."""
        for request in requests:
            yield request, self.answer(request)

    def answer(self, request: Request) -> Reply:
        """Return the answer to one request; `no_evidence` where there is nothing to say."""
        parsed = _answer(request, is_terse=self._is_terse)
        status: Status = "ok" if parsed is not None else "no_evidence"
        error = None if parsed is not None else f"nothing is known for the {request.kind} caption"
        return Reply(
            raw=canonical_json(parsed) if parsed is not None else None,
            parsed=parsed,
            status=status,
            error=error,
            finish_reason="stop" if parsed is not None else None,
            n_tokens_in=None,
            n_tokens_out=None,
            seed=request.seed,
            attempt=1,
            engine="template",
            model_id=self.model_id,
            model_revision=self._revision,
            sampling=request.sampling,
        )


def _answer(request: Request, *, is_terse: bool) -> dict[str, Any] | None:
    variables, seed = request.variables, request.seed
    if request.kind == "annotate":
        return claim_by_rules(reread(variables))
    if request.kind == "refined":
        caption = _refined(variables, seed, is_terse=is_terse)
    elif request.kind == "ontology":
        caption = write_ontology(variables["diagnoses"], seed)
    elif request.kind == "concept":
        caption = write_concept(variables["concepts"], variables["body_sites"], seed)
    else:
        raise ModelError(f"the template engine writes no {request.kind}; name another model")
    return {"caption": caption} if caption else None


def _refined(variables: Mapping[str, Any], seed: int, *, is_terse: bool) -> str | None:
    facts = variables["facts"]
    if is_terse:
        return write_refined(facts, seed, is_terse=True)
    named = {
        mention.term_id
        for each in facts["diseases"]
        for mention in find_mentions(each["name"])
        if mention.kind == "disease"
    }
    return describe(reread(variables), named) or write_refined(facts, seed)
