"""The doctor's page, for administrators."""

from django.contrib.auth.decorators import login_required
from django.http import Http404, HttpResponse
from django.shortcuts import render
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_safe

from integrations import doctor
from integrations.doctor import Level
from okey.owners.http import OwnerRequest


@never_cache
@login_required
@require_safe
def page(request: OwnerRequest) -> HttpResponse:
    """Asks the provider and the broker, so it may take some seconds where they don't answer."""
    if not request.user.is_staff:
        raise Http404
    findings = doctor.examine()
    context = {
        "findings": findings,
        "bad": sum(finding.level is Level.BAD for finding in findings),
        "warnings": sum(finding.level is Level.WARNING for finding in findings),
    }
    return render(request, "integrations/doctor.html", context)
