"""Images: still pictures cut from media."""

import pyarrow as pa

from schemas.contract import Contract, column, optional

IMAGES = Contract(
    name="images",
    version=1,
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
        optional("width_px", pa.int32(), "Width"),
        optional("height_px", pa.int32(), "Height"),
        optional("sha256", pa.string(), "Digest of the stored JPEG, upright and free of metadata"),
        column("status", pa.string(), "`ok`, or why there is no picture"),
        optional("error", pa.string(), "What went wrong, and where"),
    ),
    key=("image_id",),
    allowed={
        "status": frozenset(
            {
                "ok",
                "not_fetched",  # its file could not be had; see media
                "truncated",  # the file ends early
                "undecodable",  # not a picture, or not one that can be read
                "too_large",  # more pixels than may be decoded
                "missing_media",  # the item names a file that the source does not hold
                "withheld_rights",  # the figure states rights of its own: it is somebody else's
            }
        )
    },
)
