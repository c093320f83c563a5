"""The root of the tree, and what each of its exceptions can say."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class FieldError:
    """One thing that is wrong with a request: `pointer` (RFC 6901) into the body, or the name of a parameter."""

    code: str
    detail: str
    pointer: str | None = None
    parameter: str | None = None


class TidingsError(Exception):
    """The root. `detail` is one sentence for people; it never holds a secret or another tenant's data."""

    status: int = 500
    code: str = "internal_error"

    def __init__(
        self,
        detail: str | None = None,
        *,
        errors: Sequence[FieldError] = (),
        headers: Mapping[str, str] | None = None,
        retry_after_s: int | None = None,
    ) -> None:
        super().__init__(detail or self.code)
        self.detail = detail
        self.errors = tuple(errors)
        self.headers = dict(headers or {})
        self.retry_after_s = retry_after_s
        if retry_after_s is not None:
            self.headers["Retry-After"] = str(retry_after_s)


def tree(root: type[TidingsError] = TidingsError) -> Iterator[type[TidingsError]]:
    """Every class of the tree below `root`, in the order of definition."""
    for child in root.__subclasses__():
        yield child
        yield from tree(child)
