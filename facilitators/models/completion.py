"""What someone who attended agrees to before they have completed the training."""

from __future__ import annotations

from django.db import models

from applications.models import Application
from programmes.models import Programme
from programmes.models.parts import PartOfProgramme


class Undertaking(PartOfProgramme):
    """One thing that a trained person agrees to, such as respect for copyright."""

    programme = models.ForeignKey(Programme, on_delete=models.CASCADE, related_name="undertakings")
    statement = models.CharField(max_length=500, help_text="As it is agreed to: “I will …”.")

    class Meta(PartOfProgramme.Meta):
        constraints = [models.UniqueConstraint(fields=["programme", "key"], name="undertaking_key_once")]

    def __str__(self) -> str:
        return self.statement


class UndertakingMade(models.Model):
    """One thing that somebody agreed to, in the words of that day, under the name they typed."""

    application = models.ForeignKey(Application, on_delete=models.CASCADE, related_name="undertakings_made")
    undertaking = models.ForeignKey(Undertaking, on_delete=models.SET_NULL, null=True, related_name="+")
    statement = models.CharField(max_length=500)
    name = models.CharField(max_length=150, help_text="As typed.")
    made_at = models.DateTimeField()

    class Meta:
        ordering = ["pk"]
        verbose_name = "undertaking made"
        verbose_name_plural = "undertakings made"
        constraints = [
            models.UniqueConstraint(fields=["application", "undertaking"], name="undertaking_made_once")
        ]

    def __str__(self) -> str:
        return self.statement
