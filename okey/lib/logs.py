"""What the lines of the log are like: with the ID of the request, without addresses that open something; in JSON
where OKEY_LOG_FORMAT says so.
"""

import logging
from datetime import UTC, datetime
from typing import Any

from django.http import Http404, HttpRequest
from django.urls import resolve
from pythonjsonlogger.core import RESERVED_ATTRS
from pythonjsonlogger.json import JsonFormatter

from okey.lib import tracing


class Traced(logging.Filter):
    """Every line has `request_id`, "-" where there is none."""

    def filter(self, record: logging.LogRecord) -> bool:
        request = getattr(record, "request", None)
        given = request.META.get("okey.request_id", "") if isinstance(request, HttpRequest) else ""
        record.request_id = given or tracing.current() or "-"
        return True


class WithoutAddresses(logging.Filter):
    """Of a request, the pattern of its address: `/m/<str:token>/`, never the token."""

    def filter(self, record: logging.LogRecord) -> bool:
        request = getattr(record, "request", None)
        if isinstance(request, HttpRequest) and isinstance(record.args, tuple):
            whole = {request.path, request.get_full_path()}
            record.args = tuple(pattern_of(request) if arg in whole else arg for arg in record.args)
        return True


def pattern_of(request: HttpRequest) -> str:
    """Of an address that is none of ours, the first part."""
    try:
        match = request.resolver_match or resolve(request.path_info)
    except Http404:
        parts = request.path_info.split("/")
        return f"/{parts[1][:30]}/…" if len(parts) > 2 else request.path_info[:30]
    return "/" + match.route


class Json(JsonFormatter):
    """A line is an object: time, level, logger, message, request_id, and what else is known of the event."""

    def __init__(self) -> None:
        # The request itself would print its address.
        super().__init__(
            "%(levelname)s %(name)s %(message)s %(request_id)s",
            rename_fields={"levelname": "level", "name": "logger", "exc_info": "traceback"},
            reserved_attrs=[*RESERVED_ATTRS, "request", "response", "status_code", "server_time"],
            json_ensure_ascii=False,
        )

    def add_fields(self, log_data: dict[str, Any], record: logging.LogRecord, message_dict: dict[str, Any]) -> None:
        log_data["time"] = datetime.fromtimestamp(record.created, UTC).isoformat(timespec="milliseconds")
        super().add_fields(log_data, record, message_dict)
