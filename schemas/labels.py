"""Labels: annotations tied to the ontology."""

import pyarrow as pa

from schemas.contract import Contract, column, optional

LINK_STATUSES = frozenset({"linked", "ambiguous", "not_in_ontology", "no_diagnosis"})

LABELS = Contract(
    name="labels",
    version=1,
    written_by="link",
    columns=(
        column("image_id", pa.string(), "The picture"),
        column("label_status", pa.string(), "Whether a diagnosis was found and is known"),
        column("condition_ids", pa.list_(pa.string()), "Conditions of the ontology, primary first"),
        column("disease_label", pa.list_(pa.string()), "Their preferred names"),
        column("hierarchy", pa.list_(pa.string()), "Their paths, names joined with ', '"),
        optional("matched", pa.string(), "Words that gave the primary label"),
        optional("method", pa.string(), "exact, synonym, abbreviation, fuzzy"),
        optional("score", pa.float64(), "0 to 100"),
        optional("runner_up_id", pa.string(), "The next best condition"),
        column("concept_ids", pa.list_(pa.string()), "Concepts affirmed"),
        column("concept_names", pa.list_(pa.string()), "Their names"),
        column("status", pa.string(), "`ok`, or `not_annotated`"),
        optional("error", pa.string(), "What went wrong"),
    ),
    key=("image_id",),
    allowed={
        "label_status": LINK_STATUSES,
        "method": frozenset({"exact", "synonym", "abbreviation", "fuzzy", "none"}),
        "status": frozenset({"ok", "not_annotated"}),
    },
    by_caption_set=True,
)
