from tests.zoom_fixtures import zoom, zoom_process, zoom_settings

__all__ = ["zoom", "zoom_process", "zoom_settings"]
