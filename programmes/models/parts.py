"""The parts of a programme: who can apply, what is declared and approved, what is owed, what people ask."""

from __future__ import annotations

from django.db import models
from django.db.models import F, Q
from simple_history.models import HistoricalRecords

from programmes.models.programmes import Programme


class RoleDescription(models.Model):
    """What the trained person will do; approvers read it before they answer."""

    programme = models.OneToOneField(Programme, on_delete=models.CASCADE, related_name="role_description")
    text = models.TextField(help_text="Markdown.")
    history = HistoricalRecords()

    def __str__(self) -> str:
        return f"Role description of {self.programme}"


class PartOfProgramme(models.Model):
    """What every ordered part of a programme has; ``key`` stays the same when the file is loaded again."""

    key = models.SlugField(max_length=50)
    position = models.PositiveIntegerField(default=0)
    # Of every part, whatever it is and whichever app it lives in.
    history = HistoricalRecords(inherit=True)

    class Meta:
        abstract = True
        ordering = ["position", "pk"]


class Importance(models.TextChoices):
    ESSENTIAL = "essential", "Essential"
    DESIRABLE = "desirable", "Desirable"


class Criterion(PartOfProgramme):
    """A requirement, asked as one plain question before anything else.

    With options it is an any-of group ("and/or" on the source page): one ticked option meets it.
    """

    programme = models.ForeignKey(Programme, on_delete=models.CASCADE, related_name="criteria")
    statement = models.CharField(max_length=300, help_text="As it stands on the programme's page.")
    question = models.CharField(max_length=300, help_text="As it is asked.")
    hint = models.CharField(max_length=400, blank=True)
    importance = models.CharField(max_length=20, choices=Importance, default=Importance.ESSENTIAL)
    advice = models.TextField(blank=True, help_text="What someone who does not meet it can do.")

    class Meta(PartOfProgramme.Meta):
        verbose_name_plural = "criteria"
        constraints = [models.UniqueConstraint(fields=["programme", "key"], name="criterion_key_once")]

    def __str__(self) -> str:
        return self.statement


class CriterionOption(PartOfProgramme):
    """One of the ways to meet an any-of criterion."""

    criterion = models.ForeignKey(Criterion, on_delete=models.CASCADE, related_name="options")
    text = models.CharField(max_length=300)

    class Meta(PartOfProgramme.Meta):
        constraints = [models.UniqueConstraint(fields=["criterion", "key"], name="criterion_option_key_once")]

    def __str__(self) -> str:
        return self.text


class IneligibleCount(models.Model):
    """How often a criterion kept somebody out; the only thing kept of a visitor who is not eligible."""

    criterion = models.OneToOneField(Criterion, on_delete=models.CASCADE, related_name="ineligible_count")
    visitors = models.PositiveIntegerField(default=0)

    def __str__(self) -> str:
        return f"{self.visitors} not eligible: {self.criterion}"


class Declaration(PartOfProgramme):
    """A statement that the applicant agrees to at the end."""

    programme = models.ForeignKey(Programme, on_delete=models.CASCADE, related_name="declarations")
    statement = models.CharField(max_length=500)

    class Meta(PartOfProgramme.Meta):
        constraints = [models.UniqueConstraint(fields=["programme", "key"], name="declaration_key_once")]

    def __str__(self) -> str:
        return self.statement


class Approver(models.TextChoices):
    """Who agrees to an application."""

    LINE_MANAGER = "line_manager", "Line manager"
    SPONSOR = "sponsor", "Sponsor"
    NOMINATOR = "nominator", "Nominator"
    ACADEMY_CONTACT = "academy_contact", "Academy contact"


class ApprovalMethod(models.TextChoices):
    DECLARED = "declared", "The applicant declares it"
    EMAILED = "emailed", "The approver answers by emailed link"


class ApprovalStep(PartOfProgramme):
    """One agreement that an application to the programme needs."""

    programme = models.ForeignKey(Programme, on_delete=models.CASCADE, related_name="approval_steps")
    approver = models.CharField(max_length=20, choices=Approver)
    method = models.CharField(max_length=20, choices=ApprovalMethod)
    statement = models.CharField(
        max_length=500, help_text="What is declared, or what the approver says yes to."
    )
    guidance = models.TextField(blank=True, help_text="Markdown, shown to whoever answers.")

    class Meta(PartOfProgramme.Meta):
        constraints = [models.UniqueConstraint(fields=["programme", "key"], name="approval_step_key_once")]

    def __str__(self) -> str:
        return f"{self.get_approver_display()}: {self.get_method_display().lower()}"


class Faq(PartOfProgramme):
    """A question that people ask, and its answer."""

    programme = models.ForeignKey(Programme, on_delete=models.CASCADE, related_name="faqs")
    question = models.CharField(max_length=300)
    answer = models.TextField(help_text="Markdown.")

    class Meta(PartOfProgramme.Meta):
        verbose_name = "frequently asked question"
        constraints = [models.UniqueConstraint(fields=["programme", "key"], name="faq_key_once")]

    def __str__(self) -> str:
        return self.question


class Obligation(PartOfProgramme):
    """What a facilitator owes after the training, such as at least 3 deliveries in 12 months."""

    class Kind(models.TextChoices):
        DELIVER = "deliver", "Deliver"
        CO_DELIVER = "co_deliver", "Deliver jointly"
        ATTEND = "attend", "Attend"
        OBSERVE = "observe", "Observe"
        EVALUATE = "evaluate", "Evaluate"
        REFRESH = "refresh", "Refresh"

    class Unit(models.TextChoices):
        SESSION = "session", "Session"
        PROGRAMME = "programme", "Programme"
        COHORT = "cohort", "Cohort"
        DAY = "day", "Day"
        PERSON = "person", "Person"

    class Window(models.TextChoices):
        ONCE = "once", "Once"
        WITHIN_MONTHS = "within_months", "Within a number of months of the training"
        EVERY_YEAR = "every_year", "Every year"
        STANDING = "standing", "Standing"

    class Attends(models.TextChoices):
        IMPLEMENTATION = "implementation", "The implementation session of the ICS"
        ACTION_LEARNING = "action_learning", "Action learning sets"

    programme = models.ForeignKey(Programme, on_delete=models.CASCADE, related_name="obligations")
    kind = models.CharField(max_length=20, choices=Kind)
    at_least = models.PositiveIntegerField(null=True, blank=True)
    at_most = models.PositiveIntegerField(null=True, blank=True)
    unit = models.CharField(max_length=20, choices=Unit)
    window = models.CharField(max_length=20, choices=Window)
    months = models.PositiveIntegerField(null=True, blank=True)
    people_at_least = models.PositiveIntegerField(
        null=True, blank=True, help_text="A delivery to fewer people does not count."
    )
    one_of = models.SlugField(
        max_length=50, blank=True, help_text="Of those with the same word here, one met is enough."
    )
    attends = models.CharField(
        max_length=20,
        choices=Attends,
        blank=True,
        help_text="What counts, where something is to be attended; empty for everything.",
    )
    description = models.CharField(max_length=400)

    class Meta(PartOfProgramme.Meta):
        constraints = [
            models.UniqueConstraint(fields=["programme", "key"], name="obligation_key_once"),
            models.CheckConstraint(
                condition=Q(attends="") | Q(kind="attend"), name="obligation_attends_where_it_is_to_attend"
            ),
            models.CheckConstraint(
                condition=~Q(window="within_months") | Q(months__isnull=False, months__gte=1),
                name="obligation_window_has_months",
            ),
            models.CheckConstraint(
                condition=Q(at_least__isnull=True) | Q(at_most__isnull=True) | Q(at_least__lte=F("at_most")),
                name="obligation_range_in_order",
            ),
        ]

    def __str__(self) -> str:
        return self.description
