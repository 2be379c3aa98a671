"""Where a link that books once leads."""

from django.conf import settings
from django.urls import reverse

from meetings.models import SingleUseLink


def url_of(link: SingleUseLink) -> str:
    return str(settings.OKEY_BASE_URL) + reverse("single_use_page", args=[link.token])
