"""The demo's Discourse forum.

Written as `discourse/topics.json`, from which the server answers in Discourse's own shapes, and
`uploads/...` under the paths that Discourse uses. `%BASE%` in a post stands for the address of
the server, with scheme; `%HOST%` for the same without.
"""

import hashlib
import json
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from pipeline.demo.article_plans import ARTICLES
from pipeline.demo.articles import figure_case
from pipeline.demo.cases import Case, draw_case, make_case
from pipeline.demo.pictures import Picture, encode_jpeg, resize
from pipeline.demo.talk import answer, aside, question, report
from pipeline.demo.truth import Place, TruthBook

_TWIN = ("PMC9100005", "F1")


@dataclass(frozen=True, slots=True)
class _Plan:
    """One topic: the disease of each picture in the first post, and how the link is written."""

    topic_id: int
    title: str
    diseases: tuple[str, ...] = ()
    link: str = "%BASE%"
    replies: int = 2
    tells: bool = False
    category: str = "cases/4"


_TOPICS = (
    _Plan(101, "White patches that spread", ("vitiligo",), tells=True),
    _Plan(102, "Long story of an itchy rash", ("atopic dermatitis",), link="", replies=24),
    _Plan(103, "Two spots, are they the same?", ("cherry angioma", "seborrheic keratosis")),
    _Plan(104, "Painful blisters on one side", ("herpes zoster",), link="//%HOST%"),
    _Plan(105, "How do you remember to apply creams?"),
    _Plan(106, "A scar that keeps growing", ("keloid",), link="", tells=True),
    _Plan(107, "Where do you all come from?", category="lounge/9"),
)


def write_topics(folder: Path, seed: int, truth: TruthBook) -> None:
    """Write the forum and record its pictures."""
    rows = []
    for number, plan in enumerate(_TOPICS):
        cases = [_case(plan, disease, place, seed) for place, disease in enumerate(plan.diseases)]
        pictures = []
        for place, case in enumerate(cases):
            picture = _near_twin(draw_case(case)) if _is_twin(plan) else draw_case(case)
            pictures.append(_write_upload(folder, picture, 72 if _is_twin(plan) else 85))
            truth.add_skin(Place("discourse", str(plan.topic_id), f"1/{place}"), case)
        rows.append(_topic(plan, number, cases, pictures, seed))
    (folder / "topics.json").write_text(json.dumps(rows, indent=1), encoding="utf-8")
    note = "The same picture: cropped by up to 2 % a side, 620 pixels wide, JPEG quality 72."
    places = (Place("pubmed", *_TWIN), Place("discourse", "101", "1/0"))
    truth.plant("duplicate_near", "duplicate", note, *places)
    note = "It stands in a category that the catalog does not name."
    truth.plant("other_category", "not_collected", note, Place("discourse", "107"))
    note = "It holds words alone: there is nothing to see."
    truth.plant("words_alone", "collected", note, Place("discourse", "105"))
    note = "Deleted by its author; words and picture are still in the answer."
    truth.plant("deleted_reply", "not_collected", note, Place("discourse", "103", "3/0"))


def _is_twin(plan: _Plan) -> bool:
    return plan.topic_id == 101


def _case(plan: _Plan, disease: str, place: int, seed: int) -> Case:
    if _is_twin(plan):
        article = next(one for one in ARTICLES if one.pmcid == _TWIN[0])
        figure = next(one for one in article.figures if one.figure_id == _TWIN[1])
        return figure_case(seed, article.pmcid, figure)
    return make_case(seed, f"discourse {plan.topic_id} {place}", disease)


def _near_twin(picture: Picture) -> Picture:
    height, width = picture.shape[:2]
    cut = picture[int(height * 0.015) : int(height * 0.985), int(width * 0.02) : int(width * 0.99)]
    return resize(cut, 620, 620 * cut.shape[0] // cut.shape[1])


def _write_upload(folder: Path, picture: Picture, quality: int) -> dict[str, Any]:
    """Write a picture and its smaller copy under Discourse's names; return what a post needs."""
    body = encode_jpeg(picture, quality)
    name = hashlib.sha1(body, usedforsecurity=False).hexdigest()
    height, width = picture.shape[:2]
    small_height = 460 * height // width
    original = f"uploads/default/original/1X/{name}.jpeg"
    optimized = f"uploads/default/optimized/1X/{name}_2_460x{small_height}.jpeg"
    small = encode_jpeg(resize(picture, 460, small_height), 80)
    for path, content in ((original, body), (optimized, small)):
        (folder / path).parent.mkdir(parents=True, exist_ok=True)
        (folder / path).write_bytes(content)
    return {
        "original": original,
        "optimized": optimized,
        "name": name,
        "size": f"{width}×{height} {len(body) // 1024} KB",
        "small_height": small_height,
    }


def _topic(
    plan: _Plan, number: int, cases: list[Case], pictures: list[dict[str, Any]], seed: int
) -> dict[str, Any]:
    words = "I always forget the evening one. What works for you?"
    if cases:
        words = " ".join(report(case) if plan.tells else question(case) for case in cases)
    smile = '<img src="%BASE%/images/emoji/wave.png" title=":wave:" class="emoji" alt=":wave:">'
    boxes = "".join(_lightbox(plan.link, picture) for picture in pictures)
    posts = [f"<p>{words} {smile}</p>\n{boxes}"]
    for reply in range(plan.replies):
        says = aside(seed, f"{plan.topic_id} {reply}")
        if reply == 0 and cases and not plan.tells:
            says = " ".join(answer(case) for case in cases)
        posts.append(f"<p>{says}</p>")
    if plan.replies:
        posts[-1] = f"{_quote(number)}{posts[-1]}"
    day = f"2026-{number + 2:02d}-10T09"
    return {
        "id": plan.topic_id,
        "title": plan.title,
        "slug": "-".join("".join(c for c in plan.title.lower() if c.isalnum() or c == " ").split()),
        "category": plan.category,
        "tags": _tags(plan, cases),
        "posts": [
            {
                "id": plan.topic_id * 100 + place + 1,
                "username": _username(number, place),
                "created_at": f"{day}:{place:02d}:00.000Z",
                "cooked": cooked + (boxes if place in _deleted(plan) else ""),
                "user_deleted": place in _deleted(plan),
            }
            for place, cooked in enumerate(posts)
        ],
    }


def _username(number: int, place: int) -> str:
    return f"member{(number * 3 + place) % 11}"


def _deleted(plan: _Plan) -> tuple[int, ...]:
    return (2,) if plan.topic_id == 103 else ()


def _tags(plan: _Plan, cases: list[Case]) -> list[Any]:
    """Return tags as objects, and in one topic as strings: older forums write them so."""
    if not cases:
        return []
    return ["photo"] if plan.topic_id == 106 else [{"id": 1, "name": "photo", "slug": "photo"}]


def _quote(number: int) -> str:
    """Return what Discourse makes of a quotation, a mention and a link to a profile."""
    name = _username(number, 0)
    return (
        f'<aside class="quote no-group" data-username="{name}" data-post="1"><div class="title">'
        f"{name}:</div><blockquote><p>{name} asked this</p></blockquote></aside>"
        f'<p><a class="mention" href="/u/{name}">@{name}</a> see %BASE%/u/{name} too.</p>'
    )


def _lightbox(link: str, picture: dict[str, Any]) -> str:
    href, src = f"{link}/{picture['original']}", f"{link}/{picture['optimized']}"
    tall = picture["small_height"]
    return (
        f'<p><div class="lightbox-wrapper"><a class="lightbox" href="{href}" '
        f'data-download-href="/uploads/default/{picture["name"]}" title="photo">'
        f'<img src="{src}" alt="photo" width="460" height="{tall}">'
        f'<div class="meta"><span class="filename">photo</span>'
        f'<span class="informations">{picture["size"]}</span></div></a></div></p>\n'
    )
