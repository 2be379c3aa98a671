"""The operator's own texts, from files that the settings name. Without one, O-Key says what is true of every O-Key."""

import logging
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from django.conf import settings
from django.template.defaultfilters import linebreaks_filter, urlize
from django.utils.safestring import SafeString, mark_safe
from django.utils.translation import gettext_lazy as _

logger = logging.getLogger(__name__)


@dataclass(frozen=True)
class Page:
    """`setting` holds the path of the operator's file; `template` is what is said without one."""

    name: str
    title: Any
    setting: str

    @property
    def template(self) -> str:
        return f"about/{self.name}.html"


PAGES = (
    Page("help", _("Help"), "OKEY_HELP_FILE"),
    Page("privacy", _("Privacy"), "OKEY_PRIVACY_FILE"),
    Page("terms", _("Terms of use"), "OKEY_TERMS_FILE"),
    Page("support", _("Support"), "OKEY_SUPPORT_FILE"),
)


def operators(page: Page) -> SafeString | None:
    """What the operator's file says: HTML as it is, from a file whose name ends so; of any other, paragraphs of text.

    None where there is no file, or it cannot be read: then a line in the log says so.
    """
    path = getattr(settings, page.setting)
    if not path:
        return None
    try:
        text = Path(path).read_text(encoding="utf-8")
    except (OSError, UnicodeDecodeError) as error:
        logger.error("%s cannot be read (%s).", page.setting, type(error).__name__)
        return None
    if path.endswith((".html", ".htm")):
        return mark_safe(text)  # noqa: S308 -- whoever writes this file runs O-Key
    return linebreaks_filter(urlize(text))
