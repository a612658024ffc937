"""The demo's subreddit, as Arctic Shift archives it.

Written as `reddit/posts.json`, `comments.json` and `media/<name>.jpg`. Addresses are those of
Reddit's own picture hosts; the server puts its own in their place.
"""

import json
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

from pipeline.demo.cases import Case, caption, draw_case, make_case
from pipeline.demo.figures import draw_object
from pipeline.demo.pictures import Picture, encode_jpeg, generator
from pipeline.demo.talk import answer, aside, question, report
from pipeline.demo.truth import Place, TruthBook

SUBREDDIT = "SkinCasesDemo"
ELSEWHERE = "OtherSkinDemo"
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
    shows: str = ""
    """The post that this one is a crosspost of."""
    second: str = ""
    """The disease of the second picture, if it is another one; then only captions tell."""


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
    _Plan("demo11", "Two spots, both checked", "cherry angioma", 2, second="seborrheic keratosis"),
    _Plan("demo12", "Seen here in May: white spots", shows="demo08"),
    _Plan("demo13", "Found in another place", shows="else01"),
    _Plan("demo14", "Stellen am Ellenbogen", "plaque psoriasis", trait="german"),
)
_FOREIGN = _Plan("else01", "Rash after gardening", "allergic contact dermatitis", trait="foreign")


def write_posts(folder: Path, seed: int, truth: TruthBook) -> None:
    """Write the subreddit and record its pictures."""
    media = folder / "media"
    media.mkdir(parents=True)
    posts: dict[str, dict[str, Any]] = {}
    comments = {}
    for number, plan in enumerate((*_POSTS, _FOREIGN)):
        if plan.shows:
            continue
        cases = _cases(plan, seed)
        names = _write_pictures(media, plan, cases, seed, truth)
        posts[plan.post_id] = _post(plan, number, cases, names)
        comments[plan.post_id] = _comments(plan, number, cases, seed)
        _record_plants(plan, truth)
    for number, plan in enumerate(_POSTS):
        if plan.shows:
            posts[plan.post_id] = _crosspost(plan, number, posts[plan.shows])
            comments[plan.post_id] = []
    _record_crossposts(truth)
    told = [posts[key] for key in sorted(posts)]
    (folder / "posts.json").write_text(json.dumps(told, indent=1), encoding="utf-8")
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
    cases = [replace(first, key=f"reddit {plan.post_id} {n}") for n in range(plan.pictures)]
    if plan.second:
        other = make_case(seed, f"reddit {plan.post_id} 1", plan.second)
        cases[1] = replace(other, tone=first.tone, age=first.age, sex=first.sex)
    return cases


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
            truth.add_skin(_place(plan, number), case)
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
    subreddit = ELSEWHERE if plan.trait == "foreign" else SUBREDDIT
    permalink = f"/r/{subreddit}/comments/{plan.post_id}/post/"
    post: dict[str, Any] = {
        "id": plan.post_id,
        "name": f"t3_{plan.post_id}",
        "title": plan.title,
        "selftext": _words(plan, cases),
        "author": f"demo_user_{number}",
        "author_fullname": f"t2_demo{number}",
        "subreddit": subreddit,
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
        post.update(_gallery(plan, cases, named))
    elif named:
        address = f"https://i.redd.it/{named[0][0]}"
        post.update({"url": address, "url_overridden_by_dest": address, "post_hint": "image"})
    if plan.trait in ("deleted", "removed"):
        mark = f"[{plan.trait}]"
        by = "deleted" if plan.trait == "deleted" else "moderator"
        post.update({"author": mark, "selftext": mark, "removed_by_category": by})
        post["_meta"].update({"was_deleted_later": True, "removal_type": by})
    return post


def _words(plan: _Plan, cases: list[Case]) -> str:
    if not cases:
        return ""
    if plan.second:
        return f"I have {cases[0].skin_type}. My dermatologist has seen both; see the captions."
    if plan.trait == "german":
        age, weeks = cases[0].age, 6
        return (
            f"Ich bin {age} Jahre alt und habe seit {weeks} Wochen rote, schuppende Stellen. Der "
            "Hautarzt sagt, es sei Psoriasis. Was hilft euch gegen das Jucken in der Nacht?"
        )
    return report(cases[0]) if plan.tells else question(cases[0])


def _crosspost(plan: _Plan, number: int, original: dict[str, Any]) -> dict[str, Any]:
    """Return a post that shows another one, as Reddit embeds it."""
    return {
        **_post(plan, number, [], []),
        "is_self": False,
        "url": f"https://www.reddit.com{original['permalink']}",
        "crosspost_parent": original["name"],
        "crosspost_parent_list": [original],
    }


def _gallery(plan: _Plan, cases: list[Case], named: list[tuple[str, Picture]]) -> dict[str, Any]:
    """Return the fields of a gallery; the order is that of `gallery_data`."""
    items, metadata = [], {}
    for number, (name, picture) in enumerate(named):
        media_id = name.removesuffix(".jpg")
        told = caption(cases[number]) if plan.second else f"View {number + 1}"
        items.append({"media_id": media_id, "id": number + 1, "caption": told})
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
    thanks = (
        f"> {first}\n\nThank you u/demo_reader_a! More of it at "
        f"https://www.reddit.com/user/demo\\_user\\_{number} or under /user/demo_user_{number}."
    )
    inner = _comment(plan, f"{plan.post_id}b", f"t1_{plan.post_id}a", created + 600, thanks)
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


def _place(plan: _Plan, number: int) -> Place:
    """Return where a picture is found: that of a foreign post in the crosspost that shows it."""
    shown_by = {each.shows: each.post_id for each in _POSTS if each.shows}
    item = shown_by[plan.post_id] if plan.trait == "foreign" else plan.post_id
    return Place("reddit", item, str(number))


def _record_crossposts(truth: TruthBook) -> None:
    note = "A crosspost of demo08, which is listed itself: one post, not two."
    truth.plant("crosspost", "not_collected", note, Place("reddit", "demo12"))
    note = "A crosspost from a subreddit that is not listed; its group is the original's."
    truth.plant("foreign_crosspost", "kept", note, Place("reddit", "demo13", "0"))


def _record_plants(plan: _Plan, truth: TruthBook) -> None:
    item, picture = Place("reddit", plan.post_id), Place("reddit", plan.post_id, "0")
    if plan.trait in ("deleted", "removed"):
        note = "Author and text are gone from the archive; the picture is still served."
        truth.plant(f"{plan.trait}_post", "not_collected", note, item)
    elif plan.trait == "object":
        truth.plant("non_skin_post", "dropped", "A tube of ointment on a table.", picture)
    elif plan.trait == "missing":
        truth.plant("missing_picture", "failed", "Its picture answers 404.", picture)
    elif plan.trait == "german":
        truth.plant("foreign_language", "kept", "The post is written in German.", item)
    elif plan.second:
        note = "Only the gallery's captions tell which picture shows which disease."
        places = tuple(Place("reddit", plan.post_id, str(n)) for n in range(plan.pictures))
        truth.plant("captioned_gallery", "kept", note, *places)
    if "reply" in plan.trait:
        truth.plant("diagnosis_in_reply", "kept", "Only a reply names the disease.", item)
