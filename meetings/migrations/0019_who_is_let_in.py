from django.db import migrations, models


class Migration(migrations.Migration):

    dependencies = [
        ('meetings', '0018_ends_of_meetings'),
    ]

    operations = [
        migrations.AddField("providermeeting", "lets_everyone_in", models.BooleanField(null=True)),
    ]
