"""One loopback HTTP/1.1 server per service, with keep-alive, and with TLS behind CONNECT."""

import contextlib
import errno
import socket
import ssl
import threading
from collections.abc import Callable
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from io import BufferedIOBase
from typing import Any, cast

from pipeline.demo.wire import Answer, Request, finished
from pipeline.errors import DermcurateError

Respond = Callable[[Request], Answer]
_IDLE_S = 60
_MOST_BODY = 1 << 20


class PortInUseError(DermcurateError):
    """A port that the demo world needs is taken."""


class Listener(ThreadingHTTPServer):
    """A server on 127.0.0.1 that gives every request to `respond`."""

    daemon_threads = True

    def __init__(self, port: int, respond: Respond, tls: ssl.SSLContext | None = None) -> None:
        self.respond = respond
        self.tls = tls
        self._open: set[socket.socket] = set()
        self._lock = threading.Lock()
        try:
            super().__init__(("127.0.0.1", port), _Exchange)
        except OSError as error:
            if error.errno not in (errno.EADDRINUSE, errno.EACCES):
                raise
            raise PortInUseError(
                f"Port {port} on 127.0.0.1 is in use or not allowed; choose another base port "
                "with --port."
            ) from error
        self._thread = threading.Thread(target=self.serve_forever, args=(0.05,), daemon=True)

    @property
    def address(self) -> str:
        """The server's address as a URL without path."""
        return f"http://127.0.0.1:{self.server_port}"

    def start(self) -> None:
        """Answer requests from now on, in the background."""
        self._thread.start()

    def stop(self) -> None:
        """Stop answering and close every connection."""
        if self._thread.is_alive():
            self.shutdown()
            self._thread.join()
        self.server_close()
        with self._lock:
            for connection in self._open:
                with contextlib.suppress(OSError):
                    connection.shutdown(socket.SHUT_RDWR)

    def track(self, connection: socket.socket) -> None:
        """Remember an open connection, so that `stop` can end it."""
        with self._lock:
            self._open.add(connection)

    def forget(self, connection: socket.socket) -> None:
        """Forget a connection that has ended."""
        with self._lock:
            self._open.discard(connection)

    def handle_error(self, request: Any, client_address: Any) -> None:
        """Keep quiet about clients that go away in the middle of an answer."""


class _Exchange(BaseHTTPRequestHandler):
    """Reads requests from one connection and writes their answers."""

    disable_nagle_algorithm = True  # small answers over a kept connection must not wait
    protocol_version = "HTTP/1.1"
    server_version, sys_version = "demo", ""
    timeout = _IDLE_S
    server: Listener
    connection: socket.socket
    _tunnel: str | None = None

    def setup(self) -> None:
        super().setup()
        self.server.track(self.connection)

    def finish(self) -> None:
        self.server.forget(self.connection)
        with contextlib.suppress(OSError):
            super().finish()
        self.connection.close()

    def do_CONNECT(self) -> None:
        """Open a tunnel and speak TLS in it, as the host that was asked for."""
        if self.server.tls is None:
            self.send_error(405)
            return
        self.send_response_only(200, "Connection established")
        self.end_headers()
        self.server.forget(self.connection)
        self._tunnel = f"https://{self.path.removesuffix(':443')}"
        self.rfile.close()
        self.connection = self.server.tls.wrap_socket(self.connection, server_side=True)
        self.server.track(self.connection)
        self.rfile = self.connection.makefile("rb")
        self.wfile = cast(BufferedIOBase, self.connection.makefile("wb", 0))
        self.close_connection = False

    def _exchange(self) -> None:
        length = int(self.headers.get("Content-Length") or 0)
        if length > _MOST_BODY:
            self.send_error(413)
            return
        body = self.rfile.read(length) if length else b""
        base, target = self._tunnel, self.path
        if base is None and target.startswith("http://"):
            host, _, rest = target.removeprefix("http://").partition("/")
            base, target = f"http://{host}", f"/{rest}"
        base = base or f"http://{self.headers.get('Host') or '127.0.0.1'}"
        headers = {name.title(): value for name, value in self.headers.items()}
        request = Request(self.command, base, target, headers, body)
        self._write(finished(request, self.server.respond(request)))

    do_GET = do_HEAD = do_POST = _exchange  # noqa: N815 - named by http.server

    def _write(self, answer: Answer) -> None:
        self.send_response(answer.status)
        if answer.status != 304:
            self.send_header("Content-Type", answer.content_type)
            self.send_header("Content-Length", str(len(answer.body)))
        for name, value in answer.headers.items():
            self.send_header(name, value)
        self.end_headers()
        if self.command != "HEAD" and answer.status != 304:
            self.wfile.write(answer.body)

    def log_message(self, format: str, *args: Any) -> None:  # noqa: A002 - named by http.server
        """Write nothing: `DemoServer.requests_log` holds what was asked."""
