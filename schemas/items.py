"""Items: what a source lists."""

import pyarrow as pa

from schemas.contract import Contract, column, optional
from schemas.vocabulary import ITEM_STATUSES, LICENCE_TIERS

ITEMS = Contract(
    name="items",
    version=1,
    written_by="list",
    columns=(
        column("item_id", pa.string(), "`<source_id>:<source_key>`, the same for ever"),
        column("source_id", pa.string(), "Source of the catalog"),
        column("source_key", pa.string(), "The source's own key: PMCID, video id, post id"),
        column("page_url", pa.string(), "Page a person would open"),
        optional("title", pa.string(), "Title as the source gives it"),
        optional("creator", pa.string(), "Author or channel; a keyed pseudonym for forums"),
        optional("licence", pa.string(), "SPDX identifier where one exists, else LicenseRef-…"),
        column("licence_tier", pa.string(), "What the licence permits, as one of the tiers"),
        optional("licence_evidence", pa.string(), "The string that states the licence, and where"),
        optional("published_at", pa.timestamp("ms", tz="UTC"), "When the source published it"),
        column("collected_at", pa.timestamp("ms", tz="UTC"), "When the listing was read"),
        column(
            "group_key",
            pa.string(),
            "`<source_id>:<key>` of the video, article, thread, deck or patient: never split",
        ),
        column("listed_sha256", pa.string(), "Digest of what the listing said of it"),
        column("details", pa.string(), "Canonical JSON: what fetching needs from the listing"),
        column("status", pa.string(), "`ok`, or why it is not collected"),
        optional("error", pa.string(), "What was wrong, and where"),
    ),
    key=("item_id",),
    allowed={"status": ITEM_STATUSES, "licence_tier": LICENCE_TIERS},
)
