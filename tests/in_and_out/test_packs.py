"""A pack for a panel: everything that a decision rests on, and nothing that it must not."""

import io

import pypdf
import pytest
from django.urls import reverse

from applications.domain import reviews
from cohorts.domain import access_needs, pack
from programmes.models import ExportRecord
from tests import factories, scenarios
from tests.factories import NOW

PACK = "admin:applications_application_pack"


def made(client, *applications, **more):
    sent = {"_selected_action": [one.pk for one in applications], **more}
    return client.post(reverse(PACK), sent)


def read(response):
    reader = pypdf.PdfReader(io.BytesIO(response.content))
    return reader, "\n".join(page.extract_text() for page in reader.pages)


def test_a_pack_has_a_cover_contents_bookmarks_and_a_section_for_each(desk, reviewer):
    factories.QuestionFactory(programme=desk.programme, text="Why do <you> want to?")
    first = scenarios.shortlisted(desk.programme, name="Zoë Ŵyn & Sons")
    second = scenarios.submitted(desk.programme, name="Bea Ash")

    reader, text = read(made(reviewer, first, second, with_reviews="on"))

    assert reader.metadata.title == "Applications to Leadership Circles"
    assert reader.trailer["/Root"]["/Lang"] == "en-GB"
    assert [entry.title for entry in reader.outline] == [
        f"{one.reference} {one.name}" for one in sorted((first, second), key=lambda one: one.reference)
    ]
    assert len(reader.pages) == 4
    wanted = [
        "2 applications",
        "Contents",
        "Confidential",
        "Page 4",
        "Zoë Ŵyn & Sons",
        "Why do <you> want to?",
        "My answer.",
        "Downs Hospice",
        "1. Spring",
    ]
    assert [said for said in wanted if said not in text] == []


def test_reviews_are_in_a_pack_only_where_they_are_asked_for(desk, reviewer):
    application = scenarios.submitted(desk.programme)
    application.reviews.create(
        reviewer=desk.staff["reviewer"], outcome="suitable", score=7, notes="Very good.", created_at=NOW
    )

    _, with_them = read(made(reviewer, application, with_reviews="on"))
    _, without = read(made(reviewer, application))

    assert ("Suitable, score 7" in with_them, "Very good." in with_them) == (True, True)
    assert ("Reviews" in without, "Very good." in without) == (False, False)


def test_a_pack_holds_no_review_that_its_reader_may_not_read_yet(desk, reviewer):
    desk.programme.blind_reviews = True
    desk.programme.save()
    waiting, done, nobody = (scenarios.submitted(desk.programme) for _ in range(3))
    colleague = scenarios.reviewer_of(desk.programme)
    for application in (waiting, done):
        reviews.record_review(
            application.pk, user=colleague, outcome="suitable", notes=f"On {application.pk}.", now=NOW
        )
    reviews.record_review(done.pk, user=desk.staff["reviewer"], outcome="unsure", notes="Mine.", now=NOW)

    _, of_reviewer = read(made(reviewer, waiting, done, nobody, with_reviews="on"))
    _, of_viewer = read(made(desk.client("viewer"), waiting, done, nobody, with_reviews="on"))

    said = (f"On {waiting.pk}.", f"On {done.pk}.", "Mine.", "1 review, shown after you give yours.")
    assert [words in of_reviewer for words in said] == [False, True, True, True]
    assert [words in of_viewer for words in said] == [True, True, True, False]


def test_nothing_that_people_need_is_in_a_pack(desk, reviewer):
    desk.programme.asks_access_needs = "always"
    desk.programme.save()
    application = scenarios.submitted(desk.programme)
    access_needs.say(application.pk, access_needs.Needs(dietary="Vegan"), now=NOW)

    _, text = read(made(reviewer, application))

    assert "Vegan" not in text


def test_an_application_with_nothing_said_yet_has_a_section(desk, reviewer):
    programme = factories.ProgrammeFactory(academy=desk.programme.academy, title="Other")
    draft = scenarios.started(programme, "sam@example.org")
    other = scenarios.submitted(desk.programme)

    reader, text = read(made(reviewer, draft, other))

    assert reader.metadata.title == "Applications to 2 programmes"
    assert f"{draft.reference} No name given" in text


def test_what_is_not_an_approval_or_a_choice_is_said_in_the_pack(desk, reviewer):
    factories.ApprovalStepFactory(programme=desk.programme)
    criterion = factories.CriterionFactory(programme=desk.programme)
    factories.CriterionOptionFactory(criterion=criterion, text="A coaching qualification")
    application = scenarios.submitted(desk.programme)
    declined = factories.ApprovalFactory(
        application=application, decision="declined", reason="No time", name=""
    )
    other = factories.CohortFactory(programme=desk.programme, name="Autumn")
    application.preferences.create(cohort=other, rank=None, cannot_attend_reason="Away")

    _, text = read(made(reviewer, application))

    wanted = [
        "Experience of leading groups: yes (A coaching qualification)",
        f"{declined.get_approver_display()}: not supported. No time",
        "Cannot attend Autumn",
    ]
    assert [said for said in wanted if said not in text.replace("\n", " ")] == []
    assert "Away" not in text


def test_a_pack_is_asked_for_by_an_action_and_kept_on_record(desk, reviewer):
    application = scenarios.submitted(desk.programme)
    action = {"action": "pack_selected", "_selected_action": [application.pk]}

    page = reviewer.post(reverse("admin:applications_application_changelist"), action)
    made(reviewer, application)

    assert page.context["what"] == "1 application"
    kept = ExportRecord.objects.get()
    assert (kept.user, kept.kind, kept.rows, kept.columns) == (
        desk.staff["reviewer"],
        "pdf",
        1,
        ["Pack for a panel"],
    )


def test_more_than_a_pack_holds_are_refused(desk, reviewer, monkeypatch):
    # A limit of one, since 201 applications would take a minute to make.
    monkeypatch.setattr(pack, "LIMIT", 1)
    both = [scenarios.submitted(desk.programme) for _ in range(2)]

    page = made(reviewer, *both)
    with pytest.raises(pack.TooMany):
        pack.panel_pack(
            desk.programme.applications.all(),
            academies=["A"],
            with_reviews=False,
            user=desk.staff["reviewer"],
            now=NOW,
        )

    assert page.context["too_many"] == "A pack holds at most 1 applications."
    assert ExportRecord.objects.count() == 0


def test_another_academys_application_is_in_no_pack(desk):
    application = scenarios.submitted(desk.programme)

    response = made(desk.client("outsider"), application)

    assert response.status_code == 404
    assert ExportRecord.objects.count() == 0
