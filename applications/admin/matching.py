"""Which listed organisation an applicant meant who typed a name."""

from __future__ import annotations

import functools
import operator
from typing import Any

from django import forms
from django.db.models import Q, QuerySet
from django.http import HttpRequest, HttpResponse
from django.utils import timezone

from applications.domain import matching
from applications.models import Application
from programmes.admin.pages import Crumb, VerbForm, VerbPage, sent
from programmes.domain.refused import Refused
from programmes.domain.wording import plural
from programmes.models import Organisation

SHOWN = 30
# Words that say nothing of which organisation it is.
_COMMON = {"and", "the", "of", "for", "nhs", "trust", "foundation", "ltd", "limited"}


class MatchForm(VerbForm):
    """The listed organisations that a search found."""

    organisation = forms.ModelChoiceField(
        Organisation.objects.none(),
        widget=forms.RadioSelect,
        empty_label=None,
        error_messages={"required": "Choose the organisation that the applicant meant."},
    )
    others = forms.BooleanField(required=False)

    def __init__(self, *args: Any, found: QuerySet[Organisation], alike: int, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        organisation = self.fields["organisation"]
        assert isinstance(organisation, forms.ModelChoiceField)
        organisation.queryset = found
        organisation.label_from_instance = lambda row: f"{row.name}, {row.ics or 'no ICS'}"  # type: ignore[method-assign]
        if alike:
            self.fields[
                "others"
            ].label = f"Also match {plural(alike, 'other application')} with the same name"
        else:
            del self.fields["others"]


def found(words: str) -> QuerySet[Organisation]:
    """The listed organisations whose name holds any telling word of ``words``: by name, and not more than a page."""
    telling = [word for word in words.split() if len(word) > 2 and word.casefold() not in _COMMON]
    if not telling:
        return Organisation.objects.none()
    any_word = functools.reduce(operator.or_, (Q(name__icontains=word) for word in telling[:8]))
    # A slice could not be narrowed to what was chosen: hence the keys.
    keys = list(Organisation.objects.filter(any_word).values_list("pk", flat=True)[:SHOWN])
    return Organisation.objects.filter(pk__in=keys).select_related("ics")


def matching_page(
    request: HttpRequest, application: Application, *, back: Crumb, add_url: str
) -> HttpResponse:
    """Search the list, choose, and match: this application, and if wanted the others with the same name typed."""
    words = request.GET.get("q", application.organisation_name).replace("\0", "")[:200]
    alike = matching.typed_alike(application)
    organisations = found(words)
    form = MatchForm(sent(request), found=organisations, alike=alike.count())
    form.fields["organisation"].label = f"Listed organisations like “{words}”"

    def carry_out(values: dict[str, Any]) -> str:
        return _match(application, values, list(alike.values_list("pk", flat=True)), request.user)

    listed = application.organisation_id is not None
    return VerbPage(
        title=f"Match the organisation: {application.reference}",
        button="Match",
        form=form,
        back=back,
        carry_out=carry_out,
        explanation=[f"{application.name} typed “{application.organisation_name}”."],
        impossible=f"{application.reference} is at {application.organisation_as_given} already."
        if listed
        else "",
        template="admin/applications/application/match.html",
        extra={"words": words, "any_found": organisations.exists(), "add_url": add_url},
    ).answer(request)


def _match(application: Application, values: dict[str, Any], alike: list[int], user: Any) -> str:
    now = timezone.now()
    organisation = values["organisation"]
    matching.match_organisation(application.pk, organisation, user=user, now=now)
    if not values.get("others"):
        return f"{application.reference} is matched to {organisation}."
    matched, refusals = 1, []
    for pk in alike:
        try:
            matching.match_organisation(pk, organisation, user=user, now=now)
            matched += 1
        except Refused as refused:
            refusals.append(refused.sentence)
    return " ".join([f"{plural(matched, 'application')} matched to {organisation}.", *refusals])
