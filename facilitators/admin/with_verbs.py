"""Records with verbs of their own: a link for each on the record's page, and a small page that carries it out."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any, ClassVar

from django.core.exceptions import PermissionDenied
from django.http import Http404, HttpRequest, HttpResponse
from django.urls import path, reverse

from programmes.admin.base import AcademyModelAdmin, holds
from programmes.admin.pages import Crumb, VerbPage
from programmes.models import Role


class WithVerbs(AcademyModelAdmin):
    """``verbs`` are what reviewers can do, by the word in the address: what the link says, and the page for a record.

    `possible` narrows what is linked; a page that is opened nonetheless says why it cannot be done.
    """

    change_form_template = "admin/facilitators/with_verbs.html"
    verbs: ClassVar[Mapping[str, tuple[str, Callable[..., VerbPage]]]] = {}

    def possible(self, record: Any) -> list[str]:
        """The verbs that make sense for a record now."""
        return list(self.verbs)

    def links(self, request: HttpRequest, record: Any) -> list[Crumb]:
        """Further pages of a record, for whoever may read it."""
        return []

    def get_urls(self) -> list[Any]:
        name = f"{self.opts.app_label}_{self.opts.model_name}_verb"
        view = self.admin_site.admin_view(self.verb_view)
        return [path("<int:pk>/do/<slug:verb>/", view, name=name), *super().get_urls()]

    def page(self, record: Any) -> Crumb:
        """The way back to a record's page."""
        address = f"admin:{self.opts.app_label}_{self.opts.model_name}_change"
        return Crumb(str(record), reverse(address, args=[record.pk]))

    def change_view(
        self, request: HttpRequest, object_id: str, form_url: str = "", extra_context: Any = None
    ) -> HttpResponse:
        """The record's page, with what can be done."""
        record = self.record_or_404(request, object_id)
        context = {"links": self.links(request, record)}
        if holds(request, Role.REVIEWER, self.academy_of(record)):
            name = f"admin:{self.opts.app_label}_{self.opts.model_name}_verb"
            context["links"] += [
                Crumb(self.verbs[verb][0], reverse(name, args=[record.pk, verb]))
                for verb in self.possible(record)
            ]
        return super().change_view(request, object_id, form_url, {**context, **(extra_context or {})})

    def verb_view(self, request: HttpRequest, pk: int, verb: str) -> HttpResponse:
        """Ask for what a verb needs, and carry it out."""
        if verb not in self.verbs:
            raise Http404("There is nothing of this name to do here.")
        record = self.reviewed_or_404(request, pk)
        return self.verbs[verb][1](request, record, self.page(record)).answer(request)

    def reviewed_or_404(self, request: HttpRequest, pk: int) -> Any:
        """A record for somebody who may decide about it; 404 or 403 to others."""
        record = self.record_or_404(request, str(pk))
        if not holds(request, Role.REVIEWER, self.academy_of(record)):
            raise PermissionDenied
        return record
