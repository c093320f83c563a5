"""From the words that providers sort their items by to the nine categories of the documents.

A section of The Guardian, a subreddit and a feed's `<category>` are all just words here. A word is tried as a whole,
then by its parts, so that `us-news/politics` and "World: Europe" find their way.
"""

import re
from collections.abc import Iterable, Iterator
from typing import Final

GENERAL: Final = "general"
MAX_TOPICS: Final = 10
_MAX_TOPIC_CHARACTERS: Final = 50

_WORDS: Final = {
    "business": (
        "advertising automotive banking bourse business cars companies cryptocurrency earnings economia economic "
        "economics economie économie economy economía empresas energy entrepreneur finance finances financial finanzen "
        "finanza inflation insurance investing jobs labor markets märkte marketing money personalfinance property "
        "realestate retail startups stocks taxes trade unternehmen wirtschaft work 経済 ビジネス 经济 экономика бизнес"
    ),
    "culture": (
        "architecture art artanddesign arts books bücher celebrity cinema cinéma cine comics culture cultura design "
        "entertainment fashion feuilleton film films food games gaming kino kultur kunst libros lifeandstyle lifestyle "
        "literature livres media mode movies music musica música musik musique photography radio recipes series serien "
        "spettacoli stage style television theater theatre travel tv tvandradio videogames 文化 芸能 культура"
    ),
    "health": (
        "coronavirus covid covid19 fitness gesundheit health healthcare medicine medizin mentalhealth nutrition "
        "pandemic publichealth salud salute santé saúde society vaccines wellbeing wellness 健康 医療 здоровье"
    ),
    "politics": (
        "congress elections election election2026 geopolitics government innenpolitik justice law parliament policy "
        "politica política politics politik politique policies supremecourt usapolitics ukpolitics whitehouse 政治 "
        "политика"
    ),
    "science": (
        "astronomy archaeology biology chemistry ciencia climate climatechange environment environnement espace "
        "everythingscience genetics geology medioambiente nasa nature naturaleza neuroscience paleontology physics "
        "science sciences scienza science&environment space spacex umwelt weltraum wetenschap wildlife wissen "
        "wissenschaft 科学 наука"
    ),
    "sports": (
        "athletics baseball basketball boxing bundesliga calcio champions cricket cycling deporte deportes formula1 "
        "fußball fussball football futbol fútbol golf handball hockey mlb motorsport nba nfl nhl olympics "
        "premierleague rugby rugbyunion soccer sport sports swimming tennis ufc wintersport スポーツ 体育 спорт"
    ),
    "technology": (
        "ai android apple apps artificialintelligence askhn chips computing crypto cybersecurity data developers "
        "digital gadgets google hackernews hardware infosec internet ios it javascript linux machinelearning microsoft "
        "mobile netzwelt netsec opensource privacy programming python robotics rust security semiconductors showhn "
        "smartphones social socialmedia software tech technews technik technologie technologies technology tecnologia "
        "tecnología telecoms web webdev テクノロジー 技術 科技 技术 технологии"
    ),
    "world": (
        "africa afrique americas asia asie ausland australia australianews brazil canada china esteri europa europe "
        "france germany global globaldevelopment india internacional international israel japan latinamerica "
        "mexico middleeast migration mondo monde mundo refugees russia uk uknews ukraine unitednations us usa usnews "
        "war welt wereld world worldnews 世界 国際 国际 мир"
    ),
    "general": "all allgemein breaking breakingnews general headlines home latest local nachrichten news stories top",
}  # fmt: skip

_BY_WORD: Final = {word: category for category, words in _WORDS.items() for word in words.split()}
_PARTS: Final = re.compile(r"[/:|,;>»&+]| - |\band\b|\bund\b|\bet\b")
_SEPARATORS: Final = re.compile(r"[\s_\-.'’]+")


def classify(sections: Iterable[str], *, stated: str | None = None) -> tuple[str, tuple[str, ...]]:
    """The category of an item and its topics: the category, other categories it belongs to, then its own sections.

    `stated` is the source owner's word for all of its items and wins.
    """
    words = [word for section in sections if (word := _topic(section))]
    found = [category for word in words for category in _categories(word)]
    specific = [category for category in found if category != GENERAL]
    category = stated or (specific or found or [GENERAL])[0]
    topics = dict.fromkeys([category, *specific, *words])
    return category, tuple(topics)[:MAX_TOPICS]


def _topic(section: str) -> str:
    word = " ".join(section.casefold().split()).removeprefix("r/").strip(" /#.,:;-")
    return word if len(word) <= _MAX_TOPIC_CHARACTERS else ""


def _categories(word: str) -> Iterator[str]:
    whole = _BY_WORD.get(_SEPARATORS.sub("", word))
    if whole is not None:
        yield whole
        return
    for part in _PARTS.split(word):
        found = _BY_WORD.get(_SEPARATORS.sub("", part))
        if found is not None:
            yield found
            continue
        # the last word is what the others describe: "US politics" is politics
        hits = [hit for token in reversed(_SEPARATORS.split(part)) if (hit := _BY_WORD.get(token))]
        yield from [hit for hit in hits if hit != GENERAL][:1] or hits[:1]
