"""O-Key's addresses, and the pages of errors at addresses of their own."""

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.urls import path

from okey.urls import urlpatterns as all_of_okey

#: Rendered without a context, as Django's own views of them nearly do.
ERRORS = ("400", "403", "403_csrf", "404", "429", "500", "503", "503_slow")


def error(request: HttpRequest, name: str) -> HttpResponse:
    return render(request, f"{name}.html", status=int(name[:3]))


urlpatterns = [*all_of_okey, *(path(f"error/{name}/", error, {"name": name}) for name in ERRORS)]
