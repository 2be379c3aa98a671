"""The headers that each of Zoom's own answers carries."""

import secrets


def zoom_headers(category: str = "") -> dict[str, str]:
    headers = {"x-zm-trackingid": f"v=2.0;clid=sim1;rid=WEB_{secrets.token_hex(16)}"}
    if category:
        headers["x-ratelimit-category"] = category
    return headers
