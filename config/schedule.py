"""When the portal does by itself what it does by itself: Celery's beat, or the embedded clock, keeps these times."""

from typing import Any

from celery.schedules import crontab

SCHEDULE: dict[str, dict[str, Any]] = {
    # A sweep that no worker took in time is dropped: the next one is due.
    "send-what-is-due": {
        "task": "programmes.tasks.sweep_outbox",
        "schedule": 15.0,
        "options": {"expires": 15},
    },
    # Nearly always there is nothing: a page does it when its answer has left.
    "send-links-asked-for": {
        "task": "applications.tasks.send_links_asked_for",
        "schedule": 60.0,
        "options": {"expires": 60},
    },
    "chase-approvers": {
        "task": "applications.tasks.chase_approvers",
        "schedule": crontab(hour="8-17", minute="10", day_of_week="mon-fri"),
    },
    "lapse-unanswered-offers": {
        "task": "cohorts.tasks.lapse_offers",
        "schedule": crontab(minute="*/15"),
    },
    "offer-freed-seats": {
        "task": "cohorts.tasks.offer_freed_seats",
        "schedule": 60.0,
        "options": {"expires": 60},
    },
    "renew-calendar-addresses": {
        "task": "cohorts.tasks.renew_calendar_addresses",
        "schedule": crontab(hour="6", minute="40"),
    },
    "erase-access-needs": {
        "task": "cohorts.tasks.erase_access_needs",
        "schedule": crontab(hour="3", minute="20"),
    },
    # At night: it reads every table. What an outage left out is made up the next night.
    "make-anonymous": {
        "task": "programmes.tasks.make_anonymous",
        "schedule": crontab(hour="2", minute="30"),
    },
    "work-on-proposals": {
        "task": "cohorts.tasks.work_on_proposals",
        "schedule": 60.0,
        "options": {"expires": 60},
    },
    "settle-cohorts": {
        "task": "cohorts.tasks.settle_cohorts",
        "schedule": crontab(minute="*/5"),
    },
    # Once a day: two questions about one cohort never come together.
    "ask-about-cohorts": {
        "task": "cohorts.tasks.ask_about_cohorts",
        "schedule": crontab(hour="7", minute="30"),
    },
    # Once a day, in the morning: somebody has to decide.
    "ask-about-circles": {
        "task": "facilitators.tasks.ask_about_circles",
        "schedule": crontab(hour="7", minute="35"),
    },
    "look-for-cover": {
        "task": "facilitators.tasks.look_for_cover",
        "schedule": 60.0,
        "options": {"expires": 60},
    },
    # Every day, and to each at most once a week: what an outage left out is made up the next day.
    "send-noticeboard-digests": {
        "task": "facilitators.tasks.send_noticeboard_digests",
        "schedule": crontab(hour="7", minute="50"),
    },
    "remind-of-circles": {
        "task": "facilitators.tasks.remind_of_circles",
        "schedule": crontab(hour="7-20", minute="*/15"),
    },
    "check-integrity": {
        "task": "programmes.tasks.check_integrity",
        "schedule": crontab(hour="5", minute="50"),
    },
    "turn-years-of-commitments": {
        "task": "facilitators.tasks.turn_years",
        "schedule": crontab(hour="3", minute="40"),
    },
    # After the years have turned.
    "remind-of-commitments": {
        "task": "facilitators.tasks.remind_of_commitments",
        "schedule": crontab(hour="6", minute="15"),
    },
    # Every hour: a register is taken soon after its circle.
    "ask-about-held-circles": {
        "task": "facilitators.tasks.ask_about_held_circles",
        "schedule": crontab(hour="8-20", minute="25"),
    },
    "ask-how-it-goes": {
        "task": "facilitators.tasks.ask_how_it_goes",
        "schedule": crontab(hour="9", minute="5"),
    },
    "remind-of-certificates": {
        "task": "facilitators.tasks.remind_of_certificates",
        "schedule": crontab(hour="6", minute="25"),
    },
    "remind-of-offers": {
        "task": "cohorts.tasks.remind_of_offers",
        "schedule": crontab(hour="8-17", minute="20"),
    },
}
