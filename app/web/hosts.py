"""Checks the server's host names and the trusted proxies, for `app.web.door`.

Against DNS rebinding (a page of a foreign host name that resolves to this machine could read answers), a request
must name the server by its address, by a loopback name, or by one of the setting `allowed_hosts`. Anybody can send
a proxy's headers (`X-Forwarded-*`), so they count only from addresses in `trusted_proxies`.
"""

from __future__ import annotations

import logging
import re
import socket
from dataclasses import dataclass
from ipaddress import IPv4Address, IPv4Network, IPv6Address, IPv6Network, ip_address, ip_network

from starlette.datastructures import MutableHeaders
from starlette.types import Scope

from ingest.settings import Settings

# Any address of the machine, so each of them may be in the Host header.
_ANY_ADDRESS = ("0.0.0.0", "::")
# An address with a port: `192.0.2.1:5678`, or in brackets.
_WITH_PORT = re.compile(r"(\d+\.\d+\.\d+\.\d+)(?::\d+)|\[([^\]]+)\](?::\d+)?")
_HOST = re.compile(r"(\[[0-9A-Fa-f:.]+\]|[^\s:/@\[\]]+)(?::\d{0,5})?")
# Gradio uses the last one as the address of its page.
_FORWARDED = re.compile(r"x-forwarded-.*|x-original-.*|x-real-ip|x-rewrite-url|forwarded|x-gradio-server")


log = logging.getLogger("citecast.server")


@dataclass(frozen=True)
class Hosts:
    """The host names that the server accepts."""

    names: frozenset[str]
    any_address: bool = False

    @classmethod
    def of(cls, settings: Settings) -> Hosts:
        """The names of the settings and of the listening address."""
        wild = settings.host in _ANY_ADDRESS
        own = socket.gethostname() if wild else settings.host
        return cls(
            frozenset({"localhost", own.lower().strip("[]"), *(n.strip("[]") for n in settings.allowed_hosts)}), wild
        )

    def know(self, header: str) -> bool:
        """Whether a Host header names this server; the port is ignored."""
        match = _HOST.fullmatch(header.strip())
        if not match:
            return False
        name = match[1].strip("[]").lower().rstrip(".")
        # Nobody owns a name below `localhost`: browsers resolve each to the loopback.
        if "*" in self.names or name in self.names or self._below(name) or name.endswith(".localhost"):
            return True
        address = address_of(name)
        # An IP address cannot be rebound: if the server listens on all addresses, any address may be this machine's.
        return address is not None and (address.is_loopback or self.any_address)

    def _below(self, name: str) -> bool:
        parts = name.split(".")
        return any(f"*.{'.'.join(parts[i:])}" in self.names for i in range(1, len(parts)))


class Proxies:
    """The proxies whose headers are used."""

    def __init__(self, networks: tuple[str, ...]) -> None:
        self._warned = False
        self._networks: list[IPv4Network | IPv6Network] = [ip_network(name, strict=False) for name in networks]

    def trust(self, address: str) -> bool:
        """Whether an address is one of them."""
        parsed = address_of(address)
        return parsed is not None and any(parsed in network for network in self._networks)

    def seen(self, scope: Scope) -> Scope:
        """The request as the first trusted proxy received it, without headers that others may have added."""
        scope = {**scope, "headers": list(scope["headers"])}
        headers = MutableHeaders(scope=scope)
        said = {name.lower(): value for name, value in headers.items() if _FORWARDED.fullmatch(name.lower())}
        for name in said:
            del headers[name]
        client = (scope.get("client") or ("",))[0]
        if not self.trust(client):
            self._warn(client, said)
            return scope
        if (scheme := _first(said, "x-forwarded-proto").lower()) in ("http", "https"):
            scope["scheme"] = scheme
        if host := _first(said, "x-forwarded-host"):
            headers["host"] = host
        # From the right: anybody may have written what is before the first address that is not a proxy's.
        for address in reversed(said.get("x-forwarded-for", "").split(",")):
            if address.strip():
                scope["client"] = (address.strip(), 0)
                if not self.trust(address.strip()):
                    break
        return scope

    def _warn(self, client: str, said: dict[str, str]) -> None:
        """Say once that there seems to be a proxy that is not named: its visitors have one visitor's share together."""
        near = address_of(client)
        if "x-forwarded-for" in said and near and near.is_private and not self._warned:
            self._warned = True
            log.warning(
                "requests come through a proxy at %s; name it in the setting `trusted_proxies`, or all its visitors "
                "count as one",
                near,
            )


def address_of(text: str) -> IPv4Address | IPv6Address | None:
    """The parsed address, or None. IPv6 sockets write IPv4 addresses as `::ffff:…`; some proxies add a port."""
    match = _WITH_PORT.fullmatch(text)
    try:
        address = ip_address(match[1] or match[2] if match else text)
    except ValueError:
        return None
    return getattr(address, "ipv4_mapped", None) or address


def _first(said: dict[str, str], name: str) -> str:
    """The first of a header's values, from the proxy nearest to the visitor."""
    return said.get(name, "").split(",")[0].strip()
