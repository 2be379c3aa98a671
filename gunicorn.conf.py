"""gunicorn reads this by itself where it is started in this folder. What differs between machines is in its command.

gunicorn would believe a proxy on the same machine, whatever TRUST_PROXY_HEADERS says. So it believes none, and
okey/settings.py alone decides what a header is worth.
"""

forwarded_allow_ips = ""
secure_scheme_headers: dict[str, str] = {}
forwarder_headers = ""
