import okey.contacts.models
import timezone_field.fields
from django.db import migrations, models
from django.db.backends.base.schema import BaseDatabaseSchemaEditor
from django.db.migrations.state import StateApps
from okey.lib.folding import fold


def fill(apps: StateApps, _editor: BaseDatabaseSchemaEditor) -> None:
    """Contacts from before; saving fills the column of later ones."""
    contacts = apps.get_model("contacts", "Contact").objects
    for contact in contacts.iterator(chunk_size=500):
        text = fold("\n".join([contact.name, contact.email, contact.company, contact.phone]))
        contacts.filter(pk=contact.pk).update(searched=text)


class Migration(migrations.Migration):

    dependencies = [
        ('contacts', '0001_initial'),
    ]

    operations = [
        migrations.AddField(
            model_name='contact',
            name='searched',
            field=okey.contacts.models.SearchedField(default='', editable=False),
        ),
        migrations.AlterField(
            model_name='contact',
            name='email',
            field=models.EmailField(error_messages={'invalid': 'Enter a valid e-mail address.'}, max_length=254, verbose_name='e-mail address'),
        ),
        migrations.AlterField(
            model_name='contact',
            name='timezone',
            field=timezone_field.fields.TimeZoneField(blank=True, choices_display='WITH_GMT_OFFSET', help_text="Meetings with them also show the time there. Leave it empty if you don't know it.", verbose_name='time zone'),
        ),
        migrations.RunPython(fill, migrations.RunPython.noop, elidable=True),
    ]
