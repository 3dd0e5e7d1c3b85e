"""Made-up people, and what they write: the demo's words. None of them exists."""

PEOPLE = (
    "Amara Nwosu", "Siân O'Connor", "Gŵenllian Tŷ", "Tom Featherstone", "Priya Raman", "Leon Ashdown",
    "Ines Carvalho", "Fatima Siddiqui", "George Larkhill", "Mei-Ling Zhao", "Oluwaseun Bello", "Hannah Birch",
    "Marek Nowicki", "Aoife Kilbride", "Jaspreet Mann", "Carys Penhallow", "Daniel Eze", "Ruth Marlowe",
    "Yusuf Demir", "Bronwen Lloyd-Hughes", "Sadia Chaudhry", "Kofi Asante", "Elena Petrova", "Callum Dunsford",
    "Nadia Haddad", "Thandiwe Moyo", "Alice Wetherby", "Rohan Kulkarni", "Zoë Lavender", "Patrick Muldoon",
    "Ayesha Karim", "Benedict Stone", "Chloe Osborne", "Dafydd Rhys", "Esther Abara", "Frances Wilding",
    "Gurdeep Sahota", "Helena Brandt", "Imogen Sparrow", "Joseph Tembo", "Kirsty Mcallan", "Lucas Oyelaran",
    "Maryam Aziz", "Niamh Tolan", "Oscar Wren", "Paloma Reyes", "Quentin Marsh", "Rosa Delgado",
    "Samuel Okoro", "Tamsin Hale", "Uma Deshpande", "Victor Lindqvist", "Wanjiru Kamau", "Xin Yi Lau",
    "Yvonne Carter", "Zainab Osman", "Arthur Pell", "Beatrix Holm", "Cerys Vaughan", "Dominic Frayne",
    "Eleri Bowen", "Farid Rahmani", "Grace Adeyemi", "Harriet Coombe", "Idris Farouk", "Jun Takeda",
)  # fmt: skip

MANAGERS = (
    "Alex Overton", "Bola Martins", "Chris Yarrow", "Devika Pillai", "Ewan Strand", "Flora Quill",
    "Hugh Castell", "Ivy Norland", "Kamal Bashir", "Linda Freeling", "Moira Teague", "Noor Sharif",
)  # fmt: skip

JOB_TITLES = (
    "Ward manager",
    "Organisational development lead",
    "Health and wellbeing lead",
    "Team leader, community nursing",
    "Practice manager",
    "Human resources business partner",
    "Paramedic team leader",
    "Social work team manager",
    "Education facilitator",
    "Volunteer coordinator",
)

# By the key of the question; a question that is not here gets one of "any".
ANSWERS: dict[str, tuple[str, ...]] = {
    "facilitation-experience": (
        "I have led reflective practice groups for five years, in person and lately on video, with six to fifteen "
        "people in each. I learnt to prepare an outline, and to leave room for what people bring.",
        "For three years I have run a monthly peer group for team leaders across two sites. I learnt most from the "
        "sessions that did not go to plan.",
        "I facilitate action learning sets for newly qualified staff. I used to fill every silence; now I wait.",
    ),
    "difficult-moment": (
        "After a sudden death on the ward the team could not speak about it. I sat with them, asked what they needed "
        "that day, and arranged a longer conversation with our psychology service a week later.",
        "A manager broke down in a group. We paused, I stayed with her while a colleague took the group on, and we "
        "agreed together how she wished to come back.",
    ),
    "why": (
        "Our managers look after everyone but themselves. I have seen what an hour in good company does, and would "
        "like to offer it where I work.",
        "I took part as a delegate and changed how I run my own team. I would like to pass that on.",
        "Small unkindnesses cost us good people. I want colleagues to have words ready when it matters.",
    ),
    "local-delivery": (
        "My director has agreed a day a month. Two colleagues from the council and the hospice want to run sessions "
        "jointly with me, so that a session goes ahead when one of us is ill.",
        "We would put sessions on the calendar that all organisations here already use, one each quarter to begin "
        "with, and open to everybody.",
    ),
    "training-experience": (
        "I chair our staff network and train its champions each spring, about twenty people a year.",
        "I teach communication skills on the preceptorship programme and hold a teaching certificate.",
    ),
    "handle-challenge": (
        "A joke was made about a colleague's accent. I said that I did not find it funny, and asked to talk "
        "afterwards. It was easier than I had feared, and he thanked me.",
        "I kept quiet in a meeting when someone was talked over, and regretted it. I now name it kindly at once.",
    ),
    "languages": ("Welsh", "Urdu and Punjabi", "None", "Polish", "British Sign Language"),
    "any": ("Yes, and I would gladly say more when we talk.",),
}
