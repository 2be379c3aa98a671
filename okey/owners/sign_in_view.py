"""allauth's sign-in page, with the status that says when there is another try."""

from typing import Any

from allauth.account.views import LoginView
from django.conf import settings
from django.http import HttpResponse

from okey.owners.adapter import RETRY_SECONDS


class SignInView(LoginView):  # type: ignore[misc]  # allauth has no types
    def get_context_data(self, **kwargs: Any) -> dict[str, Any]:
        return {**super().get_context_data(**kwargs), "is_open": settings.OKEY_OPEN_SIGN_UP}

    def form_invalid(self, form: Any) -> HttpResponse:
        response: HttpResponse = super().form_invalid(form)
        seconds = self.request.META.get(RETRY_SECONDS)
        if seconds:
            response.status_code = 429
            response["Retry-After"] = str(seconds)
        return response
