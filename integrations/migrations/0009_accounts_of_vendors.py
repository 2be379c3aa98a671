"""An account is one at a vendor: nothing changes in the database, as each vendor served one provider of the same name.
And an owner may choose that people with the link come in.
"""

from django.db import migrations, models

UNIQUE = "one_account_per_provider_user"


class Migration(migrations.Migration):

    dependencies = [
        ('integrations', '0008_lists_at_size'),
    ]

    operations = [
        migrations.SeparateDatabaseAndState(
            state_operations=[
                migrations.RemoveConstraint("provideraccount", UNIQUE),
                migrations.RenameField("provideraccount", "provider", "vendor"),
                migrations.AlterField(
                    "provideraccount",
                    "vendor",
                    models.SlugField(db_column="provider", db_index=False, max_length=30, verbose_name="vendor"),
                ),
                migrations.AddConstraint(
                    "provideraccount",
                    models.UniqueConstraint(fields=("vendor", "external_id"), name=UNIQUE),
                ),
            ],
        ),
        migrations.AddField(
            "connection",
            "lets_everyone_in",
            models.BooleanField(db_default=False, default=False, verbose_name="people with the link come in"),
        ),
    ]
