from django.apps import AppConfig


class ProgrammesConfig(AppConfig):
    """Programmes; subscribes the workers to the outbox."""

    name = "programmes"
    verbose_name = "Programmes"

    def ready(self) -> None:
        """Every consequence of this app, in one place."""
        from programmes import tasks
        from programmes.domain import announcements

        announcements.messages_queued.subscribe(tasks.nudge)
