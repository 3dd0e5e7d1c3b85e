"""Which mails there are, who reads them, and what may stand in them.

Each is one file of Markdown, ``templates/mail/<event>.md``, with its subject on the first line. Staff can reword it for
a programme (`own_wording`).
"""

from __future__ import annotations

import re
from dataclasses import dataclass

# Placeholders that every mail has, and those of every mail to one kind of reader.
_ALWAYS = ("name", "programme", "academy", "contact", "applicant", "reference")
_APPLICANT = (*_ALWAYS, "link")
_APPROVER = (*_ALWAYS, "role")
_STAFF = ("name", "programme", "academy", "contact")
_FACILITATOR = (*_STAFF, "link")
# Never empty; a line of staff's own wording with none but others, all of them empty, is left out.
ALWAYS_SAID = frozenset({*_ALWAYS, "link", "role", "privacy", "kept"})
# Of mails about a cohort; and those that carry a place in it.
_DATES = ("cohort", "dates")
_PLACE = (*_DATES, "joining", "certain")
# Of the first mails to people whose address somebody else gave: where the notice is, how long it is kept.
_PRIVACY = ("privacy", "kept")
# Of mails about a circle.
_CIRCLE = ("circle", "when", "where")


@dataclass(frozen=True)
class Mail:
    """One kind of mail: who reads it, its placeholders, and whether it tells of a decision of the academy.

    A decision's mail is held for some minutes, so that a slip can be taken back before anyone reads it.
    """

    event: str
    reader: str
    purpose: str
    placeholders: tuple[str, ...]
    held: bool = False


def _applicant(event: str, purpose: str, *extra: str, held: bool = False) -> Mail:
    return Mail(event, "applicant", purpose, (*_APPLICANT, *extra), held)


def _approver(event: str, purpose: str, *extra: str, held: bool = False) -> Mail:
    return Mail(event, "approver", purpose, (*_APPROVER, *extra), held)


def _staff(event: str, purpose: str, *extra: str) -> Mail:
    return Mail(event, "staff", purpose, (*_STAFF, *extra))


def _facilitator(event: str, purpose: str, *extra: str) -> Mail:
    return Mail(event, "facilitator", purpose, (*_FACILITATOR, *extra))


def _participant(event: str, purpose: str, *extra: str) -> Mail:
    return Mail(event, "participant", purpose, (*_STAFF, "link", *_CIRCLE, *extra))


# Every mail that the portal can send.
MAILS = {
    mail.event: mail
    for mail in (
        _applicant("continue", "the link to start, or to come back", "deadline"),
        _applicant("link_again", "a fresh link, asked for by the applicant", "deadline"),
        _applicant("received", "receipt", "waits_on", "next", "deadline", "decision_by"),
        _applicant(
            "received_in_reserve", "receipt, the nominations being used up", "whose", "position", "deadline"
        ),
        _applicant("approval_given", "one of several approvals has come", "role", "approver", "waits_on"),
        _applicant("approvals_complete", "the academy reviews now", "decision_by"),
        _applicant("approval_rerouted", "the approver named somebody else", "role", "approver"),
        _applicant("approver_address_failed", "a mail to the approver was refused", "role", "approver"),
        _applicant("in_reserve", "approved, and the nominations are used up", "whose", "position"),
        _applicant("moved_up", "a nomination came free", "whose", "next"),
        _applicant("put_in_reserve", "the ICS nominates somebody else instead", "whose", "position"),
        _applicant("taken_up", "the ICS nominates the person from its reserve", "whose", "next"),
        _applicant("not_supported", "an approver said no", "role", "reason"),
        _applicant("more_information", "the academy asks something", "wanted"),
        _applicant("information_received", "the answer has come", "decision_by"),
        _applicant("shortlisted", "suitable, no place yet", "decision_by", held=True),
        _applicant("waitlisted", "no seat yet", held=True),
        _applicant("unsuccessful", "no, with the reason", "reason", held=True),
        _applicant("offer", "a place, to be answered", *_DATES, "respond_by", held=True),
        _applicant("offer_again", "the same place once more", *_DATES, "respond_by", held=True),
        _applicant("offer_extended", "longer to answer", *_DATES, "respond_by"),
        _applicant("offer_moved", "the offer is for other dates", *_DATES, "respond_by", "left", held=True),
        _applicant("offer_reminder", "an offer waits for an answer", *_DATES, "respond_by"),
        _applicant("offer_taken_back", "the academy took an offer back", "cohort", "reason", held=True),
        _applicant("undone", "a decision was undone", "cohort", held=True),
        _applicant("confirmed", "the place, with the calendar file", *_PLACE, held=True),
        _applicant("moved", "the place is in another cohort", *_PLACE, "left", "reason", held=True),
        _applicant(
            "rolled_over", "a later cohort instead", *_DATES, "respond_by", "left", "reason", held=True
        ),
        _applicant("cohort_cancelled", "the cohort does not run", "cohort", "reason", held=True),
        _applicant("cohort_runs", "the cohort runs for certain", *_PLACE),
        _applicant("cohort_decided_later", "it is decided later whether the cohort runs", *_DATES, "certain"),
        _applicant("dates_changed", "a session has changed", *_PLACE, "changes", held=True),
        _applicant(
            "offer_dates_changed",
            "a session of the offered place has changed",
            *_DATES,
            "respond_by",
            "changes",
            held=True,
        ),
        _applicant("other_date", "the applicant asked for another date", "cohort"),
        _applicant("make_up", "a session that can be made up", "session", *_DATES, "joining"),
        _applicant("attended", "what is left to complete", "cohort"),
        _applicant(
            "missed_offer", "did not attend; the next cohort", *_DATES, "respond_by", "left", held=True
        ),
        _applicant("missed_waiting", "did not attend; no next cohort yet", "left", held=True),
        _applicant("completed", "the certificate"),
        _applicant("did_not_complete", "the training was not completed", "reason", held=True),
        _applicant("declined", "the offer was declined", "cohort"),
        _applicant("lapsed", "the offer was not answered in time", "cohort"),
        _applicant("withdrawn", "the application was withdrawn", "reason"),
        _applicant("reopened", "the application is looked at again", "reason"),
        _applicant(
            "reopened_in_reserve", "looked at again, once a nomination is free", "whose", "position", "reason"
        ),
        _approver(
            "approval_request", "please answer", "link", "statement", "dates", "whose_address", *_PRIVACY
        ),
        _approver("approval_chaser", "please answer, again", "link", "statement", "asked_on", "privacy"),
        _approver("approver_confirmed", "the applicant has a place", "cohort", "dates", held=True),
        _approver("approver_place_taken_back", "the academy took the place back", "cohort", held=True),
        _approver("approver_moved", "the applicant has other dates", "cohort", "dates", "left", held=True),
        _approver("approver_dates_changed", "the applicant's dates have changed", *_DATES, held=True),
        _approver("approver_dates_off", "the dates told no longer hold", "cohort", "left", held=True),
        _approver("approver_completed", "the applicant has completed the training"),
        _staff(
            "cohort_under_minimum", "a cohort has fewer people than its minimum", "cohort", "dates", "numbers"
        ),
        # Somebody who may become an applicant: there is no application, and no link of their own.
        Mail(
            "nominated",
            "applicant",
            "an ICS has named the person, who can apply now",
            (*_STAFF, "whose", "summary", "page", "deadline", *_PRIVACY),
        ),
        _staff(
            "board_link",
            "the nominations of an ICS, for its lead",
            *("link", "whose", "used", "until", *_PRIVACY),
        ),
        _staff("invitation", "an invitation to work in the academy", "link", "by", "role", "until"),
        _staff("two_factor_reset", "two-factor sign-in was reset", "by", "reason"),
        _staff("password_changed", "the password of the account was changed", "when"),
        _staff(
            "sign_in_changed", "a telephone or recovery codes were set up for the account", "what", "when"
        ),
        _staff(
            "retention_report",
            "what was made anonymous last night, and what is due soon",
            *("gone", "ahead", "staff_page"),
        ),
        _staff("register_link", "the register of a session", "link", "cohort", "session", "when"),
        _approver("approver_ended", "the application has ended", held=True),
        _facilitator("facilitator_registered", "the training is completed; the link", "others", "trained_on"),
        _facilitator(
            "facilitator_trained_earlier",
            "put in the register by the academy; the link",
            "others",
            "trained_on",
        ),
        _facilitator("facilitator_link", "a fresh link, asked for or sent by the academy"),
        _facilitator("facilitator_paused", "the academy noted a pause", "from_on", "until_on", "reason"),
        _facilitator("facilitator_pause_ended", "the academy ended a pause", "back_on"),
        _facilitator("facilitator_left", "has left the programme", "ended_on", "reason"),
        _facilitator("facilitator_back", "is a facilitator of the programme again"),
        _facilitator(
            "facilitator_training_day",
            "the academy corrected the day of the training",
            *("trained_on", "reason"),
        ),
        _facilitator("facilitator_not_shown", "the academy took the reader out of the directory", "reason"),
        _facilitator("facilitator_joined", "two entries of the register were joined", "former"),
        _facilitator("commitment_reminder", "what is done and what is still owed, and until when", "owed"),
        _facilitator("evaluation_request", "how it goes, some months after the training", "ago", "path"),
        _facilitator(
            "certificate_expires", "the certificate expires in 2 months", "certificate", "expires_on"
        ),
        _facilitator(
            "leading", "circles they lead: set up, changed, cancelled", "circle", "dates", "said", "by"
        ),
        _facilitator("circle_under_minimum", "a circle has too few bookings", *_CIRCLE, "numbers"),
        _facilitator(
            "cover_wanted", "somebody cannot lead a circle: can the reader?", *_CIRCLE, "by", "until", "path"
        ),
        _facilitator("cover_found", "somebody leads the circle in the reader’s place", *_CIRCLE, "by"),
        _facilitator("cover_over", "nobody is looked for any more to lead a circle", *_CIRCLE, "said"),
        _facilitator("cover_not_found", "nobody was found to lead a circle", *_CIRCLE, "by", "said", "path"),
        _staff(
            "cover_not_found_staff",
            "nobody was found to lead a circle",
            *_CIRCLE,
            "by",
            "numbers",
            "staff_page",
        ),
        _staff(
            "cover_found_late", "somebody leads the circle after all", *_CIRCLE, "by", "numbers", "staff_page"
        ),
        _facilitator(
            "resource_new_version",
            "a new version of what the reader holds",
            "resource",
            "number",
            "said",
            "path",
        ),
        _facilitator(
            "notice_taken_down", "what the reader wrote is not on the board", "notice", "reason", "path"
        ),
        _facilitator(
            "noticeboard_digest", "what is new on the noticeboard, at most weekly", "notices", "path"
        ),
        _facilitator(
            "implementation_invited",
            "the session in which an ICS plans its circles",
            *("whose", "when", "where", "path"),
        ),
        _facilitator(
            "implementation_changed",
            "that session has another time or place, or is cancelled",
            *("whose", "when", "where", "path", "said"),
        ),
        _facilitator(
            "learning_set_dates", "dates of an action learning set", "learning_set", "dates", "said"
        ),
        _participant("booking_confirmed", "a place in a circle, with the calendar file", "joining"),
        _participant("booking_waiting", "the circle is full: the waiting list", "standing"),
        _participant("booking_moved_up", "a place fell free", "joining"),
        _participant("booking_again", "the link to a booking, asked for again", "standing", "joining"),
        _participant("booking_reminder", "the circle is tomorrow", "joining"),
        _participant("booking_cancelled", "the booking is cancelled"),
        _participant("circle_feedback", "what those who came to a circle thought of it", "path"),
        _participant("circle_changed", "another time, place or link", "said", "standing", "joining"),
        _participant("circle_cancelled", "the circle is cancelled, and why", "said"),
        _applicant("letter", "what a letter about applications starts from"),
        _applicant("news", "what a letter with news starts from"),
    )
}

_OF_NO_PROGRAMME = {
    *("invitation", "two_factor_reset", "password_changed", "sign_in_changed", "retention_report", "news")
}
# What a programme can have its own wording of: of news every letter has its own, and the others are of no programme.
REWORDABLE = {event: mail for event, mail in MAILS.items() if event not in _OF_NO_PROGRAMME}
PLACEHOLDER = re.compile(r"\{\{\s*([a-z_]+)\s*\}\}")
_ANY_CODE = re.compile(r"\{[{%#].*?[}%#]\}|\{\{|\{%|\{#", re.DOTALL)


def wording_problems(event: str, subject: str, body: str) -> list[str]:
    """What is wrong with a programme's own wording of a mail: sentences, none where it can be used.

    Only ``{{ placeholder }}`` is allowed, of the ones that the mail has; no other template code.
    """
    mail = MAILS.get(event)
    if mail is None:
        return [f"There is no mail called “{event}”. The mails are: {', '.join(sorted(MAILS))}."]
    known = ", ".join(f"{{{{ {name} }}}}" for name in sorted(mail.placeholders))
    problems = []
    for found in _ANY_CODE.findall(subject + "\n" + body):
        match = PLACEHOLDER.fullmatch(found)
        if match is None:
            problems.append(f"“{found}” cannot be used. This mail knows the placeholders {known}.")
        elif match[1] not in mail.placeholders:
            problems.append(f"“{found}” is not known. This mail knows the placeholders {known}.")
    if "link" in PLACEHOLDER.findall(subject):
        problems.append("“{{ link }}” cannot stand in the subject: subjects are kept, and links are not.")
    if "\n" in subject.strip():
        problems.append("The subject must be one line.")
    return problems
