"""A loopback host that does exactly what a test tells it to."""

from __future__ import annotations

import threading
from collections.abc import Callable
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

from pipeline.sources.http import Limits

Reply = Callable[[BaseHTTPRequestHandler], None]

JPEG = b"\xff\xd8\xff\xe0\x00\x10JFIF\x00" + bytes(range(256)) * 8
QUICK = Limits(attempts=4, backoff_s=0.01, max_wait_s=2.0, connect_s=2.0, read_s=1.5, total_s=1.5)


def reply(status: int, body: bytes = b"", **headers: str) -> Reply:
    """Answer with a status, a body and headers (`_` stands for `-`)."""

    def answer(handler: BaseHTTPRequestHandler) -> None:
        handler.send_response(status)
        for name, value in headers.items():
            handler.send_header(name.replace("_", "-"), value)
        if "Content_Length" not in headers:
            handler.send_header("Content-Length", str(len(body)))
        handler.end_headers()
        handler.wfile.write(body)

    return answer


class WebHost(ThreadingHTTPServer):
    """Answers by path: each path has a list of replies, of which the last one stays."""

    daemon_threads = True

    def __init__(self) -> None:
        super().__init__(("127.0.0.1", 0), _Exchange)
        self.replies: dict[str, list[Reply]] = {}
        self.log: list[tuple[str, dict[str, str]]] = []
        self.lock = threading.Lock()

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.server_address[1]}"

    def on(self, path: str, *replies: Reply) -> str:
        """Set the replies of a path and return its URL."""
        self.replies[path] = list(replies)
        return self.url + path

    def paths(self) -> list[str]:
        return [path for path, _ in self.log]

    def handle_error(self, request, client_address) -> None:
        """Stay silent: clients hang up on purpose."""


class _Exchange(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    disable_nagle_algorithm = True  # else each answer waits 40 ms for an acknowledgement
    server: WebHost

    def do_GET(self) -> None:
        path = self.path.split("?")[0]
        with self.server.lock:
            self.server.log.append((self.path, dict(self.headers)))
            replies = self.server.replies.get(path) or [reply(404, b"not here")]
            answer = replies.pop(0) if len(replies) > 1 else replies[0]
        answer(self)

    def log_message(self, *args: object) -> None:
        """Stay silent."""
