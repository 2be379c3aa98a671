from django.db import migrations, models

from okey.lib.large_migrations import AddIndexMeanwhile


class Migration(migrations.Migration):
    atomic = False  # as its operation must be

    dependencies = [
        ('meetings', '0027_made_elsewhere'),
    ]

    operations = [
        AddIndexMeanwhile(
            model_name="providermeeting",
            index=models.Index(
                fields=["external_id"],
                condition=~models.Q(external_id=""),
                name="provider_meetings_by_their_id",
            ),
        ),
    ]
