"""Transport: connections that check whom they reached and stop when the time is up."""

from __future__ import annotations

import io
import socket
import time
from collections.abc import Sequence
from http.client import HTTPResponse
from http.cookiejar import DefaultCookiePolicy
from typing import Any

import requests
from requests.adapters import HTTPAdapter
from urllib3.connection import HTTPConnection, HTTPSConnection
from urllib3.connectionpool import HTTPConnectionPool, HTTPSConnectionPool

from pipeline.errors import DermcurateError
from pipeline.sources.addresses import Place, is_allowed, is_public


class RefusedAddressError(DermcurateError):
    """A connection led to an address that must not be reached."""


class _TimedStream(io.RawIOBase):
    """Reads a socket until a moment of the monotonic clock, however slowly bytes come."""

    def __init__(self, sock: socket.socket, deadline: float) -> None:
        super().__init__()
        self._sock = sock
        self._patience = sock.gettimeout()
        self._deadline = deadline
        self._inner = sock.makefile("rb", buffering=0)

    def readable(self) -> bool:
        return True

    def readinto(self, buffer: Any) -> int | None:
        left = self._deadline - time.monotonic()
        if left <= 0:
            raise TimeoutError("the answer takes too long")
        self._sock.settimeout(left if self._patience is None else min(left, self._patience))
        return self._inner.readinto(buffer)

    def close(self) -> None:
        if not self.closed:
            self._inner.close()
        super().close()


def _timed_response(total_s: float) -> type[HTTPResponse]:
    class TimedResponse(HTTPResponse):
        def __init__(self, sock: socket.socket, *args: Any, **options: Any) -> None:
            super().__init__(sock, *args, **options)
            deadline = time.monotonic() + total_s
            self.fp.close()
            self.fp = io.BufferedReader(_TimedStream(sock, deadline))

    return TimedResponse


def _check_peer(sock: socket.socket, host: str, port: int, allow_hosts: Sequence[str]) -> None:
    peer = str(sock.getpeername()[0])
    if not is_public(peer) and not is_allowed(Place("", host.strip("[]"), port), allow_hosts):
        sock.close()
        raise RefusedAddressError(f"{host}:{port} led to {peer}, which is not public")


class GuardedAdapter(HTTPAdapter):
    """Sends requests; a peer that is not public and not allowed is dropped before it hears one.

    A name that resolves to another address the second time is caught here: the check is made on
    the connection itself. An answer, headers and body, may take ``total_s`` seconds.
    """

    def __init__(self, allow_hosts: Sequence[str], total_s: float, connections: int) -> None:
        self._allow_hosts = tuple(allow_hosts)
        self._total_s = total_s
        super().__init__(pool_connections=64, pool_maxsize=connections, max_retries=0)

    def init_poolmanager(self, *args: Any, **options: Any) -> None:
        """Make the pool manager out of guarded connections; proxies keep the plain ones."""
        super().init_poolmanager(*args, **options)
        allow_hosts = self._allow_hosts
        timed = _timed_response(self._total_s)

        class Guarded(HTTPConnection):
            response_class = timed

            def _new_conn(self) -> socket.socket:
                sock = super()._new_conn()
                _check_peer(sock, self.host, self.port, allow_hosts)
                return sock

        class GuardedTLS(HTTPSConnection):
            response_class = timed

            def _new_conn(self) -> socket.socket:
                sock = super()._new_conn()
                _check_peer(sock, self.host, self.port, allow_hosts)
                return sock

        class Pool(HTTPConnectionPool):
            ConnectionCls = Guarded

        class PoolTLS(HTTPSConnectionPool):
            ConnectionCls = GuardedTLS

        self.poolmanager.pool_classes_by_scheme = {"http": Pool, "https": PoolTLS}


class _Session(requests.Session):
    """A session that leaves redirects, body and all, to its caller."""

    def get_redirect_target(self, resp: requests.Response) -> None:
        """Return no target: else the whole body of a redirect is read, however long it is."""


def open_session(
    *, user_agent: str, allow_hosts: Sequence[str], total_s: float, connections: int
) -> requests.Session:
    """Open a session that keeps connections alive, and no cookies, and sends no passwords."""
    session = _Session()
    adapter = GuardedAdapter(allow_hosts, total_s, connections)
    session.mount("http://", adapter)
    session.mount("https://", adapter)
    session.cookies.set_policy(DefaultCookiePolicy(allowed_domains=[]))
    session.auth = lambda request: request  # else requests would send what ~/.netrc holds
    session.headers.clear()
    session.headers["User-Agent"] = user_agent
    return session
