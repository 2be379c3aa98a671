from tests.integrations.providers.conftest import certificate, tls

__all__ = ["certificate", "tls"]
