"""What a generator cannot do, whatever the document says: each with what it prints, and why it has to stay.

A warning that is not listed here fails the gate, and so does a line here that nothing needs any more.
"""

import re
from collections.abc import Iterable
from dataclasses import dataclass

_WARNING = re.compile(r"\bwarn(?:ing)?\b|\berror\b|unsupported|cannot", re.IGNORECASE)
_REMARK = re.compile(r"^\[\w+\] INFO ")  # openapi-generator's other level


@dataclass(frozen=True, slots=True)
class Limitation:
    """A generator's own limit: what it prints about it (a regular expression; None: nothing), and what it means.

    `leaves_out`: operations that the client does not have.
    """

    language: str
    prints: str | None
    reason: str
    leaves_out: frozenset[str] = frozenset()

    def explains(self, line: str) -> bool:
        """Whether this is the reason of a warning."""
        return self.prints is not None and re.search(self.prints, line) is not None


LIMITATIONS = (
    Limitation(
        "python",
        r"Warning\(s\) encountered|WARNING parsing POST /feeds/opml within feeds\.|Unsupported content type "
        r"(?:text/x-opml|application/xml|text/xml)$",
        "openapi-python-client sends JSON, forms and bytes only: importFeeds takes XML and is left out of the client",
        leaves_out=frozenset({"importFeeds"}),
    ),
    Limitation(
        "python",
        None,
        "openapi-python-client writes arrays in a query as `a=1&a=2` although the document says `a=1,2`: more than one "
        "value in `fields` is a 400",
    ),
    Limitation(
        "typescript-fetch",
        None,
        "openapi-generator throws a ResponseError for every status but 2xx: 304 too; the program reads its typed body",
    ),
    Limitation(
        "typescript-fetch",
        None,
        "openapi-generator's runtime passes undefined for what may be absent, indexes without asking and overrides "
        "without a word: three of the compiler's strictest settings are off for the client, and on for what uses it",
    ),
    Limitation(
        "go",
        None,
        "oapi-codegen writes a constant `<nil>` for the null of an enum that may be null; nothing uses it",
    ),
    Limitation(
        "java",
        None,
        "openapi-generator throws an ApiException with the body as text: the program reads it as the generated class",
    ),
    Limitation(
        "java",
        r"Ignoring complex example on request body",
        "openapi-generator shows examples of bodies only where they are a single value; the code is the same",
    ),
)


def unexpected(language: str, printed: str) -> tuple[list[str], set[Limitation]]:
    """The warnings that no limitation explains, and the limitations that explained one."""
    used: set[Limitation] = set()
    warnings = []
    for line in printed.splitlines():
        if not _WARNING.search(line) or _REMARK.match(line):
            continue
        explained = {known for known in LIMITATIONS if known.language == language and known.explains(line)}
        used |= explained
        if not explained:
            warnings.append(line.strip())
    return warnings, used


def unneeded(languages: Iterable[str], used: set[Limitation]) -> list[Limitation]:
    """The limitations of these languages that no generator has any more."""
    return [known for known in LIMITATIONS if known.prints and known.language in set(languages) and known not in used]
