from django.db import migrations, models

from okey.lib.large_migrations import AddIndexMeanwhile, RemoveIndexMeanwhile


class Migration(migrations.Migration):
    atomic = False  # as its operations must be

    dependencies = [
        ('meetings', '0022_calendar_entries'),
    ]

    operations = [
        AddIndexMeanwhile(
            model_name="meeting",
            index=models.Index(
                fields=["owner", "starts_at"],
                include=["id", "ends_at", "cancelled_at"],
                name="meetings_in_order",
            ),
        ),
        RemoveIndexMeanwhile(model_name="meeting", name="meetings_of_an_owner"),
    ]
