"""Where a password may follow: to the server that its owner named, and to what is plainly the same operator's."""

from urllib.parse import SplitResult, urlsplit

#: Domains below which every host belongs to one operator that leads from one to another.
ONE_OPERATOR = ("icloud.com", "icloud.com.cn", "fastmail.com")
PORTS = {"http": 80, "https": 443}


def may_follow(named: str, address: str) -> bool:
    """Both are whole addresses. A name that only ends alike (example.co.uk, other.co.uk) is somebody else's."""
    try:
        one, other = urlsplit(named), urlsplit(address)
        ports = _port(one), _port(other)
    except ValueError:
        return False
    if other.username is not None or other.password is not None or not other.hostname:
        return False
    if one.hostname == other.hostname and (one.scheme, ports[0]) == (other.scheme, ports[1]):
        return True
    is_usual = other.scheme == "https" and ports[1] == PORTS["https"] and ports[0] in PORTS.values()
    return is_usual and _is_family(one.hostname or "", other.hostname)


def _port(parts: SplitResult) -> int:
    return parts.port or PORTS.get(parts.scheme, 0)


def _is_family(one: str, other: str) -> bool:
    if one == other or other.endswith(f".{one}"):
        return True
    return any(_is_below(one, domain) and _is_below(other, domain) for domain in ONE_OPERATOR)


def _is_below(host: str, domain: str) -> bool:
    return host == domain or host.endswith(f".{domain}")
