from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [
        ("mails", "0005_secret_mails"),
    ]

    operations = [
        migrations.AddField(
            model_name="mail",
            name="from_name",
            field=models.CharField(
                blank=True, db_default="", default="", max_length=200, verbose_name="sent in the name of"
            ),
        ),
    ]
