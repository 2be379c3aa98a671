from django.apps import AppConfig
from django.utils.translation import gettext_lazy as _


class BotConfig(AppConfig):
    name = "meetings.bot"
    verbose_name = _("Bot")

    def ready(self) -> None:
        from integrations import doctor  # noqa: PLC0415
        from meetings.bot.api import ConversationOut, shown_by_id  # noqa: PLC0415 -- models must be loaded first
        from meetings.bot.doctor import language_model  # noqa: PLC0415
        from okey.webhooks import wholes  # noqa: PLC0415

        wholes.register("conversation", wholes.Kind("conversation_id", ConversationOut, shown_by_id))
        doctor.register(language_model)
