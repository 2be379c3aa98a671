"""What is forgotten of connections after some time (okey.lib.retention)."""

from datetime import timedelta

from django.conf import settings
from django.db.models import QuerySet
from django.utils import timezone

from integrations.models import AuthorizationAttempt, ConnectionEvent


def old_attempts(limit: int) -> "QuerySet[AuthorizationAttempt]":
    """That are over, whatever came of them; their secrets went long before."""
    before = timezone.now() - timedelta(days=settings.OKEY_KEEP_ATTEMPTS_DAYS)
    return AuthorizationAttempt.objects.filter(due_at=None, created_at__lt=before).order_by("created_at")[:limit]


def old_events(limit: int) -> "QuerySet[ConnectionEvent]":
    before = timezone.now() - timedelta(days=settings.OKEY_KEEP_EVENTS_DAYS)
    return ConnectionEvent.objects.filter(at__lt=before).order_by("at")[:limit]
