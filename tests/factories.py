"""A factory for every model, free of surprises: each makes one valid row and says nothing more than it must."""

import datetime
import uuid

import factory
from django.contrib.auth import get_user_model
from django.utils import timezone

from applications import models as applications
from cohorts import models as cohorts
from facilitators import models as facilitators
from programmes import models as programmes
from programmes.models.parts import ApprovalMethod, Approver
from programmes.models.programmes import NominationScope, OfferAnswer

# A Monday in term time, at noon: rules that depend on the day are tested from here.
NOW = datetime.datetime(2026, 10, 5, 12, tzinfo=datetime.UTC)


class RegionFactory(factory.django.DjangoModelFactory):
    class Meta:
        model = programmes.Region
        django_get_or_create = ("ods_code",)

    name = "South East"
    ods_code = "Y59"


class IntegratedCareSystemFactory(factory.django.DjangoModelFactory):
    class Meta:
        model = programmes.IntegratedCareSystem

    code = factory.Sequence(lambda n: f"Q{n:03}")
    name = factory.Sequence(lambda n: f"NHS Downs {n} Integrated Care Board")
    region = factory.SubFactory(RegionFactory)
    valid_from = datetime.date(2022, 7, 1)


class OrganisationFactory(factory.django.DjangoModelFactory):
    class Meta:
        model = programmes.Organisation

    name = factory.Sequence(lambda n: f"Downs Community Trust {n}")
    sector = programmes.Sector.NHS_TRUST
    ics = factory.SubFactory(IntegratedCareSystemFactory)


class AcademyFactory(factory.django.DjangoModelFactory):
    class Meta:
        model = programmes.Academy

    slug = factory.Sequence(lambda n: f"academy-{n}")
    name = factory.Sequence(lambda n: f"Academy {n}")
    contact_email = factory.Sequence(lambda n: f"academy{n}@example.org")
    sender_name = factory.SelfAttribute("name")


class InvitationFactory(factory.django.DjangoModelFactory):
    """An open invitation of a reviewer, without its mail and its link."""

    class Meta:
        model = programmes.Invitation

    academy = factory.SubFactory(AcademyFactory)
    name = "Casey Colleague"
    address = factory.Sequence(lambda n: f"casey{n}@example.org")
    role = programmes.Role.REVIEWER
    invited_by = factory.SubFactory("tests.factories.UserFactory")
    invited_at = NOW
    expires_at = NOW + datetime.timedelta(days=7)


class ProgrammeFactory(factory.django.DjangoModelFactory):
    """A published programme that is open at `NOW`, without limits, approvals, questions or criteria."""

    class Meta:
        model = programmes.Programme

    academy = factory.SubFactory(AcademyFactory)
    slug = factory.Sequence(lambda n: f"programme-{n}")
    code = factory.Sequence(
        lambda n: "P" + chr(65 + n // 26 % 26) + chr(65 + n % 26) + chr(65 + n // 676 % 26)
    )
    title = factory.Sequence(lambda n: f"Programme {n}")
    summary = "Learn to train others."
    published = True
    contact_email = factory.SelfAttribute("academy.contact_email")
    opens_at = NOW - datetime.timedelta(days=30)
    closes_at = NOW + datetime.timedelta(days=30)
    offer_answer = OfferAnswer.APPLICANT_ACCEPTS

    class Params:
        # Such as ProgrammeFactory(limited=True): at most five nominations an ICS.
        limited = factory.Trait(nomination_scope=NominationScope.ICS, nominations_allowed=5)


class CriterionFactory(factory.django.DjangoModelFactory):
    class Meta:
        model = programmes.Criterion

    programme = factory.SubFactory(ProgrammeFactory)
    key = factory.Sequence(lambda n: f"criterion-{n}")
    position = factory.Sequence(int)
    statement = "Experience of leading groups"
    question = "Do you have experience of leading groups?"


class CriterionOptionFactory(factory.django.DjangoModelFactory):
    class Meta:
        model = programmes.CriterionOption

    criterion = factory.SubFactory(CriterionFactory)
    key = factory.Sequence(lambda n: f"option-{n}")
    position = factory.Sequence(int)
    text = factory.Sequence(lambda n: f"Way {n}")


class QuestionFactory(factory.django.DjangoModelFactory):
    class Meta:
        model = programmes.Question

    programme = factory.SubFactory(ProgrammeFactory)
    key = factory.Sequence(lambda n: f"question-{n}")
    position = factory.Sequence(int)
    kind = programmes.Question.Kind.LONG_TEXT
    text = "Why do you want to take part?"


class DeclarationFactory(factory.django.DjangoModelFactory):
    class Meta:
        model = programmes.Declaration

    programme = factory.SubFactory(ProgrammeFactory)
    key = factory.Sequence(lambda n: f"declaration-{n}")
    position = factory.Sequence(int)
    statement = "I can attend every session."


class ApprovalStepFactory(factory.django.DjangoModelFactory):
    """A line manager who answers by emailed link."""

    class Meta:
        model = programmes.ApprovalStep

    programme = factory.SubFactory(ProgrammeFactory)
    key = factory.Sequence(lambda n: f"step-{n}")
    position = factory.Sequence(int)
    approver = Approver.LINE_MANAGER
    method = ApprovalMethod.EMAILED
    statement = "I support this application and will release the applicant."

    class Params:
        declared = factory.Trait(method=ApprovalMethod.DECLARED)
        nominator = factory.Trait(approver=Approver.NOMINATOR)


class RoleDescriptionFactory(factory.django.DjangoModelFactory):
    class Meta:
        model = programmes.RoleDescription

    programme = factory.SubFactory(ProgrammeFactory)
    text = "You train others locally."


class FaqFactory(factory.django.DjangoModelFactory):
    class Meta:
        model = programmes.Faq

    programme = factory.SubFactory(ProgrammeFactory)
    key = factory.Sequence(lambda n: f"faq-{n}")
    question = "Does it cost anything?"
    answer = "No."


class ObligationFactory(factory.django.DjangoModelFactory):
    class Meta:
        model = programmes.Obligation

    programme = factory.SubFactory(ProgrammeFactory)
    key = factory.Sequence(lambda n: f"obligation-{n}")
    kind = programmes.Obligation.Kind.DELIVER
    at_least = 3
    unit = programmes.Obligation.Unit.SESSION
    window = programmes.Obligation.Window.WITHIN_MONTHS
    months = 12
    description = "Deliver at least 3 sessions in 12 months."


class NominationAllowanceFactory(factory.django.DjangoModelFactory):
    class Meta:
        model = programmes.NominationAllowance

    programme = factory.SubFactory(ProgrammeFactory, limited=True)
    ics = factory.SubFactory(IntegratedCareSystemFactory)
    key = factory.LazyAttribute(lambda row: f"ics:{row.ics.code}")


class NomineeFactory(factory.django.DjangoModelFactory):
    """Somebody whom an ICS names, and who has not applied; ``allowance`` says whose list it is."""

    class Meta:
        model = applications.Nominee
        exclude = ["allowance"]

    allowance = factory.SubFactory(NominationAllowanceFactory)
    programme = factory.SelfAttribute("allowance.programme")
    nomination_key = factory.SelfAttribute("allowance.key")
    name = "Nora Nominee"
    email = factory.Sequence(lambda n: f"nominee{n}@example.org")
    added_at = NOW


class UserFactory(factory.django.DjangoModelFactory):
    """A staff account without an academy."""

    class Meta:
        model = get_user_model()
        skip_postgeneration_save = True

    username = factory.Sequence(lambda n: f"staff{n}")
    email = factory.LazyAttribute(lambda row: f"{row.username}@example.org")
    first_name = "Robin"
    last_name = factory.Sequence(lambda n: f"Reviewer {n}")
    is_staff = True
    password = factory.django.Password("a long enough password")


class AcademyMemberFactory(factory.django.DjangoModelFactory):
    class Meta:
        model = programmes.AcademyMember

    academy = factory.SubFactory(AcademyFactory)
    user = factory.SubFactory(UserFactory)
    role = programmes.Role.REVIEWER


class MessageTemplateFactory(factory.django.DjangoModelFactory):
    class Meta:
        model = programmes.MessageTemplate

    programme = factory.SubFactory(ProgrammeFactory)
    event = "received"
    subject = "We have your application {{ reference }}"
    body = "Dear {{ name }},\n\nthank you."


class ApplicationFactory(factory.django.DjangoModelFactory):
    """A draft of which nothing but the address is known. States are reached by verbs: see `tests.scenarios`."""

    class Meta:
        model = applications.Application

    reference = factory.Sequence(lambda n: f"TST-{n:05}")
    programme = factory.SubFactory(ProgrammeFactory)
    email = factory.Sequence(lambda n: f"applicant{n}@example.org")
    state_since = NOW
    created_at = NOW


class ApprovalFactory(factory.django.DjangoModelFactory):
    class Meta:
        model = applications.Approval

    application = factory.SubFactory(ApplicationFactory)
    step = factory.SubFactory(ApprovalStepFactory, programme=factory.SelfAttribute("..application.programme"))
    approver = factory.SelfAttribute("step.approver")
    method = factory.SelfAttribute("step.method")
    statement = factory.SelfAttribute("step.statement")
    name = "Morgan Manager"
    email = factory.Sequence(lambda n: f"manager{n}@example.org")


class VenueFactory(factory.django.DjangoModelFactory):
    class Meta:
        model = cohorts.Venue

    academy = factory.SubFactory(AcademyFactory)
    name = factory.Sequence(lambda n: f"Guildhall {n}")
    address = "1 High Street, Lewes"
    postcode = "BN7 2XX"


class CohortFactory(factory.django.DjangoModelFactory):
    class Meta:
        model = cohorts.Cohort

    programme = factory.SubFactory(ProgrammeFactory)
    key = factory.Sequence(lambda n: f"cohort-{n}")
    name = factory.Sequence(lambda n: f"Cohort {n}")
    maximum = 20


class SessionFactory(factory.django.DjangoModelFactory):
    class Meta:
        model = cohorts.Session

    cohort = factory.SubFactory(CohortFactory)
    key = factory.Sequence(lambda n: f"session-{n}")
    title = "Day 1"
    starts_at = NOW + datetime.timedelta(days=60)
    ends_at = factory.LazyAttribute(lambda row: row.starts_at + datetime.timedelta(hours=3))
    online = True


class PreferenceFactory(factory.django.DjangoModelFactory):
    class Meta:
        model = cohorts.Preference

    application = factory.SubFactory(ApplicationFactory)
    cohort = factory.SubFactory(CohortFactory, programme=factory.SelfAttribute("..application.programme"))
    rank = 1


class PlaceFactory(factory.django.DjangoModelFactory):
    class Meta:
        model = cohorts.Place

    application = factory.SubFactory(ApplicationFactory)
    cohort = factory.SubFactory(CohortFactory, programme=factory.SelfAttribute("..application.programme"))
    programme = factory.SelfAttribute("application.programme")
    status = cohorts.Place.Status.OFFERED
    seat_number = factory.Sequence(lambda n: n + 1)
    programme_number = factory.SelfAttribute("seat_number")
    offered_at = factory.LazyFunction(timezone.now)


class EvaluationQuestionFactory(factory.django.DjangoModelFactory):
    class Meta:
        model = facilitators.EvaluationQuestion

    programme = factory.SubFactory(ProgrammeFactory)
    key = factory.Sequence(lambda n: f"evaluation-{n}")
    position = factory.Sequence(int)
    kind = facilitators.EvaluationQuestion.Kind.RATING
    text = "How was the training?"


class UndertakingFactory(factory.django.DjangoModelFactory):
    class Meta:
        model = facilitators.Undertaking

    programme = factory.SubFactory(ProgrammeFactory)
    key = factory.Sequence(lambda n: f"undertaking-{n}")
    position = factory.Sequence(int)
    statement = "I will respect the copyright of the materials."


class RubricCriterionFactory(factory.django.DjangoModelFactory):
    """One that counts once, for up to 5 points."""

    class Meta:
        model = programmes.RubricCriterion

    programme = factory.SubFactory(ProgrammeFactory)
    key = factory.Sequence(lambda n: f"rubric-{n}")
    position = factory.Sequence(int)
    text = factory.Sequence(lambda n: f"Experience {n}")


class StaffNoteFactory(factory.django.DjangoModelFactory):
    class Meta:
        model = applications.StaffNote

    application = factory.SubFactory(ApplicationFactory)
    author = factory.SubFactory(UserFactory)
    text = "Rang to ask about parking."
    written_at = NOW


class ConflictOfInterestFactory(factory.django.DjangoModelFactory):
    """One that stands."""

    class Meta:
        model = applications.ConflictOfInterest

    application = factory.SubFactory(ApplicationFactory)
    reviewer = factory.SubFactory(UserFactory)
    reason = "We share an office."
    declared_at = NOW


class PendingDecisionFactory(factory.django.DjangoModelFactory):
    """The shortlist, kept for the release day."""

    class Meta:
        model = cohorts.PendingDecision

    application = factory.SubFactory(ApplicationFactory)
    kind = "shortlist"
    decided_by = factory.SubFactory(UserFactory)
    decided_at = NOW


class LetterFactory(factory.django.DjangoModelFactory):
    """A draft, written for nobody yet."""

    class Meta:
        model = programmes.Letter

    programme = factory.SubFactory(ProgrammeFactory)
    subject = "About {{ programme }}"
    body = "Dear {{ name }},\n\nplease look.\n"
    created_at = NOW


class NewsOptOutFactory(factory.django.DjangoModelFactory):
    class Meta:
        model = programmes.NewsOptOut

    academy = factory.SubFactory(AcademyFactory)
    email = factory.Sequence(lambda n: f"no-news{n}@example.org")
    at = NOW


class HoldFactory(factory.django.DjangoModelFactory):
    """A hold that stands."""

    class Meta:
        model = programmes.Hold

    academy = factory.SubFactory(AcademyFactory)
    address = factory.Sequence(lambda n: f"held{n}@example.org")
    kind = programmes.Hold.Kind.COMPLAINT
    reason = "They complained about the decision"
    put_at = NOW


class FeedKeyFactory(factory.django.DjangoModelFactory):
    class Meta:
        model = programmes.FeedKey

    academy = factory.SubFactory(AcademyFactory)
    name = "Power BI"
    begins_with = "cascade_abcd"
    key_hash = factory.Sequence(lambda n: f"{n:064x}")
    created_at = NOW


class ExportRecordFactory(factory.django.DjangoModelFactory):
    class Meta:
        model = programmes.ExportRecord
        skip_postgeneration_save = True

    at = NOW
    list_name = "applications"
    kind = "csv"

    @factory.post_generation
    def academies(self, create, extracted, **kwargs):
        self.academies.set(extracted or [])


class AccessNeedsFactory(factory.django.DjangoModelFactory):
    class Meta:
        model = applications.AccessNeeds

    application = factory.SubFactory(ApplicationFactory)
    access = "A step-free way in"
    updated_at = NOW


class FacilitatorFactory(factory.django.DjangoModelFactory):
    """Somebody who is in no programme's register yet, and not in the directory."""

    class Meta:
        model = facilitators.Facilitator

    name = factory.Sequence(lambda n: f"Fay Facilitator {n}")
    email = factory.Sequence(lambda n: f"facilitator{n}@example.org")
    created_at = NOW


class TrainingFactory(factory.django.DjangoModelFactory):
    """Trained on the day of `NOW`, without an application; what is owed is begun by `commitments.begin`."""

    class Meta:
        model = facilitators.Training

    facilitator = factory.SubFactory(FacilitatorFactory)
    programme = factory.SubFactory(ProgrammeFactory)
    trained_on = NOW.date()
    registered_at = NOW


class PauseFactory(factory.django.DjangoModelFactory):
    """A pause of a month that has begun; what it moves is counted by `commitments.recount`."""

    class Meta:
        model = facilitators.Pause

    training = factory.SubFactory(TrainingFactory)
    from_on = NOW.date()
    until_on = NOW.date() + datetime.timedelta(days=30)
    reason = "Parental leave"


class FacilitationFactory(factory.django.DjangoModelFactory):
    """A programme with circles of 6 to 25 people, led by one or two."""

    class Meta:
        model = facilitators.Facilitation

    programme = factory.SubFactory(ProgrammeFactory)
    circles = True


class TopicFactory(factory.django.DjangoModelFactory):
    class Meta:
        model = facilitators.Topic

    programme = factory.SubFactory(ProgrammeFactory)
    key = factory.Sequence(lambda n: f"topic-{n}")
    position = factory.Sequence(int)
    name = factory.Sequence(lambda n: f"Topic {n}")


class CircleFactory(factory.django.DjangoModelFactory):
    """An online circle in 30 days that nobody leads: one with leads is set up by `circles.create`."""

    class Meta:
        model = facilitators.Circle

    topic = factory.SubFactory(TopicFactory)
    programme = factory.SelfAttribute("topic.programme")
    reference = factory.Sequence(lambda n: f"TST-C{n:05}")
    starts_at = NOW + datetime.timedelta(days=30)
    ends_at = factory.LazyAttribute(lambda row: row.starts_at + datetime.timedelta(hours=2))
    minimum = 6
    maximum = 25
    created_at = NOW
    created_by = "Fay Facilitator"


class BookingFactory(factory.django.DjangoModelFactory):
    """A place, without a mail: what people do themselves is done by `bookings.book`."""

    class Meta:
        model = facilitators.Booking

    circle = factory.SubFactory(CircleFactory)
    name = factory.Sequence(lambda n: f"Parveen Participant {n}")
    email = factory.Sequence(lambda n: f"participant{n}@example.org")
    state = facilitators.Booking.State.BOOKED
    seat_number = factory.Sequence(lambda n: n + 1)
    booked_at = NOW
    seated_at = NOW


class CoverRequestFactory(factory.django.DjangoModelFactory):
    """Cover wanted by somebody who leads a circle, and nobody asked: `cover.ask` asks."""

    class Meta:
        model = facilitators.CoverRequest

    lead = None
    asked_at = NOW
    find_by = NOW + datetime.timedelta(days=28)


class ResourceFactory(factory.django.DjangoModelFactory):
    """A handbook for facilitators, without a version or a word to agree to."""

    class Meta:
        model = facilitators.Resource

    programme = factory.SubFactory(ProgrammeFactory)
    key = factory.Sequence(lambda n: f"handbook-{n}")
    title = "Facilitator handbook"


class NoticeFactory(factory.django.DjangoModelFactory):
    """A post that waits for staff."""

    class Meta:
        model = facilitators.Notice

    author = factory.SubFactory(TrainingFactory)
    programme = factory.SelfAttribute("author.programme")
    sent_as = factory.LazyFunction(uuid.uuid4)
    title = factory.Sequence(lambda n: f"Role plays that worked {n}")
    text = "What went well with yours?"
    written_at = NOW


class ImplementationSessionFactory(factory.django.DjangoModelFactory):
    """Online, in 30 days, and nobody invited: `implementation.arrange` invites."""

    class Meta:
        model = facilitators.ImplementationSession

    programme = factory.SubFactory(ProgrammeFactory)
    ics = factory.SubFactory(IntegratedCareSystemFactory)
    starts_at = NOW + datetime.timedelta(days=30)
    ends_at = factory.LazyAttribute(lambda row: row.starts_at + datetime.timedelta(hours=2))


class LearningSetFactory(factory.django.DjangoModelFactory):
    """Without members or dates."""

    class Meta:
        model = facilitators.LearningSet

    programme = factory.SubFactory(ProgrammeFactory)
    name = factory.Sequence(lambda n: f"Leicester {n}")
