from django.apps import AppConfig


class CohortsConfig(AppConfig):
    """Cohorts; subscribes to what the apps on its left announce."""

    name = "cohorts"
    verbose_name = "Cohorts"

    def ready(self) -> None:
        """Every consequence in this app of what happens elsewhere, in one place."""
        from applications.domain import announcements
        from cohorts import tasks
        from cohorts.domain import calendar, personal_data, places, preferences, subscriptions, waiting_list
        from cohorts.domain import catalogue as cohorts_in_a_file
        from cohorts.domain import integrity as rules
        from cohorts.domain import readiness as cohorts_before_opening
        from cohorts.domain import workload as waiting
        from cohorts.models import Cohort, Session
        from programmes.domain import catalogue, integrity, readiness, workload
        from programmes.models import Link

        announcements.state_changed.subscribe(places.free_seat)
        announcements.state_changed.subscribe(waiting_list.note_change)
        announcements.state_changed.subscribe(subscriptions.note_change)
        waiting_list.seats_freed.subscribe(tasks.nudge)
        announcements.files_for_applicant.subscribe(calendar.files_for_applicant)
        announcements.waiting_position.subscribe(waiting_list.position_of)
        announcements.missing_before_submission.subscribe(preferences.missing)
        announcements.dates_wanted.subscribe(preferences.dates_wanted)
        catalogue.register(cohorts_in_a_file.COHORTS)
        catalogue.before_save.subscribe(cohorts_in_a_file.refuse_below_taken)
        readiness.contributions.subscribe(cohorts_before_opening.missing)
        integrity.register(*rules.RULES)
        workload.register(*waiting.WAITING)
        personal_data.register()
        integrity.register_holders({"cohort": Cohort, "session": Session}, {Link.Opens.REGISTER: Session})
