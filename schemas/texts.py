"""Texts: passages that speak about pictures."""

import pyarrow as pa

from schemas.contract import Contract, column, optional

TEXTS = Contract(
    name="texts",
    version=1,
    written_by="extract",
    columns=(
        column("text_id", pa.string(), "`<item_id>~<locator>`"),
        column("item_id", pa.string(), "Item that the passage comes from"),
        column("kind", pa.string(), "What the passage is"),
        column("locator", pa.string(), "Where in the item it stands"),
        optional("start_s", pa.float64(), "First second of speech"),
        optional("end_s", pa.float64(), "Last second of speech"),
        optional("speaker", pa.string(), "`author` or `other`: who wrote it, never a name"),
        column("language", pa.string(), "BCP 47 tag, `und` if not known"),
        column("text", pa.string(), "The words, white space folded, personal details blanked"),
        optional("n_redacted", pa.int32(), "How many personal details were blanked"),
        column("status", pa.string(), "`ok`, or why the passage is not used"),
        optional("error", pa.string(), "What is wrong with it"),
    ),
    key=("text_id",),
    allowed={
        "kind": frozenset(
            {
                "transcript",
                "caption",
                "subcaption",
                "mention",
                "title",
                "post",
                "reply",
                "slide",
                "notes",
                "record",
            }
        ),
        "speaker": frozenset({"author", "other"}),
        "status": frozenset({"ok", "empty", "deleted"}),
    },
)
