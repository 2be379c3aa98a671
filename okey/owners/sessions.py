"""Sessions of browsers that were signed in."""

from django.contrib.sessions.models import Session
from django.db.models import QuerySet
from django.utils import timezone


def old_sessions(limit: int) -> "QuerySet[Session]":
    """That have run out: nobody is signed in by them any more."""
    return Session.objects.filter(expire_date__lt=timezone.now()).order_by("expire_date")[:limit]
