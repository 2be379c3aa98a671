"""What a worker does with a due row of each table. The work is in the modules named after it."""

from integrations import authorization, deauthorization, refreshing, upkeep
from integrations.models import AuthorizationAttempt, ProviderAccount, WebhookDelivery
from okey.lib.lanes import works

works(ProviderAccount, upkeep.work_on, seconds=refreshing.LEASE_SECONDS)
works(AuthorizationAttempt, authorization.work_on, seconds=authorization.LEASE_SECONDS)
works(WebhookDelivery, deauthorization.work_on, seconds=deauthorization.LEASE_SECONDS)
