"""What people write on forums: self posts, questions, launches and job offers. English, like the forums themselves."""

from typing import Final

from core.sandbox.content.types import Beat

SELF_POSTS: Final = (
    Beat(
        desk="self",
        titles=(
            "I moved our {team} of {small} people off the cloud. Here is what it cost",
            "Self-hosting for a {team}: numbers after {days} weeks",
        ),
        standfirst="",
        lead="We are a {team} of {small} people in {city}. Last spring the bill reached {price} a month and somebody "
        "asked why, so I found out.",
        body=(
            "Two used servers, one rack in a cellar, and {days} weeks of evenings. The cellar was dry. I checked "
            "twice.",
            "**What broke:** one disk, one switch and my confidence in cable labels.",
            "**What it costs now:** about {small2} a month for power, plus me.",
            "Would I do it again? Yes, but I would buy the second switch first.",
        ),
        words={"team": ("design studio", "school", "charity", "small publisher", "co-op")},
    ),
    Beat(
        desk="self",
        titles=(
            "What is one tool you learned {years} years ago and still use every day?",
            "People who have worked with {thing} for {years} years: what do newcomers miss?",
        ),
        standfirst="",
        lead="I will start: I learned {thing} from a photocopied handout, and it has outlived every framework since.",
        body=(
            "Not looking for the best tool, only for the one that stayed.",
            "Bonus question: which habit did you drop, and was anybody hurt?",
            "Edit: thank you all, {count2} answers! I am making a list and will post it on {weekday}.",
            "Please no arguments about editors. We had that one on {weekday2}.",
        ),
        words={"thing": ("make", "awk", "spreadsheets", "SQL", "regular expressions", "LaTeX")},
    ),
    Beat(
        desk="self",
        titles=(
            "[OC] {count2} {logged}, logged by hand over {years2} years",
            "I counted {logged} for {years2} years. The data and the code are free",
        ),
        standfirst="",
        lead="Every morning at seven I wrote down the number of {logged} outside my window in {town}. That makes "
        "{count2} rows and one very patient family.",
        body=(
            "There is a dip on {weekday}s that I cannot explain. {expert} suggested bin day, and I think that is it.",
            "Code and data are linked in the comments. Corrections are welcome, unkindness is not.",
            "The chart was made with plain tools, and the colours are safe for colour-blind readers.",
            "Next year I will count something that stays indoors.",
        ),
        words={"logged": ("herring gulls", "delivery vans", "cyclists", "rooks", "late buses")},
    ),
)

ASKS: Final = (
    Beat(
        desk="ask",
        titles=(
            "Ask HN: How do you keep a {thing} alive for {years} years?",
            "Ask HN: Who still runs a {thing} at work?",
        ),
        standfirst="",
        lead="We have a {thing} from {years} years ago that nobody wants to touch and everybody needs.",
        body=(
            "It has {small} users, all of them loud.",
            "Rewriting it was estimated at {days} weeks, {years2} years ago. We are now in week {small2}.",
            "How do others handle this? Do you document, replace, or retire together with it?",
            "I am especially interested in answers from people who regret theirs.",
        ),
        words={
            "thing": ("mail server", "build farm", "Perl codebase", "mainframe job", "PostgreSQL 8 database", "wiki")
        },
    ),
)

SHOWS: Final = (
    Beat(
        desk="show",
        titles=(
            "Show HN: {project_name} – {what} in {small2} kilobytes",
            "Show HN: I built {what} that works offline",
            "Show HN: {project_name}, {what} for slow machines",
        ),
        standfirst="",
        lead="{project_name} is {what}. I wrote it on trains between {city} and {city2} and would like to hear what "
        "is wrong with it.",
        body=(
            "It has no dependencies and no account, and it starts in {small} milliseconds on a computer from 2011.",
            "The file format is text. You can leave at any time, and take everything with you.",
            "Known problems: it cannot print, and it does not know about {weekday}s.",
            "The licence is free; the name is a family joke.",
        ),
        words={
            "project_name": ("Pebble", "Larder", "Tidewrack", "Thimble", "Sparrow", "Oatmeal", "Lantern", "Gantry"),
            "what": (
                "a spreadsheet",
                "a feed reader",
                "a tiny database",
                "a map viewer",
                "a music player",
                "a static site generator",
            ),
        },
    ),
)

JOBS: Final = (
    Beat(
        desk="job",
        titles=(
            "{company} (YC W{year}) is hiring a {role} in {city}",
            "{company} (YC S{year}) is looking for a {role} who likes {like}",
        ),
        standfirst="",
        lead="{company} is looking for a {role} in {city} or within one night train of it.",
        body=(
            "We are {small} people and intend to stay below {small2}.",
            "You will own a system from the first line to the pager. The pager rang {small} times last year.",
            "We pay well, publish our salaries and close at five on {weekday}s.",
            "Write to us in plain language.",
        ),
        words={
            "role": (
                "compiler engineer",
                "site reliability engineer",
                "data engineer",
                "designer",
                "founding engineer",
            ),
            "like": ("boring databases", "tests", "long documents", "small binaries"),
            "year": ("19", "20", "21", "22", "23", "24"),
        },
    ),
)
