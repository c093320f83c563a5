"""Translating requests of v1: one, or all that an archive holds."""

from __future__ import annotations

import asyncio
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import replace
from typing import Any, Final
from urllib.parse import urlsplit

from core.contract.replacements import Document
from core.errors import FieldError, Unavailable, Unprocessable, UntranslatableRequest
from core.kit import request as requests
from core.translation.examples import examples_of
from core.translation.har import Entry, entries_of
from core.translation.translator import Translator, host_of
from core.translation.types import Example, RecordedRequest, Report, Translation

_TRANSLATABLE: Final = ("translated", "partial")


class TranslationService:
    """Pure but for its configuration; nothing is stored, and credentials are neither repeated nor logged."""

    def __init__(self) -> None:
        self._translator: Translator | None = None
        self._own_hosts: frozenset[str] = frozenset()

    def configure(self, documents: Mapping[str, Document], public_url: str | None) -> None:
        """Name of the version → document, oldest first: the last but one is translated into the last."""
        document, newer = list(documents.values())[-2:]
        self._translator = Translator(document, newer)
        self._own_hosts = frozenset() if public_url is None else frozenset({_host(public_url)})

    def examples(self, documents: Mapping[str, Document]) -> tuple[Example, ...]:
        """A request of each operation before and after, of the two newest documents."""
        return examples_of(*list(documents.values())[-2:]) if len(documents) > 1 else ()

    async def translate(
        self,
        *,
        request: Mapping[str, Any] | None = None,
        har: Mapping[str, Any] | None = None,
        file: Mapping[str, Any] | None = None,
        origin: str | None = None,
        called_at: str | None = None,
    ) -> Report:
        """The translation of one request, or of each in an archive: `har` is in the body, `file` all of it.

        `origin` in the body and `called_at` in the query are other addresses that v1 was called at. Raises
        `Unprocessable` for a body that has not exactly one of the three, an archive that is none, and an origin that is
        no address; `UntranslatableRequest` for one request that has no translation.
        """
        if [request, har, file].count(None) != 2:
            raise _refused("one_of", "give either `request` or `har`", "/request")
        hosts = self._own_and_asked() | _named(origin, pointer="/origin") | _named(called_at, parameter="origin")
        if request is not None:
            return _report([_whole(self._one(_recorded(request), hosts))])
        entries = entries_of(har, "/har") if har is not None else entries_of(file or {}, "")
        # 2,000 of them take up to a second; in a thread, other requests get their turn meanwhile
        return await asyncio.to_thread(lambda: _report([self._one(entry, hosts) for entry in entries]))

    def _one(self, entry: Entry, hosts: frozenset[str]) -> Translation:
        if isinstance(entry, FieldError):
            return Translation("refused", None, None, errors=(entry,))
        if self._translator is None:
            raise Unavailable("The server is still starting.", retry_after_s=1)
        return self._translator.translate(entry, hosts)

    def _own_and_asked(self) -> frozenset[str]:
        asked = requests.origin()
        return self._own_hosts if asked is None else self._own_hosts | {_host(f"http://{asked.host}")}


def _named(origin: str | None, **place: str) -> frozenset[str]:
    """The host of an address that the request names, if it names one."""
    if origin is None:
        return frozenset()
    try:
        host = _host(origin)
    except ValueError:
        host = ""
    if host:
        return frozenset({host})
    detail = "must be an address such as https://news.example.org"
    raise Unprocessable(f"`origin` {detail}.", errors=[FieldError("format", detail, **place)])


def _host(address: str) -> str:
    return host_of(urlsplit(address))


def _recorded(request: Mapping[str, Any]) -> RecordedRequest:
    headers = tuple((header["name"], header["value"]) for header in request.get("headers", ()))
    return RecordedRequest(request["method"].upper(), request["url"], headers, request.get("body"))


def _whole(translation: Translation) -> Translation:
    """The translation, or why there is none."""
    if translation.outcome in _TRANSLATABLE:
        return translation
    raise UntranslatableRequest(
        "v1 of this instance would not take this request.", errors=list(_placed(translation.errors))
    )


def _placed(errors: Sequence[FieldError]) -> Iterator[FieldError]:
    """v1's faults, with pointers into the body of the request for a translation: a parameter stands in its URL."""
    for error in errors:
        if error.parameter is None:
            yield replace(error, pointer=f"/request{error.pointer}")
        else:
            yield FieldError(error.code, f"`{error.parameter}` {error.detail}", pointer="/request/url")


def _report(translations: list[Translation]) -> Report:
    found = {item.replacement.operation_id: item.replacement for item in translations if item.replacement is not None}
    return Report(translations, tuple(found.values()))


def _refused(code: str, detail: str, pointer: str) -> Unprocessable:
    return Unprocessable(f"{detail[:1].upper()}{detail[1:]}.", errors=[FieldError(code, detail, pointer=pointer)])


translation: Final = TranslationService()
