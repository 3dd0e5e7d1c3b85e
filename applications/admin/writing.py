"""From the list of applications to a letter to those who were selected."""

from __future__ import annotations

from typing import Any

from django.contrib import messages
from django.db.models import QuerySet
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.urls import reverse
from django.utils import timezone

from programmes.domain import letters
from programmes.domain.refused import Refused
from programmes.models import Programme


def begin(request: HttpRequest, chosen: QuerySet[Any]) -> HttpResponse:
    """Begin a letter to the applicants ``chosen``, of one programme, and go to its draft; else say why not."""
    rows = list(chosen.order_by("reference").values_list("pk", "programme")[: letters.LIMIT + 1])
    programmes = {programme for _, programme in rows}
    try:
        if not rows:
            raise Refused("Nobody of those you chose is on this list any more. Choose again.")
        if len(programmes) > 1:
            raise Refused(
                "A letter goes to the applicants of one programme. Choose a programme in the filter first."
            )
        programme = Programme.objects.select_related("academy").get(pk__in=programmes)
        letter = letters.write(
            programme, [f"application:{pk}" for pk, _ in rows], user=request.user, now=timezone.now()
        )
    except Refused as refused:
        messages.error(request, refused.sentence)
        return HttpResponseRedirect(request.get_full_path())
    return HttpResponseRedirect(reverse("admin:programmes_letter_change", args=[letter.pk]))
