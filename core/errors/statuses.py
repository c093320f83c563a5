"""One exception a status: what the engine raises itself, and what every other exception derives from."""

from core.errors.base import TidingsError


class InvalidRequest(TidingsError):
    """400: the request breaks the document; `errors` names every place."""

    status, code = 400, "validation_failed"


class Unauthenticated(TidingsError):
    """401: no credential, or one that is not valid (any more)."""

    status, code = 401, "unauthenticated"


class Forbidden(TidingsError):
    """403: the caller is known and may not do this."""

    status, code = 403, "forbidden"


class NotFound(TidingsError):
    """404: no such path, or no such resource for this caller."""

    status, code = 404, "not_found"


class RequestTimeout(TidingsError):
    """408: the client did not finish sending the request in time."""

    status, code = 408, "request_timeout"


class MethodNotAllowed(TidingsError):
    """405: the path exists, the method does not; `Allow` lists those that do."""

    status, code = 405, "method_not_allowed"


class NotAcceptable(TidingsError):
    """406: `Accept` excludes everything that the operation can answer with."""

    status, code = 406, "not_acceptable"


class Conflict(TidingsError):
    """409: the request contradicts the present state."""

    status, code = 409, "conflict"


class Gone(TidingsError):
    """410: it was here and will not come back."""

    status, code = 410, "gone"


class PreconditionFailed(TidingsError):
    """412: the resource changed since the representation that `If-Match` names."""

    status, code = 412, "precondition_failed"


class PayloadTooLarge(TidingsError):
    """413: the body is larger than the operation takes."""

    status, code = 413, "payload_too_large"


class UriTooLong(TidingsError):
    """414: the request target is longer than 8 KiB."""

    status, code = 414, "uri_too_long"


class UnsupportedMediaType(TidingsError):
    """415: a media type, charset or content coding that the operation does not take."""

    status, code = 415, "unsupported_media_type"


class HeadersTooLarge(TidingsError):
    """431: too many header fields, or too large ones."""

    status, code = 431, "headers_too_large"


class Unprocessable(TidingsError):
    """422: well-formed, understood and refused."""

    status, code = 422, "unprocessable"


class RateLimited(TidingsError):
    """429: a request budget is used up; `Retry-After` says when the next call may succeed."""

    status, code = 429, "rate_limited"


class InternalError(TidingsError):
    """500: a bug of ours."""


class Unavailable(TidingsError):
    """503: something that Tidings depends on is away; retry after the time given."""

    status, code = 503, "unavailable"
