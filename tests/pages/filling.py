"""What is typed on an application's pages, and what its forms hold afterwards."""

from tests import factories
from tests.pages.html import Page


def programme_with_every_step(**values):
    """A programme with a page for every step; its cohort, line manager and nominator are the first of their kind."""
    programme = factories.ProgrammeFactory(title="Support Circles", limited=True, **values)
    factories.QuestionFactory(programme=programme, key="why")
    factories.QuestionFactory(programme=programme, key="where", kind="text", text="Where do you work?")
    factories.ApprovalStepFactory(programme=programme)
    factories.ApprovalStepFactory(programme=programme, declared=True, nominator=True)
    factories.DeclarationFactory(programme=programme)
    factories.SessionFactory(cohort=factories.CohortFactory(programme=programme, name="Cohort 1"))
    return programme


def about(ics, **values):
    typed = {
        "name": "Sam Applicant",
        "job_title": "Team lead",
        "phone": "",
        "ics": ics.code,
        "organisation_name": "Downs Hospice",
        "sector": "hospice",
    }
    return typed | values


def kept(response):
    """What the form on a page holds: by the name of each box, what stands in it or is chosen."""
    page = Page(response.content.decode().partition("<main")[2].partition("</main>")[0])
    held, select = {}, ""
    for element in page.elements:
        attributes = element.attributes
        name = attributes.get("name", "")
        if element.tag == "textarea":
            held[name] = "".join(element.pieces).strip("\n")
        elif element.tag == "select":
            select = name
        elif element.tag == "option" and "selected" in attributes:
            held[select] = attributes["value"]
        elif element.tag == "input" and (
            attributes["type"] not in ("radio", "checkbox") or "checked" in attributes
        ):
            held[name] = attributes.get("value", "")
    return held


def steps(programme):
    """The names of the boxes that belong to the programme's own steps."""
    manager, nominator = programme.approval_steps.order_by("pk")
    return {
        "manager": f"name-{manager.pk}",
        "address": f"email-{manager.pk}",
        "nominator": f"who-{nominator.pk}",
        "nominated": f"step-{nominator.pk}",
        "declared": f"declaration-{programme.declarations.get().pk}",
        "cohort": f"cohort-{programme.cohorts.get().pk}",
        "reason": f"reason-{programme.cohorts.get().pk}",
    }
