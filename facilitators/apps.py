from django.apps import AppConfig


class FacilitatorsConfig(AppConfig):
    """The end of the training and what follows; subscribes to what the apps on its left announce."""

    name = "facilitators"
    verbose_name = "Completed training"

    def ready(self) -> None:
        """Every consequence in this app of what happens elsewhere, in one place."""
        from facilitators.domain import catalogue as completion_in_a_file
        from facilitators.domain import integrity as rules
        from facilitators.domain import workload as waiting
        from programmes.domain import catalogue, integrity, workload

        catalogue.register(completion_in_a_file.COMPLETION)
        integrity.register(*rules.RULES)
        workload.register(*waiting.WAITING)
