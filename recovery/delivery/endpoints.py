"""Which push addresses we post to: a stranger's browser names them, so each one is suspect."""

import re
from collections.abc import Iterable
from dataclasses import dataclass
from ipaddress import IPv4Address, IPv6Address, IPv6Network, ip_address

PUSH_HOSTS = frozenset({"fcm.googleapis.com", "updates.push.services.mozilla.com"})
PUSH_DOMAINS = (".push.apple.com", ".notify.windows.com")
LOOPBACK_HOSTS = frozenset({"127.0.0.1", "localhost", "[::1]"})
LONGEST_ENDPOINT = 2_048
"""Characters; real ones have 150 to 700."""

_NAME = r"[a-z0-9](?:[a-z0-9-]{0,61}[a-z0-9])?(?:\.[a-z0-9](?:[a-z0-9-]{0,61}[a-z0-9])?)*"
_ENDPOINT = re.compile(
    rf"(?P<scheme>https?)://(?P<host>{_NAME}|\[::1\])(?::(?P<port>[1-9][0-9]{{0,4}}))?"
    r"(?P<target>/(?:[A-Za-z0-9._~:@!$&'()*+,;=/?-]|%[0-9A-Fa-f]{2})*)",
    re.ASCII | re.IGNORECASE,
)
_GLOBAL_UNICAST = IPv6Network("2000::/3")
_NAT64 = IPv6Network("64:ff9b::/96")
_TUNNELS = (IPv6Network("2002::/16"), IPv6Network("2001::/32"))
_DEFAULT_PORT = {"https": 443, "http": 80}

Address = IPv4Address | IPv6Address


class EndpointRefused(ValueError):
    """We do not post to this address; the text says why and never repeats the address."""


@dataclass(frozen=True, slots=True)
class AllowedHosts:
    """Where push messages may go, beside the four well-known services.

    `extra` names self-hosted services, "push.example.org" or "push.example.org:8443".
    `loopback` lets http and https to this machine through (development). `public=False` lets
    nothing else through: tests use it, so that no message ever leaves the machine.
    """

    extra: frozenset[str] = frozenset()
    loopback: bool = False
    public: bool = True


@dataclass(frozen=True, slots=True)
class Place:
    """An accepted endpoint in its parts; `target` is path and query as the browser gave them."""

    scheme: str
    host: str
    port: int
    target: str

    @property
    def origin(self) -> str:
        """The origin as RFC 6454 writes it, with the port only when it is not the usual one."""
        usual = self.port == _DEFAULT_PORT[self.scheme]
        return f"{self.scheme}://{self.host}" + ("" if usual else f":{self.port}")


def check_endpoint(url: str, allowed: AllowedHosts) -> None:
    """Judge an address when a browser subscribes, without any look-up.

    Raises EndpointRefused with one plain sentence (the web answers 422).
    """
    place_of(url, allowed)


def place_of(url: str, allowed: AllowedHosts) -> Place:
    """Take an endpoint apart, or raise EndpointRefused.

    One strict grammar instead of a URL parser: what two parsers could read differently (user
    info, backslashes, odd dots, other alphabets, numbers as hosts) does not match at all.
    """
    found = _ENDPOINT.fullmatch(url) if len(url) <= LONGEST_ENDPOINT else None
    if found is None:
        raise EndpointRefused("This is not the address of a push service.")
    scheme, host = found["scheme"].lower(), found["host"].lower()
    port = int(found["port"] or _DEFAULT_PORT[scheme])
    place = Place(scheme, host, port, found["target"])
    if host in LOOPBACK_HOSTS and f"{host}:{port}" not in allowed.extra:
        if not allowed.loopback:
            raise EndpointRefused("Addresses on this machine are not allowed.")
        return place
    if scheme != "https":
        raise EndpointRefused("A push address must begin with https.")
    if not _is_push_host(host, port, allowed.extra):
        raise EndpointRefused("This push service is not on the list of allowed ones.")
    return place


def host_of(url: str) -> str:
    """Name the host of a stored endpoint, for pauses and counts per host ("" if unreadable)."""
    found = _ENDPOINT.fullmatch(url)
    return found["host"].lower() if found else ""


def check_addresses(addresses: Iterable[str], allowed: AllowedHosts) -> None:
    """Judge what a name resolved to, just before connecting to exactly these addresses.

    One private address among public ones is enough to refuse: it is how a rebinding name
    looks. Raises EndpointRefused.
    """
    for text in addresses:
        address = ip_address(text.partition("%")[0])
        if not (_is_loopback(address) and allowed.loopback) and not (
            allowed.public and _is_public(address)
        ):
            raise EndpointRefused("The push service's name leads to an address not allowed.")


def _is_push_host(host: str, port: int, extra: frozenset[str]) -> bool:
    if f"{host}:{port}" in extra:
        return True
    known = host in PUSH_HOSTS or host.endswith(PUSH_DOMAINS) or host in extra
    return known and port == _DEFAULT_PORT["https"]


def _is_loopback(address: Address) -> bool:
    return address in (IPv4Address("127.0.0.1"), IPv6Address("::1"))


def _is_public(address: Address) -> bool:
    """Public = reachable on the open internet, also in the IPv4 address that NAT64 carries.

    Python's own `is_global` changed between 3.11 and 3.13 and takes multicast for global, so
    IPv6 is cut down to global unicast without the old tunnels first.
    """
    if isinstance(address, IPv6Address):
        if address in _NAT64:
            return _is_public(IPv4Address(address.packed[-4:]))
        if address not in _GLOBAL_UNICAST or any(address in tunnel for tunnel in _TUNNELS):
            return False
    return address.is_global and not address.is_multicast and not address.is_reserved
