"""Annotations: what the text says about the picture, each with the words that say it."""

import pyarrow as pa

from schemas.contract import Contract, column, optional
from schemas.origin import ORIGIN

# One thing that a passage says: its value, and the exact span of the passage.
EVIDENCE = pa.struct(
    [
        pa.field("value", pa.string(), nullable=False),
        pa.field("text_id", pa.string(), nullable=False),
        pa.field("span", pa.string(), nullable=False),
        pa.field("assertion", pa.string(), nullable=False),
    ]
)

ANNOTATIONS = Contract(
    name="annotations",
    version=1,
    written_by="annotate",
    columns=(
        column("image_id", pa.string(), "The picture"),
        column("diseases", pa.list_(EVIDENCE), "Diseases named, the most certain first"),
        column("concepts", pa.list_(EVIDENCE), "Clinical concepts named"),
        column("body_sites", pa.list_(EVIDENCE), "Body sites"),
        column("symptoms", pa.list_(EVIDENCE), "Symptoms"),
        column("history", pa.list_(EVIDENCE), "Course and history"),
        optional("age", pa.string(), "Age as stated"),
        optional("gender", pa.string(), "`male` or `female` as stated"),
        optional("skin_tone", pa.string(), "Fitzpatrick type I to VI as stated"),
        optional("modality", pa.string(), "clinical, dermoscopy, histology, other"),
        column("text_ids", pa.list_(pa.string()), "Passages that the annotator was shown"),
        column("n_spans_dropped", pa.int32(), "Claims whose words are not in the text"),
        *ORIGIN,
        column("status", pa.string(), "`ok`, or the class of the failure"),
        optional("error", pa.string(), "What went wrong"),
    ),
    key=("image_id",),
    allowed={
        "status": frozenset(
            {"ok", "malformed", "truncated", "timeout", "server_error", "refused", "no_evidence"}
        ),
    },
    by_caption_set=True,
)
