"""What reviewers of a programme score, and how much each of it counts."""

from __future__ import annotations

from django.db import models
from django.db.models import Q

from programmes.models.parts import PartOfProgramme
from programmes.models.programmes import Programme


class RubricCriterion(PartOfProgramme):
    """One thing that a reviewer gives points for, from 0 to ``maximum``.

    ``weight`` is what it counts beside the others: the points of all together make a score of 0 to 100.
    """

    programme = models.ForeignKey(Programme, on_delete=models.CASCADE, related_name="rubric")
    text = models.CharField(
        "what is scored", max_length=200, help_text="Such as “Experience of leading groups”."
    )
    guidance = models.CharField(
        max_length=400, blank=True, help_text="What earns few points and what earns many, for reviewers."
    )
    weight = models.PositiveIntegerField(default=1, help_text="2 counts twice as much as 1.")
    maximum = models.PositiveIntegerField("most points", default=5, help_text="At most 100.")

    class Meta(PartOfProgramme.Meta):
        verbose_name = "rubric criterion"
        verbose_name_plural = "rubric criteria"
        constraints = [
            models.UniqueConstraint(fields=["programme", "key"], name="rubric_criterion_key_once"),
            models.CheckConstraint(
                condition=Q(weight__gte=1, weight__lte=100), name="rubric_weight_from_1_to_100"
            ),
            models.CheckConstraint(
                condition=Q(maximum__gte=1, maximum__lte=100), name="rubric_points_from_1_to_100"
            ),
        ]

    def __str__(self) -> str:
        return self.text
