from django.apps import AppConfig


class CohortsConfig(AppConfig):
    """Cohorts; subscribes to what the apps on its left announce."""

    name = "cohorts"
    verbose_name = "Cohorts"

    def ready(self) -> None:
        """Every consequence in this app of what happens elsewhere, in one place."""
        from applications.domain import announcements
        from cohorts.domain import catalogue as cohorts_in_a_file
        from cohorts.domain import places, preferences
        from programmes.domain import catalogue

        announcements.state_changed.subscribe(places.free_seat)
        announcements.missing_before_submission.subscribe(preferences.missing)
        announcements.dates_wanted.subscribe(preferences.dates_wanted)
        catalogue.register(cohorts_in_a_file.COHORTS)
        catalogue.before_save.subscribe(cohorts_in_a_file.refuse_below_taken)
