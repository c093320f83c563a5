"""From a request of v1 to the one that takes its place, by the documents alone."""

from __future__ import annotations

from urllib.parse import urlsplit

import pytest

from core.app import read_documents
from core.translation.har import MAX_HEADERS, entries_of
from core.translation.translator import Translator, host_of
from core.translation.types import RecordedRequest, Translation

LIST = "col_0350oBqTdZRkfakP5xfzv3"


@pytest.fixture(scope="module")
def translator() -> Translator:
    documents = read_documents()
    return Translator(documents["v1"], documents["v2"])


def url_of(translation: Translation) -> str:
    assert translation.request is not None, translation
    return translation.request.url


@pytest.mark.parametrize(
    ("address", "host"),
    [
        ("https://News.example/v1", "news.example"),
        ("https://news.example:443/v1", "news.example"),
        ("http://news.example:80/v1", "news.example"),
        ("http://news.example:443/v1", "news.example:443"),
        ("http://ada:secret@news.example:8080/v1", "news.example:8080"),
        ("/v1/articles", ""),
    ],
)
def test_hosts_are_compared_without_case_credentials_and_the_port_of_the_scheme(address: str, host: str) -> None:
    assert host_of(urlsplit(address)) == host


@pytest.mark.parametrize(
    ("before", "after"),
    [
        ("/v1/articles?dir=asc", "/v2/articles?sort=published_at&count=exact"),
        ("/v1/articles?sort=created_at", "/v2/articles?sort=-ingested_at&count=exact"),
        ("/v1/articles?page=1", "/v2/articles?count=exact"),
        ("/v1/articles?q=a+b%26c&from=2026-11-01T00:00:00%2B01:00",
         "/v2/articles?q=a%20b%26c&from=2026-11-01T00:00:00%2B01:00&count=exact"),
        ("/v1/collections?sort=name&dir=asc", "/v2/collections?sort=name"),
        (f"/v1/collections/{LIST}/items?sort=created_at&dir=desc", f"/v2/collections/{LIST}/items?sort=-added_at"),
        ("/v1/articles/art%5F1", "/v2/articles/art_1"),
        ("/v1/sources?limit=5#top", "/v2/sources?limit=5"),
    ],
)  # fmt: skip
def test_parameters_go_where_the_document_says(translator: Translator, before: str, after: str) -> None:
    assert url_of(translator.translate(RecordedRequest("GET", before), ())) == after


def test_a_head_stays_a_head(translator: Translator) -> None:
    translation = translator.translate(RecordedRequest("HEAD", "/v1/sources"), ())
    assert translation.request is not None
    assert translation.request.method == "HEAD"


def test_a_body_without_a_use_is_left_out(translator: Translator) -> None:
    translation = translator.translate(RecordedRequest("GET", "/v1/sources", text="not json"), ())
    assert translation.request is not None
    assert translation.request.body is None


def test_a_malformed_key_for_repeats_is_refused_as_v1_does(translator: Translator) -> None:
    request = RecordedRequest("POST", "/v1/collections", (("Idempotency-Key", "a b\x7f"),), {"name": "x"})
    translation = translator.translate(request, ())
    assert [error.parameter for error in translation.errors] == ["Idempotency-Key"]


def test_what_an_archive_says_of_headers_and_bodies_may_be_anything() -> None:
    broken = {"method": "get", "url": "/v1/sources", "headers": [1, {"name": 2}, {"name": "A", "value": "b"}] * 1000}
    (entry,) = entries_of({"log": {"entries": [{"request": {**broken, "postData": {"text": 5}}}]}}, "")
    assert isinstance(entry, RecordedRequest)
    assert (entry.method, entry.text, len(entry.headers)) == ("GET", None, MAX_HEADERS)
    (entry,) = entries_of({"log": {"entries": [{"request": {**broken, "headers": "x"}}]}}, "")
    assert isinstance(entry, RecordedRequest)
    assert entry.headers == ()
