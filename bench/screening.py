"""What the screening rules keep and leave out: precision and recall by rule, kept share by type.

    python bench/screening.py [--pictures 3] [--seed 2] [--json]

Pictures are drawn with known truth: skin of six Fitzpatrick types in ten looks under ten lights,
and what each rule is there for. `worst_type_gap` is the kept share of the best type less that of
the worst, skin of every look under every light. The thresholds were set on seed 1.
"""

from __future__ import annotations

import argparse
import json
from collections import Counter
from collections.abc import Iterator
from concurrent.futures import ProcessPoolExecutor
from dataclasses import asdict, dataclass, field
from functools import lru_cache
from statistics import mean

import cv2
import numpy as np
from looks import drawn, patients, things
from looks.lights import LIGHTS, lit

from pipeline.demo.pictures import Picture, encode_jpeg, generator
from pipeline.images.decode import decode_picture, encode_picture
from pipeline.images.faces import find_faces, share_of_faces
from pipeline.images.judges import judge_options
from pipeline.images.measures import measure_picture
from pipeline.images.rules import RULES, met_rules
from pipeline.picture_entries import Screening

TYPES = range(1, 7)
NOT_SKIN = "no_skin"  # met, rightly, wherever there is none
ANY = frozenset(RULES)  # what else is said of a blurred or tiny picture does not matter


@dataclass(frozen=True)
class Shown:
    """One picture: what it shows, the reason it should go for, and what else is true of it."""

    group: str
    what: str
    seed: int
    key: str
    reason: str | None = None
    also: frozenset[str] = frozenset()
    skin_type: int | None = None
    light: str = "neutral"

    @property
    def true(self) -> frozenset[str]:
        """All reasons that are right."""
        return self.also | ({self.reason} if self.reason else set())


@dataclass
class Tally:
    """Counts of one rule."""

    pictures: int = 0
    found: int = 0
    flagged: int = 0
    rightly: int = 0
    mistaken: Counter = field(default_factory=Counter)

    def told(self) -> dict[str, float | int | None]:
        """Return precision and recall; null where nothing was flagged, or nothing was there."""
        return {
            "pictures": self.pictures,
            "precision": round(self.rightly / self.flagged, 4) if self.flagged else None,
            "recall": round(self.found / self.pictures, 4) if self.pictures else None,
        }


def shown(pictures: int, seed: int) -> Iterator[Shown]:
    """Yield what is to be drawn."""
    for look in patients.LOOKS:
        for skin_type in TYPES:
            for number in range(pictures):
                key = f"{look} {skin_type} {number}"
                for light in LIGHTS:
                    yield Shown("skin", look, seed, key, skin_type=skin_type, light=light)
                yield Shown("slide", look, seed, key, skin_type=skin_type)
                yield Shown("watermark", look, seed, key, "watermark", skin_type=skin_type)
                yield Shown("blurred", look, seed, key, "blurred", ANY, skin_type=skin_type)
    others = 5 * pictures
    for group, names, reason in (
        ("thing", things.NO_SKIN, NOT_SKIN),
        ("cannot be told", things.CANNOT_TELL, NOT_SKIN),
        ("fur", ("fur",), "animal"),
        ("text slide", ("text slide",), "text_slide"),
        ("chart", drawn.CHARTS, "chart"),
        ("drawing", drawn.DRAWINGS, "drawing"),
        ("section", drawn.SECTIONS, "histology"),
        ("lecturer", ("lecturer",), "talking_head"),
        ("blank", ("blank",), "blank"),
        ("small", ("small",), "too_small"),
    ):
        also = ANY if group == "small" else frozenset({NOT_SKIN})
        for name in names:
            for number in range(others):
                yield Shown(group, name, seed, f"{name} {number}", reason, also)


@lru_cache(maxsize=2)
def draw_patient(look: str, skin_type: int, seed: int, key: str) -> Picture:
    """Draw a patient once for all lights."""
    return patients.LOOKS[look](generator(seed, key), skin_type)


def draw(each: Shown) -> Picture:
    """Draw a picture and save it as a JPEG of middling quality, as one finds them."""
    rng = generator(each.seed, f"{each.group} {each.light} {each.key}")
    makers = {**things.NO_SKIN, **things.CANNOT_TELL, "fur": things.fur, "lecturer": drawn.lecturer}
    makers |= {**drawn.CHARTS, **drawn.DRAWINGS, **drawn.SECTIONS, "text slide": drawn.text_slide}
    if each.what == "blank":
        picture = np.full((300, 400, 3), rng.integers(0, 256, 3), np.uint8)
    elif each.what == "small":
        picture = cv2.resize(patients.clinical(rng, 3), (110, 82), interpolation=cv2.INTER_AREA)
    elif each.skin_type is None:
        picture = makers[each.what](rng)
    else:
        patient = draw_patient(each.what, each.skin_type, each.seed, each.key)
        picture = lit(patient, each.light)
        if each.group == "slide":
            picture = drawn.slide_with_photograph(rng, picture)
        elif each.group == "watermark":
            picture = drawn.watermarked(rng, picture)
        elif each.group == "blurred":
            picture = cv2.GaussianBlur(picture, (0, 0), 12)
    return decode_picture(encode_jpeg(np.asarray(picture, np.uint8), int(rng.integers(70, 93))))


def met(each: Shown) -> set[str]:
    """Return the reasons that the rules give, on the picture as it is stored."""
    screening = Screening()
    limits = screening.model_dump(mode="json") | judge_options(screening)
    pixels = decode_picture(encode_picture(draw(each)))
    height, width = pixels.shape[:2]
    scores = asdict(measure_picture(pixels)) | {"width_px": width, "height_px": height}
    # a search for faces takes ten times as long as all else: one light will do for it
    may_have_face = each.skin_type is None or (each.group == "skin" and each.light == "neutral")
    faces = find_faces(pixels) if may_have_face else []
    scores["face_share"] = share_of_faces(faces, pixels)
    return met_rules(scores, limits)


def measure(pictures: int, seed: int) -> dict:
    """Draw, judge and count everything."""
    tallies = {rule: Tally() for rule in RULES}
    kept: dict[tuple[str, str | int], list[bool]] = {}
    wanted = list(shown(pictures, seed))
    with ProcessPoolExecutor() as pool:
        for each, reasons in zip(wanted, pool.map(met, wanted, chunksize=26), strict=True):
            if each.group == "cannot be told":
                kept.setdefault(("cannot be told", each.what), []).append(not reasons)
                continue
            _count(tallies, each, reasons)
            if each.group in ("skin", "slide"):
                for place in (
                    ("type", each.skin_type),
                    ("light", each.light if each.group == "skin" else "on a slide"),
                    ("look", each.what),
                ):
                    kept.setdefault(place, []).append(not reasons)
    shares: dict[str, dict] = {}
    for (kind, name), answers in kept.items():
        shares.setdefault(kind, {})[name] = round(mean(answers), 4)
    types = shares["type"].values()
    return {
        "pictures": len(wanted),
        "worst_type_gap": round(max(types) - min(types), 4),
        "kept_by_type": shares["type"],
        "kept_by_light": shares["light"],
        "kept_by_look": shares["look"],
        "kept_though_no_skin": shares["cannot be told"],
        "rules": {rule: tally.told() for rule, tally in tallies.items()},
        "mistaken": {rule: dict(each.mistaken.most_common(4)) for rule, each in tallies.items()},
    }


def _count(tallies: dict[str, Tally], each: Shown, reasons: set[str]) -> None:
    for rule, tally in tallies.items():
        is_told = rule in reasons
        tally.pictures += each.reason == rule
        tally.found += is_told and each.reason == rule
        tally.flagged += is_told
        tally.rightly += is_told and rule in each.true
        if is_told and rule not in each.true:
            tally.mistaken[f"{each.group}: {each.what}"] += 1


def main() -> None:
    """Print tables, or one JSON object."""
    options = argparse.ArgumentParser(description=__doc__)
    options.add_argument("--pictures", type=int, default=3, help="of each look and type")
    options.add_argument("--seed", type=int, default=2)
    options.add_argument("--json", action="store_true")
    chosen = options.parse_args()
    told = measure(chosen.pictures, chosen.seed)
    if chosen.json:
        print(json.dumps(told))
        return
    print(f"{told['pictures']} pictures; share of skin that is kept, by")
    for kind in ("type", "light", "look"):
        row = "  ".join(f"{name} {share:.3f}" for name, share in told[f"kept_by_{kind}"].items())
        print(f"  {kind:<6} {row}")
    print(f"  gap between the best and the worst type: {told['worst_type_gap']:.4f}")
    print(f"kept though there is no skin: {told['kept_though_no_skin']}")
    print(f"{'rule':<14} {'pictures':>8} prec.  recall taken for it by mistake")
    for rule, each in told["rules"].items():
        rates = "  ".join("    -" if each[n] is None else f"{each[n]:.3f}" for n in RATES)
        mistaken = ", ".join(f"{n} {what}" for what, n in told["mistaken"][rule].items())
        print(f"{rule:<14} {each['pictures']:>8}  {rates}  {mistaken}")


RATES = ("precision", "recall")

if __name__ == "__main__":
    main()
