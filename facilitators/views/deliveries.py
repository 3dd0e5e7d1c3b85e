"""A facilitator's deliveries: logged, corrected, taken back, and listed. Opening any of these pages changes nothing."""

from __future__ import annotations

import datetime
from collections.abc import Sequence
from typing import Any

from django.contrib import messages
from django.core.paginator import Paginator
from django.db.models import Q
from django.http import FileResponse, Http404, HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.utils import timezone

from facilitators.domain import owed
from facilitators.domain.delivering import deliveries
from facilitators.forms.deliveries import DeliveryForm, SameForm, TakeBackForm
from facilitators.models import Commitment, Delivery, DeliveryCredit, Facilitator, Training
from facilitators.views.access import facilitator_page
from programmes.domain.refused import Refused
from programmes.domain.wording import join_words, local_date, nhs_date, plural
from programmes.forms.sure import SureForm

_EACH_PAGE = 20
# The colour of the tag of each way to stand, of those that NHS tags come in.
_COLOURS = {
    owed.Stands.MET: "green",
    owed.Stands.MET_LATE: "green",
    owed.Stands.OVERDUE: "red",
    owed.Stands.DUE: "yellow",
    owed.Stands.ON_TRACK: "blue",
}


def commitments_section(facilitator: Facilitator, now: datetime.datetime) -> dict[str, Any]:
    """What a facilitator owes, for their own page: programme by programme, and the drafts that wait."""
    today = local_date(now)
    rows = Commitment.objects.filter(training__facilitator=facilitator).select_related("training__programme")
    by_training: dict[Training, list[dict[str, Any]]] = {}
    for row in rows.prefetch_related("training__pauses"):
        paused = any(one.from_on <= today <= one.until_on for one in row.training.pauses.all())
        how = owed.stands(row, today=today, paused=paused)
        told = {
            "row": row,
            "label": how.label,
            "colour": _COLOURS.get(how, "grey"),
            "sentence": owed.sentence(row, how),
        }
        by_training.setdefault(row.training, []).append(told)
    drafts = Delivery.objects.filter(logged_by=facilitator, state=Delivery.State.DRAFT)
    return {
        "owes": sorted(by_training.items(), key=lambda pair: pair[0].programme.title),
        "drafts": list(drafts.select_related("programme")),
        "may_log": facilitator.trainings.going_on().exists(),
    }


@facilitator_page
def mine(request: HttpRequest, facilitator: Facilitator, *, token: str) -> HttpResponse:
    """Everything that a facilitator is credited in, and their drafts, the last first."""
    rows = _own(facilitator).order_by("-held_on", "-pk")
    page = Paginator(rows.prefetch_related("reached"), _EACH_PAGE).get_page(request.GET.get("page"))
    context = {
        "token": token,
        "page": page,
        "entries": [(delivery, _total(delivery)) for delivery in page.object_list],
        "back_url": reverse("facilitator", args=[token]),
        "back_text": "Back to your page",
    }
    return render(request, "facilitators/deliveries.html", context, using="pages")


@facilitator_page
def log(request: HttpRequest, facilitator: Facilitator, *, token: str) -> HttpResponse:
    """Log a delivery; of several programmes one is chosen first."""
    trainings = list(facilitator.trainings.going_on().select_related("programme__academy"))
    chosen = request.GET.get("programme")
    found = [one for one in trainings if chosen in (None, one.programme.slug)]
    if not trainings or not found:
        raise Http404("There is no such programme.")
    if len(found) > 1:
        context = {"token": token, "trainings": found, "back_url": reverse("facilitator", args=[token])}
        return render(request, "facilitators/delivery_programme.html", context, using="pages")
    return _form(request, found[0], token)


@facilitator_page
def change(request: HttpRequest, facilitator: Facilitator, *, token: str, pk: int) -> HttpResponse:
    """Correct a delivery, or go on with a draft."""
    delivery, training = _one(facilitator, pk)
    if why_not := deliveries.why_not_corrected(delivery, training, now=timezone.now()):
        messages.warning(request, why_not)
        return redirect("facilitator_delivery", token=token, pk=pk)
    return _form(request, training, token, delivery)


def _form(
    request: HttpRequest, training: Training, token: str, delivery: Delivery | None = None
) -> HttpResponse:
    correcting = delivery is not None and delivery.state != Delivery.State.DRAFT
    draft = "draft" in request.POST and not correcting
    data, files = (request.POST, request.FILES) if request.method == "POST" else (None, None)
    form = DeliveryForm(training, data, files, delivery=delivery, draft=draft)
    if form.is_valid():
        try:
            return _keep(request, form, token, correcting=delivery if correcting else None)
        except Refused as refused:
            form.add_error(None, refused.sentence)
    context = {
        "heading": "Correct a delivery" if correcting else "Log a delivery",
        "caption": training.programme.title,
        "form": form,
        "correcting": correcting,
        "delivery": delivery,
        "token": token,
        "submit_text": "Save" if correcting else "Log it",
        "back_url": reverse("facilitator", args=[token]),
        "back_text": "Back to your page",
    }
    return render(request, "facilitators/delivery_form.html", context, using="pages")


def _keep(
    request: HttpRequest, form: DeliveryForm, token: str, *, correcting: Delivery | None
) -> HttpResponse:
    """Do what a valid form says: correct, keep a draft, log, or ask whether it is one that is there."""
    now = timezone.now()
    pk = form.training.pk
    if correcting is not None:
        deliveries.correct(
            correcting.pk, form.given, training_id=pk, others=form.others, evidence=form.file, now=now
        )
        messages.success(request, "The delivery is corrected.")
        return redirect("facilitator_delivery", token=token, pk=correcting.pk)
    sent = form.delivery.sent_as if form.delivery else form.cleaned_data["sent_as"]
    values: dict[str, Any] = {"sent_as": sent, "others": form.others, "evidence": form.file, "now": now}
    try:
        found = deliveries.log(pk, form.given, draft=form.draft, **values)
    except deliveries.LooksTheSame:
        # Kept, so that nothing is lost while they are asked.
        found = deliveries.log(pk, form.given, draft=True, **values)
        return redirect("facilitator_delivery_same", token=token, pk=found.pk)
    if form.draft:
        messages.success(request, "Your draft is kept. It counts once you log it.")
        return redirect("facilitator", token=token)
    messages.success(request, f"Logged. It reached {plural(_total(found), 'person', 'people')}.")
    return redirect("facilitator_delivery", token=token, pk=found.pk)


@facilitator_page
def same(request: HttpRequest, facilitator: Facilitator, *, token: str, pk: int) -> HttpResponse:
    """Ask whether a draft is one of the deliveries or circles of that day."""
    draft, training = _one(facilitator, pk)
    if draft.state != Delivery.State.DRAFT:
        return redirect("facilitator_delivery", token=token, pk=pk)
    others = list(draft.credits.exclude(training=training).values_list("training", flat=True))
    people = [training.pk, *others]
    alike = deliveries.look_alikes(training.programme_id, people, draft.held_on)
    circles = deliveries.on_calendar(training.programme_id, people, draft.held_on)
    form = SameForm(
        [(one, _words(one)) for one in alike.prefetch_related("reached", "credits__training__facilitator")],
        circles,
        request.POST if request.method == "POST" else None,
    )
    if form.is_valid():
        try:
            return _settle(request, draft, training, others, form.cleaned_data["same"], token)
        except Refused as refused:
            form.add_error(None, refused.sentence)
    context = {
        "heading": "Is this the same?",
        "caption": training.programme.title,
        "form": form,
        "held_on": nhs_date(draft.held_on, weekday=True),
        "token": token,
        "back_url": reverse("facilitator_delivery_change", args=[token, pk]),
        "submit_text": "Continue",
    }
    return render(request, "facilitators/delivery_same.html", context, using="pages")


def _settle(
    request: HttpRequest, draft: Delivery, training: Training, others: list[int], answer: str, token: str
) -> HttpResponse:
    now = timezone.now()
    kind, _, key = answer.partition("-")
    if kind == "another":
        given = deliveries.told(draft, training)
        deliveries.log(training.pk, given, sent_as=draft.sent_as, others=others, another=True, now=now)
        messages.success(request, "Logged, as another delivery.")
        return redirect("facilitator_delivery", token=token, pk=draft.pk)
    if kind == "circle":
        deliveries.throw_away(draft.pk, training_id=training.pk)
        messages.success(request, "Nothing was logged: the register of the circle makes the delivery.")
        return redirect("facilitator", token=token)
    role = draft.credits.get(training=training).role
    deliveries.same_as(int(key), training.pk, role=role, others=others, now=now)
    deliveries.throw_away(draft.pk, training_id=training.pk)
    messages.success(request, "It is one delivery, and credited to each of you.")
    return redirect("facilitator_delivery", token=token, pk=int(key))


@facilitator_page
def one(request: HttpRequest, facilitator: Facilitator, *, token: str, pk: int) -> HttpResponse:
    """One delivery, and what can be done about it."""
    delivery, training = _one(facilitator, pk)
    why_not = deliveries.why_not_corrected(delivery, training, now=timezone.now())
    context = {
        "token": token,
        "delivery": delivery,
        "credits": delivery.credits.select_related("training__facilitator"),
        "reached": delivery.reached.all(),
        "total": _total(delivery),
        "before_training": delivery.held_on < training.trained_on,
        "trained_on": training.trained_on,
        "why_not": why_not,
        "back_url": reverse("facilitator_deliveries", args=[token]),
        "back_text": "Back to your deliveries",
    }
    return render(request, "facilitators/delivery.html", context, using="pages")


@facilitator_page
def take_back(request: HttpRequest, facilitator: Facilitator, *, token: str, pk: int) -> HttpResponse:
    """Take a delivery back with a reason; throw a draft away."""
    delivery, training = _one(facilitator, pk)
    draft = delivery.state == Delivery.State.DRAFT
    sent = request.POST if request.method == "POST" else None
    form = SureForm(sent, sure="I want to throw this draft away") if draft else TakeBackForm(sent)
    if draft and form.is_valid():
        deliveries.throw_away(pk, training_id=training.pk)
        messages.success(request, "Your draft is thrown away.")
        return redirect("facilitator", token=token)
    if not draft and form.is_valid():
        try:
            reason = form.cleaned_data["reason"]
            deliveries.take_back(pk, reason=reason, training_id=training.pk, now=timezone.now())
        except Refused as refused:
            form.add_error(None, refused.sentence)
        else:
            messages.success(request, "The delivery is taken back. It does not count any more.")
            return redirect("facilitator_delivery", token=token, pk=pk)
    context = {
        "heading": "Throw this draft away?" if draft else "Take a delivery back",
        "caption": f"{delivery.programme.title}, {nhs_date(delivery.held_on)}",
        "form": form,
        "draft": draft,
        "submit_text": "Throw it away" if draft else "Take it back",
        "token": token,
        "back_url": reverse("facilitator_delivery", args=[token, pk]),
    }
    return render(request, "facilitators/delivery_take_back.html", context, using="pages")


@facilitator_page
def evidence(request: HttpRequest, facilitator: Facilitator, *, token: str, pk: int) -> FileResponse:
    """The file of a delivery, to be saved: it is never shown inside the portal's own pages."""
    delivery, _ = _one(facilitator, pk)
    return file_of(delivery)


def file_of(delivery: Delivery) -> FileResponse:
    """The file of a delivery as an attachment; 404 without one."""
    if not delivery.evidence:
        raise Http404("There is no file.")
    try:
        content = delivery.evidence.open("rb")
    except FileNotFoundError as gone:
        raise Http404 from gone
    return FileResponse(
        content, as_attachment=True, filename=delivery.evidence_name, content_type="application/octet-stream"
    )


# What is whose.
def _own(facilitator: Facilitator) -> Any:
    """What a facilitator is credited in; of drafts only their own."""
    credited = DeliveryCredit.objects.filter(training__facilitator=facilitator).values("delivery")
    own = ~Q(state=Delivery.State.DRAFT) | Q(logged_by=facilitator)
    return Delivery.objects.filter(own, pk__in=credited).select_related("programme", "topic")


def _one(facilitator: Facilitator, pk: int) -> tuple[Delivery, Training]:
    delivery = get_object_or_404(_own(facilitator), pk=pk)
    training = facilitator.trainings.select_related("programme__academy").get(programme=delivery.programme_id)
    return delivery, training


def _total(delivery: Delivery) -> int:
    return sum(row.people for row in delivery.reached.all())


def _words(delivery: Delivery) -> str:
    """A delivery in a few words: what, where, with whom, for how many."""
    where = "online" if delivery.online else delivery.place
    who = join_words(credit.training.facilitator.name for credit in delivery.credits.all())
    parts: Sequence[str] = (
        delivery.get_unit_display().lower(),
        str(delivery.topic or ""),
        where,
        f"by {who}",
        plural(_total(delivery), "person", "people"),
    )
    return ", ".join(part for part in parts if part)
