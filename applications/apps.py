from django.apps import AppConfig


class ApplicationsConfig(AppConfig):
    """Applications; subscribes to what the apps on its left announce."""

    name = "applications"
    verbose_name = "Applications"

    def ready(self) -> None:
        """Every consequence in this app of what happens elsewhere, in one place."""
        from applications.domain import approvals, personal_data, retention
        from applications.domain import catalogue as nominations_in_a_file
        from applications.domain import integrity as rules
        from applications.domain import workload as waiting
        from applications.models import Application, Approval, NominationLead, Nominee
        from programmes.domain import announcements, catalogue, integrity, workload
        from programmes.models import Link

        announcements.recipient_refused.subscribe(approvals.note_address_failed)
        catalogue.before_save.subscribe(nominations_in_a_file.refuse_below_used)
        catalogue.register(nominations_in_a_file.RESERVE)
        integrity.register(*rules.RULES)
        workload.register(*waiting.WAITING)
        personal_data.register()
        retention.register()
        integrity.register_holders(
            {
                "application": Application,
                "approval": Approval,
                "nomination_lead": NominationLead,
                "nominee": Nominee,
            },
            {
                Link.Opens.APPLICATION: Application,
                Link.Opens.APPROVAL: Approval,
                Link.Opens.BOARD: NominationLead,
                Link.Opens.CALENDAR: Application,
            },
        )
