"""What load balancers and orchestrators ask. Who asks may be anybody: the answers name parts, and nothing of them."""

from collections.abc import Callable
from functools import cache

import redis
from django.conf import settings
from django.db import DatabaseError, connection
from django.db.migrations.loader import MigrationLoader
from django.db.migrations.recorder import MigrationRecorder
from django.http import HttpRequest, HttpResponse, JsonResponse
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_safe
from redis.backoff import NoBackoff
from redis.retry import Retry

from integrations.doctor import echo
from okey.lib.outage import RETRY_SECONDS

#: Twice this is how long the broker may take: to connect, and to answer.
BROKER_SECONDS = 0.25


@require_safe
@never_cache
def live(request: HttpRequest) -> HttpResponse:
    """200 while this process answers at all. It asks nothing: a restart mends no database. The doctor learns more."""
    if (said := echo.answer_to(request)) is not None:
        return JsonResponse(said)
    return HttpResponse("ok", content_type="text/plain")


@require_safe
@never_cache
def ready(_request: HttpRequest) -> JsonResponse:
    """200 where all that O-Key stands on is there; else 503 and which of it is not."""
    reasons = [name for name, is_there in PARTS.items() if not is_there()]
    response = JsonResponse({"ready": not reasons, "reasons": reasons}, status=503 if reasons else 200)
    if reasons:
        response["Retry-After"] = str(RETRY_SECONDS)
    return response


def _database() -> bool:
    try:
        with connection.cursor() as cursor:
            cursor.execute("SELECT 1")
    except DatabaseError:
        return False
    return True


def _migrations() -> bool:
    """One question; where the database does not answer, that is what is said."""
    try:
        applied = set(MigrationRecorder.Migration.objects.values_list("app", "name"))
    except DatabaseError:
        return not _database()
    return _known() <= applied


@cache
def _known() -> frozenset[tuple[str, str]]:
    """The migrations that this code has; squashed ones count as what they replace."""
    loader = MigrationLoader(None)
    return frozenset(loader.graph.nodes)


def _broker() -> bool:
    try:
        client = redis.Redis.from_url(
            settings.REDIS_URL,
            socket_connect_timeout=BROKER_SECONDS,
            socket_timeout=BROKER_SECONDS,
            retry=Retry(NoBackoff(), 0),
        )
        with client:
            return bool(client.ping())
    except (redis.RedisError, OSError, ValueError):
        return False


PARTS: dict[str, Callable[[], bool]] = {"database": _database, "migrations": _migrations, "broker": _broker}
