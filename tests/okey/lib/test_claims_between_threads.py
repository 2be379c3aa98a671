"""The same, with threads that really run at once."""

from concurrent.futures import ThreadPoolExecutor
from threading import Barrier

import pytest
from django.db import connection
from django.utils import timezone

from okey.lib import claims
from okey.lib.claims import Claim
from okey.mails.models import Mail

THREADS = 12


@pytest.mark.django_db(transaction=True)
def test_of_many_threads_exactly_one_takes_a_row() -> None:
    mail = Mail.objects.create(to="alice@example.com", subject="Hello", text="", due_at=timezone.now())
    together = Barrier(THREADS)

    def take(_number: int) -> Claim[Mail] | None:
        together.wait(10)
        try:
            return claims.take(Mail, mail.pk, seconds=30)
        finally:
            connection.close()

    with ThreadPoolExecutor(THREADS) as pool:
        [claim] = filter(None, pool.map(take, range(THREADS)))
    row = claim.row()
    assert (row.claim, row.attempts) == (claim.token, 1)
