"""The reference that people browse: Swagger UI from django-ninja's own files, so that no page asks another site."""

from ninja.openapi.docs import Swagger


class Reference(Swagger):
    """`settings` are Swagger UI's. A token that is typed in stays in the page and is gone with it."""

    template = "api/reference.html"

    def __init__(self) -> None:
        super().__init__({"docExpansion": "list", "defaultModelsExpandDepth": -1, "persistAuthorization": False})
