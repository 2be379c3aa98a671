from typing import Any

from django.db import migrations

from okey.lib.large_migrations import RunInBatches


def allow(_apps: Any, calendars: Any) -> None:
    """Whose first calendar it is may write there; of others that is seen when they are chosen anew."""
    calendars.filter(external_id="primary").update(can_write=True)


class Migration(migrations.Migration):
    atomic = False  # in batches

    dependencies = [("calendars", "0001_owners_calendars")]
    operations = [RunInBatches("calendars.Calendar", allow)]
