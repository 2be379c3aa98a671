"""In the head of pages for everybody: by these Zoom and Google know whose domain this is."""

from django import template
from django.conf import settings
from django.utils.html import format_html_join
from django.utils.safestring import SafeString

register = template.Library()


@register.simple_tag
def domain_proofs() -> SafeString:
    google = settings.OKEY_GOOGLE_VERIFICATION
    proofs = (
        ("zoom-domain-verification", settings.OKEY_ZOOM_VERIFICATION),
        ("google-site-verification", "" if google.endswith(".html") else google),
    )
    return format_html_join("", '<meta name="{}" content="{}">', (one for one in proofs if one[1]))
