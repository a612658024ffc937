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
    "histology",
    "talking_head",
    "no_skin",
    "no_text",  # nothing is said about it
    "benchmark",  # it is part of an evaluation set
    "duplicate",  # another picture stands for it
)

VERDICTS = Contract(
    name="verdicts",
    version=1,
    written_by="screen",
    columns=(
        column("image_id", pa.string(), "The picture"),
        column("verdict", pa.string(), "`keep`, `drop`, or `failed` where there is no picture"),
        column("reasons", pa.list_(pa.string()), "Why not, first the one that decides"),
        optional("skin_share", pa.float64(), "Share of pixels in a skin colour, 0 to 1"),
        optional("sharpness", pa.float64(), "Variance of the Laplacian at 256 px"),
        optional("contrast", pa.float64(), "Standard deviation of grey levels, 0 to 255"),
        optional("flat_share", pa.float64(), "Share of pixels of one even ground colour, 0 to 1"),
        optional("histology_share", pa.float64(), "Share of pixels in a stain colour, 0 to 1"),
        optional("edge_text_share", pa.float64(), "Share of blocks that look like writing, 0 to 1"),
        optional("axis_share", pa.float64(), "Shorter of the longest upright and level strokes"),
        optional("face_share", pa.float64(), "Share of the picture that faces cover, 0 to 1"),
        column("status", pa.string(), "`ok`"),
        optional("error", pa.string(), "What went wrong"),
    ),
    key=("image_id",),
    allowed={
        "verdict": frozenset({"keep", "drop", "failed"}),
        "reasons": frozenset(REASONS),
        "status": frozenset({"ok"}),
    },
)
