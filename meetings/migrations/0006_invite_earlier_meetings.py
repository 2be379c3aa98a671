"""Meetings that were there before invitations get a page for the client, and no mail that nobody asked for."""

from django.db import migrations
from django.db.models import Exists, OuterRef

BATCH = 500


def invite(apps, schema_editor):
    Meeting = apps.get_model("meetings", "Meeting")
    Invitation = apps.get_model("meetings", "Invitation")
    mine = Invitation.objects.filter(meeting=OuterRef("pk"))
    without = Meeting.objects.filter(~Exists(mine)).values_list("pk", "contact_id", "contact__email")
    rows = (
        Invitation(meeting_id=pk, contact_id=contact, email=email, is_mailed=False)
        for pk, contact, email in list(without)
    )
    Invitation.objects.bulk_create(rows, batch_size=BATCH)


class Migration(migrations.Migration):
    dependencies = [('meetings', '0005_invitation_mails')]

    operations = [migrations.RunPython(invite, migrations.RunPython.noop)]
