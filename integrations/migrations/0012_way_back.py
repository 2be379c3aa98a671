from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [('integrations', '0011_claims')]

    operations = [
        migrations.AlterField(
            model_name="authorizationattempt",
            name="return_to",
            field=models.CharField(blank=True, db_default="", default="", max_length=300),
        ),
    ]
