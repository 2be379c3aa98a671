"""The log's handler for what administrators are mailed, apart from that: logging is set up before the models."""

import logging

from django.conf import settings

from okey.lib.outage import is_outage


class ErrorMails(logging.Handler):
    """For records of requests that ended with an exception."""

    def __init__(self) -> None:
        super().__init__(logging.ERROR)

    def emit(self, record: logging.LogRecord) -> None:
        request, error = getattr(record, "request", None), record.exc_info[1] if record.exc_info else None
        if request is None or error is None or getattr(record, "status_code", 0) < 500:
            return
        if settings.DEBUG or is_outage(error):
            return
        from okey.mails import error_mails  # noqa: PLC0415 -- its models can't be read when logging is set up

        try:
            error_mails.tell(request, error)
        except Exception:  # noqa: BLE001 -- as every handler: a log that fails must not fail the page
            self.handleError(record)
