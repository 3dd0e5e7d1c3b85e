from django.apps import AppConfig


class ApplicationsConfig(AppConfig):
    """Applications; subscribes to what the apps on its left announce."""

    name = "applications"
    verbose_name = "Applications"

    def ready(self) -> None:
        """Every consequence in this app of what happens elsewhere, in one place."""
        from applications.domain import approvals
        from programmes.domain import announcements

        announcements.message_failed.subscribe(approvals.note_address_failed)
