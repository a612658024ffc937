"""Arctic Shift: the public archive of Reddit and its interface."""

from __future__ import annotations

import logging
import time
from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from pipeline.errors import SourceError
from pipeline.sources.allowance import Allowance
from pipeline.sources.answers import Answer, failed
from pipeline.sources.http import HttpClient
from pipeline.sources.reddit_comments import Comments
from pipeline.sources.reddit_posts import Json, readable_posts, second_of

log = logging.getLogger(__name__)

PAGE = 100
MOST_AT_ONCE = 1000  # what `limit=auto` gives at most
_TREE_SIZES = (9999, 500)
# when a search takes the archive too long, it is asked for spans of so many seconds
_SPANS_S = (None, 90 * 86_400, 7 * 86_400, 86_400, 3_600)
_DAY_S = 86_400
_SLOW = frozenset({408, 422, 504})


class ArcticShift:
    """Reads posts by time and comments by post."""

    def __init__(self, api_url: str, client: HttpClient) -> None:
        self._base = api_url.rstrip("/").removesuffix("/api")
        self._client = client
        self._allowance = Allowance()

    def posts(self, subreddit: str, since: int) -> Iterator[Json]:
        """Yield a subreddit's posts from a second on, oldest first, each id once.

        A page ends within a second that other posts may share, so the next page begins with that
        second again; a second that fills a whole page is asked for by itself.

        Raises:
            SourceError: the archive does not answer, or does not keep to what it is asked.
        """
        seen: set[str] = set()
        cursor, narrow = since, 0
        while True:
            span = _SPANS_S[narrow]
            before = None if span is None else cursor + span
            answer, page = self._search(subreddit, cursor, before, "asc", PAGE)
            if is_slow(answer) and narrow + 1 < len(_SPANS_S):
                narrow += 1
                continue
            found = self._checked(subreddit, answer, page, cursor, before)
            narrow = max(0, narrow - 1)
            fresh = [post for post in found if post["id"] not in seen]
            seen.update(post["id"] for post in fresh)
            yield from fresh
            if len(page) < PAGE and not fresh:
                if before is None or before > time.time() + _DAY_S:
                    return
                cursor = before
            elif second_of(found[-1]) > cursor:
                cursor = second_of(found[-1])
            elif len(page) >= PAGE:
                crowd = {post["id"]: post for post in self._second(subreddit, cursor)}
                yield from (crowd[key] for key in crowd if key not in seen)
                seen.update(crowd)
                cursor += 1

    def lookup(self, keys: Sequence[str]) -> tuple[Answer, dict[str, Json]]:
        """Return posts by id, as the archive holds them now; those it does not hold are missing."""
        answer, found = self._ask("/api/posts/ids", {"ids": ",".join(keys)})
        return answer, {post["id"]: post for post in readable_posts(found) if post["id"] in keys}

    def comments(self, key: str) -> tuple[Answer, Comments]:
        """Return a post's comments."""
        for size in _TREE_SIZES:
            params: dict[str, int | str] = {"link_id": f"t3_{key}", "limit": size}
            answer, tree = self._ask("/api/comments/tree", params)
            if not is_slow(answer):
                break
        comments = Comments(f"t3_{key}")
        comments.add_tree(tree)
        return answer, comments

    # --- one page --------------------------------------------------------------------------

    def _search(
        self, subreddit: str, first: int, before: int | None, sort: str, limit: int | str
    ) -> tuple[Answer, list[Any]]:
        params: dict[str, int | str] = {"after": first - 1, "sort": sort, "limit": limit}
        if before is not None:
            params["before"] = before
        return self._ask("/api/posts/search", {"subreddit": subreddit, **params})

    def _checked(
        self, subreddit: str, answer: Answer, page: list[Any], first: int, before: int | None
    ) -> list[Json]:
        """Return the posts of a page that lie in the span that was asked for."""
        if not answer.ok:
            raise SourceError(
                f"reddit: r/{subreddit} cannot be listed: {answer.error}; run collect later"
            )
        readable = list(readable_posts(page))
        last = before or float("inf")
        found = [post for post in readable if first <= second_of(post) <= last]
        is_lost = not found and (bool(readable) or len(page) >= PAGE)
        if is_lost or (found and second_of(found[0]) > second_of(found[-1])):
            raise SourceError(
                f"reddit: the listing of r/{subreddit} does not advance past second {first}; the "
                "archive does not keep to `after` and `sort`, run collect later"
            )
        if found and second_of(found[-1]) > time.time() + _DAY_S:
            raise SourceError(
                f"reddit: the listing of r/{subreddit} leads into the future, to second "
                f"{second_of(found[-1])}; it would not end, run collect later"
            )
        return found

    def _second(self, subreddit: str, second: int) -> list[Json]:
        """Return the posts of one second, from both ends of what the archive gives of it."""
        found: list[Json] = []
        for sort in ("asc", "desc"):
            answer, page = self._search(subreddit, second, second + 1, sort, "auto")
            if not answer.ok:
                raise SourceError(
                    f"reddit: second {second} of r/{subreddit} cannot be listed: {answer.error}; "
                    "run collect later"
                )
            found += [post for post in readable_posts(page) if second_of(post) == second]
            if len(page) < MOST_AT_ONCE:
                return found
        log.warning(
            "reddit: second %d of r/%s holds more posts than the archive gives", second, subreddit
        )
        return found

    def _ask(self, path: str, params: Mapping[str, str | int]) -> tuple[Answer, list[Any]]:
        """Ask the archive's interface, which is documented for programs."""
        self._allowance.wait()
        answer = self._client.get(self._base + path, params=params, expect="json", robots=False)
        self._allowance.read(answer.headers)
        if not answer.ok:
            return answer, []
        try:
            body = answer.json()
        except ValueError as fault:
            return failed(answer.url, "malformed", f"it cannot be read as JSON ({fault})"), []
        told = body if isinstance(body, dict) else {}
        if told.get("error"):
            why = f"the archive says: {str(told['error'])[:200]}"
            return failed(answer.url, "server_error", why, answer.http_status), []
        if not isinstance(told.get("data"), list):
            return failed(answer.url, "malformed", "the answer has no list `data`"), []
        return answer, told["data"]


def is_slow(answer: Answer) -> bool:
    """Tell whether a query failed because it took the archive too long."""
    told = (answer.error or "").lower()
    timed_out = "timed out" in told or "timeout" in told
    return not answer.ok and (timed_out or answer.http_status in _SLOW)
