"""Decides which network addresses may be connected to: those of the public internet.

An address of IPv6 that carries one of IPv4 (mapped, NAT64, 6to4, Teredo) is judged by that one, too. Nothing here
opens a connection.
"""

from __future__ import annotations

from collections.abc import Iterator
from ipaddress import IPv4Address, IPv4Network, IPv6Address, IPv6Network, ip_address

# RFC 6052; the second one (RFC 8215) is for use within a network.
_NAT64 = IPv6Network("64:ff9b::/96")
_CLOSED = (
    IPv4Network("100.64.0.0/10"),  # shared by the customers of a provider
    IPv4Network("192.0.0.0/24"),  # for protocols
    IPv4Network("192.88.99.0/24"),  # relays of 6to4
    IPv6Network("64:ff9b:1::/48"),
    IPv6Network("fec0::/10"),
)


def not_public(text: str) -> str:
    """Why an IP address is not one of the public internet, in one word; "" if it is."""
    address = ip_address(text.partition("%")[0])  # a zone (`fe80::1%eth0`) stands only behind link-local ones
    return next((why for one in (address, *_carried(address)) if (why := _why(one))), "")


def _why(address: IPv4Address | IPv6Address) -> str:
    """The first kind that fits; loopback is private, too, so the order tells more."""
    if isinstance(address, IPv6Address) and (address in _NAT64 or address.ipv4_mapped):
        return ""  # reserved as a whole: the address in it decides
    kinds = ("unspecified", "loopback", "link_local", "multicast", "private", "reserved")
    found = next((kind for kind in kinds if getattr(address, f"is_{kind}")), "")
    if not found and any(address in network for network in _CLOSED):
        found = "reserved"
    return found.replace("_", "-")


def _carried(address: IPv4Address | IPv6Address) -> Iterator[IPv4Address]:
    """The IPv4 addresses within one of IPv6."""
    if isinstance(address, IPv4Address):
        return
    if address in _NAT64:
        yield IPv4Address(int(address) & 0xFFFFFFFF)
    yield from (one for one in (address.ipv4_mapped, address.sixtofour, *(address.teredo or ())) if one)
