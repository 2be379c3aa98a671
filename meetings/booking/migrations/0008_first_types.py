from typing import Any

from django.db import migrations

from okey.lib.large_migrations import RunInBatches


def settings_become_first_types(apps: Any, booked: Any) -> None:
    """Who could be booked has one type, which is as their hours and rules say: the page stays as it was."""
    types = apps.get_model("meetings", "MeetingType").objects.using(booked.db)
    owners = booked.exclude(owner__in=types.values("owner")).values_list("owner", flat=True)
    types.bulk_create(
        [types.model(owner_id=owner, name="Meeting", slug="meeting") for owner in owners], ignore_conflicts=True
    )


class Migration(migrations.Migration):
    atomic = False  # in batches

    dependencies = [
        ('booking', '0007_meeting_types'),
        ('meetings', '0024_meeting_types'),
    ]

    # Backwards nothing is lost: the settings that types were made from are untouched.
    operations = [RunInBatches("booking.BookingSettings", settings_become_first_types)]
