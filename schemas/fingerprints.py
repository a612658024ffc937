"""Fingerprints: what a picture looks like, in a few bytes."""

import pyarrow as pa

from schemas.contract import Contract, column, optional

# Share of width and of height that each crop leaves out: centred, and one in each corner.
CROPS = (0.04, 0.08, 0.12)
CORNER = 0.08
TURNS = ("mirror", "quarter turn", "half turn", "three-quarter turn")
CORNERS = ("top left", "top right", "bottom left", "bottom right")
VIEWS: tuple[str, ...] = (
    *TURNS,
    *(f"crop {share:.0%}" for share in CROPS),
    *(f"{corner} crop {CORNER:.0%}" for corner in CORNERS),
    "trimmed",
)

FINGERPRINTS = Contract(
    name="fingerprints",
    version=2,
    written_by="fingerprint",
    columns=(
        column("image_id", pa.string(), "The picture"),
        optional(
            "pixel_sha256",
            pa.string(),
            "Digest of width, height and the RGB pixels; of the stored bytes in fast mode",
        ),
        optional("phash", pa.uint64(), "64-bit pHash as imagehash.phash has it, bit 63 first"),
        optional(
            "phash_mode",
            pa.string(),
            "`exact`: equal to imagehash in every bit; `fast`: from a reduced decoding",
        ),
        optional(
            "view_phashes",
            pa.list_(pa.uint64()),
            "pHashes of mirror, turns, crops and the picture without its frame, as in VIEWS",
        ),
        optional(
            "colour_signature",
            pa.list_(pa.float32()),
            "Mean Lab colour of a 3 x 3 grid, 27 values",
        ),
        optional(
            "detail",
            pa.float32(),
            "Standard deviation of the 32 x 32 grey levels that the pHash sees, 0 to 255",
        ),
        column("status", pa.string(), "`ok`, `no_picture` or `undecodable`"),
        optional("error", pa.string(), "What went wrong"),
    ),
    key=("image_id",),
    allowed={
        "phash_mode": frozenset({"exact", "fast"}),
        "status": frozenset({"ok", "no_picture", "undecodable"}),
    },
)
