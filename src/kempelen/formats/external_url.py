"""Which addresses an ExternalQuestion may have: a check of the text alone, nothing is requested."""

import re
from ipaddress import IPv4Address, IPv6Address, ip_address
from urllib.parse import urlsplit

from kempelen.domain import errors

CHARACTERS_MAX = 2048
_NAME = "ExternalURL"
_SHAPE = re.compile(r"(https?)://([^/?#\\@\s]+)(?:[/?#].*)?", re.IGNORECASE)
_CONTROLS = re.compile(r"[\x00-\x1f\x7f-\x9f]")
# What a browser takes for a number, such as 0x7f000001, is an address and not a name.
_NUMBER = re.compile(r"0x[0-9a-f]*|[0-9]+", re.IGNORECASE)
_PRIVATE_DOMAINS = (".home.arpa", ".internal", ".local", ".localhost", ".test")


def check(url: str, *, allow_http: bool) -> None:
    """Refuse what is not an absolute https address.

    Refuses with InvalidParameterValue, and with NotHTTPS for http; `allow_http` admits http on
    loopback and private hosts.
    """
    shape = _SHAPE.fullmatch(url)
    host = None if shape is None else _host(url)
    if shape is None or host is None or len(url) > CHARACTERS_MAX or _CONTROLS.search(url):
        raise errors.InvalidParameterValue(value=url[:CHARACTERS_MAX], name=_NAME)
    if shape[1].lower() == "http" and not (allow_http and is_private(host)):
        raise errors.NotHTTPS(value=url, name=_NAME)


def is_private(host: str) -> bool:
    """Whether a host is this machine or only known in its own network, by its spelling."""
    try:
        address: IPv4Address | IPv6Address = ip_address(host)
    except ValueError:
        name = host.lower().removesuffix(".")
        if _NUMBER.fullmatch(name.rpartition(".")[2]):
            return False
        return "." not in name or name.endswith(_PRIVATE_DOMAINS)
    mapped = address.ipv4_mapped if isinstance(address, IPv6Address) else None
    address = mapped or address
    return (address.is_private or address.is_loopback) and not address.is_unspecified


def _host(url: str) -> str | None:
    try:
        parts = urlsplit(url)
        # Reading the port checks it.
        return parts.hostname if parts.port is None or parts.port > 0 else None
    except ValueError:
        return None
