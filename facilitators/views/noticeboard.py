"""The noticeboard on facilitators' own pages: to read, to write, to reply, to withdraw, and its mail."""

from __future__ import annotations

from django.contrib import messages
from django.core.paginator import Paginator
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils import timezone

from facilitators.domain.community import digest, noticeboard
from facilitators.domain.people import directory
from facilitators.forms.community import MailForm, NoticeForm, ReplyForm
from facilitators.models import Facilitator, Notice
from facilitators.views.access import facilitator_page
from programmes.domain.refused import Refused
from programmes.forms.sure import SureForm

PER_PAGE = 20
_SENT = "Thank you. The academy reads it first; after that the facilitators of the programme see it."


@facilitator_page
def board(request: HttpRequest, facilitator: Facilitator, *, token: str) -> HttpResponse:
    """The posts of one's programmes, those with the newest word first."""
    programmes = directory.programmes_of(facilitator)
    found = Paginator(noticeboard.posts(programmes), PER_PAGE)
    page = found.get_page(request.GET.get("page"))
    context = {
        "token": token,
        "programmes": programmes,
        "page": page,
        "own": list(noticeboard.written_by(facilitator)),
        "wanted": digest.wants(facilitator),
        "back_url": reverse("facilitator", args=[token]),
        "back_text": "Back to your page",
    }
    return render(request, "facilitators/noticeboard.html", context, using="pages")


@facilitator_page
def write(request: HttpRequest, facilitator: Facilitator, *, token: str) -> HttpResponse:
    """Write a post, which staff read first."""
    trainings = list(
        facilitator.trainings.going_on().select_related("programme").order_by("programme__title")
    )
    if not trainings:
        raise Http404("There is no programme in which you are a facilitator.")
    form = NoticeForm(trainings, request.POST if request.method == "POST" else None)
    if form.is_valid():
        given = form.cleaned_data
        said = {name: given[name] for name in ("title", "text", "sent_as")}
        try:
            noticeboard.write(form.training.pk, **said, now=timezone.now())
        except Refused as refused:
            form.add_error(None, refused.sentence)
        else:
            messages.success(request, _SENT)
            return redirect("facilitator_noticeboard", token=token)
    context = {
        "heading": "Write to the noticeboard",
        "form": form,
        "submit_text": "Send",
        **_back(token),
    }
    return render(request, "facilitators/notice_form.html", context, using="pages")


@facilitator_page
def post(request: HttpRequest, facilitator: Facilitator, *, token: str, pk: int) -> HttpResponse:
    """A post with its replies, and a reply to it."""
    found = noticeboard.post(pk, facilitator)
    if found is None:
        raise Http404("There is no such post on your noticeboard.")
    mine = facilitator.trainings.get(programme=found.programme_id)
    form = ReplyForm(request.POST if request.method == "POST" else None)
    if form.is_valid():
        said = {name: form.cleaned_data[name] for name in ("text", "sent_as")}
        try:
            noticeboard.write(mine.pk, **said, reply_to=pk, now=timezone.now())
        except Refused as refused:
            form.add_error(None, refused.sentence)
        else:
            messages.success(request, _SENT)
            return redirect("facilitator_notice", token=token, pk=pk)
    context = {"post": found, "mine": mine, "form": form, "token": token, **_back(token)}
    return render(request, "facilitators/notice.html", context, using="pages")


@facilitator_page
def withdraw(request: HttpRequest, facilitator: Facilitator, *, token: str, pk: int) -> HttpResponse:
    """Take one's own notice off the board, after a page that asks."""
    own = Notice.objects.filter(author__facilitator=facilitator, pk=pk).select_related("reply_to").first()
    if own is None or noticeboard.why_not_taken_down(own):
        raise Http404("There is nothing of yours to withdraw.")
    form = SureForm(
        request.POST if request.method == "POST" else None, sure="I want to withdraw what I wrote"
    )
    if form.is_valid():
        try:
            noticeboard.withdraw(pk, own.author_id, now=timezone.now())
            messages.success(request, "It is no longer on the noticeboard.")
        except Refused as refused:
            messages.info(request, refused.sentence)
        return redirect("facilitator_noticeboard", token=token)
    context = {
        "heading": "Withdraw what you wrote",
        "caption": str(own),
        "notice": own,
        "form": form,
        "submit_text": "Withdraw it",
        **_back(token),
    }
    return render(request, "facilitators/notice_withdraw.html", context, using="pages")


@facilitator_page
def mail(request: HttpRequest, facilitator: Facilitator, *, token: str) -> HttpResponse:
    """Whether somebody wants the weekly mail."""
    data = request.POST if request.method == "POST" else None
    form = MailForm(data, initial={"wanted": digest.wants(facilitator)})
    if form.is_valid():
        wanted = bool(form.cleaned_data["wanted"])
        digest.want(facilitator.pk, wanted=wanted, now=timezone.now())
        said = (
            "You get an email at most once a week." if wanted else "You get no email about the noticeboard."
        )
        messages.success(request, said)
        return redirect("facilitator_noticeboard", token=token)
    context = {"heading": "Emails about the noticeboard", "form": form, "submit_text": "Save", **_back(token)}
    return render(request, "layout/form_page.html", context, using="pages")


def _back(token: str) -> dict[str, str]:
    return {
        "back_url": reverse("facilitator_noticeboard", args=[token]),
        "back_text": "Back to the noticeboard",
    }
