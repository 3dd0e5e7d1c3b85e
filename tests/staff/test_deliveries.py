"""What facilitators owe and deliver, as staff see it: lists, pages, confirming, correcting, waiving, the home page."""

import datetime

import pytest
from django.core.files.base import ContentFile
from django.forms import model_to_dict
from django.urls import reverse

from facilitators.models import Commitment, Delivery
from programmes.admin.parts import ObligationForm
from tests import factories
from tests.facilitators.delivering import logged, trained
from tests.staff.reading import messages_of, text_of

HELD = "2026-10-01"


def at(name, *arguments):
    return reverse(f"admin:facilitators_{name}", args=[getattr(one, "pk", one) for one in arguments])


@pytest.fixture
def training(desk):
    factories.ObligationFactory(programme=desk.programme, key="deliver")
    return trained(programme=desk.programme, trained_on=datetime.date(2026, 9, 1))


def another(desk, **values):
    return trained(programme=desk.programme, trained_on=datetime.date(2026, 9, 1), **values)


def rows_of(response):
    return [row.pk for row in response.context["cl"].result_list]


@pytest.mark.parametrize("model", ["commitment", "delivery"])
def test_the_lists_ask_the_same_however_many_there_are(
    desk, reviewer, training, model, django_assert_max_num_queries
):
    logged(training, HELD, people={"other": 4})
    reviewer.get(at(f"{model}_changelist"))
    with django_assert_max_num_queries(40) as one:
        assert len(rows_of(reviewer.get(at(f"{model}_changelist")))) == 1
    for _ in range(2):
        more = another(desk)
        logged(more, HELD, others=[another(desk).pk], people={"other": 4, "hospice": 1})

    with django_assert_max_num_queries(40) as several:
        assert (
            len(rows_of(reviewer.get(at(f"{model}_changelist")))) == {"commitment": 5, "delivery": 3}[model]
        )

    assert len(several.captured_queries) == len(one.captured_queries)


def test_commitments_can_be_narrowed(desk, reviewer, training):
    other = another(
        desk, facilitator=factories.FacilitatorFactory(ics=factories.IntegratedCareSystemFactory())
    )
    own, others = training.commitments.get(), other.commitments.get()
    for held_on in ("2026-10-01", "2026-10-02", "2026-10-03"):
        logged(training, held_on)
    Commitment.objects.filter(pk=others.pk).update(first_due_on="2026-10-04", due_on="2026-10-04")
    page = at("commitment_changelist")

    assert rows_of(reviewer.get(f"{page}?stands=met")) == [own.pk]
    assert rows_of(reviewer.get(f"{page}?stands=overdue")) == [others.pk]
    assert rows_of(reviewer.get(f"{page}?month=2026-10")) == [others.pk]
    assert rows_of(reviewer.get(f"{page}?ics={other.facilitator.ics_id}")) == [others.pk]
    assert rows_of(reviewer.get(f"{page}?programme={desk.programme.pk}&q={training.facilitator.name}")) == [
        own.pk
    ]
    # What is not offered narrows nothing.
    assert len(rows_of(reviewer.get(f"{page}?month=1999-13&ics=0"))) == 2


def test_deliveries_can_be_narrowed_and_drafts_are_not_there(desk, reviewer, training):
    draft = logged(training, HELD, draft=True)
    first, second = logged(training, HELD), logged(training, "2026-09-02")
    Delivery.objects.filter(pk=second.pk).update(state="confirmed", confirmed_at=second.logged_at)
    page = at("delivery_changelist")

    assert rows_of(reviewer.get(f"{page}?state=logged")) == [first.pk]
    assert rows_of(reviewer.get(f"{page}?month=2026-09")) == [second.pk]
    assert rows_of(reviewer.get(f"{page}?q={training.facilitator.email}")) == [first.pk, second.pk]
    assert reviewer.get(at("delivery_change", draft)).status_code == 404


def test_the_home_page_leads_to_exactly_what_waits(desk, reviewer, training):
    overdue = another(desk).commitments.get()
    Commitment.objects.filter(pk=overdue.pk).update(first_due_on="2026-10-04", due_on="2026-10-04")
    delivery = logged(training, HELD)

    home = text_of(reviewer.get(reverse("admin:index")))

    assert "1 commitment overdue" in home
    assert "1 delivery to confirm" in home
    assert rows_of(reviewer.get(f"{at('commitment_changelist')}?waits=commitments-overdue")) == [overdue.pk]
    assert rows_of(reviewer.get(f"{at('delivery_changelist')}?waits=deliveries-to-confirm")) == [delivery.pk]


def test_a_commitment_is_read_in_words_and_waived(desk, reviewer, training):
    commitment = training.commitments.get()
    page = text_of(reviewer.get(at("commitment_change", commitment)))
    assert "0 of at least 3 sessions done, until 1 September 2027: 3 sessions still to do." in page

    reviewer.post(at("commitment_waive", commitment), {"reason": ""})
    assert Commitment.objects.get().waived_on is None
    response = reviewer.post(at("commitment_waive", commitment), {"reason": "On leave"}, follow=True)

    assert messages_of(response) == [f"Waived for {training.facilitator.name}."]
    assert Commitment.objects.get().waived_reason == "On leave"
    assert "This commitment is waived already." in text_of(reviewer.get(at("commitment_waive", commitment)))
    reviewer.post(at("commitment_ask_again", commitment))
    assert Commitment.objects.get().waived_on is None
    assert "This commitment is not waived." in text_of(reviewer.get(at("commitment_ask_again", commitment)))


def test_the_word_of_what_stands_for_each_other_is_kept_as_a_file_writes_it(desk):
    obligation = factories.ObligationFactory(programme=desk.programme)
    values = {**model_to_dict(obligation), "one_of": "Either_Way"}

    form = ObligationForm(
        {name: "" if value is None else value for name, value in values.items()}, instance=obligation
    )

    assert form.errors == {}
    assert form.cleaned_data["one_of"] == "either-way"


def test_what_somebody_attended_is_noted_and_taken_back(desk, reviewer):
    programme = factories.ProgrammeFactory(academy=desk.programme.academy)
    factories.ObligationFactory(programme=programme, kind="attend", at_least=1)
    commitment = trained(programme=programme, trained_on=datetime.date(2026, 9, 1)).commitments.get()
    page = at("commitment_note", commitment)
    assert "Enter what it was." in text_of(reviewer.post(page, {"held_on": HELD, "what": ""}))

    response = reviewer.post(page, {"held_on": HELD, "what": "A set"}, follow=True)

    assert "What was noted 1 October 2026: A set Take back A set" in text_of(response)
    assert "Met on 1 October 2026" in text_of(response)
    noted = commitment.training.participations.get()
    back = at("commitment_forget", commitment, noted)
    assert messages_of(reviewer.post(back, follow=True)) == ["Taken back. It does not count any more."]
    assert reviewer.get(back).status_code == 404
    assert Commitment.objects.get().done == 0


def test_nothing_is_noted_for_what_is_delivered(reviewer, training):
    page = reviewer.get(at("commitment_note", training.commitments.get()))

    assert "This commitment is about deliveries" in text_of(page)


def test_a_delivery_is_confirmed(desk, reviewer, training):
    delivery = logged(training, HELD)
    assert "Confirm" in text_of(reviewer.get(at("delivery_change", delivery)))

    response = reviewer.post(at("delivery_confirm", delivery), follow=True)

    assert messages_of(response) == ["The delivery is confirmed."]
    delivery.refresh_from_db()
    assert (delivery.state, delivery.confirmed_by) == ("confirmed", desk.staff["reviewer"].get_full_name())
    assert "This delivery is “confirmed”." in text_of(reviewer.get(at("delivery_confirm", delivery)))


def test_several_are_confirmed_together_and_the_rest_is_said(desk, reviewer, training):
    wanted = [logged(training, HELD), logged(training, "2026-10-02"), logged(training, "2026-10-03")]
    Delivery.objects.filter(pk=wanted[0].pk).update(state="taken_back", taken_back_reason="A slip")
    sent = {"action": "confirm_selected", "_selected_action": [one.pk for one in wanted]}

    response = reviewer.post(at("delivery_changelist"), sent, follow=True)

    assert messages_of(response) == ["2 deliveries confirmed. 1 other left as they are."]
    assert Delivery.objects.filter(state="confirmed").count() == 2


def test_a_viewer_is_not_offered_to_confirm(desk, training):
    delivery = logged(training, HELD)
    client = desk.client("viewer")
    sent = {"action": "confirm_selected", "_selected_action": [delivery.pk]}

    client.post(at("delivery_changelist"), sent)

    assert Delivery.objects.get().state == "logged"
    assert "confirm_selected" not in client.get(at("delivery_changelist")).content.decode()


def test_a_delivery_is_corrected_with_a_reason(desk, reviewer, training):
    delivery = logged(training, HELD, people={"other": 4}, place="Lewes")
    page = at("delivery_correct", delivery)
    assert 'value="4"' in reviewer.get(page).content.decode()
    sent = {"held_on": "2026-08-31", "unit": "session", "place": "Hove", "people_other": "5"}
    assert "Enter the reason." in text_of(reviewer.post(page, sent))

    response = reviewer.post(page, {**sent, "reason": "Typed wrongly"}, follow=True)

    assert messages_of(response) == ["The delivery is corrected."]
    delivery.refresh_from_db()
    assert (delivery.held_on, delivery.place) == (datetime.date(2026, 8, 31), "Hove")
    assert list(delivery.reached.values_list("sector", "people")) == [("other", 5)]
    # Before the training, it does not count.
    assert Commitment.objects.get().done == 0
    history = text_of(reviewer.get(at("delivery_history", delivery)))
    assert "Corrected by staff: Typed wrongly" in history


def test_a_delivery_is_taken_back_with_a_reason(desk, reviewer, training):
    delivery = logged(training, HELD)

    response = reviewer.post(at("delivery_take_back", delivery), {"reason": "Twice"}, follow=True)

    assert messages_of(response) == ["The delivery is taken back. It does not count any more."]
    assert Commitment.objects.get().done == 0
    assert "This delivery was taken back." in text_of(reviewer.get(at("delivery_correct", delivery)))


def test_a_file_is_given_to_staff(desk, reviewer, training):
    delivery = logged(training, HELD, evidence=ContentFile(b"%PDF-1.7", name="list.pdf"))

    response = reviewer.get(at("delivery_file", delivery))

    assert b"".join(response.streaming_content) == b"%PDF-1.7"
    assert reviewer.get(at("delivery_file", logged(training, "2026-10-02"))).status_code == 404


def test_the_lists_can_be_taken_along(desk, reviewer, training):
    logged(training, HELD, people={"other": 4})
    for model, held in (("commitment", "1 of at least 3 sessions"), ("delivery", "2026-10-01")):
        names = ["how_many"] if model == "commitment" else ["held_on"]
        response = reviewer.post(at(f"{model}_export"), {"columns": names, "kind": "csv"})
        assert held in b"".join(response.streaming_content).decode("utf-8-sig")


def test_only_what_is_to_be_attended_names_a_meeting(desk):
    obligation = factories.ObligationFactory(programme=desk.programme, kind="deliver")
    values = {name: value or "" for name, value in model_to_dict(obligation).items()}

    wrong = ObligationForm({**values, "attends": "implementation"}, instance=obligation)
    right = ObligationForm({**values, "kind": "attend", "attends": "implementation"}, instance=obligation)

    assert wrong.errors == {"attends": ["Leave this empty, or choose “Attend” as the kind."]}
    assert right.errors == {}
