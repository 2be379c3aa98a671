"""Which languages there are, and which of them somebody is spoken to in."""

from django.conf import settings
from django.utils import translation

CODE_MAX = 10


def known(code: str) -> str:
    """The language of this code, or the nearest that there is; English where there is none."""
    try:
        return translation.get_supported_language_variant(code)
    except LookupError:
        return str(settings.LANGUAGE_CODE)


def chosen(code: str) -> str:
    """The language of this code as it stands on a page to choose; "" for anything else."""
    return code if code in dict(settings.LANGUAGES) else ""


def current() -> str:
    """The one that is spoken now."""
    return known(translation.get_language() or settings.LANGUAGE_CODE)
