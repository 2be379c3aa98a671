from django.apps import AppConfig
from django.utils.translation import gettext_lazy as _

from okey.lib import retention


class ContactsConfig(AppConfig):
    name = "okey.contacts"
    verbose_name = _("Contacts")

    def ready(self) -> None:
        from okey.contacts.models import old_imports  # noqa: PLC0415 -- models must be loaded first

        retention.register("contact imports", old_imports)
        from okey.contacts.api_schemas import ContactOut, shown_by_id  # noqa: PLC0415
        from okey.webhooks import wholes  # noqa: PLC0415

        wholes.register("contact", wholes.Kind("contact_id", ContactOut, shown_by_id))
