"""Which picture of the tables is which picture of the demo world's truth."""

from __future__ import annotations

import re


def drawn_by_image(world, image_ids):
    """Return the truth's picture for each image id that shows one."""
    by_place = {}
    for each in world.truth["pictures"]:
        by_place[each["source"], each["item"], each["locator"]] = each
    found = {}
    for image_id in image_ids:
        source, _, rest = image_id.partition(":")
        item, _, locator = rest.partition("#")
        place = _place(world, source, item, locator)
        if (source, item, place) in by_place:
            found[image_id] = by_place[source, item, place]
    return found


def _place(world, source, item, locator):
    if source in ("ham10000", "pad_ufes_20"):
        return ""
    if source == "youtube":
        at = float(locator.partition("/")[0].removeprefix("t=").removesuffix("s"))
        scenes = [each for each in world.truth["pictures"] if each["item"] == item]
        return next(
            (each["locator"] for each in scenes if each["start_s"] <= at < each["end_s"]), None
        )
    if source == "slides":
        return locator
    if match := re.fullmatch(r"p(\d+)-(\d+)", locator):
        picture = int(match[2]) - 1
        return str(picture) if source == "reddit" else f"{match[1]}/{picture}"
    return locator
