"""Every page there is, in every state that it has: what `python -m dev.screenshots` photographs and
tests/browser/test_every_page.py looks at. tests/looks/test_every_address.py holds that no address is missing.
"""

from dataclasses import dataclass

NOBODY, ALICE, NEWCOMER, TROUBLED, ADMIN = "", "alice", "newcomer", "troubled", "admin"
#: Somebody with a second factor: signed in, and with the password alone so far.
GUARDED, HALFWAY = "guarded", "halfway"


@dataclass(frozen=True)
class Page:
    """`route`: its name in the URLconf. `path`: with {names} of world.World.ids. `who`: whose session."""

    name: str
    route: str
    path: str
    who: str = ALICE
    status: int = 200


def _rows(text: str, who: str = ALICE) -> list[Page]:
    """Lines of: name, route, path, and the status where it is not 200."""
    rows = [line.split() for line in text.strip().splitlines()]
    return [Page(row[0], row[1], row[2], who, int(row[3]) if len(row) > 3 else 200) for row in rows]


OWNERS = """
home                        home                    /
stored                      stored_data             /privacy/stored/
data                        personal_data           /settings/data/
data-close                  account_close           /settings/data/close/
contacts                    contacts                /contacts/
contacts-nothing-found      contacts                /contacts/?q=zzz
contacts-archived           contacts                /contacts/?show=archived
contact-new                 contact_new             /contacts/new/
contact                     contact                 /contacts/{contact}/
contact-archived            contact                 /contacts/{archived}/
contact-note                contact_note            /contacts/{contact}/notes/{note}/
contacts-tag                contacts                /contacts/?tag=garden
contact-edit                contact_edit            /contacts/{contact}/edit/
contact-archive             contact_archive         /contacts/{contact}/archive/
contact-erase               contact_erase           /contacts/{archived}/erase/
contact-merge-choose        contact_merge           /contacts/{contact}/merge/
contact-merge               contact_merge           /contacts/{contact}/merge/?with={archived}
contact-import              contact_import          /contacts/import/
contact-import-preview      contact_import_preview  /contacts/import/{upload}/
contact-import-left-out     contact_import_left_out /contacts/import/{imported}/left-out/
meetings                    meetings                /meetings/
meetings-past               meetings                /meetings/?show=past
meetings-nothing-found      meetings                /meetings/?q=zzz
meeting-new                 meeting_new             /meetings/new/
meeting-new-with            meeting_new             /meetings/new/?contact={contact}
meeting-new-series          meeting_new             /meetings/new/?contact={contact}&at=2026-12-22T10:00&every=1&times=6
series                      series                  /meetings/series/{series}/
meeting-in-series           meeting                 /meetings/{meeting_in_series}/
meeting-in-series-move      meeting_reschedule      /meetings/{meeting_in_series}/reschedule/?reach=following
meeting-in-series-cancel    meeting_cancel          /meetings/{meeting_in_series}/cancel/?reach=all
meeting-ready               meeting                 /meetings/{meeting}/
meeting-coming              meeting                 /meetings/{meeting_coming}/
meeting-unavailable         meeting                 /meetings/{meeting_unavailable}/
meeting-refused             meeting                 /meetings/{meeting_refused}/
meeting-gone                meeting                 /meetings/{meeting_gone}/
meeting-changed-there       meeting                 /meetings/{meeting_changed}/
meeting-renamed-there       meeting                 /meetings/{meeting_renamed}/
meeting-scope               meeting                 /meetings/{meeting_scope}/
meeting-linkless            meeting                 /meetings/{meeting_linkless}/
meeting-past                meeting                 /meetings/{meeting_past}/
meeting-cancelled           meeting                 /meetings/{meeting_cancelled}/
meeting-group               meeting                 /meetings/{meeting_group}/
meeting-guests              meeting                 /meetings/{meeting_guests}/
meeting-requested           meeting                 /meetings/{meeting_requested}/
meeting-approve             meeting_approve         /meetings/{meeting_requested}/approve/
meetings-requested          meetings                /meetings/?show=requested
meeting-entry-gone          meeting                 /meetings/{meeting_entry_gone}/
meeting-entry-moved         meeting                 /meetings/{meeting_entry_moved}/
meeting-entry-problem       meeting                 /meetings/{meeting_entry_problem}/
meeting-reschedule          meeting_reschedule      /meetings/{meeting}/reschedule/
meeting-cancel              meeting_cancel          /meetings/{meeting}/cancel/
meeting-answer              meeting_answer          /meetings/{meeting_coming}/answer/
invitation-close            invitation_close        /meetings/{meeting}/invitation/close/
week                        week                    /week/
settings                    settings                /settings/
security                    security                /settings/security/
hours                       meeting_times           /settings/meeting-times/
booking-settings            booking_settings        /settings/booking/
booking-preview             booking_preview         /settings/booking/preview/
types                       meeting_types           /settings/booking/types/
type-new                    meeting_type_new        /settings/booking/types/new/
type                        meeting_type            /settings/booking/types/{type_second}/
type-hours                  meeting_type_hours      /settings/booking/types/{type_second}/hours/
type-links                  single_use_links        /settings/booking/types/{type_once}/links/
messenger                   messenger_key           /settings/messenger/
feed                        feed                    /settings/feed/
conversations               conversations           /conversations/
conversations-all           conversations           /conversations/?show=all
conversation                conversation            /conversations/{conversation}/
conversation-waits          conversation            /conversations/{conversation_waits}/
calendars                   calendars               /settings/calendars/
calendar                    calendar                /settings/calendars/{calendar}/
calendar-server-connect     calendar_server_connect /settings/calendars/servers/connect/
calendar-server             calendar_server         /settings/calendars/servers/{calendar_account}/
webhooks                    webhooks                /settings/webhooks/
webhook                     webhook                 /settings/webhooks/{endpoint}/
webhook-edit                webhook_edit            /settings/webhooks/{endpoint}/edit/
webhook-remove              webhook_remove          /settings/webhooks/{endpoint}/remove/
api-tokens                  api_tokens              /settings/api-tokens/
api-token-revoke            api_token_revoke        /settings/api-tokens/{token}/revoke/
api-reference               api:openapi-view        /api/v1/docs
api-problems                api_problems            /api/v1/problems
oauth-consent               oauth_authorize         /oauth/authorize?{oauth}
oauth-refused               oauth_authorize         /oauth/authorize?client_id=nobody 400
attempt                     integrations:attempt    /integrations/attempts/{attempt}/
attempt-failed              integrations:attempt    /integrations/attempts/{attempt_scope_missing}/
attempt-declined            integrations:attempt    /integrations/attempts/{attempt_declined}/
disconnect                  integrations:disconnect /integrations/connections/{connection}/disconnect/
own-link                    integrations:link       /integrations/personal_link/link/
diary                       integrations:diary      /integrations/zoom/diary/
mails                       mails                   /mails/
mail                        mail                    /mails/{mail}/
password-change             account_change_password /accounts/password/change/
email-change                account_email           /accounts/email/
logout                      account_logout          /accounts/logout/
reauthenticate              account_reauthenticate  /accounts/reauthenticate/
organisation-again          organisation_again      /accounts/organisation/again/
totp-activate               mfa_activate_totp       /accounts/2fa/totp/activate/
passkey-add                 mfa_add_webauthn        /accounts/2fa/webauthn/add/
styleguide                  styleguide              /styleguide/
needs-a-button              meeting_retry           /meetings/{meeting}/retry/ 405
"""
NEWCOMERS = """
home-new                    home                    /
contacts-empty              contacts                /contacts/
meetings-empty              meetings                /meetings/
week-empty                  week                    /week/
conversations-empty         conversations           /conversations/
settings-new                settings                /settings/
booking-settings-new        booking_settings        /settings/booking/
webhooks-empty              webhooks                /settings/webhooks/
calendars-empty             calendars               /settings/calendars/
api-tokens-empty            api_tokens              /settings/api-tokens/
"""
IN_TROUBLE = """
home-reconnect              home                    /
settings-reconnect          settings                /settings/
meeting-reconnect           meeting                 /meetings/{meeting_lost}/
calendars-unread            calendars               /settings/calendars/
"""
WITH_A_SECOND_FACTOR = """
security-guarded            security                    /settings/security/
totp-deactivate             mfa_deactivate_totp         /accounts/2fa/totp/deactivate/
recovery-codes              mfa_view_recovery_codes     /accounts/2fa/recovery-codes/
recovery-codes-new          mfa_generate_recovery_codes /accounts/2fa/recovery-codes/generate/
passkey-rename              mfa_edit_webauthn           /accounts/2fa/webauthn/keys/{passkey}/edit/
passkey-remove              mfa_remove_webauthn         /accounts/2fa/webauthn/keys/{passkey}/remove/
reauthenticate-code         mfa_reauthenticate          /accounts/2fa/reauthenticate/
reauthenticate-passkey      mfa_reauthenticate_webauthn /accounts/2fa/webauthn/reauthenticate/
"""
AT_THE_SECOND_FACTOR = """
second-factor               mfa_authenticate            /accounts/2fa/authenticate/
"""
CLIENTS = """
client-ready                client_meeting          /m/{client_ready}/
client-coming               client_meeting          /m/{client_coming}/
client-cancelled            client_meeting          /m/{client_cancelled}/
client-cancel               client_cancel           /m/{client_ready}/cancel/
client-ask                  client_ask              /m/{client_ready}/ask/
client-seat                 client_meeting          /m/{seat}/
client-seat-left            client_meeting          /m/{seat_left}/
client-seat-cancel          client_cancel           /m/{seat}/cancel/
client-guest                client_meeting          /m/{client_guest}/
client-guest-cancel         client_cancel           /m/{client_guest}/cancel/
client-with-guests          client_meeting          /m/{named}/
client-requested            client_meeting          /m/{client_requested}/
client-withdraw             client_cancel           /m/{client_requested}/cancel/
client-move                 client_move             /m/{client_ready}/move/
book                        booking_page            /book/{public}/
book-type                   booking_page            /book/{public}/{slug}/
book-details                booking_details         /book/{public}/{slug}/details/?at={free}
book-group                  booking_page            /book/{public}/{slug_group}/
book-group-details          booking_details         /book/{public}/{slug_group}/details/?at={at_group}
book-guests-details         booking_details         /book/{public}/{slug_guests}/details/?at={at_guests}
book-approval-details       booking_details         /book/{public}/{slug_approval}/details/?at={at_guests}
book-once                   single_use_page         /once/{once}/
book-once-details           single_use_details      /once/{once}/details/?at={at_guests}
book-once-spent             single_use_page         /once/{once_spent}/ 404
book-taken                  booking_details         /book/{public}/{slug}/details/?at={taken} 409
book-embedded               embedded_page           /book/{public}/{slug}/embed/
book-embedded-details       embedded_details        /book/{public}/{slug}/embed/details/?at={free}
book-gone                   booking_page            /book/nobody-here/ 404
chat                        booking_chat            /book/{public}/chat/
chat-talk                   booking_talk            /book/{public}/chat/{talk}/
chat-booked                 booking_talk            /book/{public}/chat/{talk_booked}/
confirm                     booking_confirm         /booking/{unconfirmed}/
unasked                     unasked                 /unasked/{unasked}/
login                       account_login           /accounts/login/
organisation-over           organisation_back       /accounts/organisation/back/ 400
signup-closed               account_signup          /accounts/signup/
inactive                    account_inactive        /accounts/inactive/
email-sent                  account_email_verification_sent /accounts/confirm-email/
email-confirm               account_confirm_email   /accounts/confirm-email/nothing/
password-reset              account_reset_password  /accounts/password/reset/
password-reset-done         account_reset_password_done /accounts/password/reset/done/
password-from-key           account_reset_password_from_key /accounts/password/reset/key/1-none/
password-from-key-done      account_reset_password_from_key_done /accounts/password/reset/key/done/
came-back-unknown           integrations:unknown    /integrations/zoom/unknown/ 400
offline                     offline                 /offline/
help                        about_help              /help/
privacy                     about_privacy           /privacy/
terms                       about_terms             /terms/
support                     about_support           /support/
"""
ADMINS = """
admin                       admin:index             /admin/
admin-meetings              admin:meetings_meeting_changelist /admin/meetings/meeting/
doctor                      integrations:doctor     /integrations/doctor/
"""
ERRORS = [
    Page(f"error-{name}", "", f"/error/{name}/", NOBODY, int(name[:3]))
    for name in ("400", "403", "403_csrf", "404", "429", "500", "503", "503_slow")
]
PAGES = [
    *_rows(OWNERS),
    *_rows(NEWCOMERS, NEWCOMER),
    *_rows(IN_TROUBLE, TROUBLED),
    *_rows(WITH_A_SECOND_FACTOR, GUARDED),
    *_rows(AT_THE_SECOND_FACTOR, HALFWAY),
    *_rows(CLIENTS, NOBODY),
    *_rows(ADMINS, ADMIN),
    *ERRORS,
]
#: Addresses that show no page, by how their names begin, and why. Those that only take forms (405) need no line.
NO_PAGE = {
    "admin:": "Django's own pages, but for the two above",
    "api:": "JSON for programs",
    "health": "one word for machines",
    "metrics": "figures for Prometheus",
    "manifest": "JSON for phones",
    "service_worker": "a script",
    "embed_script": "a script",
    "booking_colours": "a stylesheet",
    "booking_picture": "a picture",
    "favicon.ico": "leads to the icon",
    "zones": "options of a list",
    "oauth_token": "JSON for programs",
    "oauth_revoke": "JSON for programs",
    "oauth_register": "JSON for programs",
    ".well-known": "JSON for programs",
    "^\\.well-known": "JSON for programs",
    "mcp": "JSON for programs",
    "zoom_proof": "one word for Zoom",
    "google_proof": "one word for Google",
    "calendar_feed": "a calendar file",
    "client_calendar": "a calendar file",
    "mail_calendar": "a calendar file",
    "mail_html": "a mail as it was sent, within the frame of its page",
    "booking_free_times": "JSON for scripts",
    "contact_import_template": "a file",
    "contact_import_left_out_file": "a file",
    "contact_export": "a file",
    "meeting_link": "a part of the meeting's page",
    "client_state": "a part of the meeting's page for its client",
    "integrations:section": "a part of the settings' page",
    "client_join": "leads to the meeting",
    "booking_talk_news": "a part of the conversation's page, empty while nothing is new",
    "booking_messenger": "JSON for messengers",
    "mfa_index": "leads to the security page",
    "mfa_list_webauthn": "leads to the security page",
    "account_set_password": "leads to the change of password",
    "mfa_download_recovery_codes": "a file",
    "mfa_login_webauthn": "JSON for scripts",
    "calendars_at": "wants a vendor that is signed in to; walked through in tests/browser/test_calendars.py",
    "integrations:attempt_status": "a part of the attempt's page",
    "integrations:attempt_over": "leads back to where it was begun",
    "integrations:callback": "leads on",
    "integrations:approved": "a way back from a vendor; tests/integrations",
    "integrations:returned": "a way back from a vendor; tests/integrations",
    "integrations:to_app": "a way back to a phone app; tests/integrations",
    "integrations:app_ended": "a way back to a phone app; tests/integrations",
    "integrations:stateless": "leads to settings",
}
