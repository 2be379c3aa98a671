"""Every app's addresses; only here do all of them meet."""

from allauth.account.decorators import secure_admin_login
from django.contrib import admin
from django.urls import include, path

from meetings.booking.urls import single_use
from okey.api_root import api

# One way in for everybody, with its rate limits: the admin's own form has none.
admin.site.login = secure_admin_login(admin.site.login)  # type: ignore[method-assign]

handler500 = "okey.api.errors.server_error"

urlpatterns = [
    path("admin/", admin.site.urls),
    path("", include("okey.seeing.urls")),
    path("", include("okey.about.urls")),
    path("", include("meetings.home.urls")),
    path("", include("meetings.personal.urls")),
    path("", include("okey.owners.urls")),
    path("", include("okey.api.urls")),
    path("settings/calendars/", include("integrations.calendars.urls")),
    path("settings/webhooks/", include("okey.webhooks.urls")),
    path("api/v1/", api.urls),
    path("mails/", include("okey.mails.urls")),
    path("contacts/", include("okey.contacts.urls")),
    path("integrations/", include("integrations.urls")),
    path("meetings/", include("meetings.planning.urls")),
    path("meetings/", include("meetings.pages.urls")),
    path("week/", include("meetings.week.urls")),
    path("settings/meeting-times/", include("meetings.hours.urls")),
    path("m/", include("meetings.client.urls")),
    path("m/", include("meetings.booking.move_urls")),
    path("book/<str:public_name>/", include("meetings.bot.channels.chat_urls")),
    path("", include("meetings.bot.pages.urls")),
    path("book/", include("meetings.booking.urls")),
    path("", include("meetings.booking.embed_urls")),
    path("", include("meetings.assistant.urls")),
    path("", include("meetings.feed.urls")),
    path("booking/", include("meetings.booking.confirm_urls")),
    path("once/", include(single_use)),
    path("unasked/", include("meetings.booking.unasked_urls")),
    path("settings/booking/types/", include("meetings.booking.types_urls")),
    path("settings/booking/", include("meetings.booking.settings_urls")),
]
