"""What is stored of people in the tables of meeting providers and of calendars (tables.py has the others)."""

from django.utils.translation import gettext_lazy as _

from meetings.personal.table import CLAIM, PAIR, TURN, WITH_ACCOUNT, WITH_MEETING, Table

OF_PROVIDERS_AND_CALENDARS = (
    Table(
        "integrations.ProviderAccount",
        _("the account that meetings are made with; tokens are sealed"),
        _("while connected, and then as the account that made earlier meetings; tokens go at once"),
        personal="external_id external_account_id email display_name last_error",
        opens="tokens",
        other=CLAIM + PAIR + "id vendor scopes expires_at state grant_no pair_no granted_at lost_why revoke_after "
        "blocked_until last_error_at created_at",
    ),
    Table(
        "integrations.Connection",
        _("which owner uses which account"),
        WITH_ACCOUNT,
        owner="owner",
        personal="link account",
        other="id owner provider lets_everyone_in is_default connected_at ended_at ended_why told_grant_no announced",
    ),
    Table(
        "integrations.AuthorizationAttempt",
        _("so that connecting ends well, however often it is interrupted"),
        _("%(days)d days (OKEY_KEEP_ATTEMPTS_DAYS)"),
        owner="owner",
        personal="detail",
        opens="tokens state_hash secrets handle_hash code",
        other=CLAIM + PAIR + "id owner provider scopes expires_at in_popup return_to status outcome account connection "
        "became_default created_at spent_at",
    ),
    Table(
        "integrations.ConnectionEvent",
        _("what happened to a connection"),
        _("%(days)d days (OKEY_KEEP_EVENTS_DAYS)"),
        owner="owner",
        personal="text",
        other="id owner provider account kind tracking_id at",
    ),
    Table(
        "integrations.WebhookDelivery",
        _("that a provider says that somebody removed O-Key"),
        _("90 days at most"),
        personal="external_id external_account_id",
        opens="signature_hash",
        other="id " + CLAIM + "provider received_at happened_at is_late settled_at verdict",
    ),
    Table(
        "meetings.ProviderMeeting",
        _("a meeting at the provider, to change it there"),
        WITH_MEETING,
        owner="meeting__owner",
        personal="external_id join_url passcode",
        other="id meeting provider account connection generation lets_everyone_in synced_revision state gone_at "
        "created_at",
    ),
    Table(
        "meetings.LinkJob",
        _("what a provider still owes a meeting"),
        WITH_MEETING,
        owner="meeting__owner",
        personal="detail",
        other=TURN
        + "meeting waits_for_connection wanted_at request_id sent_at sent_through sent_generation generation "
        "problem tracking_id announced reminded_at",
    ),
    Table(
        "meetings.Watch",
        _("what was done to a meeting at the provider, so that the owner hears of it first"),
        WITH_MEETING,
        owner="provider_meeting__meeting__owner",
        personal="told found mailed",
        other=TURN + "provider_meeting heard heard_gone seen_at on_since on_heard_at",
    ),
    Table(
        "meetings.ProviderNews",
        _("that a provider says that a meeting was changed, deleted, begun or ended there"),
        _("two hours"),
        personal="external_id host_id account_id changes",
        other="id " + CLAIM + "mark provider told happened_at received_at settled_at",
    ),
    Table(
        "calendars.CalendarAccount",
        _("a calendar server that the owner connected; the password is sealed"),
        _("until it is disconnected"),
        owner="owner",
        personal="url user_name found addresses",
        opens="password",
        other="id owner source added_at",
    ),
    Table(
        "calendars.Calendar",
        _("a calendar that takes off times or takes meetings; its address is sealed"),
        _("until it is removed"),
        owner="owner",
        personal="url external_id name host addresses",
        opens="secret",
        other=TURN
        + "id owner source account own_zone can_write takes_meetings connection all_day tentative when_unread "
        "added_at read_at tried_at marks covers_until zone events skipped zoneless trouble failing_since told_at",
    ),
    Table(
        "calendars.BusyTime",
        _("when the owner is busy, without titles"),
        _("until it is over or the calendar goes"),
        owner="owner",
        personal="starts_at ends_at uid ref",
        other="id calendar owner kind uid_of_okey",
    ),
    Table(
        "calendars.Answer",
        _("that a calendar was asked for a time just now"),
        _("until it is asked again, minutes later"),
        owner="calendar__owner",
        personal="starts_at ends_at",
        other="id calendar answered_at",
    ),
    Table(
        "calendars.Subscription",
        _("that the owner's calendar is told of at its vendor's; its secret is hashed"),
        _("until the calendar is removed, or it ends"),
        owner="connection__owner",
        opens="secret_hash",
        other=TURN + "id calendar connection state external_id asked_at heard_at expires_at problem",
    ),
    Table(
        "meetings.CalendarEntry",
        _("a meeting's entry in the owner's own calendar"),
        WITH_MEETING,
        owner="meeting__owner",
        personal="known told found",
        other=TURN + "id meeting calendar owed written sent_at to_look problem",
    ),
)
