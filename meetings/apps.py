from django.apps import AppConfig
from django.utils.translation import gettext_lazy as _

from okey.lib import retention


class MeetingsConfig(AppConfig):
    name = "meetings"
    verbose_name = _("Meetings")

    def ready(self) -> None:
        from meetings import receivers  # noqa: F401, PLC0415 -- connects the signal; models must be loaded first
        from meetings.diary import old_events  # noqa: PLC0415
        from meetings.models.single_use import old_single_use_links  # noqa: PLC0415

        retention.register("meeting events", old_events)
        retention.register("single-use links", old_single_use_links)
        from integrations import doctor as whole  # noqa: PLC0415
        from meetings import doctor  # noqa: PLC0415

        whole.register(doctor.links, doctor.invitations)
        from meetings.api.answers import MeetingOut, meetings_by_id  # noqa: PLC0415
        from okey.webhooks import wholes  # noqa: PLC0415

        wholes.register("meeting", wholes.Kind("meeting_id", MeetingOut, meetings_by_id))
