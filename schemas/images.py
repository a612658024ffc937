"""Images: still pictures cut from media."""

import pyarrow as pa

from schemas.contract import Contract, column, optional
from schemas.vocabulary import LICENCE_TIERS

IMAGES = Contract(
    name="images",
    version=3,
    written_by="extract",
    columns=(
        column("image_id", pa.string(), "`<item_id>#<locator>`, the same for ever"),
        column("item_id", pa.string(), "Item that the picture comes from"),
        column("locator", pa.string(), "Where in the item: `t=83.4s`, `F2/b`, `p12/x88`"),
        optional("media_sha256", pa.string(), "Digest of the file that it was cut from"),
        optional(
            "box",
            pa.list_(pa.int32(), 4),
            "Left, top, right, bottom in pixels of the upright source picture; null if whole",
        ),
        optional("box_score", pa.float64(), "How sure the cut is, 0 to 1; null if whole"),
        optional("width_px", pa.int32(), "Width"),
        optional("height_px", pa.int32(), "Height"),
        optional("sha256", pa.string(), "Digest of the stored JPEG, upright and free of metadata"),
        optional(
            "licence",
            pa.string(),
            "Licence that the picture states for itself: SPDX or LicenseRef-…",
        ),
        optional("licence_tier", pa.string(), "Its tier; null where the item's licence holds"),
        optional("licence_evidence", pa.string(), "The words that state it, and where"),
        column("status", pa.string(), "`ok`, or why there is no picture"),
        optional("error", pa.string(), "What went wrong, and where"),
    ),
    key=("image_id",),
    allowed={
        "licence_tier": LICENCE_TIERS,
        "status": frozenset(
            {
                "ok",
                "not_fetched",  # its file could not be had; see media
                "truncated",  # the file ends early
                "undecodable",  # not a picture, or not one that can be read
                "too_large",  # more pixels than may be decoded
                "missing_media",  # the item names a file that the source does not hold
                "left_out",  # furniture, an icon, a hidden or empty thing; the error says which
                "withheld_rights",  # the figure states rights of its own: it is somebody else's
            }
        ),
    },
)
