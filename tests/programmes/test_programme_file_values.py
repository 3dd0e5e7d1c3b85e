"""What a key of a programme's file is refused for, and in which words: one change of the example each."""

import pytest

from tests.programme_files import changed, faults_of, written

pytestmark = pytest.mark.django_db


@pytest.mark.parametrize(
    ("old", "new", "expected"),
    [
        (
            "  sender_name: Coastal Academy",
            "  sender_name: Coastal Academy\n  colour: red",
            [
                (
                    "6: academy.colour: Unknown key. Known here: slug, name, contact_email, "
                    "contact_phone, sender_name, accessibility_text, privacy_text."
                )
            ],
        ),
        (
            "code: CALM\n",
            "code: CALM\ncode: QUIET\n",
            ["9: code: The key is given twice, first on line 8. Keep one of them."],
        ),
        ("code: CALM\n", "", ["1: The key “code” is missing. Add it."]),
        ("code: CALM\n", "code: Calm\n", ["8: code: “Calm” will not do. Write two to six capital letters."]),
        (
            "title: Calm Conversations",
            "title:",
            [
                (
                    "9: title: Nothing stands here. Write a text of one line. Or leave the key out, if "
                    "it is optional."
                )
            ],
        ),
        (
            "title: Calm Conversations",
            "title: [Calm, Conversations]",
            ["9: title: A list stands here. Write a text of one line."],
        ),
        (
            "title: Calm Conversations",
            "title: " + "x" * 121,
            ["9: title: The text has 121 characters. It may have up to 120."],
        ),
        (
            "title: Calm Conversations",
            'title: "Calm\\nConversations"',
            ["9: title: The text has a line break. Write it in one line, or after “>-”."],
        ),
        (
            "role_description: You run workshops for colleagues, twice a year.",
            "role_description:\n  text: You run workshops.",
            [
                (
                    "18: role_description: A group of keys stands here. Write a text; one of several "
                    "lines goes after “|”."
                )
            ],
        ),
        (
            "published: true",
            "published: yes",
            ["11: published: “yes” is neither true nor false. Write true or false."],
        ),
        (
            "published: true",
            "published:",
            [
                (
                    "11: published: Nothing stands here. Write true or false. Or leave the key out, if "
                    "it is optional."
                )
            ],
        ),
        (
            "total_places: 24",
            "total_places: {}",
            ["23: total_places: A group of keys stands here. Write a whole number from 1 up."],
        ),
        (
            "opens: 2024-09-02 09:00",
            "opens: [2024]",
            [
                (
                    "20: opens: A list stands here. Write a date of the calendar and a time of day as "
                    "2023-05-09 23:59."
                )
            ],
        ),
        (
            "total_places: 24",
            "total_places: a lot",
            ["23: total_places: “a lot” is not a whole number. Write a whole number from 1 up."],
        ),
        (
            "total_places: 24",
            "total_places: 0",
            ["23: total_places: 0 is too small. Write a whole number from 1 up."],
        ),
        (
            "opens: 2024-09-02 09:00",
            "opens: 2024-09-31 09:00",
            [
                (
                    "20: opens: “2024-09-31 09:00” will not do. Write a date of the calendar and a time"
                    " of day as 2023-05-09 23:59."
                )
            ],
        ),
        (
            "opens: 2024-09-02 09:00",
            "opens: 2024-03-31 01:30",
            ["20: opens: This time does not exist: clocks go forward over it. Choose another time."],
        ),
        (
            "opens: 2024-09-02 09:00",
            "opens: 2024-10-02 09:00",
            ["21: closes: Applications close before they open. Give a time after “opens”."],
        ),
        (
            "opens: 2024-09-02 09:00",
            "opens: 0204-10-02 09:00",
            [
                (
                    "20: opens: “0204-10-02 09:00” will not do. Write a date of the calendar and a time"
                    " of day as 2023-05-09 23:59."
                )
            ],
        ),
        (
            "notify_by: 2024-10-11",
            "notify_by: 11/10/2024",
            ["22: notify_by: “11/10/2024” will not do. Write a date of the calendar as 2023-05-09."],
        ),
        (
            "notify_by: 2024-10-11",
            "notify_by: 2024-09-20",
            ["22: notify_by: Applicants would hear before the deadline. Give a later date."],
        ),
        (
            "nomination_scope: ics",
            "nomination_scope: ICSs",
            ["24: nomination_scope: “ICSs” is not known. Did you mean “ics”?"],
        ),
        (
            "nomination_scope: ics",
            "nomination_scope: county",
            [("24: nomination_scope: “county” is not known. Write one of: none, ics, organisation, region.")],
        ),
        (
            "nomination_scope: ics\n",
            "",
            [
                (
                    "24: nominations_allowed: A number is given, but not whose nominations it limits. "
                    "Add “nomination_scope”: ics, organisation or region."
                )
            ],
        ),
        (
            "nominations_allowed: 4\n",
            "",
            [
                (
                    "24: nomination_scope: Nominations are limited, but not to how many. Add "
                    "“nominations_allowed”, a whole number from 1 up."
                )
            ],
        ),
        (
            "  - South West",
            "  - South Wets",
            ["28: regions[South Wets]: No region is called “South Wets”. Did you mean “South West”?"],
        ),
        (
            "  - South West",
            "  - Wales and beyond",
            [
                (
                    "28: regions[Wales and beyond]: No region is called “Wales and beyond”. Write the "
                    "name of a region of NHS England, such as South East."
                )
            ],
        ),
        (
            "  - South West",
            "  - []",
            [
                (
                    "28: regions[2]: A list stands here. Write the name of a region of NHS England, "
                    "such as South East."
                )
            ],
        ),
        (
            "  - South West",
            "  - South East",
            [
                (
                    "28: regions[South East]: “South East” is in the list twice, first on line 27. "
                    "Change one of them."
                )
            ],
        ),
        (
            "regions:\n  - South East\n  - South West",
            "regions: South East",
            [
                (
                    "26: regions: A single value stands here. Write a list: each item begins with “- ” "
                    "on a new line."
                )
            ],
        ),
        (
            (
                "academy:\n"
                "  slug: coastal-academy\n"
                "  name: Coastal Academy\n"
                "  contact_email: academy@example.org\n"
                "  sender_name: Coastal Academy\n"
            ),
            "academy: Coastal Academy\n",
            [
                (
                    "1: academy: A single value stands here. Give the keys slug, name, contact_email, "
                    "contact_phone, sender_name, accessibility_text, privacy_text."
                )
            ],
        ),
        (
            "  contact_email: academy@example.org\n  sender",
            "  contact_email: academy at example\n  sender",
            [
                (
                    "4: academy.contact_email: “academy at example” will not do. Write an email address"
                    " such as academy@example.org."
                )
            ],
        ),
        (
            "slug: calm-conversations",
            "slug: Calm Conversations",
            [
                (
                    "7: slug: “Calm Conversations” will not do. Write a short name of small letters, "
                    "digits and hyphens, such as line-manager."
                )
            ],
        ),
        (
            "      - key: qualification\n        text: A qualification in training others\n",
            "",
            ["36: criteria[background].options: The list is too short. It needs at least 2."],
        ),
        (
            "  - key: manager-of-people",
            "  - key: background",
            [
                (
                    "41: criteria[background]: “background” is in the list twice, first on line 33. "
                    "Change one of them."
                )
            ],
        ),
        (
            "    importance: desirable",
            "    importance: Desirable",
            [
                (
                    "44: criteria[manager-of-people].importance: “Desirable” is not known. Did you mean"
                    " “desirable”?"
                )
            ],
        ),
        (
            "    options:\n      - In my team\n      - Across my organisation\n",
            "",
            [("51: questions[level].options: A question of the kind choice needs options. Add two or more.")],
        ),
        (
            "    max_words: 200",
            "    options: [a, b]",
            [
                (
                    "50: questions[why].options: A question of the kind long_text has no options. Leave"
                    " them out, or make the kind choice or choices."
                )
            ],
        ),
        (
            "    max_words: 200",
            "    least: 1\n    most: 2",
            [
                (
                    "50: questions[why].least: A question of the kind long_text has no such limit. "
                    "Leave it out."
                ),
                (
                    "51: questions[why].most: A question of the kind long_text has no such limit. Leave"
                    " it out."
                ),
            ],
        ),
        (
            "    kind: long_text\n    text: Why do you want to become a trainer?\n    max_words: 200",
            "    kind: number\n    text: How many?\n    least: 5\n    most: 2\n    max_words: 5",
            [
                "51: questions[why].most: 2 is below “least”, 5. Give a higher number.",
                (
                    "52: questions[why].max_words: A question of the kind number has no words to count."
                    " Leave it out."
                ),
            ],
        ),
        (
            "    months: 12\n",
            "",
            [
                (
                    "70: obligations[workshops].months: The number of months is missing. Add “months”, "
                    "a whole number from 1 up."
                )
            ],
        ),
        (
            "    window: within_months",
            "    window: standing",
            [
                (
                    "75: obligations[workshops].months: The window standing has no months. Leave it "
                    "out, or make the window within_months."
                )
            ],
        ),
        (
            "    at_least: 2",
            "    at_least: 2\n    at_most: 1",
            [
                (
                    "73: obligations[workshops].at_most: 1 is below “at_least”, 2. Give a number that "
                    "is not below it."
                )
            ],
        ),
        (
            "    at_least: 2",
            "    at_least: 2\n    attends: implementation",
            [
                (
                    "73: obligations[workshops].attends: The kind deliver names no meeting. Leave it "
                    "out, or make the kind attend."
                )
            ],
        ),
        (
            "faqs:\n  - key: cost\n",
            "faqs:\n  - cost\n  -\n  - [a]\n  - key: [cost]\n",
            [
                "79: faqs[cost]: A single value stands here. Give the keys key, question, answer.",
                "80: faqs[2]: Nothing stands here. Give the keys key, question, answer.",
                "81: faqs[3]: A list stands here. Give the keys key, question, answer.",
                (
                    "82: faqs[4].key: A list stands here. Write a short name of small letters, digits "
                    "and hyphens, such as line-manager."
                ),
            ],
        ),
        (
            "title: Calm Conversations",
            "title: Calm: Conversations",
            [
                (
                    "9: This is not YAML: mapping values are not allowed here. Check the indenting "
                    "(spaces, no tabs); a text that holds “: ” or “ #”, or begins with a sign, needs "
                    "double quotes."
                )
            ],
        ),
        (
            "title: Calm Conversations",
            "title: &a Calm\nsummary2: *a",
            [
                "9: “a” is an anchor or alias (& or *). Write the text out in full.",
                "10: “a” is an anchor or alias (& or *). Write the text out in full.",
            ],
        ),
        (
            "title: Calm Conversations",
            "title: !!python/object/apply:os.system [ls]",
            ["9: “tag:yaml.org,2002:python/object/apply:os.system” is a tag (!). Leave the tag out."],
        ),
        (
            "title: Calm Conversations",
            "title: Calm\n---\ntitle: b",
            ["10: A second document begins here (---). Give it its own file."],
        ),
        (
            "title: Calm Conversations",
            "title: Calm \x00 b",
            ["9: A character here cannot be shown. Delete it and type it again."],
        ),
        (
            "  - key: commitment",
            "  - ? [a, b]\n    : Calm\n    key: commitment",
            ["60: declarations[commitment].?: Unknown key. Known here: key, statement."],
        ),
    ],
)
def test_fault_is_told_with_line_key_and_remedy(tmp_path, old, new, expected):
    path = written(tmp_path, changed((old, new)))

    assert faults_of([path]) == [f"file.yaml:{fault}" for fault in expected]
