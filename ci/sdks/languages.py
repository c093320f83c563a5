"""The languages that there are SDKs in."""

from collections.abc import Mapping

from ci.sdks.go import Go
from ci.sdks.java import Java
from ci.sdks.package import Language
from ci.sdks.python import Python
from ci.sdks.typescript import OpenapiFetch, TypescriptFetch

LANGUAGES: Mapping[str, Language] = {
    language.name: language for language in (Python(), OpenapiFetch(), TypescriptFetch(), Go(), Java())
}
