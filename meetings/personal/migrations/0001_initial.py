import django.db.models.deletion
from django.conf import settings
from django.db import migrations, models


class Migration(migrations.Migration):

    initial = True

    dependencies = [
        ('owners', '0003_owner_closed_at'),
    ]

    operations = [
        migrations.CreateModel(
            name='Closing',
            fields=[
                ('due_at', models.DateTimeField(blank=True, db_index=True, editable=False, null=True)),
                ('claim', models.UUIDField(blank=True, editable=False, null=True)),
                ('claimed_until', models.DateTimeField(blank=True, editable=False, null=True)),
                ('attempts', models.PositiveIntegerField(default=0, editable=False)),
                ('owner', models.OneToOneField(on_delete=django.db.models.deletion.CASCADE, primary_key=True, related_name='closing', serialize=False, to=settings.AUTH_USER_MODEL)),
                ('settled_at', models.DateTimeField(blank=True, editable=False, null=True, verbose_name='everything ended')),
            ],
            options={
                'verbose_name': 'closed account',
                'verbose_name_plural': 'closed accounts',
            },
        ),
    ]
