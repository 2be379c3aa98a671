from django.db import migrations, models

from okey.lib.large_migrations import AddIndexMeanwhile


class Migration(migrations.Migration):
    atomic = False  # as its operation must be

    dependencies = [
        ('meetings', '0024_meeting_types'),
    ]

    operations = [
        AddIndexMeanwhile(
            model_name="meeting",
            index=models.Index(
                condition=models.Q(("meeting_type__isnull", False)),
                fields=["meeting_type", "starts_at"],
                name="meetings_of_a_type",
            ),
        ),
    ]
