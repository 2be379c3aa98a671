"""Mails that do not go out, for administrators."""

from django.db.models import QuerySet

from okey.mails.models import Mail

#: So many of the newest are looked at for those that were given up: no index knows them.
READ = 10_000


def tried_again() -> "QuerySet[Mail]":
    """The mail server did not take them yet."""
    return Mail.objects.filter(due_at__isnull=False, attempts__gte=1).exclude(last_error="")


def given_up() -> "QuerySet[Mail]":
    """Of the newest mails, those that never went out though nobody held them back."""
    lost = Mail.objects.filter(due_at=None, sent_at=None, not_sent="")
    newest = Mail.objects.order_by("-created_at", "-pk").values_list("created_at", flat=True)
    older = newest[READ : READ + 1].first()
    return lost.filter(created_at__gt=older) if older else lost
