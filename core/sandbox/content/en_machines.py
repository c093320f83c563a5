"""English technology desk, second half: networks, machines, and those who regulate them."""

from typing import Final

from core.sandbox.content.types import Beat

BEATS: Final = (
    Beat(
        desk="technology",
        titles=(
            "{town} waited {years} years for broadband, then built its own",
            "The village that dug its own fibre network",
            "Farmers near {town} bring fibre to {count} homes",
        ),
        standfirst="With two tractors and a borrowed splicing machine, {town} now has faster internet than {city}.",
        lead="The trench runs along the hedge, under the chapel wall and across {person}'s potato field. It is {small} "
        "kilometres long, and everybody in {town} seems to have dug some of it.",
        body=(
            "After {years} years of being told that the line was “in scope”, residents founded a company, sold "
            "shares at £50 each and hired one engineer. The first {count} homes went live on {weekday}.",
            "A connection costs £{small2} a month. The speed, a gigabit in both directions, is more than most "
            "people in {city} can buy.",
            "“I can send an X-ray before the cow has moved,” said the local vet, who used to drive to {city2} with a "
            "memory stick.",
            "{expert} of {university} counts {count2} such networks across Europe. Those that last, {expert} said, "
            "have one thing in common: “a person who likes spreadsheets and lives there”.",
            "A national provider has since written to say that {town} is in scope.",
        ),
    ),
    Beat(
        desk="technology",
        titles=(
            "Review: {company}'s new {gadget} is {verdict}",
            "{company} {gadget} review: {verdict}",
            "I used {company}'s {gadget} for {days} days. It is {verdict}",
        ),
        standfirst="A repairable {gadget} with a battery that lasts. What is the catch? There are two.",
        lead="There is a screwdriver in the box. That is the first thing to say about the {gadget} from {company}, "
        "and for a certain kind of reader it may also be the last.",
        body=(
            "The back comes off with six screws. Under it, every part carries a number and a small drawing of the "
            "tool that removes it. I changed the battery on a train to {city} and lost only one screw.",
            "In everyday use it is {verdict}. The screen is bright, the speakers are honest, and the battery lasted "
            "{small} hours of writing, maps and one long call with my mother.",
            "The first catch is the camera, which turns dusk into soup. The second is the price: £{price}, before "
            "the spare parts that you will be tempted to buy.",
            "{person}, who designed the case, says that the next model will fit the same shell. If that promise is "
            "kept, the price looks different: it is a {gadget} for ten years rather than three.",
            "Updates are promised for {years} years and the boot loader can be opened without asking anybody.",
        ),
        words={
            "gadget": ("laptop", "phone", "tablet", "e-reader", "watch", "radio"),
            "verdict": (
                "dull in the best way",
                "brilliant and a little heavy",
                "almost what we asked for",
                "a pleasure to mend",
            ),
        },
    ),
    Beat(
        desk="technology",
        titles=(
            "Regulator opens inquiry into {company}'s {practice}",
            "{company} faces £{millions}m fine over {practice}",
            "What {company}'s {practice} tell us about the app economy",
        ),
        standfirst="Officials want to know whether {practice} kept smaller rivals out. {company} says that customers "
        "like them.",
        lead="The competition authority has opened an inquiry into {company}'s {practice}, it said on {weekday}, "
        "after complaints from {small} smaller firms and one very patient bookshop.",
        body=(
            "The inquiry will look at the {years} years to this autumn. If the authority finds that the law was "
            "broken, the fine could reach {percent}% of worldwide turnover, or about £{millions}m.",
            "“We welcome the chance to explain how our products work,” {company} said. Its shares fell by "
            "{percent}% and recovered half of that before the close.",
            "{person}, who runs an app studio in {city}, said that the terms changed {small2} times in one year. "
            "“Each e-mail began with the word exciting.”",
            "{expert}, who teaches competition law at {university}, expects a settlement. “These cases end in a "
            "form that nobody reads and a button that everybody presses.”",
            "A hearing in {city2} is planned for {season}. The bookshop has asked to bring its own chairs.",
        ),
        words={
            "practice": (
                "app store fees",
                "default settings",
                "cloud exit charges",
                "ad auctions",
                "bundled subscriptions",
            )
        },
    ),
    Beat(
        desk="technology",
        titles=(
            "Robots learn to {task} in a {city} warehouse",
            "{company} teaches a robot to {task}",
            "It took {years} years to teach this robot to {task}",
        ),
        standfirst="Machines have been able to play chess for decades. To {task} is harder, and a team in {city} has "
        "nearly done it.",
        lead="The robot picks up the {thing}, hesitates, turns it over and, with what one can only call tact, puts "
        "it down the right way round. In the control room at {company}, somebody rings a small bell.",
        body=(
            "The bell has been rung {count} times this month. To {task} is easy for a child and almost impossible "
            "for a machine, said {person}, because nothing is ever where it was.",
            "Instead of programming each movement, the team let the arm practise at night, in a simulation and then "
            "on real shelves. It broke {small} {thing}s in the first week and none in the last.",
            "Success now stands at {percent2}%. {expert} of {university} warned that the final few points are the "
            "expensive ones: “Ninety per cent is a film. Ninety-nine is a product.”",
            "Warehouse staff have named the machine after a former foreman. A works council agreement says that it "
            "may not work faster than the person beside it.",
            "{company} wants to install {small2} of the arms in {city2} and {country} by {season}.",
        ),
        words={
            "task": ("fold shirts", "pack eggs", "sort pears", "open jars", "shelve library books"),
            "thing": ("egg box", "jar", "parcel", "crate", "book"),
        },
    ),
    Beat(
        desk="technology",
        titles=(
            "Data centre near {town} will heat {count} homes",
            "{town} gets a data centre, and warm swimming",
            "Protest and hot water: the data centre that divided {town}",
        ),
        standfirst="{company} promises free heat in return for {millions} megawatts. Not everybody in {town} wants "
        "the bargain.",
        lead="The pool in {town} has been four degrees warmer since {weekday}, and no gas was burned for it. The "
        "heat comes through a buried pipe from a hall where {company} keeps {count} servers.",
        body=(
            "The company hopes to triple the site. In return it offers heat for {count2} homes at no charge for "
            "{years} years, paid for, it says, by smaller fans.",
            "At a meeting that lasted until midnight, {person} of the residents' association asked where the water "
            "would come from. The answer was a slide with a picture of rain.",
            "{expert} of {university} said the physics is sound. “A computer is an electric heater with opinions. "
            "The question is what happens in July.”",
            "The grid operator must first strengthen a line that dates from 1961, at a cost of £{millions}m. Who pays "
            "is open.",
            "{city}, which tried the same {years2} years ago, now heats a fifth of its old town in this way.",
        ),
    ),
    Beat(
        desk="technology",
        titles=(
            "{country} puts its {register} on paper as well, just in case",
            "Why {country} still prints its {register} once a year",
            "After the outage: {country} rethinks its digital {register}",
        ),
        standfirst="A {days}-hour outage taught {country} what it means to be fully digital. The answer weighs "
        "{small} tonnes.",
        lead="The lorry left {city} before dawn with {small} tonnes of paper on board: the {register} of {country}, "
        "complete, printed in a small clear type and bound in grey.",
        body=(
            "Since the outage of last spring, which stopped pharmacies, ferries and one wedding, the government has "
            "wanted a copy that needs no electricity. “Paper boots instantly,” said {person}, the state archivist.",
            "The failure began with an expired certificate and ended {days} hours later with an engineer, a bicycle "
            "and a USB stick. An inquiry made {small2} recommendations, of which the print run is the most visible.",
            "{expert} of {university} thinks the idea less odd than it sounds: “A back-up that nobody has restored "
            "is a rumour. A book can be tested by opening it.”",
            "The printing cost £{count}. Restoring the digital register from its own back-ups, which also works "
            "now, is practised every quarter, on a {weekday}.",
            "{company}, which runs the system, has extended its contract for {years} years.",
        ),
        words={
            "register": (
                "land register",
                "company register",
                "register of births",
                "medicines register",
                "ship register",
            )
        },
    ),
)
