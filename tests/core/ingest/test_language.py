"""Which language an article is in."""

import pytest

from core.ingest.language import detect, language_of
from core.kit.languages import from_tag

SENTENCES = {
    "en": "Three makers begin small series of the new battery cells this winter, and prices are expected to fall.",
    "de": "Die Bundesregierung beschließt neue Regeln für den Ausbau der Windkraft an der Küste.",
    "fr": "Le gouvernement annonce une réforme des retraites et les syndicats appellent à la grève.",
    "es": "El gobierno anuncia una reforma de las pensiones y los sindicatos convocan una huelga general.",
    "it": "Il governo annuncia una riforma delle pensioni e i sindacati proclamano lo sciopero generale.",
    "pt": "O governo anuncia uma reforma da previdência e os sindicatos convocam uma greve geral.",
    "nl": "De regering kondigt een hervorming van de pensioenen aan en de vakbonden roepen op tot staking.",
    "sv": "Regeringen presenterar en ny pensionsreform och fackförbunden varnar för en omfattande strejk.",
    "pl": "Rząd zapowiada reformę emerytalną, a związki zawodowe wzywają do strajku generalnego.",
    "ru": "Правительство объявило о пенсионной реформе, профсоюзы призывают к забастовке.",
    "uk": "Уряд оголосив про пенсійну реформу, а профспілки закликають до страйку по всій країні.",
    "el": "Η κυβέρνηση ανακοινώνει μεταρρύθμιση των συντάξεων και τα συνδικάτα καλούν σε απεργία.",
    "ja": "政府は年金制度の改革を発表し、労働組合はストライキを呼びかけている。",
    "zh": "政府宣布养老金改革，工会呼吁举行罢工，预计下周将有数千人走上街头。",
    "ar": "أعلنت الحكومة عن إصلاح نظام التقاعد ودعت النقابات إلى إضراب عام الأسبوع المقبل.",
    "tr": "Hükümet emeklilik reformunu açıkladı, sendikalar ise önümüzdeki hafta genel grev çağrısı yaptı.",
}


@pytest.mark.parametrize(
    "tag", [None, "", "x", "english", "und", "mul", "zxx", "x-private", "e1", "qq", "en us", "12", "a" * 40]
)
def test_a_tag_that_names_no_known_language_is_none(tag: str | None) -> None:
    assert from_tag(tag) is None


@pytest.mark.parametrize(
    ("tag", "code"),
    [
        ("en", "en"), ("EN", "en"), ("en-GB", "en"), ("en_us", "en"), (" de-DE ", "de"), ("eng", "en"), ("ger", "de"),
        ("deu", "de"), ("fre", "fr"), ("zh-Hant-TW", "zh"), ("nb-NO", "no"), ("nn", "no"), ("iw", "he"),
    ],
)  # fmt: skip
def test_a_tag_names_its_language(tag: str, code: str) -> None:
    assert from_tag(tag) == code


@pytest.mark.parametrize(
    "text", ["", "ok", "Apple", "El Niño", "12345 6789", "Election results", "x" * 5_000, "🎉" * 50]
)
def test_what_is_too_short_or_no_language_is_not_guessed(text: str) -> None:
    assert detect(text) is None


@pytest.mark.parametrize(("code", "sentence"), SENTENCES.items())
def test_a_sentence_shows_its_language(code: str, sentence: str) -> None:
    assert detect(sentence) == code


def test_the_providers_word_comes_first() -> None:
    assert language_of(SENTENCES["de"], stated="fr-FR", fallback="it") == "fr"


def test_the_text_comes_before_the_source() -> None:
    assert language_of(SENTENCES["de"], stated=None, fallback="it") == "de"


def test_the_source_comes_before_nothing() -> None:
    assert language_of("Apple", stated="xx", fallback="it-IT") == "it"


def test_otherwise_the_language_is_undetermined() -> None:
    assert language_of("Apple", stated=None, fallback=None) == "und"
