"""Translations as v2 knows them."""

from collections import Counter
from collections.abc import Iterable
from typing import Any, get_args

from core.translation.types import Move, Outcome, Replacement, Report, TranslatedRequest, Translation


def report_out(report: Report) -> dict[str, Any]:
    """What became of each request, and how the operations among them map."""
    counts = Counter(translation.outcome for translation in report.translations)
    return {
        **{outcome: counts[outcome] for outcome in get_args(Outcome)},
        "results": [_result_out(index, translation) for index, translation in enumerate(report.translations)],
        "operations": [mapping_out(replacement) for replacement in report.replacements],
    }


def mapping_out(replacement: Replacement) -> dict[str, Any]:
    """An operation of v1, its successor, and where everything of it went."""
    return {
        "operation": replacement.operation_id,
        "method": replacement.method,
        "path": replacement.path,
        "successor": {
            "name": replacement.successor_id,
            "method": replacement.successor_method,
            "path": replacement.successor_path,
            "scopes": list(replacement.scopes),
        },
        "guide_url": replacement.link,
        "parameters": _moves_out(replacement.parameters),
        "request": _moves_out(replacement.request),
        "response": _moves_out(replacement.response),
        "headers": _moves_out(replacement.headers),
        "errors": _moves_out(replacement.errors),
        "statuses": [
            {
                "status": change.status,
                "error": change.error,
                "target_status": change.to,
                "target_code": change.code,
                "detail": change.when,
            }
            for change in replacement.statuses
        ],
    }


def _moves_out(moves: Iterable[Move]) -> list[dict[str, Any]]:
    return [
        {
            "source": move.name,
            "target": move.to,
            "by": move.by,
            "values": [{"source": old, "target": new} for old, new in move.values.items()],
            "detail": move.note,
        }
        for move in moves
    ]


def _result_out(index: int, translation: Translation) -> dict[str, Any]:
    replacement = translation.replacement
    return {
        "index": index,
        "outcome": translation.outcome,
        "method": translation.method,
        "path": translation.path,
        "operation": None if replacement is None else replacement.operation_id,
        "request": None if translation.request is None else _request_out(translation.request),
        "notes": [{"code": note.code, "place": note.place, "detail": note.detail} for note in translation.notes],
        "errors": [
            {"pointer": error.pointer, "parameter": error.parameter, "code": error.code, "detail": error.detail}
            for error in translation.errors
        ],
    }


def _request_out(request: TranslatedRequest) -> dict[str, Any]:
    pages = request.pages
    return {
        "method": request.method,
        "url": request.url,
        "headers": [{"name": name, "value": value} for name, value in request.headers],
        "body": request.body,
        "pages": pages and {"parameter": pages.parameter, "pointer": pages.pointer, "times": pages.times},
        "needed": [
            {"parameter": item.name, "pointer": item.pointer, "operations": list(item.of), "detail": item.note}
            for item in request.needed
        ],
    }
