from django.db import migrations
from django.db.backends.base.schema import BaseDatabaseSchemaEditor
from django.db.migrations.state import StateApps
from django.db.models import Max, OuterRef, Subquery

from okey.lib.folding import fold

BATCH = 2000


def fill_titles(apps: StateApps, _editor: BaseDatabaseSchemaEditor) -> None:
    """Meetings from before; each batch is committed by itself, so that nobody waits long for a row."""
    meetings = apps.get_model("meetings", "Meeting").objects
    last = None
    while True:
        following = meetings.order_by("pk") if last is None else meetings.filter(pk__gt=last).order_by("pk")
        rows = list(following.only("pk", "title")[:BATCH])
        if not rows:
            return
        titles: dict[str, list[object]] = {}
        for row in rows:
            titles.setdefault(row.title, []).append(row.pk)
        for title, keys in titles.items():
            # Only what is as it was read: a title that changes meanwhile is folded by whoever changes it.
            meetings.filter(pk__in=keys, title=title).update(searched=fold(title))
        last = rows[-1].pk


def fill_owners(apps: StateApps, _editor: BaseDatabaseSchemaEditor) -> None:
    events, meetings = (apps.get_model("meetings", name).objects for name in ("MeetingEvent", "Meeting"))
    end = events.aggregate(end=Max("pk"))["end"] or 0
    owner = meetings.filter(pk=OuterRef("meeting_id")).values("owner_id")
    for start in range(0, end, BATCH):
        some = events.filter(pk__gt=start, pk__lte=start + BATCH, owner=None)
        some.update(owner_id=Subquery(owner))


class Migration(migrations.Migration):
    atomic = False  # in batches

    dependencies = [('meetings', '0016_lists_at_size')]

    operations = [
        migrations.RunPython(fill_titles, migrations.RunPython.noop, elidable=True),
        migrations.RunPython(fill_owners, migrations.RunPython.noop, elidable=True),
    ]
