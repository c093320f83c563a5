"""The languages of the newsroom by their ISO 639-1 code."""

from collections.abc import Mapping
from typing import Final

from core.sandbox.content.de import GERMAN
from core.sandbox.content.en import ENGLISH
from core.sandbox.content.es import SPANISH
from core.sandbox.content.fr import FRENCH
from core.sandbox.content.it import ITALIAN
from core.sandbox.content.ja import JAPANESE
from core.sandbox.content.pt import PORTUGUESE
from core.sandbox.content.types import Language

LANGUAGES: Final[Mapping[str, Language]] = {
    language.code: language for language in (ENGLISH, GERMAN, FRENCH, SPANISH, ITALIAN, PORTUGUESE, JAPANESE)
}
