"""Verdicts: keep or drop, and why."""

import pyarrow as pa

from schemas.contract import Contract, column, optional

# Every reason a picture can be left out of all releases. The order is the order of the funnel.
REASONS: tuple[str, ...] = (
    "broken",  # there is no readable picture
    "retracted",
    "removed",  # deleted at the source, or taken down
    "licence",  # no licence that permits any use here
    "too_small",
    "blank",
    "blurred",
    "text_slide",
    "chart",
    "drawing",
    "histology",  # or fluorescence
    "talking_head",
    "animal",
    "no_skin",
    "watermark",
    "face",  # somebody could be recognised
    "private_text",  # a name, number or address is written into it
    "no_text",  # nothing is said about it
    "benchmark:",  # it is part of the evaluation set that is named after the colon
    "duplicate",  # another picture stands for it
)


def place_of_reason(reason: str) -> int:
    """Return a reason's place in the funnel; `benchmark:ddi` has that of `benchmark:`."""
    kind, colon, _name = reason.partition(":")
    return REASONS.index(kind + colon)


PROBABILITIES = pa.list_(
    pa.struct(
        [
            pa.field("label", pa.string(), nullable=False),
            pa.field("probability", pa.float64(), nullable=False),
        ]
    )
)

VERDICTS = Contract(
    name="verdicts",
    version=3,
    written_by="screen",
    columns=(
        column("image_id", pa.string(), "The picture"),
        column(
            "verdict",
            pa.string(),
            "`keep`, `drop`, `quarantine` until a person has looked, or `failed`",
        ),
        column("reasons", pa.list_(pa.string()), "Why not, first the one that decides"),
        optional("skin_share", pa.float64(), "Share of pixels in a skin colour, 0 to 1"),
        optional("sharpness", pa.float64(), "Variance of the Laplacian at 256 px"),
        optional("contrast", pa.float64(), "Standard deviation of grey levels, 0 to 255"),
        optional("flat_share", pa.float64(), "Share of pixels of one even ground colour, 0 to 1"),
        optional("painted_share", pa.float64(), "Share of pixels of any even colour, 0 to 1"),
        optional("tone_share", pa.float64(), "Share of pixels in the eight commonest colours"),
        optional("histology_share", pa.float64(), "Share of pixels in a stain colour, 0 to 1"),
        optional("grain_share", pa.float64(), "Share of pixels in grains or threads, 0 to 1"),
        optional("glow_share", pa.float64(), "Share of the lit pixels that glow on black, 0 to 1"),
        optional("fur_share", pa.float64(), "Share of pixels in strands that turn, 0 to 1"),
        optional("edge_text_share", pa.float64(), "Share of blocks that look like writing, 0 to 1"),
        optional("axis_share", pa.float64(), "Shorter of the longest upright and level strokes"),
        optional("repeat_score", pa.float64(), "How far it repeats itself, in chance's deviations"),
        optional("lattice_score", pa.float64(), "How far all of it is one pattern, 0 to 1"),
        optional("face_share", pa.float64(), "Share of the picture that faces cover, 0 to 1"),
        optional("n_faces", pa.int32(), "Faces found, and eyes found without a face"),
        optional(
            "private_kinds",
            pa.list_(pa.string()),
            "Kind of each personal detail that is written in it; null: it was not looked for",
        ),
        optional(
            "hidden",
            pa.list_(pa.string()),
            "What is unreadable in the picture that is shown: `face`, `private_text`",
        ),
        optional("shown_sha256", pa.string(), "Digest of that picture; null: it is shown as it is"),
        optional(
            "judged_by",
            pa.string(),
            "`rules`, or the classifier that answered for some of them, with its file's digest",
        ),
        optional("probabilities", PROBABILITIES, "What the classifier said, in its order"),
        column("status", pa.string(), "`ok`"),
        optional("error", pa.string(), "What went wrong"),
    ),
    key=("image_id",),
    allowed={
        "verdict": frozenset({"keep", "drop", "quarantine", "failed"}),
        "reasons": frozenset(REASONS),
        "status": frozenset({"ok"}),
    },
)
