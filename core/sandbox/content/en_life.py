"""English feature desks: science, health, sports and culture."""

from typing import Final

from core.sandbox.content.types import Beat

BEATS: Final = (
    Beat(
        desk="science",
        titles=(
            "Scientists find {finding} under {place}",
            "{finding_cap} under {place} puzzles researchers",
            "What {finding} under {place} can tell us",
        ),
        standfirst="The find, {metres} metres down, is older than anybody expected. Its discoverers were looking for "
        "something else.",
        lead="The drill had been running for {days} days when its sound changed. {metres} metres under {place}, "
        "where there should have been more of the same, there was {finding}.",
        body=(
            "“First we checked the instrument, then the cable, then each other,” said {expert} of {university}, who "
            "led the expedition.",
            "Dating suggests an age of {millions} million years, give or take {small}. The results appear this week "
            "in a peer-reviewed journal.",
            "The team had set out to measure heat. {person}, a doctoral student on her first voyage, noticed the "
            "change in the noise.",
            "Not everybody is convinced. A group in {country} would like to see a second core, from at least {small} "
            "kilometres away.",
            "The expedition sails again in {season}, if the winch, which broke {small} times, can be mended in {city}.",
        ),
        words={
            "finding": (
                "a layer of fossil wood",
                "a pocket of ancient sea water",
                "a bed of volcanic glass",
                "a nest of living microbes",
            ),
            "finding_cap": (
                "A layer of fossil wood",
                "A pocket of ancient sea water",
                "A bed of volcanic glass",
                "A nest of microbes",
            ),
            "place": (
                "the Barents Sea",
                "a Chilean glacier",
                "the floor of Lake Vänern",
                "the Faroe shelf",
                "a Namibian salt pan",
            ),
        },
    ),
    Beat(
        desk="science",
        titles=(
            "{animal} can {ability}, study suggests",
            "Why {animal} {ability}",
            "A study of {count2} {animal} overturns an old idea",
        ),
        standfirst="Researchers watched {count2} {animal} for {years2} years. The animals, they say, knew they were "
        "being watched.",
        lead="That {animal} can {ability} has long been folklore. After {years2} years of patient observation, "
        "researchers at {university} say it is also true.",
        body=(
            "The team followed {count2} {animal} around {town} with cameras, notebooks and, in the second winter, "
            "better boots.",
            "In {percent2}% of trials the animals did better than chance. When the wind came from the wrong side, the "
            "effect vanished.",
            "“The hard part was to stop ourselves from helping,” said {expert}, the lead author. Several volunteers "
            "had to be replaced.",
            "{person}, who farms nearby, was not surprised: “I could have told them that for a cup of tea.”",
            "The data, {millions} hours of video, are open to anybody. A first re-analysis is under way in {country}.",
        ),
        words={
            "animal": ("rooks", "garden snails", "sheep", "herring gulls", "bumblebees", "hedgehogs"),
            "ability": (
                "count to five",
                "recognise a face",
                "learn from strangers",
                "remember a route for months",
                "plan for rain",
            ),
        },
    ),
    Beat(
        desk="science",
        titles=(
            "Small satellite from {city} sends its first picture",
            "Students in {city} build a satellite for £{count}",
            "“It winked at us”: {city} satellite phones home",
        ),
        standfirst="It is the size of a shoebox and cost less than a kitchen. On {weekday} it took a picture of "
        "{country}.",
        lead="The first picture is tilted, slightly blurred and, to the {small2} students who built the camera, "
        "beautiful. It shows the coast of {country}, some cloud and part of an antenna.",
        body=(
            "The satellite, built at {university}, was launched {days} days ago as ballast on somebody else's rocket.",
            "For the first week it was silent. Then {person}, on a late shift, heard a signal {small} decibels above "
            "the noise. “It winked at us.”",
            "Its task is to measure how bright towns are at night. {expert}, who supervises the project, hopes for "
            "{years2} years of data.",
            "The parts came to £{count}, of which the largest item was a bolt with a certificate.",
            "Amateur radio operators in {country2} have collected a third of the measurements so far.",
        ),
    ),
    Beat(
        desk="health",
        titles=(
            "{habit_cap} cuts risk of falls by {percent}%, trial finds",
            "Can {habit} keep you out of hospital? A trial says yes",
            "Doctors in {city} prescribe {habit}",
        ),
        standfirst="The trial followed {count} people for {years2} years. Its authors urge caution, and better shoes.",
        lead="People over 65 who took up {habit} twice a week had {percent}% fewer falls than those who did not, "
        "according to a trial with {count} participants published on {weekday}.",
        body=(
            "The effect was strongest in the first winter and among those who had been least active, said {expert} of "
            "{university}.",
            "Participants were assigned by lot, which makes the result more reliable than a survey. About {percent}% "
            "dropped out.",
            "{person}, 74, joined in {town} because of the biscuits. “I can put my socks on standing up,” {person} "
            "said. “That is a statistic too.”",
            "A course costs the health service £{small2} a head; a broken hip costs £{count2}. {city2} will offer it "
            "on prescription from {season}.",
            "The authors warn that the trial was not large enough to say anything about heart disease.",
        ),
        words={
            "habit": (
                "country dancing",
                "tai chi",
                "walking football",
                "gardening in groups",
                "choir practice on foot",
            ),
            "habit_cap": (
                "Country dancing",
                "Tai chi",
                "Walking football",
                "Gardening in groups",
                "Choir practice on foot",
            ),
        },
    ),
    Beat(
        desk="health",
        titles=(
            "Waiting times fall by {percent}% in {city}. What changed?",
            "The {city} clinic with no waiting room",
            "How {city} shortened the queue for {care}",
        ),
        standfirst="No new building and few new staff: the clinic in {city} changed the order in which things happen.",
        lead="A year ago the wait for {care} in {city} was {days} weeks. It is now {small}. The clinic has no more "
        "rooms than before, and only {small} more people.",
        body=(
            "What changed, said {person}, who runs the ward, is that nobody is called before the results are there. "
            "“We were very punctual at being unprepared.”",
            "The idea came from a nurse who had worked in a bakery. Appointments are baked in batches, she said, and "
            "never on {weekday}.",
            "{expert} of {university} has checked the numbers and finds the effect real, although a milder winter "
            "helped.",
            "Staff sickness is down by {percent}%. The coffee, by general agreement, is worse, because the machine "
            "stood in the waiting room.",
            "Hospitals in {city2} and in {country} want to copy the method. The clinic has written it down on {small} "
            "pages.",
        ),
        words={"care": ("eye surgery", "physiotherapy", "hearing aids", "a skin check", "a new knee")},
    ),
    Beat(
        desk="health",
        titles=(
            "New test detects {illness} from a drop of blood",
            "A cheap test for {illness} moves closer to the clinic",
            "{expert}: “We can find {illness} years earlier”",
        ),
        standfirst="The test costs less than a sandwich. Larger trials must show whether early knowledge helps.",
        lead="A drop of blood on a strip of paper may be enough to detect {illness} years before the first "
        "symptoms, researchers at {university} report.",
        body=(
            "In samples from {count} people the test found {percent2}% of cases and raised a false alarm in {small} "
            "out of a hundred.",
            "“A false alarm is not a small thing when it is yours,” said {expert}, who led the study and opposes "
            "selling the test in shops.",
            "The strip was developed with {company}, which has promised a price of under £5 in poorer countries.",
            "A trial with {count2} patients begins in {city} and {country} in {season}. Results are expected in "
            "{years2} years.",
            "{person}, who was diagnosed late, said she would have wanted to know: “I would have taken more "
            "photographs.”",
        ),
        words={"illness": ("kidney disease", "early dementia", "silent infections", "liver damage", "rheumatism")},
    ),
    Beat(
        desk="sports",
        titles=(
            "{club} beat {club2} {score} with a goal in added time",
            "Late strike gives {club} a {score} win over {club2}",
            "{club} {score} {club2}: match report",
        ),
        standfirst="A cold night, {count} spectators and one moment of sense settled a match that had very little of "
        "it.",
        lead="In the {minute}th minute, with most of the {count} spectators already thinking of the bus, {person} "
        "took one touch more than seemed wise and beat the goalkeeper at the near post.",
        body=(
            "Until then {club2} had been the better side. They hit the frame {small} times and had {percent2}% of the "
            "ball, none of it where it hurts.",
            "“We were lucky, and we had worked for it,” said the {club} coach, who spent the second half with a hat "
            "over the eyes.",
            "The win lifts {club} to {place} in the table. {club2} have now not won away from home for {days} days.",
            "A penalty appeal shortly before the break was turned down after a look at the screen that lasted longer "
            "than the move.",
            "On {weekday} {club} travel to {city}. Their captain, booked again, will miss it.",
        ),
        words={
            "club": (
                "Harbour Town",
                "Eastmoor Rovers",
                "Caldbeck Athletic",
                "Tidewater City",
                "Kelder United",
                "Port Anselm",
            ),
            "score": ("1-0", "2-1", "3-2"),
            "minute": ("94", "95", "96", "97", "98"),
            "place": ("fourth", "third", "seventh", "second", "ninth"),
        },
    ),
    Beat(
        desk="sports",
        titles=(
            "{person} wins the {distance} race for the {small}th time",
            "Weather, wolves and a wrong turn: {person} wins in {country}",
            "{person} wins the {distance} race across {country}",
        ),
        standfirst="The winner slept for {small} hours in four days and took one wrong turn, towards a bakery.",
        lead="{person} has won the {distance} race across {country}, in front of {small2} other runners, a "
        "television crew and, for the last hour, a dog.",
        body=(
            "The lead changed {small} times on the second night, when snow closed the upper pass and the field was "
            "sent round by the lake.",
            "“I was not fast. I was awake,” {person} said at the finish in a borrowed coat.",
            "Of {count2} starters, {small2} arrived within the time limit. Nobody was seriously hurt; one runner "
            "proposed, and was accepted.",
            "{expert}, who tests endurance athletes at {university}, says that the mind gives up first, “usually at "
            "about four in the morning”.",
            "Next year's course will be {small} kilometres shorter. Entries open on {weekday}.",
        ),
        words={"distance": ("300-kilometre", "four-day", "250-mile", "winter", "coast-to-coast")},
    ),
    Beat(
        desk="sports",
        titles=(
            "{sport_cap} club in {town} goes from {small} members to {count2}",
            "Why everybody in {town} plays {sport}",
            "{town}, unlikely capital of {sport}",
        ),
        standfirst="A broken floodlight and a patient coach turned {town} into a place where {sport} is normal.",
        lead="On a wet {weekday} evening there are {count2} people on the ground in {town}, and not one of them is "
        "watching. They have come to play {sport}.",
        body=(
            "{years} years ago the club had {small} members and a leak. Then {person} began to lend out equipment for "
            "nothing.",
            "The rules fit on a postcard, and the club printed it. Half of the players are women; the oldest is 83.",
            "“We never had a strategy. We had a kettle,” said {person}.",
            "{expert} of {university} thinks that the price matters most: £{small2} a year, and free for anybody who "
            "mends nets.",
            "The team lost its first match against {city} by a margin that is engraved on the cup. It has since won "
            "{small}.",
        ),
        words={
            "sport": ("korfball", "fives", "curling", "pétanque", "fencing", "orienteering"),
            "sport_cap": ("Korfball", "Fives", "Curling", "Pétanque", "Fencing", "Orienteering"),
        },
    ),
    Beat(
        desk="culture",
        titles=(
            "{work}, review: {praise}",
            "{work} at the {venue} in {city}: {praise}",
            "{person}'s {work} is {praise}",
        ),
        standfirst="The new production at the {venue} lasts three hours and feels like {small} minutes.",
        lead="The curtain does not rise at the {venue}. It is already up, and so is {person}, sweeping the stage "
        "with a broom that turns out to have the best line of the evening.",
        body=(
            "{work} is a play about a ferry that is late. Nothing else happens, and one laughs until the moment when "
            "one does not.",
            "The set, by a young designer from {country}, is a single bench that becomes a kitchen, a border and a "
            "boat.",
            "As the harbour master, {person2} speaks so quietly that {count2} people stop unwrapping sweets. It is "
            "{praise}.",
            "Not all of it works. A song in the second half explains what everybody had understood.",
            "The run continues until {season}. Returns are sold at the door on {weekday}s for £{small}.",
        ),
        words={
            "work": (
                "The Late Ferry",
                "Salt and Ledger",
                "A Winter Timetable",
                "The Lamp Trimmer",
                "Small Hours at Oban",
            ),
            "venue": ("Playhouse", "Old Corn Exchange", "Harbour Theatre", "Tramshed", "Assembly Rooms"),
            "praise": ("funny and cold as the sea", "a small triumph", "quiet, exact and moving", "worth the journey"),
        },
    ),
    Beat(
        desk="culture",
        titles=(
            "Lost {object} by {artist} found in a {city} attic",
            "An attic in {city}, a leaking roof and a lost {object}",
            "Roofers in {city} find a {object} missing for {days} years",
        ),
        standfirst="It had been used as a draught excluder. Experts now value it at £{count}.",
        lead="{person} went up to look at the leak and came down with a {object}. It had been wrapped in a copy of "
        "this newspaper from {old_year}, which may explain why it was dry.",
        body=(
            "Specialists at {university} have spent {days} days with it and are “as sure as people in our line ever "
            "are” that it is by {artist}.",
            "{expert} pointed to a mark on the back, a small heron, which {artist} used for {years2} years only.",
            "The family wants to lend the {object} to the museum in {town}, on condition that somebody mends the roof.",
            "A catalogue of 1931 lists it as “destroyed, or with an aunt”.",
            "It will be shown from {season}. Entry is free on {weekday}s.",
        ),
        words={
            "object": ("sketchbook", "violin", "manuscript", "portrait", "map", "string quartet"),
            "artist": ("Adela Roskilly", "Joachim Verner", "Thomas Penhale", "Marguerite Sault", "Elis Hammarby"),
            "old_year": ("1926", "1934", "1947", "1953", "1961"),
        },
    ),
    Beat(
        desk="culture",
        titles=(
            "The {small} books our critics read in one sitting this month",
            "“{novel}”: the first novel everybody in {city} is talking about",
            "{person} wins the Caldbeck Prize for “{novel}”",
        ),
        standfirst="“{novel}” was turned down {small2} times. On {weekday} it won a prize worth £{count}.",
        lead="“{novel}” by {person}, a story of two sisters and a weather station, has won this year's Caldbeck "
        "Prize. The publisher has printed {count} more copies and run out of grey ink.",
        body=(
            "The author, who works nights at a sorting office in {city}, wrote it on the backs of misaddressed "
            "envelopes.",
            "“It does what weather does,” the judges wrote. “You look up, and everything has changed.”",
            "It had been turned down by {small2} publishers before a two-person house in {town} took it on.",
            "{expert}, who teaches the novel at {university}, admires its patience: the first conversation takes "
            "place on page {days}.",
            "A film is being discussed. {person} has asked that the weather be played by weather.",
        ),
        words={"novel": ("Barometer", "The Long Low", "Isobars", "Station Seven", "Rain Gauge", "A Drop in Pressure")},
    ),
)
