"""Answers as the model gave them, and captions as a reader may trust them."""

import pyarrow as pa

from schemas.contract import Contract, column, optional
from schemas.origin import ORIGIN
from schemas.vocabulary import CAPTION_KINDS

ANSWER_STATUSES = frozenset(
    {"ok", "malformed", "truncated", "timeout", "server_error", "refused", "no_evidence"}
)

_QUESTION = (
    column("caption_id", pa.string(), "`<image_id>@<kind>@<caption_set>@<attempt>`"),
    column("image_id", pa.string(), "The picture"),
    column("kind", pa.string(), "refined, ontology or concept"),
    column("caption_set", pa.string(), "Caption set of the catalog"),
)

ANSWERS = Contract(
    name="answers",
    version=1,
    written_by="caption",
    columns=(
        *_QUESTION,
        optional("raw", pa.string(), "The answer, byte for byte"),
        optional("text", pa.string(), "The caption parsed from it"),
        *ORIGIN,
        column("status", pa.string(), "`ok`, or the class of the failure"),
        optional("error", pa.string(), "What went wrong"),
    ),
    key=("caption_id",),
    allowed={"kind": CAPTION_KINDS, "status": ANSWER_STATUSES},
    by_caption_set=True,
)

CAPTIONS = Contract(
    name="captions",
    version=1,
    written_by="ground",
    columns=(
        *_QUESTION,
        optional("text", pa.string(), "The caption"),
        optional("truncated_text", pa.string(), "Whole clauses of it that fit 77 CLIP tokens"),
        *ORIGIN,
        column("grounding", pa.string(), "`supported`, `unsupported`, `malformed`, `not_checked`"),
        column("faults", pa.list_(pa.string()), "What is not supported, `<kind>:<words>`"),
        column("status", pa.string(), "`ok`, `rejected`, or the class of the failure"),
        optional("error", pa.string(), "What went wrong"),
    ),
    key=("caption_id",),
    allowed={
        "kind": CAPTION_KINDS,
        "grounding": frozenset({"supported", "unsupported", "malformed", "not_checked"}),
        "status": ANSWER_STATUSES | {"rejected"},
    },
    by_caption_set=True,
)
