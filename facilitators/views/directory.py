"""The directory of facilitators, for those of the same programmes."""

from __future__ import annotations

from django.core.paginator import Paginator
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.urls import reverse

from facilitators.domain.people import directory as people
from facilitators.forms.own import SearchForm
from facilitators.models import Facilitator
from facilitators.views.access import facilitator_page
from programmes.models import IntegratedCareSystem

PER_PAGE = 20


@facilitator_page
def directory(request: HttpRequest, facilitator: Facilitator, *, token: str) -> HttpResponse:
    """Those who agreed to be shown to facilitators of their programmes, narrowed by what is looked for."""
    programmes = people.programmes_of(facilitator)
    systems = list(
        IntegratedCareSystem.objects.filter(facilitators__in_directory_since__isnull=False).distinct()
    )
    form = SearchForm(request.GET, programmes=programmes, systems=systems)
    found = Paginator(people.search(programmes, form.wanted), PER_PAGE)
    page = found.get_page(request.GET.get("page"))
    query = request.GET.copy()
    query.pop("page", None)
    address = reverse("facilitator_directory", args=[token])

    def at(number: int) -> str:
        query["page"] = str(number)
        return f"{address}?{query.urlencode()}"

    context = {
        "facilitator": facilitator,
        "token": token,
        "form": form,
        "programmes": programmes,
        "page": page,
        "total": found.count,
        "narrowed": any(request.GET.get(name) for name in form.fields),
        "narrowed_further": any(request.GET.get(name) for name in form.fields if name != "words"),
        "previous_url": at(page.previous_page_number()) if page.has_previous() else "",
        "next_url": at(page.next_page_number()) if page.has_next() else "",
        "back_url": reverse("facilitator", args=[token]),
        "back_text": "Back to your page",
    }
    return render(request, "facilitators/directory.html", context, using="pages")
