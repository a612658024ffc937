"""Full texts: an article's JATS from the PMC Cloud Service, or else from Europe PMC."""

from __future__ import annotations

import json
import logging
from collections.abc import Mapping
from dataclasses import replace
from functools import partial
from typing import Any

from lxml import etree

from pipeline.sources.addresses import place_of
from pipeline.sources.collector import Collector, Row, Shelf
from pipeline.sources.files import Wanted, fetch_file
from pipeline.sources.hosts import pace_of
from pipeline.sources.http import HttpClient
from pipeline.sources.trees import TreeError, local_name, read_tree

log = logging.getLogger(__name__)

MAX_XML_BYTES = 32 * 1024 * 1024
# What another copy can make good. A network that fails or a host that is busy passes by itself.
_CURABLE = frozenset(
    {
        "access_denied",
        "checksum_mismatch",
        "gone",
        "malformed",
        "not_found",
        "server_error",
        "wrong_type",
    }
)
_IDS = frozenset({"pmc", "pmcid"})


class FullTexts:
    """Fetches full texts; what is no whole JATS of the article wanted is not stored."""

    def __init__(self, client: HttpClient, europepmc_url: str | None, per_second: float) -> None:
        self._client = client
        self._europepmc = europepmc_url.rstrip("/") if europepmc_url else None
        if self._europepmc is not None:
            self._pace = pace_of(place_of(self._europepmc).netloc)
            self._pace.slow_down(1.0 / per_second)

    def fetch(self, collector: Collector, item: Mapping[str, Any], shelf: Shelf) -> Row:
        """Return the row of an article's full text; its `url` tells who served it."""
        details, pmcid = json.loads(item["details"]), str(item["source_key"])
        wanted = Wanted(
            f"{details['prefix']}.xml",
            "fulltext",
            details["xml_url"],
            expect="xml",
            max_bytes=MAX_XML_BYTES,
            md5=details["xml_md5"],
            robots=False,
            reject=partial(jats_fault, pmcid=pmcid),
            rejected="malformed",
        )
        if self._europepmc is None:
            return fetch_file(collector, self._client, item, wanted, shelf)
        other = replace(wanted, url=f"{self._europepmc}/{pmcid}/fullTextXML", md5=None)
        if (finished := shelf.finished(other.name, other.url)) is not None:
            return finished
        row = fetch_file(collector, self._client, item, wanted, shelf)
        if row["status"] not in _CURABLE:
            return row
        copy = fetch_file(collector, self._client, item, other, shelf)
        if copy["status"] == "ok":
            log.info("%s: Europe PMC's full text stands in: %s", item["item_id"], row["error"])
            return copy
        return {**row, "error": f"{row['error']}; {copy['error']}"}


def jats_fault(content: bytes, pmcid: str) -> str | None:
    """Return why bytes are no JATS of an article, or null. One that states no id is believed."""
    try:
        root = read_tree(content)
    except TreeError as fault:
        return str(fault)
    if local_name(root) != "article":
        return f"it is a <{local_name(root)[:40]}>, no article"
    stated = set(_stated_ids(root))
    if stated and pmcid.removeprefix("PMC") not in stated:
        return f"it is the text of {', '.join(sorted(stated))[:80]}, not of {pmcid}"
    return None


def _stated_ids(root: etree._Element) -> list[str]:
    """Return the PMC numbers that the article's own front states."""
    found = root.iterfind("{*}front/{*}article-meta/{*}article-id")
    told = [(each.text or "").strip() for each in found if each.get("pub-id-type") in _IDS]
    return [each.removeprefix("PMC") for each in told if each]
