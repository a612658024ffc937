"""A client of OpenAI-compatible servers: many requests in flight, answers as they come."""

from __future__ import annotations

import asyncio
import logging
import ssl
from collections.abc import Iterable, Iterator, Sequence
from contextlib import AsyncExitStack
from dataclasses import dataclass
from functools import partial
from typing import Any

import httpx
from pydantic import SecretStr

from pipeline.catalog import Model
from pipeline.errors import ModelError
from pipeline.language.answers import ERROR_CHARACTERS, Completion, read_completion
from pipeline.language.engine import Reply, Request
from pipeline.language.ladder import RETRIED, Rung, first_rung, next_rung
from pipeline.language.pool import Endpoint, Pool
from pipeline.language.talk import Talk

log = logging.getLogger(__name__)

MAX_REPLY_BYTES = 8 * 1024 * 1024
WRONG_SETUP = frozenset({301, 302, 303, 307, 308, 401, 403, 404, 405})
BUSY = frozenset({408, 425, 429})


@dataclass(frozen=True, slots=True)
class Patience:
    """How long the client waits, in seconds."""

    answer_s: float = 300.0
    connect_s: float = 10.0
    backoff_s: float = 1.0
    # for an endpoint to come back when none is healthy
    pool_s: float = 30.0


class _GoneError(Exception):
    """The connection failed: the endpoint, not the question, is at fault."""


class ChatEngine:
    """Asks a model behind one or several OpenAI-compatible endpoints."""

    is_dear = True

    def __init__(
        self,
        model_id: str,
        model: Model,
        endpoints: Sequence[str],
        api_key: SecretStr | None = None,
        patience: Patience = Patience(),
    ) -> None:
        if not endpoints:
            raise ModelError(f"model {model_id} has no endpoint; add one to the catalog")
        self.model_id = model_id
        self._model = model
        self._urls = tuple(endpoints)
        self._api_key = api_key
        self._patience = patience

    def ask(self, requests: Iterable[Request]) -> Iterator[tuple[Request, Reply]]:
        """Yield an answer to every request, in any order, as answers come.

        Requests are drawn only as fast as answers are taken, so a long iterable costs no memory.

        Raises:
            ModelError: no endpoint is healthy, or the server refuses the key or the model.
        """
        bound = self._model.concurrency * len(self._urls)
        talk: Talk[tuple[Request, Reply]] = Talk(2 * bound)
        yield from talk.run(self._converse(iter(requests), bound, talk))

    async def _converse(
        self, requests: Iterator[Request], bound: int, talk: Talk[tuple[Request, Reply]]
    ) -> None:
        pool = Pool(self.model_id, self._urls, self._patience.pool_s)
        # one small connection pool per line: a large one searches all its connections every time
        lines: asyncio.LifoQueue[httpx.AsyncClient] = asyncio.LifoQueue()
        async with AsyncExitStack() as stack, asyncio.TaskGroup() as group:
            trust = httpx.create_ssl_context(trust_env=False)
            for _ in range(bound):
                lines.put_nowait(await stack.enter_async_context(self._http_client(trust)))
            prober = await stack.enter_async_context(self._http_client(trust))
            watch = group.create_task(pool.watch(prober))
            async with asyncio.TaskGroup() as questions:
                for request in requests:
                    await talk.room.acquire()
                    client = await lines.get()
                    question = self._climb(request, pool, client)
                    task = questions.create_task(question)
                    task.add_done_callback(partial(_finish, request, client, lines, talk))
            watch.cancel()

    def _http_client(self, trust: ssl.SSLContext) -> httpx.AsyncClient:
        key = self._api_key.get_secret_value() if self._api_key else None
        return httpx.AsyncClient(
            headers={"Authorization": f"Bearer {key}"} if key else {},
            timeout=httpx.Timeout(None, connect=self._patience.connect_s),
            trust_env=False,  # only the catalog's addresses are asked, by no detour
            verify=trust,
        )

    async def _climb(self, request: Request, pool: Pool, client: httpx.AsyncClient) -> Reply:
        rung = first_rung(request)
        n_gone = 0
        while True:
            endpoint = await pool.take(client)
            try:
                completion = await self._ask_once(request, rung, endpoint, pool, client)
            except _GoneError as fault:
                # asked again elsewhere on the same rung; a question that ends servers is given up
                n_gone += 1
                pool.blame(endpoint, str(fault), is_gone=True)
                completion = Completion(None, None, "server_error", str(fault))
                if n_gone <= request.attempts:
                    continue
            finally:
                pool.give_back(endpoint)
            if completion.status not in RETRIED or rung.attempt >= request.attempts:
                return self._reply(request, rung, completion)
            room = self._model.context_tokens - (completion.n_tokens_in or 0)
            rung = next_rung(
                rung, completion.status, room_tokens=room, backoff_s=self._patience.backoff_s
            )
            await asyncio.sleep(rung.pause_s)

    async def _ask_once(
        self,
        request: Request,
        rung: Rung,
        endpoint: Endpoint,
        pool: Pool,
        client: httpx.AsyncClient,
    ) -> Completion:
        payload = self._payload(request, rung)
        try:
            async with asyncio.timeout(self._patience.answer_s):
                status, body = await _post(client, f"{endpoint.url}/chat/completions", payload)
        except TimeoutError:
            pool.blame(endpoint, "no answer in time")
            told = f"no answer within {self._patience.answer_s:g} s"
            return Completion(None, None, "timeout", told)
        except httpx.HTTPError as fault:
            raise _GoneError(f"{type(fault).__name__}: {fault}".rstrip(": ")) from fault
        if status in WRONG_SETUP:
            raise ModelError(
                f"{endpoint.url} answers {status} for model {self._model.name} "
                f"({_excerpt(body)}); correct the model's name, endpoints or key"
            )
        if status >= 500 or status in BUSY:
            pool.blame(endpoint, f"HTTP {status}")
            return Completion(None, None, "server_error", f"HTTP {status}: {_excerpt(body)}")
        pool.praise(endpoint)
        if status != 200:
            return Completion(None, None, "refused", f"HTTP {status}: {_excerpt(body)}")
        return read_completion(body, request.prompt.answer_schema)

    def _payload(self, request: Request, rung: Rung) -> dict[str, Any]:
        schema = {
            "name": request.prompt.prompt_id.replace("/", "_"),
            "schema": request.prompt.answer_schema,
            "strict": True,
        }
        return {
            "model": self._model.name,
            "messages": request.prompt.render(request.variables),
            "n": 1,
            "stream": False,
            **rung.sampling(request),
            "response_format": {"type": "json_schema", "json_schema": schema},
        }

    def _reply(self, request: Request, rung: Rung, completion: Completion) -> Reply:
        return Reply(
            raw=completion.raw,
            parsed=completion.parsed,
            status=completion.status,
            error=completion.error,
            finish_reason=completion.finish_reason,
            n_tokens_in=completion.n_tokens_in,
            n_tokens_out=completion.n_tokens_out,
            seed=rung.seed,
            attempt=rung.attempt,
            engine=self._model.engine,
            model_id=self.model_id,
            model_revision=self._model.revision,
            sampling=rung.sampling(request),
        )


def _finish(
    request: Request,
    client: httpx.AsyncClient,
    lines: asyncio.LifoQueue[httpx.AsyncClient],
    talk: Talk[tuple[Request, Reply]],
    task: asyncio.Task[Reply],
) -> None:
    """Hand an answer over and free its line; a fault is its task group's affair."""
    lines.put_nowait(client)
    if not task.cancelled() and task.exception() is None:
        talk.put((request, task.result()))


async def _post(client: httpx.AsyncClient, url: str, payload: dict[str, Any]) -> tuple[int, bytes]:
    async with client.stream("POST", url, json=payload) as answer:
        body = bytearray()
        async for piece in answer.aiter_bytes():
            body += piece
            if len(body) > MAX_REPLY_BYTES:
                return 500, b"the reply is too large"
        return answer.status_code, bytes(body)


def _excerpt(body: bytes) -> str:
    return " ".join(body[:ERROR_CHARACTERS].decode("utf-8", errors="replace").split())
