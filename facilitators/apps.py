from django.apps import AppConfig


class FacilitatorsConfig(AppConfig):
    """The end of the training and what follows; subscribes to what the apps on its left announce."""

    name = "facilitators"
    verbose_name = "Completed training"

    def ready(self) -> None:
        """Every consequence in this app of what happens elsewhere, in one place."""
        from applications.domain import announcements as of_applications
        from facilitators.domain import catalogue as completion_in_a_file
        from facilitators.domain import integrity as rules
        from facilitators.domain import personal_data, retention
        from facilitators.domain import workload as waiting
        from facilitators.domain.people import facilitation_file, integrity_register, register
        from facilitators.models import Facilitator
        from programmes.domain import announcements, catalogue, integrity, workload
        from programmes.models import Link

        catalogue.register(completion_in_a_file.COMPLETION)
        integrity.register(*rules.RULES)
        workload.register(*waiting.WAITING)
        personal_data.register()
        retention.register()
        of_applications.state_changed.subscribe(register.note_change)
        announcements.links_asked_for.subscribe(register.send_links_to)
        announcements.fresh_link_asked_for.subscribe(register.send_fresh_link)
        catalogue.register(facilitation_file.SECTION)
        integrity.register(*integrity_register.RULES)
        integrity.register_holders({"facilitator": Facilitator}, {Link.Opens.FACILITATOR: Facilitator})

        from facilitators.domain.delivering import delivery_integrity
        from facilitators.models import Commitment, Delivery

        integrity.register(*delivery_integrity.RULES)
        integrity.register_holders({"commitment": Commitment, "delivery": Delivery})

        from facilitators.domain.calendar import bookings, circle_integrity, circle_workload, topics
        from facilitators.models import Booking

        announcements.links_asked_for.subscribe(bookings.send_links_to)
        announcements.fresh_link_asked_for.subscribe(bookings.send_fresh_link_again)
        catalogue.register(topics.TOPICS)
        integrity.register(*circle_integrity.RULES)
        workload.register(*circle_workload.WAITING)
        integrity.register_holders({"booking": Booking}, {Link.Opens.BOOKING: Booking})

        from facilitators.domain.covering import cover_integrity

        integrity.register(*cover_integrity.RULES)

        from facilitators.domain.evaluation import integrity as of_evaluations

        integrity.register(*of_evaluations.RULES)

        from facilitators.domain.community import integrity as of_the_community
        from facilitators.domain.community import waiting as community_waiting
        from facilitators.domain.handbook import integrity as of_handbooks

        integrity.register(*of_handbooks.RULES, *of_the_community.RULES)
        workload.register(*community_waiting.WAITING)
