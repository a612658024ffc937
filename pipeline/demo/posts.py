"""The demo's subreddit, as Arctic Shift archives it.

Written as `reddit/posts.json`, `comments.json` and `media/<name>.jpg`. Addresses are those of
Reddit's own picture hosts; the server puts its own in their place.
"""

import json
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

from pipeline.demo.cases import Case, draw_case, make_case
from pipeline.demo.figures import draw_object
from pipeline.demo.pictures import Picture, encode_jpeg, generator
from pipeline.demo.talk import answer, aside, question, report
from pipeline.demo.truth import Place, TruthBook

SUBREDDIT = "SkinCasesDemo"
SHARED_KEY = "reddit demo06 0"
_FIRST_DAY = 1_767_261_600  # 2026-01-01 10:00 UTC; one post every three days


@dataclass(frozen=True, slots=True)
class _Plan:
    """One post: its disease and what is special about it."""

    post_id: str
    title: str
    disease: str = ""
    pictures: int = 1
    tells: bool = True
    trait: str = ""


_POSTS = (
    _Plan("demo01", "What is this on my skin?", "lichen planus", tells=False, trait="reply"),
    _Plan("demo02", "Three pictures, one week apart", "tinea corporis", 3, trait="gallery"),
    _Plan("demo03", "Please look at this", "melanoma", trait="deleted"),
    _Plan("demo04", "Is this ointment any good?", trait="object"),
    _Plan("demo05", "The picture is gone, sorry", "urticaria", trait="missing"),
    _Plan("demo06", "Diagnosed last year", "pityriasis rosea", trait="shared"),
    _Plan("demo07", "Which sunscreen do you use?", pictures=0, trait="text"),
    _Plan("demo08", "White spots after the summer", "tinea versicolor"),
    _Plan("demo09", "Advertisement", "acne vulgaris", trait="removed"),
    _Plan("demo10", "A lump on the leg", "dermatofibroma", 2, tells=False, trait="reply gallery"),
)


def write_posts(folder: Path, seed: int, truth: TruthBook) -> None:
    """Write the subreddit and record its pictures."""
    media = folder / "media"
    media.mkdir(parents=True)
    posts, comments = [], {}
    for number, plan in enumerate(_POSTS):
        cases = _cases(plan, seed)
        names = _write_pictures(media, plan, cases, seed, truth)
        posts.append(_post(plan, number, cases, names))
        comments[plan.post_id] = _comments(plan, number, cases, seed)
        _record_plants(plan, truth)
    (folder / "posts.json").write_text(json.dumps(posts, indent=1), encoding="utf-8")
    (folder / "comments.json").write_text(json.dumps(comments, indent=1), encoding="utf-8")


def shared_picture(seed: int) -> bytes:
    """Return the bytes of the picture that stands in the web forum too."""
    return encode_jpeg(draw_case(shared_case(seed)), 84)


def shared_case(seed: int) -> Case:
    """Return the case of the picture that stands in the web forum too."""
    return make_case(seed, SHARED_KEY, "pityriasis rosea")


def _cases(plan: _Plan, seed: int) -> list[Case]:
    """Return one patient, once per picture; each key draws another view."""
    if not plan.disease:
        return []
    first = make_case(seed, f"reddit {plan.post_id} 0", plan.disease)
    return [replace(first, key=f"reddit {plan.post_id} {n}") for n in range(plan.pictures)]


def _write_pictures(
    media: Path, plan: _Plan, cases: list[Case], seed: int, truth: TruthBook
) -> list[tuple[str, Picture]]:
    named: list[tuple[str, Picture]] = []
    if plan.trait == "object":
        picture = draw_object(generator(seed, f"object {plan.post_id}"), 720, 540)
        named.append((f"{plan.post_id}p0.jpg", picture))
        truth.add_other(Place("reddit", plan.post_id, "0"), "non_skin")
    for number, case in enumerate(cases):
        named.append((f"{plan.post_id}p{number}.jpg", draw_case(case)))
        if plan.trait != "missing":
            truth.add_skin(Place("reddit", plan.post_id, str(number)), case)
    for name, picture in named:
        if plan.trait == "shared":
            (media / name).write_bytes(shared_picture(seed))
        elif plan.trait != "missing":
            (media / name).write_bytes(encode_jpeg(picture, 84))
    return named


def _post(
    plan: _Plan, number: int, cases: list[Case], named: list[tuple[str, Picture]]
) -> dict[str, Any]:
    created = _FIRST_DAY + number * 259_200
    permalink = f"/r/{SUBREDDIT}/comments/{plan.post_id}/post/"
    text = ""
    if cases:
        text = report(cases[0]) if plan.tells else question(cases[0])
    post: dict[str, Any] = {
        "id": plan.post_id,
        "name": f"t3_{plan.post_id}",
        "title": plan.title,
        "selftext": text,
        "author": f"demo_user_{number}",
        "author_fullname": f"t2_demo{number}",
        "subreddit": SUBREDDIT,
        "created_utc": created,
        "retrieved_on": created + 90,
        "permalink": permalink,
        "url": f"https://www.reddit.com{permalink}",
        "is_self": not named,
        "over_18": False,
        "spoiler": False,
        "removed_by_category": None,
        "score": 3 + number,
        "num_comments": 2,
        "link_flair_text": None,
        "_meta": {"is_edited": False, "retrieved_2nd_on": created + 129_600},
    }
    if len(named) > 1:
        post.update(_gallery(plan, named))
    elif named:
        address = f"https://i.redd.it/{named[0][0]}"
        post.update({"url": address, "url_overridden_by_dest": address, "post_hint": "image"})
    if plan.trait in ("deleted", "removed"):
        mark = f"[{plan.trait}]"
        by = "deleted" if plan.trait == "deleted" else "moderator"
        post.update({"author": mark, "selftext": mark, "removed_by_category": by})
        post["_meta"].update({"was_deleted_later": True, "removal_type": by})
    return post


def _gallery(plan: _Plan, named: list[tuple[str, Picture]]) -> dict[str, Any]:
    """Return the fields of a gallery; the order is that of `gallery_data`."""
    items, metadata = [], {}
    for number, (name, picture) in enumerate(named):
        media_id = name.removesuffix(".jpg")
        items.append({"media_id": media_id, "id": number + 1, "caption": f"View {number + 1}"})
        height, width = picture.shape[:2]
        source = {
            "u": f"https://preview.redd.it/{name}?width={width}&amp;format=pjpg&amp;s=0123abcd",
            "x": width,
            "y": height,
        }
        metadata[media_id] = {
            "status": "valid",
            "e": "Image",
            "m": "image/jpg",
            "s": source,
            "id": media_id,
        }
    address = f"https://www.reddit.com/gallery/{plan.post_id}"
    return {
        "is_gallery": True,
        "gallery_data": {"items": items},
        "media_metadata": dict(sorted(metadata.items(), reverse=True)),
        "url": address,
        "url_overridden_by_dest": address,
    }


def _comments(plan: _Plan, number: int, cases: list[Case], seed: int) -> list[dict[str, Any]]:
    """Return a tree of two comments, the second an answer to the first."""
    first = aside(seed, plan.post_id)
    if cases and "reply" in plan.trait:
        first = answer(cases[0])
    created = _FIRST_DAY + number * 259_200 + 3_600
    inner = _comment(plan, f"{plan.post_id}b", f"t1_{plan.post_id}a", created + 600, "Thank you!")
    outer = _comment(plan, f"{plan.post_id}a", f"t3_{plan.post_id}", created, first)
    outer["data"]["replies"] = {"kind": "Listing", "data": {"children": [inner]}}
    return [outer]


def _comment(plan: _Plan, key: str, parent: str, created: int, body: str) -> dict[str, Any]:
    data = {
        "id": key,
        "name": f"t1_{key}",
        "link_id": f"t3_{plan.post_id}",
        "parent_id": parent,
        "author": f"demo_reader_{key[-1]}",
        "body": body,
        "created_utc": created,
        "score": 2,
        "replies": "",
    }
    return {"kind": "t1", "data": data}


def _record_plants(plan: _Plan, truth: TruthBook) -> None:
    item, picture = Place("reddit", plan.post_id), Place("reddit", plan.post_id, "0")
    if plan.trait in ("deleted", "removed"):
        note = "Author and text are gone from the archive; the picture is still served."
        truth.plant(f"{plan.trait}_post", "not_collected", note, item)
    elif plan.trait == "object":
        truth.plant("non_skin_post", "dropped", "A tube of ointment on a table.", picture)
    elif plan.trait == "missing":
        truth.plant("missing_picture", "failed", "Its picture answers 404.", picture)
    if "reply" in plan.trait:
        truth.plant("diagnosis_in_reply", "kept", "Only a reply names the disease.", item)
