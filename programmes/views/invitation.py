"""The link of an invitation: makes an account, or adds the academy to the one that its reader is signed in with.

Opening it changes nothing and signs nobody in; mail gateways open it first.
"""

from __future__ import annotations

from django.contrib.auth.models import User
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils import timezone
from django.utils.http import urlencode
from django.views.decorators.debug import sensitive_post_parameters
from django.views.decorators.http import require_http_methods

from programmes.domain import invitations, links
from programmes.domain.refused import Refused
from programmes.forms.invitation import AccountForm, JoinForm
from programmes.models import Invitation, Link
from programmes.views.access import access


@access("whoever was invited to work in an academy, by emailed link")
@sensitive_post_parameters("password", "again")
@require_http_methods(["GET", "POST"])
def invitation(request: HttpRequest, token: str) -> HttpResponse:
    """Take an invitation up; once it was, say how to sign in."""
    now = timezone.now()
    try:
        link = links.open_link(Link.Opens.INVITATION, token, now=now)
    except links.LinkDead:
        return _dead(request)
    rows = Invitation.objects.select_related("academy", "invited_by")
    found = rows.filter(pk=link.object_id, withdrawn_at=None).first()
    if found is None:
        return _dead(request)
    if found.accepted_at is not None:
        return render(request, "invitation/taken_up.html", _context(found), using="pages")
    if invitations.accounts_at(found.address).exists():
        return _join(request, found, link, token)
    return _make_account(request, found, link, token)


def _dead(request: HttpRequest) -> HttpResponse:
    return render(request, "invitation/dead.html", {}, status=410, using="pages")


def _context(found: Invitation) -> dict[str, object]:
    return {
        "invitation": found,
        "academy": found.academy,
        "role": invitations.role_in_words(found),
        "sign_in": reverse("admin:index"),
    }


def _make_account(request: HttpRequest, found: Invitation, link: Link, token: str) -> HttpResponse:
    """Ask for a name and a password, and make the account."""
    data = request.POST if request.method == "POST" else None
    form = AccountForm(data, name=found.name, address=found.address)
    if form.is_valid():
        given = form.cleaned_data
        now = timezone.now()
        try:
            invitations.make_account(found, name=given["full_name"], password=given["password"], now=now)
        except Refused as refused:
            form.add_error(None, refused.sentence)
        else:
            links.mark_used(link, now=now)
            return redirect("invitation", token=token)
    return render(request, "invitation/account.html", {**_context(found), "form": form}, using="pages")


def _join(request: HttpRequest, found: Invitation, link: Link, token: str) -> HttpResponse:
    """Let the owner of the account agree; whoever is not signed in with it is asked to sign in."""
    user = request.user
    own = isinstance(user, User) and invitations.accounts_at(found.address).filter(pk=user.pk).exists()
    form = JoinForm(request.POST if own and request.method == "POST" else None)
    if form.is_valid() and isinstance(user, User):
        now = timezone.now()
        try:
            invitations.join(found, user=user, now=now)
        except Refused as refused:
            form.add_error(None, refused.sentence)
        else:
            links.mark_used(link, now=now)
            return redirect("invitation", token=token)
    context = {
        **_context(found),
        "form": form,
        "own": own,
        "signed_in_as": user.get_username(),
        "sign_in": f"{reverse('admin:login')}?{urlencode({'next': request.path})}",
    }
    return render(request, "invitation/join.html", context, using="pages")
