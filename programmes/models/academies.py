"""Academies and the staff who work in them."""

from __future__ import annotations

from django.conf import settings
from django.contrib.auth.models import AnonymousUser, User
from django.db import models
from simple_history.models import HistoricalRecords


class AcademyQuerySet(models.QuerySet["Academy"]):
    def visible_to(self, user: User | AnonymousUser) -> AcademyQuerySet:
        """The academies in which a member of staff works; all of them for the portal's superuser."""
        if getattr(user, "is_superuser", False) and user.is_active:
            return self.all()
        if not user.is_authenticated:
            return self.none()
        return self.filter(members__user=user)


class Academy(models.Model):
    """An academy that runs programmes; its staff see its own records and no other academy's."""

    slug = models.SlugField(unique=True)
    name = models.CharField(max_length=120, unique=True)
    contact_email = models.EmailField("contact address")
    contact_phone = models.CharField(max_length=40, blank=True)
    sender_name = models.CharField(max_length=120, help_text="Who the academy's mails come from.")
    accessibility_text = models.TextField(blank=True, help_text="Markdown.")
    privacy_text = models.TextField(blank=True, help_text="Markdown.")
    history = HistoricalRecords()
    objects = AcademyQuerySet.as_manager()

    class Meta:
        verbose_name_plural = "academies"
        ordering = ["name"]

    def __str__(self) -> str:
        return self.name


class Role(models.TextChoices):
    """What a member of staff may do in an academy; each includes the ones below it."""

    ADMINISTRATOR = "administrator", "Administrator: sets up programmes and people"
    REVIEWER = "reviewer", "Reviewer: decides on applications"
    VIEWER = "viewer", "Viewer: reads"


class AcademyMember(models.Model):
    """A member of staff in an academy, with a role; of all its programmes, or of some.

    ``programmes`` empty means all of the academy's. An administrator is never limited to some.
    """

    academy = models.ForeignKey(Academy, on_delete=models.CASCADE, related_name="members")
    user = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.CASCADE, related_name="academy_memberships"
    )
    role = models.CharField(max_length=20, choices=Role)
    programmes = models.ManyToManyField(
        "programmes.Programme",
        blank=True,
        related_name="limited_members",
        verbose_name="only these programmes",
        help_text="Leave empty for all programmes of the academy. An administrator always has all of them.",
    )
    history = HistoricalRecords(m2m_fields=[programmes])

    class Meta:
        constraints = [models.UniqueConstraint(fields=["academy", "user"], name="member_once_an_academy")]

    def __str__(self) -> str:
        return f"{self.user} at {self.academy}"
