from django.db import migrations, models

from okey.lib.large_migrations import AddIndexMeanwhile


class Migration(migrations.Migration):

    atomic = False  # the indexes are made while others write

    dependencies = [
        ('meetings', '0030_language_of_clients'),
    ]

    operations = [
        AddIndexMeanwhile(
            model_name='meeting',
            index=models.Index(condition=models.Q(('series__isnull', False)), fields=['series', 'starts_at'], name='meetings_of_a_series'),
        ),
        AddIndexMeanwhile(
            model_name='invitation',
            index=models.Index(condition=models.Q(('request_key__isnull', False)), fields=['request_key'], name='invitations_by_request'),
        ),
        AddIndexMeanwhile(
            model_name='meeting',
            index=models.Index(condition=models.Q(('approval_until__isnull', False)), fields=['owner', 'approval_until'], name='meetings_to_approve'),
        ),
    ]
