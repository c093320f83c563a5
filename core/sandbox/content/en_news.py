"""English news desks: world, politics, business and general."""

from typing import Final

from core.sandbox.content.types import Beat

BEATS: Final = (
    Beat(
        desk="world",
        titles=(
            "{country} and {country2} agree on shared {shared} after {years} years of talks",
            "A quiet deal between {country} and {country2} over {shared}",
            "“It only took {years} years”: {country} signs accord on {shared}",
        ),
        standfirst="The accord on {shared} is short, dull and, according to those who wrote it, likely to last.",
        lead="Ministers from {country} and {country2} signed an agreement on {shared} in {city} on {weekday}, "
        "ending a dispute that had outlived {small} foreign secretaries.",
        body=(
            "The text runs to {small} pages. Its longest article says what happens when the two sides disagree about "
            "the rest.",
            "“We stopped arguing about history and began to argue about litres,” said {person}, who led one of the "
            "delegations.",
            "A joint commission of {small} people will meet in {city2} every quarter. Its minutes will be public "
            "after {days} days.",
            "{expert} of {university} called the agreement “a model of modesty” and pointed out that it can be ended "
            "by letter.",
            "Fishermen, growers and ferry owners on both sides had pressed for a deal since the closures of last "
            "winter.",
        ),
        words={
            "shared": (
                "fishing grounds",
                "river water",
                "rail freight",
                "storm warnings",
                "grid cables",
                "rescue at sea",
            )
        },
    ),
    Beat(
        desk="world",
        titles=(
            "{country} votes today: what is at stake",
            "Turnout of {percent2}% expected as {country} goes to the polls",
            "In {country}, an election about {issue}",
        ),
        standfirst="Polling stations close at eight. The campaign in {country} was mostly about {issue}.",
        lead="Voters in {country} choose a new parliament today after a campaign dominated, to the surprise of the "
        "parties, by {issue}.",
        body=(
            "Polls give no group a majority. The last survey put the two largest within {small} seats of each other.",
            "{person}, a teacher who queued in the rain in the capital, said: “I have voted for the person who "
            "answered the question.”",
            "Observers from {small} countries have been invited. Their chair said that preparations had been “calm "
            "and well lit”.",
            "Whoever wins must pass a budget within {days} days. {expert} of {university} expects weeks of talks and "
            "a narrow coalition.",
            "{count} people who live abroad voted by post, more than ever, most of them in {city} and {city2}.",
        ),
        words={
            "issue": (
                "the price of rent",
                "hospital waiting times",
                "school buses",
                "electricity bills",
                "village shops",
            )
        },
    ),
    Beat(
        desk="world",
        titles=(
            "Flood waters recede in {country}, leaving {count} people to clean up",
            "After the flood: {country} counts the cost",
            "“The piano was on the ceiling”: a town in {country} after the flood",
        ),
        standfirst="Nobody died, which those who were there call planning. The damage is put at £{millions}m.",
        lead="The river is back between its banks, and along every street of the lower town in {country} lies a "
        "wall of wet furniture as high as a child. Some {count} people began to clear up on {weekday}.",
        body=(
            "Sirens had sounded {small} hours before the peak. “We practised this in spring and felt silly,” said "
            "{person}, who runs the volunteer fire brigade. “Nobody feels silly now.”",
            "Water reached the first floor in {count2} houses. At the music school the grand piano floated upstairs, "
            "and stayed there.",
            "{expert} of {university} said such rain used to come once in {days} years, and that the phrase was "
            "losing its meaning.",
            "Neighbours {country2} sent pumps and {small} divers. A convoy with drinking water is expected by the end "
            "of the week.",
            "Insurers have opened a desk in the sports hall. The queue, volunteers said, was shorter than the one for "
            "coffee.",
        ),
    ),
    Beat(
        desk="politics",
        titles=(
            "Ministers drop plan to {plan} after revolt",
            "How a revolt of {small2} MPs sank the plan to {plan}",
            "Government retreats on plan to {plan}",
        ),
        standfirst="The policy survived {days} days. Its defenders blame the briefing, its critics the arithmetic.",
        lead="The government has abandoned its plan to {plan}, {days} days after announcing it and a few hours "
        "before a vote that it expected to lose.",
        body=(
            "{small2} of the government's own members had signed a letter against it. The last signature, according "
            "to two people who saw it, was added in green ink in a lift.",
            "“We have listened,” said {person}, the minister responsible, using a phrase that appears {small} times "
            "in this year's record.",
            "The measure was meant to save £{millions}m. The treasury now has to find the money elsewhere before "
            "{season}.",
            "{expert} of {university} said that retreats are cheaper than they look: “Voters forget the turn and "
            "remember the wall.”",
            "The opposition called it “a good day for common sense and a bad one for whoever wrote the slides”.",
        ),
        words={
            "plan": (
                "charge for library cards",
                "merge the coastguard stations",
                "end paper train tickets",
                "tax second-hand sales",
                "close the rural courts",
                "shorten the school summer",
            )
        },
    ),
    Beat(
        desk="politics",
        titles=(
            "By-election in {town}: {small} candidates and one bus",
            "{town} chooses a new MP, and talks about the bus",
            "Six votes decide the by-election in {town}",
        ),
        standfirst="A contest about a bus route has turned into a test of the national mood. {town} finds that "
        "amusing.",
        lead="There are {small} candidates, four television vans and one bus, which leaves {town} for {city} at ten "
        "past seven and does not come back until evening. The by-election is about the bus.",
        body=(
            "The route was cut to a single service {years} years ago. Since then, {count2} people have signed a "
            "petition that hangs, in a plastic sleeve, in the waiting room.",
            "{person}, who stands for a list called Half Past Nine, has promised one thing only. The larger parties "
            "promise it too, now.",
            "“They came by car to tell us about the bus,” said a woman at the stop, who would not give her name but "
            "gave her timetable.",
            "{expert} of {university} warned against reading too much into the result. Turnout last time was "
            "{percent2}%.",
            "Counting takes place in the leisure centre. Badminton is cancelled until {weekday}.",
        ),
    ),
    Beat(
        desk="politics",
        titles=(
            "Parliament backs {bill} by {small} votes",
            "What the new {bill} changes, and when",
            "{bill} becomes law after a night of amendments",
        ),
        standfirst="The {bill} was rewritten {small} times. Most of its rules apply from {season}.",
        lead="Parliament passed the {bill} shortly before three in the morning, by {small} votes, after a debate in "
        "which {count2} amendments were moved and one member quoted a recipe.",
        body=(
            "The law gives councils until {season} to publish what they know, and lets residents appeal within {days} "
            "days.",
            "“It is not the bill I wanted. It is the bill there were votes for,” said {person}, who steered it "
            "through committee.",
            "Business groups had warned of costs of £{millions}m a year. An independent estimate came to less than "
            "half of that.",
            "{expert}, who advised the committee, said the last clause mattered most: the rules expire after {years} "
            "years unless renewed.",
            "A review by {university} will compare {city} and {city2}, which have had similar rules for some time.",
        ),
        words={
            "bill": (
                "Rivers Bill",
                "Right to Repair Bill",
                "Open Records Bill",
                "Renters Bill",
                "Night Trains Bill",
                "Playgrounds Bill",
            )
        },
    ),
    Beat(
        desk="business",
        titles=(
            "{company} buys rival {company2} for £{millions}m",
            "{company} and {company2} to merge in £{millions}m deal",
            "The £{millions}m handshake: why {company} wants {company2}",
        ),
        standfirst="The two firms say no jobs will go in {city}. Analysts have read that sentence before.",
        lead="{company} is to buy {company2} for £{millions}m in cash and shares, creating a group with {count} "
        "employees and, for the time being, two logos.",
        body=(
            "The price is {percent}% above {company2}'s closing value on {weekday}. Its board recommended the offer "
            "unanimously.",
            "“We kept meeting in the same tenders,” said {person}, who will lead the combined group from {city}. “In "
            "the end we shared a taxi.”",
            "The firms expect to save £{small2}m a year within {years} years, mostly in buildings and software.",
            "{expert} of {university} noted that about half of such mergers cost more than they save, “and nobody "
            "knows which half”.",
            "Regulators in {country} and {country2} have to agree. A decision is expected in {season}.",
        ),
    ),
    Beat(
        desk="business",
        titles=(
            "Inflation eases to {small_decimal}% as {goods} get cheaper",
            "Prices rise more slowly, but not for {goods}",
            "What {small_decimal}% inflation means for your {goods}",
        ),
        standfirst="The rate is the lowest in {days} months. Economists differ on whether it will stay there.",
        lead="Consumer prices rose by {small_decimal}% in the year to October, the statistics office said on "
        "{weekday}, down from {small}% at the peak, helped by {goods}.",
        body=(
            "Services remain the sticking point: haircuts, rents and insurance are still rising at more than {small}%.",
            "“The easy part is done,” said {expert} of {university}. “The rest depends on wages, and those depend on "
            "people.”",
            "Markets now see a {percent2}% chance of a lower interest rate in {season}. The pound barely moved.",
            "At the covered market in {city}, {person} has kept the price of {goods} unchanged since spring. “I am "
            "tired of the chalk,” {person} said.",
            "A household with two children now spends about £{count2} a year more than {years2} years ago on the same "
            "basket.",
        ),
        words={"goods": ("eggs", "bread", "vegetables", "second-hand cars", "children's shoes", "coffee")},
    ),
    Beat(
        desk="business",
        titles=(
            "The {age}-year-old {shop} that refuses to close",
            "{town}'s last {shop} finds an heir",
            "A {shop} in {town}, and the {small} people who bought it",
        ),
        standfirst="It was due to become flats. Then {small} customers asked what a {shop} costs.",
        lead="The sign said “Closing”, and for {days} days people came into the {shop} in {town} to say how sorry "
        "they were. On {weekday} a different sign went up. It says “Not yet”.",
        body=(
            "{small} customers, among them a dentist and two retired bus drivers, have bought the business from "
            "{person}, who is 81 and had run it since 1969.",
            "The price was £{count}, “and lunch, for life, on Thursdays”, said {person}, who still has a key.",
            "Takings have risen by {percent}% since the story went round. {expert}, who studies high streets at "
            "{university}, expects about half of that to last.",
            "The new owners work one day a week each, without pay, until the roof is mended. Estimates for the roof "
            "stand at £{count2}.",
            "In {city}, where {small2} such shops closed last year, the council has asked how it was done.",
        ),
        words={
            "shop": ("ironmonger's", "bakery", "bookshop", "tailor's", "cinema", "music shop"),
            "age": ("90", "112", "134", "75", "150"),
        },
    ),
    Beat(
        desk="general",
        titles=(
            "Missing {animal} found after {days} days in {town}",
            "The {animal} of {town} comes home",
            "{town} rejoices as its {animal} turns up {small} miles away",
        ),
        standfirst="Drones, {count2} volunteers and a tin of sardines could not find it. A bus driver did.",
        lead="The {animal} that walked out of a garden in {town} {days} days ago walked into a bus garage in {city} "
        "on {weekday} and sat down beside the ticket machine.",
        body=(
            "“It looked as though it wanted a return,” said {person}, who was about to start the early shift.",
            "The search had drawn {count2} volunteers. A retired surveyor divided the parish into squares, and a "
            "school painted posters.",
            "{expert} of {university} said animals follow rivers and smells: “It went downstream and stopped where "
            "the sandwiches are.”",
            "The owner wept, thanked the driver and declined to say what the {animal} had weighed before.",
            "A collection for the search raised £{count2}, which will buy a new roof for the bus shelter.",
        ),
        words={"animal": ("tortoise", "peacock", "goat", "alpaca", "parrot", "Shetland pony")},
    ),
    Beat(
        desk="general",
        titles=(
            "Night trains return between {city} and {city2}",
            "{city} to {city2} by sleeper, for the first time in {years} years",
            "All aboard: the new sleeper from {city} to {city2} is {percent2}% full",
        ),
        standfirst="The carriages are second hand and the breakfast is not. Tickets start at £{small2}.",
        lead="At nine minutes past ten on {weekday} evening a whistle that nobody had heard for {years} years "
        "sounded in {city}, and the night train to {city2} left, {small} minutes late and to applause.",
        body=(
            "The service runs three times a week. {person}, who campaigned for it, travelled in the lower bunk and "
            "slept, by choice, not at all.",
            "Refurbishing the carriages cost £{millions}m. Ticket sales so far cover {percent2}% of running costs.",
            "“People said that it could not pay. Roads do not pay either,” said {expert}, a transport economist at "
            "{university}.",
            "Showers are promised for {season}. For now there is a basin, a small lamp and a view.",
            "Operators in {country} have ordered {small2} carriages of the same kind.",
        ),
    ),
    Beat(
        desk="general",
        titles=(
            "Storm leaves {count} homes without power around {town}",
            "{count} homes in the dark as storm crosses {town}",
            "Power back for most after storm near {town}",
        ),
        standfirst="Winds reached {gust} miles an hour. Engineers hope to reconnect the last farms by {weekday}.",
        lead="A storm that crossed the coast near {town} during the night cut the power to {count} homes, closed "
        "{small} roads and carried a trampoline {small} miles inland.",
        body=(
            "Nobody was badly hurt. {small} people were led from a caravan site to the town hall, where the heating, "
            "run on oil, still works.",
            "“We have {small2} trees on the line and {small} chainsaws,” said {person}, who manages repairs for the "
            "network.",
            "Trains between {city} and {city2} ran late all day. Passengers were asked to travel “only with a book”.",
            "Forecasters expect calmer weather from {weekday2}. {expert} of {university} said gusts like these are no "
            "longer rare in November.",
            "The trampoline's owner is known and would like it back.",
        ),
        words={"gust": ("78", "81", "84", "88", "91")},
    ),
)
