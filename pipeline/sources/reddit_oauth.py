"""Reddit's own interface, for those whom Reddit gave credentials."""

from __future__ import annotations

import json
import logging
import threading
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import requests
import urllib3

from pipeline.errors import SourceError
from pipeline.source_entries import RedditSource
from pipeline.sources.allowance import Allowance
from pipeline.sources.answers import Answer, failed, fault_sentence
from pipeline.sources.http import HttpClient
from pipeline.sources.reddit_comments import Comments
from pipeline.sources.reddit_posts import Json, as_list, as_mapping, readable_posts, second_of
from pipeline.sources.transport import RefusedAddressError, open_session

log = logging.getLogger(__name__)

PAGE = 100
MOST_COMMENTS = 500
MORE_AT_ONCE = 100
MOST_MORE = 20  # requests for further comments of one post
_TOKEN_BYTES = 64 * 1024
_TOKEN_S = 60.0


@dataclass(frozen=True, slots=True)
class Credentials:
    """What Reddit gave a registered application."""

    client_id: str
    client_secret: str


class RedditOAuth:
    """Reads listings, posts and comments as a registered application, without a user."""

    def __init__(self, entry: RedditSource, client: HttpClient, credentials: Credentials) -> None:
        self._base = entry.api_url.rstrip("/")
        self._client = client
        self._tokens = _Tokens(entry, client.user_agent, credentials)
        self._allowance = Allowance()

    def posts(self, subreddit: str, since: int) -> Iterator[Json]:
        """Yield a subreddit's posts back to a second, newest first, each id once.

        Reddit's listings end after about a thousand posts.

        Raises:
            SourceError: Reddit does not answer, or its pages repeat themselves.
        """
        seen: set[str] = set()
        after: str | None = ""
        while after is not None:
            params: dict[str, int | str] = {"limit": PAGE, "after": after}
            answer, body = self._ask(f"/r/{subreddit}/new", params)
            if not answer.ok:
                raise SourceError(f"reddit: r/{subreddit} cannot be listed: {answer.error}")
            found = list(readable_posts(_things(body, "t3")))
            fresh = [post for post in found if post["id"] not in seen]
            seen.update(post["id"] for post in fresh)
            yield from (post for post in fresh if second_of(post) >= since)
            if fresh and min(map(second_of, fresh)) < since:
                return
            following = as_mapping(as_mapping(body).get("data")).get("after")
            if following and not fresh:
                raise SourceError(
                    f"reddit: the listing of r/{subreddit} goes on after {str(following)[:24]} "
                    "but holds no new post; it does not end, run collect later"
                )
            after = str(following) if following else None

    def lookup(self, keys: Sequence[str]) -> tuple[Answer, dict[str, Json]]:
        """Return posts by id as they are now; those that Reddit does not know are missing."""
        answer, body = self._ask("/api/info", {"id": ",".join(f"t3_{key}" for key in keys)})
        found = readable_posts(_things(body, "t3"))
        return answer, {post["id"]: post for post in found if post["id"] in keys}

    def comments(self, key: str) -> tuple[Answer, Comments]:
        """Return a post's comments, with those that the first answer only counts."""
        comments = Comments(f"t3_{key}")
        answer, body = self._ask(f"/comments/{key}", {"limit": MOST_COMMENTS})
        parts = as_list(body)
        if not answer.ok:
            return answer, comments
        if len(parts) < 2:
            return failed(answer.url, "malformed", "the answer holds no comments"), comments
        comments.add_tree(as_mapping(as_mapping(parts[1]).get("data")).get("children"))
        for _request in range(MOST_MORE):
            if not comments.waiting:
                break
            more = self._add_more(key, comments)
            if not more.ok:
                return more, comments
        return answer, comments

    def _add_more(self, key: str, comments: Comments) -> Answer:
        wanted = comments.waiting[:MORE_AT_ONCE]
        del comments.waiting[:MORE_AT_ONCE]
        params = {"api_type": "json", "link_id": f"t3_{key}", "children": ",".join(wanted)}
        answer, body = self._ask("/api/morechildren", params)
        things = as_mapping(as_mapping(as_mapping(body).get("json")).get("data")).get("things")
        comments.add_things(things)
        comments.give_up([each for each in wanted if not comments.holds(each)])
        return answer

    def _ask(self, path: str, params: Mapping[str, str | int]) -> tuple[Answer, Any]:
        """Ask with a token; one that Reddit no longer takes is replaced once."""
        answer = failed(self._base + path, "access_denied", "Reddit gave no token")
        for _attempt in range(2):
            told, token = self._tokens.get()
            if token is None:
                return told, None
            self._allowance.wait()
            answer = self._client.get(
                self._base + path,
                params={**params, "raw_json": 1},
                headers={"Authorization": f"Bearer {token}"},
                expect="json",
                robots=False,
            )
            self._allowance.read(answer.headers)
            if answer.http_status != requests.codes.unauthorized:
                break
            self._tokens.forget(token)
        if not answer.ok:
            return answer, None
        try:
            return answer, answer.json()
        except ValueError as fault:
            return failed(answer.url, "malformed", f"it cannot be read as JSON ({fault})"), None


class _Tokens:
    """The token of an application, asked for by client credentials (RFC 6749, 4.4)."""

    def __init__(self, entry: RedditSource, user_agent: str, credentials: Credentials) -> None:
        self._entry = entry
        self._user_agent = user_agent
        self._credentials = credentials
        self._lock = threading.Lock()
        self._token: str | None = None

    def get(self) -> tuple[Answer, str | None]:
        """Return the token, asked for if there is none; without, the answer says why."""
        with self._lock:
            answer = Answer(self._entry.token_url, "ok")
            if self._token is None:
                answer, self._token = self._ask()
            return answer, self._token

    def forget(self, token: str) -> None:
        """Let the next request ask for another token than this one."""
        with self._lock:
            if self._token == token:
                log.info("reddit: the token has run out; another one is asked for")
                self._token = None

    def _ask(self) -> tuple[Answer, str | None]:
        url = self._entry.token_url
        try:
            status, content = self._post(url)
        except RefusedAddressError as fault:
            return failed(url, "refused_address", str(fault)), None
        except (requests.RequestException, urllib3.exceptions.HTTPError, OSError) as fault:
            return failed(url, "network_error", fault_sentence(fault)), None
        if status in (requests.codes.unauthorized, requests.codes.forbidden):
            why = (
                "Reddit refuses the credentials; check DERMCURATE_REDDIT_CLIENT_ID and "
                "DERMCURATE_REDDIT_CLIENT_SECRET"
            )
            return failed(url, "access_denied", why, status), None
        try:
            token = as_mapping(json.loads(content)).get("access_token")
        except (ValueError, RecursionError):
            token = None
        if status != requests.codes.ok or not isinstance(token, str) or not token.isascii():
            why = f"Reddit gave no token (HTTP {status})"
            return failed(url, "server_error", why, status), None
        return Answer(url, "ok"), token

    def _post(self, url: str) -> tuple[int, bytes]:
        """Ask once, by a connection of its own: the client that all share only reads."""
        session = open_session(
            user_agent=self._user_agent,
            allow_hosts=self._entry.allow_hosts,
            total_s=_TOKEN_S,
            connections=1,
        )
        told = requests.auth.HTTPBasicAuth(
            self._credentials.client_id, self._credentials.client_secret
        )
        with (
            session,
            session.post(
                url,
                data={"grant_type": "client_credentials"},
                auth=told,
                timeout=_TOKEN_S,
                allow_redirects=False,
                stream=True,
            ) as response,
        ):
            return response.status_code, response.raw.read(_TOKEN_BYTES, decode_content=True)


def _things(body: Any, kind: str) -> Iterator[Any]:
    """Yield the data of a listing's things of one kind."""
    children = as_list(as_mapping(as_mapping(body).get("data")).get("children"))
    return (each.get("data") for each in map(as_mapping, children) if each.get("kind") == kind)
