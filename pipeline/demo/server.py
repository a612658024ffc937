"""The demo world on loopback: one server per host that it stands in for."""

import threading
from types import TracebackType
from typing import Self

from pipeline.demo.arctic import arctic_service, reddit_media_service
from pipeline.demo.bucket import bucket_service
from pipeline.demo.decks import online_service
from pipeline.demo.discourse import discourse_service
from pipeline.demo.europepmc import europepmc_service
from pipeline.demo.eutils import eutils_service
from pipeline.demo.listener import Listener, PortInUseError, Respond
from pipeline.demo.tls import ensure_certificates
from pipeline.demo.webforum import webforum_service
from pipeline.demo.wire import Answer, Request, Service, text_answer
from pipeline.demo.world import World
from pipeline.demo.youtube import HOSTS, youtube_service

__all__ = ["SERVICES", "DemoServer", "PortInUseError"]

SERVICES = (
    "eutils",
    "pmc",
    "arctic",
    "reddit_media",
    "discourse",
    "webforum",
    "youtube_proxy",
    "europepmc",
    "decks",
)
"""In the order of their ports, counted from the base port."""

_PATHS = {
    "eutils": "entrez/eutils/",
    "arctic": "api/",
    "europepmc": "europepmc/webservices/rest/",
    "decks": "teaching/",
}


class DemoServer:
    """Serves a world while its context is open.

    `requests_log` holds (service, method, path, status) of every request answered.
    `faults[(service, path_prefix)]` is a list of statuses that are sent, each once and with
    `Retry-After: 1`, before the true answer is.
    """

    def __init__(self, world: World, base_port: int = 8760) -> None:
        self.requests_log: list[tuple[str, str, str, int]] = []
        self.faults: dict[tuple[str, str], list[int]] = {}
        self._lock = threading.Lock()
        self._world = world
        self._answering: dict[str, Service] = {}
        self._base_port = base_port
        self._listeners: dict[str, Listener] = {}
        self._certificates = ensure_certificates(world.folder / "tls", HOSTS)

    @property
    def urls(self) -> dict[str, str]:
        """The base address of every service, and `ca_path`, the authority behind the proxy.

        Base addresses end as the real ones do, `.../entrez/eutils/` and `.../api/` among them.
        """
        found = {
            name: f"{listener.address}/{_PATHS.get(name, '')}"
            for name, listener in self._listeners.items()
        }
        found["youtube_proxy"] = self._listeners["youtube_proxy"].address
        return {**found, "ca_path": str(self._certificates.ca_path)}

    def turn(self, world: World) -> None:
        """Serve another world from now on, under the same addresses."""
        self._world = world
        self._answering = self._services()

    def __enter__(self) -> Self:
        """Bind all ports and answer; PortInUseError, with nothing bound, if one is taken."""
        self.turn(self._world)
        try:
            for offset, name in enumerate(self._answering):
                tls = self._certificates.server_context() if name == "youtube_proxy" else None
                port = self._base_port + offset if self._base_port else 0
                self._listeners[name] = Listener(port, self._respond(name), tls)
        except PortInUseError:
            self._stop()
            raise
        for listener in self._listeners.values():
            listener.start()
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        """Close all ports and connections."""
        self._stop()

    def _stop(self) -> None:
        for listener in self._listeners.values():
            listener.stop()
        self._listeners.clear()

    def _services(self) -> dict[str, Service]:
        folder = self._world.folder
        services = (
            eutils_service(folder / "pubmed"),
            bucket_service(folder / "pubmed" / "bucket"),
            arctic_service(folder / "reddit", lambda: self._listeners["reddit_media"].address),
            reddit_media_service(folder / "reddit"),
            discourse_service(folder / "discourse"),
            webforum_service(folder / "webforum"),
            youtube_service(folder / "youtube"),
            europepmc_service(folder / "pubmed"),
            online_service(folder / "decks-online"),
        )
        return dict(zip(SERVICES, services, strict=True))

    def _respond(self, name: str) -> Respond:
        def respond(request: Request) -> Answer:
            status = self._fault(name, request.path)
            if status is None:
                answer = _answered(self._answering[name], request)
            else:
                answer = text_answer("scripted fault\n", status)
                answer.headers["Retry-After"] = "1"
            with self._lock:
                self.requests_log.append((name, request.method, request.path, answer.status))
            return answer

        return respond

    def _fault(self, name: str, path: str) -> int | None:
        with self._lock:
            for (service, prefix), statuses in self.faults.items():
                if service == name and path.startswith(prefix) and statuses:
                    return statuses.pop(0)
        return None


def _answered(service: Service, request: Request) -> Answer:
    try:
        return service(request)
    except ValueError as error:  # a number that is none, and the like
        return text_answer(f"bad request: {error}\n", 400)
