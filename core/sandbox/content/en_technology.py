"""English technology desk: the fullest of the newsroom, since it is the one that newcomers ask for first."""

from typing import Final

from core.sandbox.content.types import Beat

BEATS: Final = (
    Beat(
        desk="technology",
        titles=(
            "{company} says its {chip} does more with a tenth of the power",
            "How {company} built {a_chip} in a former {site}",
            "A {site} in {city} becomes the home of a {chip}",
        ),
        standfirst="The {chip} was designed by {small} people in {city}. Rivals have spent a hundred times as much.",
        lead="From the outside it is still a {site}. Inside, on a bench that used to hold looms, {company} has been "
        "testing a {chip} that it says does the work of a server rack on the power of a reading lamp.",
        body=(
            "The trick, according to {person}, who leads the hardware group, is to move the arithmetic to where the "
            "numbers already are. “Most of the energy in a computer is spent carrying things from one shelf to "
            "another,” {person} said. “We moved the shelf.”",
            "Early measurements shared with this newspaper show {percent2}% less energy for a typical image task. "
            "The gap narrows for text, where memory matters more than arithmetic.",
            "{expert}, of {university}, who has seen the design but has no stake in it, called the result "
            "“plausible and rather neat”, and added that prototypes are always kinder than factories.",
            "{company} has raised £{millions}m, most of it from pension funds that usually prefer toll roads. It "
            "plans to order its first {count} wafers in {season}.",
            "The building brings its own problems. When the river rose in {weekday2}'s storm, the engineers carried "
            "the test bench up two flights of stairs and went on measuring.",
        ),
        words={
            "chip": ("memory chip", "vision chip", "photonic chip", "speech chip", "timing chip"),
            "a_chip": (
                "a chip for cameras",
                "a chip that listens",
                "a chip made of light",
                "a chip for small machines",
            ),
            "site": ("cotton mill", "biscuit factory", "bus depot", "printing works", "grain store"),
        },
    ),
    Beat(
        desk="technology",
        titles=(
            "{city} switches {count} council computers to open-source software",
            "Why {city} is leaving its office software behind",
            "Council in {city} expects to save £{millions}m by moving to open source",
        ),
        standfirst="Clerks, librarians and planners will work on open-source {suite} from {season}. Some already do.",
        lead="The last licence expires on {weekday}, and the council of {city} does not intend to renew it. By "
        "{season}, {count} desks will run on open-source {suite} that anybody can read, copy and repair.",
        body=(
            "“We did not do it to save money, although we do,” said {person}, who runs the council's digital office. "
            "“We did it because we could not answer a simple question: where are our documents?”",
            "A trial in the planning department lasted {days} days. Of {small} staff, all but three asked to keep "
            "the new tools. The three missed a spreadsheet macro written in 2009, which has since been rewritten in "
            "an afternoon.",
            "{company}, which supplied the previous system, said it respected the decision and would be “happy to "
            "talk”. Its offer of a {percent}% discount arrived the day after the vote.",
            "The hard part has been the forms. {expert} of {university}, who advised the council, counted {count2} "
            "document templates, of which about half had not been opened in a decade.",
            "{city2} and several towns in {country} have asked for the migration notes, which are published under a "
            "free licence.",
        ),
        words={"suite": ("office tools", "mail and calendars", "mapping software", "case-management software")},
    ),
    Beat(
        desk="technology",
        titles=(
            "A flaw in {device}s let strangers {misuse}, researchers find",
            "Researchers warn of a security hole in {company}'s {device}s",
            "Patch your {device}: what the {company} security flaw means",
        ),
        standfirst="{company} has released an update. Up to {count} {device}s in homes and clinics may still be open.",
        lead="A mistake in the way {device}s made by {company} check for updates allowed anybody on the same "
        "network to {misuse}, according to researchers at {university}, who reported it {days} days ago.",
        body=(
            "The researchers bought {small} of the {device}s second hand. “It took one afternoon and a cable that "
            "costs four pounds,” said {expert}, who led the work. “That is the part that should worry people.”",
            "{company} confirmed the flaw and said that {percent2}% of devices had installed the fix on their own. "
            "Owners of the oldest model have to press and hold the button on the back for ten seconds.",
            "There is no sign that the flaw was used by criminals. The national cyber-security centre advised "
            "owners to update, and otherwise not to panic.",
            "{person}, who campaigns for safer household devices, said a five-year duty to supply updates would "
            "have made the story shorter. “We keep selling computers and calling them kettles.”",
            "The finders were paid a bounty of £{count2} and have given it to a hospice in {town}.",
        ),
        words={
            "device": (
                "baby monitor",
                "smart lock",
                "router",
                "heating controller",
                "insulin pump reader",
                "doorbell camera",
            ),
            "misuse": ("listen in", "lock owners out", "read their settings", "switch them off", "see who was at home"),
        },
    ),
    Beat(
        desk="technology",
        titles=(
            "{company} lays off {percent}% of staff and blames {cause}",
            "{company} to cut {count} jobs in {city}",
            "Engineers at {company} learn of job cuts from a calendar invitation",
        ),
        standfirst="The company says {cause} made the cuts unavoidable. Staff say that they saw them coming.",
        lead="{company} will cut {count} jobs, {percent}% of its workforce, most of them in {city}, and will close "
        "its smaller office in {city2} by {season}.",
        body=(
            "In a message sent at six in the morning, {person}, the chief executive, named {cause} as the reason, "
            "and took “full responsibility”. The message was signed with a first name.",
            "Several engineers said they had learned of the decision from a calendar invitation titled “Alignment”. "
            "“I thought it was about CSS,” one of them said.",
            "The company grew from {small} to {count2} people in {years} years. Revenue in the last quarter was "
            "£{millions}m, slightly more than analysts had expected.",
            "A union that represents about a third of the {city} office has asked for talks. By law they must begin "
            "within {days} days.",
            "Recruiters set up a table in the café across the road before lunch. It was, said {person2}, who came "
            "down with a cardboard box, “the only well-organised part of the day”.",
        ),
        words={
            "cause": (
                "slower cloud spending",
                "rising energy prices",
                "a change of strategy",
                "falling advertising sales",
            )
        },
    ),
    Beat(
        desk="technology",
        titles=(
            "The volunteers who keep {project} alive",
            "{project} has {small} maintainers and runs half the internet",
            "Burnt out and unpaid: who will look after {project} now?",
        ),
        standfirst="Banks, hospitals and game studios all depend on {project}. Until {weekday} it had no budget at "
        "all.",
        lead="At half past ten at night, when the children are asleep, {person} opens a laptop at a kitchen table "
        "in {town} and reads what the world has broken today. {person} looks after {project}, and so, indirectly, "
        "after most of us.",
        body=(
            "The code is downloaded {count} times an hour. It has {small} maintainers, of whom two are active and "
            "one is on a sailing boat.",
            "A study by {university} found that {percent2}% of large companies ship {project} in at least one "
            "product, and that fewer than one in a hundred has ever sent a bug report, let alone money.",
            "That may change. {company} has promised £{count2} a month for {years} years, without asking for a seat "
            "on anything. “They asked what we needed,” {person} said. “I had to sit down.”",
            "{expert}, who studies shared infrastructure, compares the software to a village well: “Everybody "
            "notices when it is dry. Nobody remembers who oiled the chain.”",
            "The maintainers have used the first payment to buy a test machine, and the second to buy a week off.",
        ),
        words={
            "project": (
                "the time-zone library Almanac",
                "the image decoder Tinderbox",
                "the parser Larkspur",
                "the package mirror Harbour",
                "the compression tool Squeezebox",
                "the font renderer Bodkin",
                "the logging library Ledgerline",
            )
        },
    ),
    Beat(
        desk="technology",
        titles=(
            "Can {ai} read a {record}? A trial in {city} says: sometimes",
            "{ai_cap} passes its first {days} days in a {city} hospital",
            "What happened when {city} let {ai} sort its {record}s",
        ),
        standfirst="It was fast, polite and wrong {percent} times in a hundred. Staff want to keep it, with a pencil "
        "beside it.",
        lead="For {days} days, every {record} in three offices in {city} was read twice: once by a trained person, "
        "and once by {ai} supplied by {company}. The results, published on {weekday}, please nobody entirely.",
        body=(
            "The software agreed with its human colleague in {percent2}% of cases. Where they differed, a panel "
            "found the person right twice as often, and both wrong more often than anybody liked.",
            "“It never gets tired, and it never says that it is not sure,” said {expert} of {university}. “The "
            "first is a gift. The second is the whole problem.”",
            "{company} said it had added a measure of doubt since the trial. Each answer now carries a colour, and "
            "amber ones go to a person.",
            "Staff who expected to be replaced found themselves busier. {person}, who has read {record}s for "
            "{years} years, said that the machine “asks better questions than the last three managers”.",
            "The contract, worth £{millions}m over four years, goes to the full council in {season}.",
        ),
        words={
            "ai": ("an AI assistant", "a language model", "a reading machine", "an automatic assistant"),
            "ai_cap": ("An AI assistant", "A language model", "A reading machine", "An automatic assistant"),
            "record": ("patient record", "planning application", "benefit claim", "case note", "land registry title"),
        },
    ),
)
