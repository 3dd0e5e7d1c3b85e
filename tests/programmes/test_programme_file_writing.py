"""The way back: a stored programme becomes a file that says the same."""

import datetime
from zoneinfo import ZoneInfo

import pytest
import yaml
from django.core.management import CommandError, call_command
from django.db import models

from cohorts.models import Cohort, Session, Venue
from facilitators.models import EvaluationQuestion, Facilitation, Topic, Undertaking
from programmes.domain import catalogue
from programmes.domain.programme_file.fields import Key, ListOf, Mapping
from programmes.domain.programme_file.writing import Unwritable, said_by_itself
from programmes.models import Academy, Programme, Question
from programmes.models.parts import PartOfProgramme
from tests import factories
from tests.programme_files import all_rows, example, faults_of, written

LONDON = ZoneInfo("Europe/London")

pytestmark = pytest.mark.django_db


def assert_round_trip(folder, programme):
    """Write it, load what was written: no row changes, and what is written of it then is the same."""
    before = all_rows()
    text = catalogue.dump(programme)

    catalogue.load([written(folder, text)])

    assert all_rows() == before
    assert catalogue.dump(Programme.objects.get(pk=programme.pk)) == text
    return text


@pytest.fixture
def programme(tmp_path):
    return catalogue.load([written(tmp_path, example(), "example.yaml")]).programmes[0]


@pytest.mark.parametrize("slug", ["leadership-support-circles", "active-bystander"])
def test_loading_what_was_written_of_a_shipped_programme_changes_nothing(tmp_path, slug):
    catalogue.load(catalogue.shipped_files())

    assert_round_trip(tmp_path, Programme.objects.get(slug=slug))


def test_a_portal_that_knows_nothing_of_the_programme_gets_all_of_it(tmp_path, programme):
    text = catalogue.dump(programme)
    Cohort.objects.all().delete()
    Programme.objects.all().delete()

    loaded = catalogue.load([written(tmp_path, text)])

    assert catalogue.dump(loaded.programmes[0]) == text


ODD = [
    "A colon: and # a hash, “quotes” and 'more' and \"more\"",
    "yes",
    "null",
    "~",
    "012",
    "1e3",
    "2023-05-09",
    "12:30",
    "- not a list",
    "? not a key",
    "{{ not: a, mapping }}",
    "[a, b]",
    "&anchor *alias !tag %directive @at `tick`",
    "| literal",
    "> folded",
    "Emoji 🎉 and 👩‍👩‍👧, Welsh ŵ ŷ, non-breaking\u00a0space, zero\u200bwidth",
    "double  spaces   inside",
    "a\ttab",
    "back\\slash and percent %",
    "  leading and trailing spaces  ",
    "=cmd()",
    "---",
    "x" * 110,
    "many words " * 9 + "end",
]
SEVERAL_LINES = [
    "One\nTwo\n\n\nThree",
    "# A heading\n\n- a list\n  - inside\n\n      code\n",
    "    code first\nthen text",
    "trailing space \nnext",
    "\nstarts with a line end",
    "Windows\r\nline ends",
    "a tab\n\tinside",
    "long " * 60 + "\n" + "and long " * 40,
    "--- \n...\n",
    "line separator \u2028 and next line \u0085 and a byte order mark \ufeff",
]


@pytest.mark.parametrize("text", ["~", "- not a list", "&anchor *alias !tag %directive @at `tick`", ODD[15]])
def test_an_odd_text_of_one_line_comes_back_as_it_is_wherever_it_stands(tmp_path, programme, text):
    Programme.objects.update(title=text, contact_name=text, summary=text)
    programme.criteria.update(hint=text, advice=text)
    Question.objects.filter(kind="choice").update(options=[text, "Another"])
    Session.objects.update(title=text)
    Venue.objects.update(notes=text)

    assert_round_trip(tmp_path, Programme.objects.get())


def test_every_odd_text_comes_back_as_it_is(tmp_path, programme):
    """Each as a line, in a list, and as text of several lines: a round trip takes a second, so all take one."""
    Question.objects.filter(kind="choice").update(options=ODD)
    texts = [*ODD, *SEVERAL_LINES, *(f"Before\n{text}\nafter" for text in [*ODD, *SEVERAL_LINES])]
    for place, text in enumerate(texts, start=programme.faqs.count() + 1):
        programme.faqs.create(
            key=f"odd-{place}", position=place, question=text if text in ODD else "Why?", answer=text
        )

    written_of_it = assert_round_trip(tmp_path, Programme.objects.get())

    assert written_of_it.count("key: odd-") == len(texts)


@pytest.mark.parametrize("text", SEVERAL_LINES)
def test_a_text_of_several_lines_comes_back_as_it_is_wherever_it_stands(tmp_path, programme, text):
    Programme.objects.update(background=text, next_steps=f"Before\n{text}\nafter")
    Academy.objects.update(privacy_text=text)
    programme.faqs.update(answer=text)
    Cohort.objects.update(joining_details=text)

    assert_round_trip(tmp_path, Programme.objects.get())


def test_what_is_written_reads_well(programme):
    text = catalogue.dump(programme)

    assert text.startswith("academy:\n  slug: coastal-academy\n")
    assert (
        "\nbackground: |-\n  Hard conversations are easier when they are prepared.\n\n  - You learn" in text
    )
    assert "\ncloses: 2024-09-27 17:00\nregions" not in text
    assert "closes: 2024-09-27 17:00\n" in text
    assert "notify_by: 2024-10-11\n" in text
    assert "\nregions:\n  - South East\n  - South West\n" in text
    assert "    sessions:\n      - key: day-1\n" in text
    assert "offer_answer" not in text


def test_a_winter_and_a_summer_time_stay_what_clocks_show(tmp_path, programme):
    programme.opens_at = datetime.datetime(2024, 1, 15, 9, 0, tzinfo=LONDON)
    programme.closes_at = datetime.datetime(2024, 7, 15, 9, 0, tzinfo=LONDON)
    programme.save()

    text = assert_round_trip(tmp_path, Programme.objects.get())

    assert "opens: 2024-01-15 09:00\ncloses: 2024-07-15 09:00\n" in text


# --- Every key --------------------------------------------------------------------------------------------


def _everything(tmp_path, programme):
    """Fill every field that a file can hold with something other than its default."""
    programme.academy.contact_phone = "01234 567890"
    programme.academy.accessibility_text = programme.academy.privacy_text = "A text."
    programme.academy.save()
    parts: list[models.Model] = [programme]
    for related in (
        programme.criteria,
        programme.questions,
        programme.declarations,
        programme.approval_steps,
        programme.obligations,
        programme.faqs,
    ):
        parts.append(related.first())
    # Only what is to be attended names a meeting.
    parts[5].kind = "attend"
    parts.append(factories.RubricCriterionFactory(programme=programme, position=1, maximum=9))
    factories.MessageTemplateFactory(programme=programme, event="offer", body="Dear {{ name }}\n\nWelcome.\n")
    evaluation = EvaluationQuestion.objects.create(
        programme=programme, key="overall", kind="rating", text="How was it?", position=1
    )
    factories.EvaluationQuestionFactory(
        programme=programme, kind="choice", moment="circle", choices=["Weekly", "Monthly"], position=2
    )
    undertaking = Undertaking.objects.create(programme=programme, key="do", statement="I will.", position=1)
    Facilitation.objects.create(
        programme=programme,
        circles=True,
        circle_minimum=5,
        circle_maximum=20,
        facilitators_at_least=2,
        facilitators_at_most=3,
        decide_days_before=4,
        deliveries_until_active=2,
        lapses_after_months=12,
        valid_months=24,
    )
    Topic.objects.create(
        programme=programme, key="burnout", name="Burnout", summary="A text.", status="in_design", position=1
    )
    session = Session.objects.order_by("pk").first()
    for row in (*parts, evaluation, undertaking, programme.cohorts.get(), Venue.objects.get(), session):
        for field in row._meta.concrete_fields:
            _fill(row, field)
        row.save()
    other = Session.objects.order_by("pk").last()
    other.online, other.joining_link, other.kind = True, "https://example.org/join", "observation"
    other.save()
    Question.objects.filter(pk=parts[2].pk).update(kind="number", least=1, most=5, options=[], max_words=None)
    factories.QuestionFactory(programme=programme, kind="long_text", max_words=200, position=3)
    Programme.objects.update(published=True)


def _fill(row, field):
    skipped = {
        "id",
        "key",
        "position",
        "slug",
        "code",
        "open_until_full",
        "published",
        "kind",
        "window",
        "maximum",
    }
    if field.name in skipped or field.is_relation or (isinstance(row, Question) and field.name == "options"):
        return
    if isinstance(field, models.BooleanField):
        setattr(row, field.name, not field.default if field.name not in ("online", "runs") else field.default)
    elif field.choices:
        others = [value for value, _ in field.flatchoices if value != field.get_default()]
        setattr(row, field.name, others[-1] if field.name != "nomination_scope" else "ics")
    elif isinstance(field, models.PositiveIntegerField) and field.name not in ("sequence", "minimum"):
        setattr(row, field.name, 7)
    elif isinstance(field, models.URLField):
        setattr(row, field.name, "" if isinstance(row, Session) else "https://example.org/map")
    elif isinstance(field, models.SlugField):
        setattr(row, field.name, "something")
    elif isinstance(field, models.CharField | models.TextField) and not getattr(row, field.name):
        setattr(row, field.name, "Something")
    elif field.name in ("lowest", "highest"):
        setattr(row, field.name, f"the {field.name}")


def _keys(mapping_keys: tuple[Key, ...], before: str = "") -> set[str]:
    """Every key of the schema, by the way to it."""
    found = set()
    for key in mapping_keys:
        name = f"{before}{key.name}"
        found.add(name)
        inner = key.read.item if isinstance(key.read, ListOf) else key.read
        if isinstance(inner, Mapping):
            found |= _keys(inner.keys, f"{name}.")
    return found


def _written(plain, before=""):
    found = set()
    if isinstance(plain, dict):
        for name, value in plain.items():
            found |= {f"{before}{name}"} | _written(value, f"{before}{name}.")
    elif isinstance(plain, list):
        for value in plain:
            found |= _written(value, before)
    return found


def test_every_key_of_the_schema_is_written(tmp_path, programme):
    _everything(tmp_path, programme)

    text = assert_round_trip(tmp_path, Programme.objects.get())

    # Only what cannot stand beside another: a programme without a deadline has none, a cohort that does not run.
    assert _keys(catalogue.known_keys()) - _written(yaml.safe_load(text)) == {
        "open_until_full",
        "cohorts.runs",
    }


def test_a_programme_without_a_deadline_and_a_cohort_that_is_off_are_written(tmp_path, programme):
    Programme.objects.update(closes_at=None, open_until_full=True)
    Cohort.objects.update(runs=False)

    text = assert_round_trip(tmp_path, Programme.objects.get())

    assert "\nopen_until_full: true\n" in text
    assert "    runs: false\n" in text


# Of a programme, what is decided in running it, not in setting it up.
OF_ITS_RUNNING = {"id", "offers_onward"}


def test_every_field_of_a_programme_and_its_parts_stands_in_the_file(programme):
    said = catalogue.said_of(programme)
    renamed = {"opens_at": "opens", "closes_at": "closes"}
    names = {renamed.get(field.name, field.name) for field in Programme._meta.concrete_fields}
    lists = {
        relation.get_accessor_name()
        for relation in Programme._meta.related_objects
        if issubclass(relation.related_model, PartOfProgramme)
    }

    assert names - said.keys() == OF_ITS_RUNNING
    assert lists == {
        "criteria",
        "questions",
        "declarations",
        "approval_steps",
        "rubric",
        "obligations",
        "faqs",
        "evaluation_questions",
        "undertakings",
    }


def test_the_wording_of_mails_is_written_stored_and_removed(tmp_path, programme):
    factories.MessageTemplateFactory(
        programme=programme, event="offer", subject="A place", body="Dear {{ name }}\n"
    )
    text = assert_round_trip(tmp_path, programme)
    mails = text[text.index("\nmails:") :].partition("\nevaluation:")[0].partition("\nvenues:")[0]

    catalogue.load([written(tmp_path, text.replace("subject: A place", "subject: Your place"))])
    reworded = list(programme.message_templates.values_list("event", "subject", "body"))
    catalogue.load([written(tmp_path, text.replace(mails, ""))])
    left = programme.message_templates.count()
    catalogue.load([written(tmp_path, text.replace(mails, "\nmails: []\n"))])

    assert mails == "\nmails:\n  - key: offer\n    subject: A place\n    body: Dear {{ name }}\n"
    assert reworded == [("offer", "Your place", "Dear {{ name }}\n")]
    assert left == 1
    assert programme.message_templates.count() == 0


def test_a_wording_with_an_unknown_placeholder_is_refused(tmp_path):
    text = example() + "\nmails:\n  - key: offer\n    subject: Hello\n    body: Dear {{ nobody }}\n"

    faults = faults_of([written(tmp_path, text)])

    assert [fault.split(" This mail")[0] for fault in faults] == [
        f"file.yaml:{text.count(chr(10))}: mails[offer].body: “{{{{ nobody }}}}” is not known."
    ]


def test_a_wording_without_words_is_refused(tmp_path):
    text = example() + "\nmails:\n  - key: offer\n    subject: Hello\n    body:\n"

    assert [fault.partition(": ")[2] for fault in faults_of([written(tmp_path, text)])] == [
        "mails[offer].body: Nothing stands here. Write a text; one of several lines goes after “|”. "
        "Or leave the key out, if it is optional."
    ]


def test_a_weight_above_a_hundred_is_refused(tmp_path):
    text = example() + "\nrubric:\n  - key: a\n    text: Experience\n    weight: 101\n    maximum: 0\n"

    assert [fault.partition(": ")[2] for fault in faults_of([written(tmp_path, text)])] == [
        "rubric[a].weight: 101 is too large. Write a whole number from 1 to 100.",
        "rubric[a].maximum: 0 is too small. Write a whole number from 1 to 100.",
    ]


def test_a_deadline_and_none_cannot_both_be(tmp_path):
    faults = faults_of([written(tmp_path, example() + "\nopen_until_full: true\n")])

    assert [fault.partition("open_until_full: ")[2] for fault in faults] == [
        "There is a deadline, and there is none. Leave out this key, or “closes”."
    ]


# --- What no file can say ---------------------------------------------------------------------------------


def faults_in_writing(programme):
    with pytest.raises(Unwritable) as caught:
        catalogue.dump(programme)
    return caught.value


def test_a_programme_that_is_not_complete_is_not_written(programme):
    programme.criteria.all().delete()
    programme.role_description.delete()
    programme.refresh_from_db()

    refused = faults_in_writing(programme)

    assert refused.sentence == "This programme cannot be written to a file yet: 2 things to put right first."
    assert [f"{fault.wrong} {fault.right}" for fault in refused.faults] == [
        "The key “role_description” is missing. Add it.",
        "The key “criteria” is missing. Add it.",
    ]


def test_a_time_between_two_minutes_is_not_written(programme):
    programme.closes_at += datetime.timedelta(seconds=30)
    programme.save()

    assert [(fault.field, fault.wrong) for fault in faults_in_writing(programme).faults] == [
        ("closes", "What is stored cannot stand in a file exactly.")
    ]


def test_a_part_that_would_change_is_named(programme):
    session = Session.objects.order_by("pk").first()
    session.starts_at += datetime.timedelta(seconds=1)
    session.save()

    assert [fault.field for fault in faults_in_writing(programme).faults] == [
        "cohorts[autumn].sessions[day-1].starts"
    ]


def test_a_text_that_yaml_cannot_hold_is_not_written(programme):
    Venue.objects.update(postcode="so14 2aa")

    assert [fault.field for fault in faults_in_writing(programme).faults] == ["venues[harbour-hall].postcode"]


def test_two_venues_of_one_name_have_keys_of_their_own(tmp_path, programme):
    venue = Venue.objects.get()
    other = factories.VenueFactory(academy=venue.academy, name=venue.name, postcode="SO14 3BB")
    third = factories.VenueFactory(academy=venue.academy, name="北京", postcode="SO14 4CC")
    first, second = Session.objects.order_by("pk")
    Session.objects.filter(pk=second.pk).update(online=False, venue=other)
    extra = datetime.timedelta(days=90)
    factories.SessionFactory(
        cohort=first.cohort,
        key="third",
        starts_at=second.starts_at + extra,
        ends_at=second.ends_at + extra,
        online=False,
        venue=third,
    )

    text = assert_round_trip(tmp_path, programme)

    assert [line for line in text.splitlines() if "venue: " in line] == [
        "        venue: harbour-hall",
        "        venue: harbour-hall-2",
        "        venue: venue",
    ]


def test_what_a_programme_says_by_itself_has_no_role_description_where_there_is_none(programme):
    programme.role_description.delete()

    assert said_by_itself(Programme.objects.get())["role_description"] is None


# --- The command ------------------------------------------------------------------------------------------


def test_command_writes_the_file_to_the_terminal(programme, capsys):
    call_command("dump_programme", programme.slug)

    assert capsys.readouterr().out == catalogue.dump(programme)


def test_command_writes_a_file_that_can_be_loaded(programme, capsys, tmp_path):
    path = tmp_path / "written.yaml"
    before = all_rows()

    call_command("dump_programme", programme.slug, to=path)
    call_command("load_programme", str(path))

    assert capsys.readouterr().out.startswith(f"Calm Conversations is written to {path}.\n")
    assert all_rows() == before


@pytest.mark.parametrize(
    ("slug", "to", "sentence"),
    [
        ("calm", None, "No programme is called “calm”. There are: calm-conversations."),
        ("calm-conversations", "no/such/folder.yaml", "cannot be written: No such file or directory."),
    ],
)
def test_command_says_what_it_cannot_do(programme, tmp_path, slug, to, sentence):
    with pytest.raises(CommandError, match=sentence):
        call_command("dump_programme", slug, to=tmp_path / to if to else None)


def test_command_names_what_stands_in_the_way(programme):
    programme.criteria.all().delete()

    with pytest.raises(CommandError, match=r"calm-conversations\.yaml:1: The key “criteria” is missing"):
        call_command("dump_programme", programme.slug)
