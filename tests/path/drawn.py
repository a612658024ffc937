"""Which picture of the tables is which picture of the demo world's truth."""

from __future__ import annotations

import re
from collections import defaultdict


def drawn_by_image(world, image_ids):
    """Return the truth's picture for each image id that shows one."""
    by_place = {}
    for each in world.truth["pictures"]:
        by_place[each["source"], each["item"], each["locator"]] = each
    on_page = defaultdict(list)
    for image_id in image_ids:
        if match := re.fullmatch(r"slides:(.+)#[ps](\d+)/x?(\d+)", image_id):
            on_page[match[1], match[2]].append((int(match[3]), image_id))
    index_on_page = {
        image_id: index
        for places in on_page.values()
        for index, (_xref, image_id) in enumerate(sorted(places))
    }
    found = {}
    for image_id in image_ids:
        source, _, rest = image_id.partition(":")
        item, _, locator = rest.partition("#")
        place = _place(world, source, item, locator, index_on_page.get(image_id))
        if (source, item, place) in by_place:
            found[image_id] = by_place[source, item, place]
    return found


def _place(world, source, item, locator, index):
    if source in ("ham10000", "pad_ufes_20"):
        return ""
    if source == "youtube":
        at = float(locator.removeprefix("t=").removesuffix("s"))
        scenes = [each for each in world.truth["pictures"] if each["item"] == item]
        return next(
            (each["locator"] for each in scenes if each["start_s"] <= at < each["end_s"]), None
        )
    if source == "slides":
        return f"p{locator.split('/')[0][1:]}/{index}"
    if match := re.fullmatch(r"p(\d+)-(\d+)", locator):
        picture = int(match[2]) - 1
        return str(picture) if source == "reddit" else f"{match[1]}/{picture}"
    return locator
