"""Endpoints of one model: least busy first; an unhealthy one rests and may return."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Sequence
from dataclasses import dataclass

import httpx

from pipeline.errors import ModelError

log = logging.getLogger(__name__)

PROBE_TIMEOUT_S = 5.0
PROBE_PAUSE_S = 0.5
# faults in a row, any answer between them breaks the row
FAULTS_BEFORE_REST = 5


@dataclass(slots=True)
class Endpoint:
    """One base URL, how busy it is, and how it fares."""

    url: str
    in_flight: int = 0
    is_healthy: bool = True
    n_faults: int = 0
    last_fault: str = "no fault yet"


class Pool:
    """The endpoints of one model. Not for use from two event loops at once."""

    def __init__(self, model_id: str, urls: Sequence[str], patience_s: float) -> None:
        self._model_id = model_id
        self._endpoints = [Endpoint(url.rstrip("/")) for url in urls]
        self._patience_s = patience_s
        self._probing = asyncio.Lock()

    async def take(self, client: httpx.AsyncClient) -> Endpoint:
        """Return the least busy healthy endpoint; waits up to the pool's patience for one.

        Raises:
            ModelError: none is healthy, and none comes back in time.
        """
        if not any(each.is_healthy for each in self._endpoints):
            await self._wait_for_one(client)
        healthy = [each for each in self._endpoints if each.is_healthy]
        chosen = min(healthy, key=lambda each: each.in_flight)
        chosen.in_flight += 1
        return chosen

    def give_back(self, endpoint: Endpoint) -> None:
        """Count a request as answered or given up."""
        endpoint.in_flight -= 1

    def praise(self, endpoint: Endpoint) -> None:
        """Note that an endpoint answered."""
        endpoint.n_faults = 0

    def blame(self, endpoint: Endpoint, fault: str, *, is_gone: bool = False) -> None:
        """Note a fault; an endpoint that is gone, or faulty many times in a row, rests."""
        endpoint.n_faults += 1
        endpoint.last_fault = fault
        if endpoint.is_healthy and (is_gone or endpoint.n_faults >= FAULTS_BEFORE_REST):
            endpoint.is_healthy = False
            log.warning("%s of model %s leaves the pool: %s", endpoint.url, self._model_id, fault)

    async def watch(self, client: httpx.AsyncClient) -> None:
        """Bring resting endpoints back while others work; runs until it is cancelled."""
        while True:
            await asyncio.sleep(PROBE_PAUSE_S * 4)
            await self._probe_all(client)

    async def _wait_for_one(self, client: httpx.AsyncClient) -> None:
        async with self._probing:
            loop = asyncio.get_running_loop()
            end = loop.time() + self._patience_s
            while not any(each.is_healthy for each in self._endpoints):
                await self._probe_all(client)
                if any(each.is_healthy for each in self._endpoints):
                    return
                if loop.time() >= end:
                    raise ModelError(self._obituary())
                await asyncio.sleep(min(PROBE_PAUSE_S, self._patience_s))

    async def _probe_all(self, client: httpx.AsyncClient) -> None:
        resting = [each for each in self._endpoints if not each.is_healthy]
        await asyncio.gather(*(self._probe(client, each) for each in resting))

    async def _probe(self, client: httpx.AsyncClient, endpoint: Endpoint) -> None:
        try:
            answer = await client.get(f"{endpoint.url}/models", timeout=PROBE_TIMEOUT_S)
        except httpx.HTTPError:
            return
        if answer.status_code == 200:
            endpoint.is_healthy, endpoint.n_faults = True, 0
            log.info("%s of model %s is back in the pool", endpoint.url, self._model_id)

    def _obituary(self) -> str:
        told = ", ".join(f"{each.url} ({each.last_fault})" for each in self._endpoints)
        return (
            f"no endpoint of model {self._model_id} answers: {told}; start the server or correct "
            "endpoints in the catalog, then run again: answers that came are kept"
        )
