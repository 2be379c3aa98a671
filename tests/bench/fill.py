"""A PostgreSQL database of any size, as O-Key would leave it: owners, contacts, meetings and all that belongs to them.

`fill(meetings)` fills an empty, migrated database: an owner for every 20 meetings, and one (HEAVY) with a fiftieth of
them all. One in 40 meetings is still to come. A million take about a minute or two.
"""

from dataclasses import dataclass

from django.apps import apps
from django.db import connection

from integrations.models import ProviderAccount
from okey.lib.sealing import seal

HEAVY, ORDINARY, ADMIN = "heavy@example.com", "owner7@example.com", "admin@example.com"
MEETINGS_AN_OWNER = 20


@dataclass(frozen=True)
class Size:
    meetings: int

    @property
    def owners(self) -> int:
        return max(20, self.meetings // MEETINGS_AN_OWNER)

    @property
    def of_the_heavy_one(self) -> int:
        return self.meetings // 50


#: Table and SELECT, in order. `{m}` meetings in all, `{o}` owners, `{h}` meetings of the heavy owner, who is number 0.
ROWS = (
    (
        "owners.Owner",
        "id, email, name, password, is_superuser, timezone, language, meeting_providers_enabled, is_active, is_staff,"
        " date_joined",
        """SELECT md5('owner' || n)::uuid,
        CASE n WHEN 0 THEN 'heavy@example.com' ELSE 'owner' || n || '@example.com' END,
        'Owner ' || initcap(substr(md5(n::text), 1, 6)), '!', false, 'Europe/Berlin', 'en', true, true, false, now()
        FROM generate_series(0, {o} - 1) n""",
    ),
    (
        "contacts.Contact",
        "id, owner_id, name, email, phone, company, timezone, notes, created_at, updated_at, searched",
        """SELECT md5('contact' || o || '/' || c)::uuid, md5('owner' || o)::uuid,
        'Client ' || o || ' ' || c, 'client' || o || '.' || c || '@example.org', '', 'Acme', '', '', now(), now(),
        'client ' || o || ' ' || c || E'\\nclient' || o || '.' || c || E'@example.org\\nacme\\n'
        FROM generate_series(0, {o} - 1) o,
        generate_series(0, CASE o WHEN 0 THEN GREATEST({h} / 5, 4) - 1 ELSE 3 END) c""",
    ),
    (
        "meetings.Meeting",
        "id, owner_id, contact_id, title, agenda, starts_at, minutes, ends_at, timezone, source, provider, no_link,"
        " revision, join_url, passcode, created_at, searched, cancelled_at",
        """SELECT md5('meeting' || n)::uuid, md5('owner' || o)::uuid,
        md5('contact' || o || '/' || n % CASE o WHEN 0 THEN GREATEST({h} / 5, 4) ELSE 4 END)::uuid,
        'Kick-off ' || substr(md5(n::text), 1, 4), '', starts, 30, starts + interval '30 minutes',
        'Europe/Berlin', 'crm',
        CASE WHEN n % 10 = 3 THEN '' ELSE 'zoom' END, CASE WHEN n % 10 = 3 THEN 'chosen' ELSE '' END, 1,
        CASE WHEN n % 10 = 3 THEN '' ELSE 'https://us02web.zoom.us/j/' || n END, '', starts - interval '7 days',
        'kick-off ' || substr(md5(n::text), 1, 4), CASE WHEN n % 25 = 4 THEN starts - interval '1 day' END
        FROM (
            SELECT n, CASE WHEN n % 50 = 0 THEN 0 ELSE 1 + (n::bigint * 7919) % ({o} - 1) END o,
            date_trunc('hour', now()) + CASE WHEN n % 40 = 0 THEN interval '1 hour' ELSE interval '-1 hour' END
            + CASE WHEN n % 40 = 0 THEN interval '30 days' ELSE interval '-1000 days' END
            * ((n::bigint * 104729) % 9973 / 9973.0) AS starts
            FROM generate_series(0, {m} - 1) n
        ) numbered""",
    ),
    (
        "meetings.LinkJob",
        "meeting_id, attempts, generation, problem, detail, tracking_id, announced",
        """SELECT md5('meeting' || n)::uuid, 1, 1, CASE WHEN n % 400 = 1 THEN 'refused' ELSE '' END, '', '', ''
        FROM generate_series(0, {m} - 1) n""",
    ),
    (
        "meetings.Invitation",
        "id, meeting_id, contact_id, token, email, is_address_confirmed, is_mailed, created_at, attempts, resends,"
        " told_resends, told_title, told_cancelled, last_error, told_revision, told_at, invited_at",
        """SELECT md5('invitation' || id)::uuid, id, contact_id, md5('token' || id), 'client@example.org', true, true,
        created_at, 1, 0, 0, title, false, '', 1, created_at, created_at FROM meetings_meeting""",
    ),
    (
        "meetings.ProviderMeeting",
        "id, meeting_id, provider, external_id, generation, join_url, passcode, synced_revision, state, created_at",
        """SELECT md5('made' || id)::uuid, id, provider, join_url, 1, join_url, '', 1, 'current', created_at
        FROM meetings_meeting WHERE provider <> ''""",
    ),
    (
        "meetings.MeetingEvent",
        "meeting_id, owner_id, kind, text, tracking_id, at",
        """SELECT id, owner_id, kind, 'What happened.', '', created_at
        FROM (SELECT id, owner_id, created_at FROM meetings_meeting ORDER BY created_at) happened,
        unnest(ARRAY['scheduled', 'invited', 'link_ready']) kind""",
    ),
    (
        "integrations.ProviderAccount",
        "id, provider, external_id, external_account_id, email, display_name, scopes, state, grant_no, pair_no,"
        " granted_at, refreshed_at, expires_at, lost_why, last_error, created_at, attempts",
        """SELECT md5('account' || n)::uuid, 'zoom', 'user' || n, '', 'zoom' || n || '@example.com', 'Zoom user',
        'meeting:write:meeting user:read:user', 'ended', 1, 1, now(), now(), now(), '', '', now(), 0
        FROM generate_series(0, {o} * 2 / 5 - 1) n""",
    ),
    (
        "integrations.Connection",
        "id, owner_id, provider, account_id, link, is_default, connected_at, ended_why, announced",
        """SELECT md5('connection' || n)::uuid, md5('owner' || n)::uuid, 'zoom', md5('account' || n)::uuid, '', true,
        now() - n * interval '1 minute', '', '' FROM generate_series(0, {o} * 2 / 5 - 1) n""",
    ),
    (
        "integrations.ConnectionEvent",
        "owner_id, provider, account_id, kind, text, tracking_id, at",
        """SELECT md5('owner' || n)::uuid, 'zoom', md5('account' || n)::uuid, kind, 'What happened.', '',
        now() - n * interval '1 minute'
        FROM generate_series(0, {o} * 2 / 5 - 1) n, unnest(ARRAY['connected', 'refreshed', 'refreshed']) kind""",
    ),
    (
        "integrations.AuthorizationAttempt",
        "id, owner_id, provider, state_hash, scopes, in_popup, return_to, status, outcome, detail, became_default,"
        " created_at, attempts",
        """SELECT md5('attempt' || n)::uuid, md5('owner' || n)::uuid, 'zoom', md5('state' || n), '', true, 'settings',
        'done', 'connected', '', true, now() - n * interval '1 minute', 0 FROM generate_series(0, {o} * 2 / 5 - 1) n""",
    ),
    (
        "mails.Mail",
        '"id", "to", "subject", "text", "created_at", "sent_at", "last_error", "attempts"',
        """SELECT md5('mail' || n)::uuid, 'owner' || n % {o} || '@example.com', 'Subject', 'Text',
        now() - n * interval '1 minute', now(), '', 1 FROM generate_series(0, {m} / 5) n""",
    ),
    (
        "webhooks.Endpoint",
        "id, owner_id, url, description, events, created_at, disabled_why, failures",
        """SELECT md5('endpoint' || n)::uuid, md5('owner' || n)::uuid, 'https://example.com/hook', '',
        'meeting.scheduled', now() - n * interval '1 minute', '', 0 FROM generate_series(0, {o} / 5) n""",
    ),
    (
        "webhooks.Event",
        "id, owner_id, type, data, at, attempts",
        """SELECT md5('event' || n)::uuid, md5('owner' || CASE n % 50 WHEN 0 THEN 0 ELSE n % ({o} / 5) END)::uuid,
        'meeting.scheduled', '{{}}', now() - n * interval '1 second', 0 FROM generate_series(0, {m} / 4) n""",
    ),
    (
        "webhooks.Delivery",
        "id, endpoint_id, event_id, state, created_at, give_up_at, trouble, excerpt, attempts",
        """SELECT md5('delivery' || n)::uuid, md5('endpoint' || CASE n % 50 WHEN 0 THEN 0 ELSE n % ({o} / 5) END)::uuid,
        md5('event' || n)::uuid, 'delivered', now() - n * interval '1 second', now(), '', '', 1
        FROM generate_series(0, {m} / 4) n""",
    ),
    (
        "meetings.MeetingSettings",
        "owner_id, slot_minutes, buffer_before_minutes, buffer_after_minutes, notice_minutes, horizon_days,"
        " has_own_hours, reminds_day_before, reminds_hour_before",
        "SELECT id, 30, 0, 0, 240, 60, true, true, true FROM owners_owner",
    ),
    (
        "meetings.WorkingHours",
        "owner_id, weekday, starts, ends",
        "SELECT id, day, '09:00', '17:00' FROM owners_owner, generate_series(0, 4) day",
    ),
    (
        "booking.BookingSettings",
        "owner_id, public_name, is_page_on, is_bot_on, confirms_addresses, embeds_on",
        "SELECT id, split_part(email, '@', 1), true, true, false, '[]' FROM owners_owner",
    ),
)


def fill(meetings: int) -> None:
    fill_rows(meetings)
    _seal_tokens()
    with connection.cursor() as cursor:
        cursor.execute("VACUUM ANALYZE")


def fill_rows(meetings: int) -> None:
    """All but tokens. It names only columns that the release before had: tests/bench/migrations.py fills its tables."""
    size = Size(meetings)
    numbers = {"m": size.meetings, "o": size.owners, "h": size.of_the_heavy_one}
    with connection.cursor() as cursor:
        cursor.execute("SET synchronous_commit = off")
        cursor.execute("SET session_replication_role = replica")  # foreign keys are right by construction
        for model, columns, select in ROWS:
            table = apps.get_model(model)._meta.db_table
            cursor.execute(f"INSERT INTO {table} ({columns}) {select.format(**numbers)}")
        cursor.execute("SET session_replication_role = origin")
        cursor.execute("VACUUM ANALYZE")


def _seal_tokens() -> None:
    """Of each account for itself: a sealed value opens in its own row only."""
    accounts = list(ProviderAccount.objects.only("id", "state"))
    for account in accounts:
        account.tokens = seal(ProviderAccount, "tokens", '{"access_token": "a", "refresh_token": "r"}', row=account.pk)
        account.state = ProviderAccount.State.LIVE
    ProviderAccount.objects.bulk_update(accounts, ["tokens", "state"], batch_size=1000)
