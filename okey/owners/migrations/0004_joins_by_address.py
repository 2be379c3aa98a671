from django.db import migrations, models


class Migration(migrations.Migration):

    dependencies = [
        ('owners', '0003_owner_closed_at'),
    ]

    operations = [
        migrations.AddField(
            model_name='owner',
            name='joins_by_address',
            field=models.BooleanField(db_default=True, default=True, editable=False),
        ),
    ]
