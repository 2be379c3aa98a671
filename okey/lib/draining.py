"""The rest of a body that was refused unread: as long as it lies in the connection, no other request comes through."""

from django.http import HttpRequest, UnreadablePostError

#: Bytes. Whoever sends more than that is hung up on.
DRAINED_MAX = 16 * 1024 * 1024
_AT_ONCE = 64 * 1024


def drain(request: HttpRequest) -> None:
    """Read what the request still holds, and keep none of it."""
    left = DRAINED_MAX
    try:
        while left > 0 and (piece := request.read(min(_AT_ONCE, left))):
            left -= len(piece)
    except UnreadablePostError:  # whoever sent it is gone
        return
