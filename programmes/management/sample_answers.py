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

ANSWERS = (
    "I have led reflective practice groups for five years, in person and lately on video, with six to fifteen people "
    "in each. I prepare an outline, and leave room for what people bring.",
    "For three years I have run a monthly peer group for team leaders across two sites. I learnt most from sessions "
    "that did not go to plan, and we always close with what each person takes away.",
    "I hold a coaching qualification and use it every week with new managers. I would like to reach many more people "
    "than one conversation at a time allows.",
    "Our wards have had a hard two years. I have sat with teams after difficult events, and I know when to listen, "
    "when to ask, and where to send people for more help.",
    "My director has agreed a day a month for this. Two colleagues from the council and the hospice want to run "
    "sessions jointly with me, so that a session goes ahead when one of us is ill.",
    "I chair our staff network and train champions each spring. We would put sessions on the calendar that all "
    "organisations here already use.",
)
