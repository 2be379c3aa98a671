from django.db import migrations, models


class Migration(migrations.Migration):

    dependencies = [
        ('contacts', '0006_tags_and_notes'),
    ]

    operations = [
        migrations.AddField(
            model_name='contact',
            name='language',
            field=models.CharField(blank=True, db_default='', default='', editable=False, max_length=10),
        ),
    ]
