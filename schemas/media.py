"""Media: files as served."""

import pyarrow as pa

from schemas.contract import Contract, column, optional
from schemas.vocabulary import FETCH_STATUSES

MEDIA = Contract(
    name="media",
    version=2,
    written_by="fetch",
    columns=(
        column("media_id", pa.string(), "`<item_id>!<name>`: one file of an item"),
        column("item_id", pa.string(), "Item that the file belongs to"),
        column("listed_sha256", pa.string(), "Digest of the listing that it was fetched for"),
        column("role", pa.string(), "What the file is to its item"),
        column("name", pa.string(), "The file's name within its item"),
        column("url", pa.string(), "Address it was asked from"),
        optional("sha256", pa.string(), "Digest of the stored bytes; the blob's address"),
        optional("n_bytes", pa.int64(), "Size in bytes"),
        optional("content_type", pa.string(), "Media type, by the bytes where they tell"),
        optional("http_status", pa.int32(), "Status of the last answer"),
        optional("etag", pa.string(), "What the host names this state of the file by"),
        optional("last_modified", pa.string(), "When the host says that it changed, as told"),
        column("retrieved_at", pa.timestamp("ms", tz="UTC"), "When the answer ended"),
        column("collector", pa.string(), "Collector that fetched it"),
        column("collector_version", pa.int32(), "Its version"),
        column("status", pa.string(), "`ok`, or the class of the failure"),
        optional("error", pa.string(), "What went wrong, and where"),
    ),
    key=("media_id",),
    allowed={
        "status": FETCH_STATUSES,
        "role": frozenset({"record", "fulltext", "picture", "video", "audio", "captions", "deck"}),
    },
)
