"""Which listed organisation an applicant meant who typed a name."""

from __future__ import annotations

import functools
import operator
import re
from typing import Any

from django import forms
from django.db.models import Case, QuerySet, When
from django.http import HttpRequest, HttpResponse
from django.utils import timezone

from applications.domain import matching
from applications.models import Application
from programmes.admin.pages import Crumb, VerbForm, VerbPage, sent
from programmes.domain.refused import Refused
from programmes.domain.wording import plural
from programmes.models import Organisation

SHOWN = 12
# Words that say nothing of which organisation it is.
_COMMON = {"and", "the", "of", "for", "nhs", "trust", "foundation", "ltd", "limited"}


class OrganisationField(forms.ModelChoiceField):
    """Organisations, told apart by their ICS."""

    def label_from_instance(self, obj: Any) -> str:
        return f"{obj.name}, {obj.ics or 'no ICS'}"


class MatchForm(VerbForm):
    """The listed organisations that a search found."""

    organisation = OrganisationField(
        Organisation.objects.none(),
        widget=forms.RadioSelect,
        empty_label=None,
        error_messages={"required": "Choose the organisation that the applicant meant."},
    )
    others = forms.BooleanField(required=False)

    def __init__(self, *args: Any, found: QuerySet[Organisation], alike: int, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        organisation = self.fields["organisation"]
        assert isinstance(organisation, OrganisationField)
        organisation.queryset = found
        if alike:
            self.fields[
                "others"
            ].label = f"Also match {plural(alike, 'other application')} with the same name"
        else:
            del self.fields["others"]


def found(words: str, ics_id: int | None) -> QuerySet[Any]:
    """The listed organisations whose name holds telling words of ``words``: those with the most of them first.

    One in the applicant's ICS counts for a word more.
    """
    telling = [word for word in re.findall(r"\w+", words) if len(word) > 2 and word.casefold() not in _COMMON]
    if not telling:
        return Organisation.objects.none()
    held = [Case(When(name__icontains=word, then=1), default=0) for word in telling[:8]]
    likeness = functools.reduce(operator.add, held)
    near = Case(When(ics=ics_id, then=1), default=0)
    alike = Organisation.objects.annotate(words=likeness, likeness=likeness + near).filter(words__gt=0)
    # A slice could not be narrowed to what was chosen: hence the keys.
    keys = list(alike.order_by("-likeness", "name").values_list("pk", flat=True)[:SHOWN])
    return alike.filter(pk__in=keys).select_related("ics").order_by("-likeness", "name")


def matching_page(
    request: HttpRequest, application: Application, *, back: Crumb, add_url: str
) -> HttpResponse:
    """Search the list, choose, and match: this application, and if wanted the others with the same name typed."""
    words = request.GET.get("q", application.organisation_name).replace("\0", "")[:200]
    alike = matching.typed_alike(application)
    organisations = found(words, application.ics_id)
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
