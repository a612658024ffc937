"""Fingerprints: what a picture looks like, in a few bytes."""

import pyarrow as pa

from schemas.contract import Contract, column, optional

# Share of width and of height that each centred crop leaves out.
CROPS = (0.04, 0.08, 0.12)
VIEWS: tuple[str, ...] = ("mirror", *(f"crop {share:.0%}" for share in CROPS))

FINGERPRINTS = Contract(
    name="fingerprints",
    version=1,
    written_by="fingerprint",
    columns=(
        column("image_id", pa.string(), "The picture"),
        optional("pixel_sha256", pa.string(), "Digest of width, height and the RGB pixels"),
        optional("phash", pa.uint64(), "64-bit pHash, equal to imagehash.phash, bit 63 first"),
        optional(
            "view_phashes",
            pa.list_(pa.uint64()),
            "pHashes of the mirror and of the centred crops, in the order of VIEWS",
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
    allowed={"status": frozenset({"ok", "no_picture", "undecodable"})},
)
