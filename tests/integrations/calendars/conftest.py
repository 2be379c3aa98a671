from tests.calendar_servers import calendar_servers, dav

__all__ = ["calendar_servers", "dav"]
