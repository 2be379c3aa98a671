from django.db import migrations, models


class Migration(migrations.Migration):

    dependencies = [
        ('owners', '0002_support_role'),
    ]

    operations = [
        migrations.AddField(
            model_name='owner',
            name='closed_at',
            field=models.DateTimeField(blank=True, editable=False, null=True, verbose_name='closed'),
        ),
    ]
