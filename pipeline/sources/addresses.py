"""Addresses: which of them may be asked at all."""

from __future__ import annotations

import ipaddress
import re
import socket
import time
from collections.abc import Iterable
from dataclasses import dataclass
from urllib.parse import urlsplit

LOOKUPS = 3
_PORTS = {"http": 80, "https": 443}
_NAT64 = ipaddress.ip_network("64:ff9b::/96")
_UNICAST = ipaddress.ip_network("2000::/3")  # all else of IPv6 is special or not given out
_RELAYS = ipaddress.ip_network("192.88.99.0/24")  # into 6to4, RFC 7526

# What a host has shut, and where its content is now.
_RETIRED = (
    (
        re.compile(r"^https?://[^/]*ncbi\.nlm\.nih\.gov/pmc/utils/oa/oa\.fcgi"),
        "PMC's OA web service was shut in August 2026; list the PMC Cloud Service bucket instead",
    ),
    (
        re.compile(r"^(?:https?|ftp)://[^/]*nih\.gov/pub/pmc/(?:deprecated/)?oa_"),
        "PMC's packages and file lists were removed in August 2026; use its Cloud Service bucket",
    ),
    (
        re.compile(r"^https?://pmc-oa-opendata[^/]*/(?:deprecated/|oa_comm|oa_noncomm|oa_other)"),
        "this layout of the PMC bucket was removed in August 2026; use one prefix per version",
    ),
    (
        re.compile(r"^https?://(?:www\.|old\.)?reddit\.com/[^?#]*\.json(?:[?#]|$)"),
        "Reddit shut its anonymous JSON in May 2026; use Arctic Shift",
    ),
)


@dataclass(frozen=True, slots=True)
class Place:
    """Scheme, host and port of a URL."""

    scheme: str
    host: str
    port: int

    @property
    def netloc(self) -> str:
        """`host:port`, which names the host in rates and reports."""
        return f"{self.host}:{self.port}"

    @property
    def origin(self) -> str:
        """`scheme://host:port`, with brackets around an IPv6 address."""
        host = f"[{self.host}]" if ":" in self.host else self.host
        return f"{self.scheme}://{host}:{self.port}"


def place_of(url: str) -> Place:
    """Return where a URL leads.

    Raises:
        ValueError: it is no HTTP address, or it carries a user name.
    """
    parts = urlsplit(url)
    if parts.scheme not in _PORTS or not parts.hostname:
        raise ValueError(f"{url!r} is no HTTP address")
    if parts.username is not None or parts.password is not None:
        raise ValueError(f"the address of {parts.hostname} carries a user name")
    return Place(parts.scheme, parts.hostname, parts.port or _PORTS[parts.scheme])


def retirement(url: str) -> str | None:
    """Return what became of an address that is known to have been shut, or null."""
    return next((told for pattern, told in _RETIRED if pattern.search(url)), None)


def is_public(address: str) -> bool:
    """Tell whether an IP address belongs to the public Internet, looking through IPv4 in IPv6."""
    ip = ipaddress.ip_address(address.split("%")[0])
    if isinstance(ip, ipaddress.IPv6Address):
        inner = ip.ipv4_mapped or ip.sixtofour
        if inner is None and ip in _NAT64:
            inner = ipaddress.IPv4Address(int(ip) & 0xFFFFFFFF)
        if inner is not None:
            return is_public(str(inner))
        return ip in _UNICAST and ip.is_global
    return ip.is_global and not ip.is_multicast and ip not in _RELAYS


def is_allowed(place: Place, allow_hosts: Iterable[str]) -> bool:
    """Tell whether the catalog lets a host be asked wherever it is."""
    return any(each in (place.host, place.netloc) for each in allow_hosts)


class Gate:
    """Tells which hosts may be asked: public ones, and those that the catalog allows. Thread-safe.

    A name that led to public addresses once is not looked up again; the connection itself is
    checked each time it is made.
    """

    def __init__(self, allow_hosts: Iterable[str], patience_s: float) -> None:
        self._allow_hosts = tuple(allow_hosts)
        self._patience_s = patience_s
        self._public: set[str] = set()

    def is_allowed(self, place: Place) -> bool:
        """Tell whether the catalog lets a host be asked wherever it is."""
        return is_allowed(place, self._allow_hosts)

    def refusal(self, place: Place) -> str | None:
        """Return why a host must not be asked: one of its addresses is not public; else null.

        Raises:
            OSError: its name cannot be resolved.
            UnicodeError: its name is none.
        """
        if self.is_allowed(place) or place.netloc in self._public:
            return None
        for address in self._addresses(place):
            if not is_public(address):
                return (
                    f"{place.netloc} is at {address}, which is not public; "
                    "name the host in allow_hosts of the catalog entry if it is meant"
                )
        self._public.add(place.netloc)
        return None

    def _addresses(self, place: Place) -> list[str]:
        for attempt in range(LOOKUPS):
            try:
                found = socket.getaddrinfo(place.host, place.port, type=socket.SOCK_STREAM)
            except socket.gaierror as fault:
                if fault.errno != socket.EAI_AGAIN or attempt == LOOKUPS - 1:
                    raise
                time.sleep(self._patience_s * 2**attempt)
            else:
                return sorted({str(each[4][0]) for each in found})
        return []
