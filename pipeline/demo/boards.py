"""The demo's plain HTML forum.

Written as `webforum/threads.json`, from which the server makes its pages, and `pictures/*.jpg`.
"""

import json
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from pipeline.demo.cases import Case, draw_case, make_case
from pipeline.demo.pictures import encode_jpeg
from pipeline.demo.posts import shared_case, shared_picture
from pipeline.demo.talk import answer, aside, question, report
from pipeline.demo.truth import Place, TruthBook

_ERROR_PAGE = (
    "<!DOCTYPE html><html><head><title>503</title></head>"
    "<body><h1>The picture store is being moved</h1><p>Please come back later.</p></body></html>"
)


@dataclass(frozen=True, slots=True)
class _Plan:
    """One thread: its diseases, one per post with a picture, and what is special about it."""

    thread_id: str
    title: str
    diseases: tuple[str, ...]
    trait: str = ""
    tells: bool = True


_THREADS = (
    _Plan("t201", "Red scaly patches on the elbows", ("plaque psoriasis",), tells=False),
    _Plan("t202", "Found my old photograph again", ("pityriasis rosea",), "shared"),
    _Plan("t203", "Rough spots on the forehead", ("actinic keratosis",), "error_page"),
    _Plan("t204", "Ring on the hand", ("granuloma annulare",), "attached"),
    _Plan("t205", "Members only: private consultation", ("rosacea",), "private"),
    _Plan("t206", "Two photographs of warts", ("verruca vulgaris", "molluscum contagiosum")),
    _Plan("t207", "Dark patches on the cheeks", ("melasma",), "late"),
    _Plan("t208", "Bumps that come and go", ("acne vulgaris",) * 2, "long", tells=False),
    _Plan("t209", "Please do not index this", ("impetigo",), "noindex"),
)
_LATER = 3  # the post of a long thread, counted from 0, that holds its second picture


def write_threads(folder: Path, seed: int, truth: TruthBook) -> None:
    """Write the forum and record its pictures."""
    pictures = folder / "pictures"
    pictures.mkdir(parents=True)
    rows = []
    for number, plan in enumerate(_THREADS):
        cases = [_case(plan, disease, place, seed) for place, disease in enumerate(plan.diseases)]
        for place, case in zip(_places(plan), cases, strict=True):
            path = pictures / f"{plan.thread_id}-{place}.jpg"
            path.write_bytes(_body(plan, case, seed))
            if plan.trait != "error_page":
                truth.add_skin(Place("webforum", plan.thread_id, f"{place + 1}/0"), case)
        rows.append(_thread(plan, number, cases, seed))
    (folder / "threads.json").write_text(json.dumps(rows, indent=1), encoding="utf-8")
    _record_plants(truth)


def _places(plan: _Plan) -> tuple[int, ...]:
    """Return the posts, counted from 0, that hold the pictures."""
    return (0, _LATER) if plan.trait == "long" else tuple(range(len(plan.diseases)))


def _case(plan: _Plan, disease: str, place: int, seed: int) -> Case:
    if plan.trait == "shared":
        return shared_case(seed)
    return make_case(seed, f"webforum {plan.thread_id} {place}", disease)


def _body(plan: _Plan, case: Case, seed: int) -> bytes:
    if plan.trait == "error_page":
        return _ERROR_PAGE.encode()
    if plan.trait == "shared":
        return shared_picture(seed)
    return encode_jpeg(draw_case(case), 87)


def _thread(plan: _Plan, number: int, cases: list[Case], seed: int) -> dict[str, Any]:
    posts: list[tuple[str, str, str | None]] = []
    for place, case in zip(_places(plan), cases, strict=True):
        while len(posts) < place:
            says = aside(seed, f"{plan.thread_id} {len(posts)}")
            posts.append((f"reader{number}@mail.example", says, None))
        says = report(case) if plan.tells else question(case)
        posts.append((f"patient{number}", says, f"{plan.thread_id}-{place}.jpg"))
    says = aside(seed, plan.thread_id) if plan.tells else answer(cases[0])
    posts.append((f"reader{number}", says, None))
    folder = "private" if plan.trait == "private" else "thread"
    return {
        "id": plan.thread_id,
        "path": f"/{folder}/{plan.thread_id}.html",
        "title": plan.title,
        "trait": plan.trait,
        "posts": [
            {
                "author": author,
                "published": f"2026-{number + 1:02d}-20T{12 + place}:30:00+00:00",
                "body": body,
                "quotes": f"patient{number}" if place else None,
                "picture": picture,
            }
            for place, (author, body, picture) in enumerate(posts)
        ],
    }


def _record_plants(truth: TruthBook) -> None:
    first, second = Place("reddit", "demo06", "0"), Place("webforum", "t202", "1/0")
    truth.plant("duplicate_exact", "duplicate", "The same bytes in both.", first, second)
    note = "robots.txt disallows /private/, where this listed thread stands."
    truth.plant("forbidden_thread", "not_collected", note, Place("webforum", "t205"))
    note = "Its page says noindex in a robots element."
    truth.plant("unindexed_thread", "not_collected", note, Place("webforum", "t209"))
    note = "Three posts a page; the second picture stands on the second page."
    truth.plant("two_page_thread", "kept", note, Place("webforum", "t208", f"{_LATER + 1}/0"))
    note = "An HTML page is served, as image/jpeg, in place of the picture."
    truth.plant("html_for_picture", "failed", note, Place("webforum", "t203", "1/0"))
