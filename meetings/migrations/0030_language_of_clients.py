from django.db import migrations, models


class Migration(migrations.Migration):

    dependencies = [
        ('meetings', '0029_seats'),
    ]

    operations = [
        migrations.AddField(
            model_name='invitation',
            name='language',
            field=models.CharField(blank=True, db_default='', default='', editable=False, max_length=10),
        ),
    ]
