"""allauth's sign-in page, with the status that says when there is another try."""

from typing import Any

from allauth.account.views import LoginView
from django.http import HttpResponse

from okey.owners.adapter import RETRY_SECONDS


class SignInView(LoginView):  # type: ignore[misc]  # allauth has no types
    def form_invalid(self, form: Any) -> HttpResponse:
        response: HttpResponse = super().form_invalid(form)
        seconds = self.request.META.get(RETRY_SECONDS)
        if seconds:
            response.status_code = 429
            response["Retry-After"] = str(seconds)
        return response
