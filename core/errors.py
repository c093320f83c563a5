"""Every way in which a request can fail, as one tree of exceptions. Raising one is the only way to a 4xx from below.

    TidingsError
    ├── InvalidRequest 400             InvalidCursor · InvalidOAuthState
    ├── Unauthenticated 401            InvalidCredentials · AccountSuspended
    ├── Forbidden 403                  InsufficientScope · OrganizationSuspended
    ├── NotFound 404                   ArticleNotFound · SourceNotFound · FeedNotFound · ApiKeyNotFound
    │                                  OrganizationNotFound · MemberNotFound · InvitationNotFound
    │                                  AccountNotFound · SessionNotFound · NoteNotFound · SearchNotFound
    │                                  IdentityNotFound
    │                                  CollectionNotFound · CollectionItemNotFound · CollaboratorNotFound
    │                                  PublicFeedNotFound
    ├── MethodNotAllowed 405
    ├── NotAcceptable 406
    ├── Conflict 409                   FeedAlreadyExists · ApiKeyRevoked · LimitReached
    │                                  IdempotencyInProgress
    │                                  SlugTaken · LastOwner · AlreadyMember · AlreadyInvited · InvitationUsed
    │                                  PersonalOrganization · OrganizationInUse · EmailTaken
    │                                  IdentityUnlinked · IdentityAlreadyLinked · LastWayToLogIn
    │                                  ItemAlreadyExists
    ├── Gone 410                       VersionSunset · InvitationExpired
    ├── PreconditionFailed 412
    ├── PayloadTooLarge 413 · UriTooLong 414 · UnsupportedMediaType 415 · HeadersTooLarge 431 · RequestTimeout 408
    ├── Unprocessable 422              UrlNotAllowed · InvalidOpml · InvalidInvitation · IdempotencyKeyReused
    │                                  WeakPassword
    │                                  RedirectNotAllowed · ProviderNotConfigured · AuthorizationRefused
    │                                  IdentityNotTrusted · EmailNotVerified
    ├── RateLimited 429
    ├── InternalError 500
    └── Unavailable 503                ProviderUnavailable

`status` is the HTTP status, `code` the stable name that clients match on. Titles and explanations stand in the v2
document (`x-problems`), which a test holds against this tree; the renderers of `core.contract` write the bodies.
"""

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


class InvalidRequest(TidingsError):
    """400: the request breaks the document; `errors` names every place."""

    status, code = 400, "validation_failed"


class InvalidCursor(InvalidRequest):
    """400: a cursor that was changed, or that belongs to another list."""

    code = "invalid_cursor"


class InvalidOAuthState(InvalidRequest):
    """400: a state that this instance never gave, that has ended or was used, or that belongs to something else."""

    code = "invalid_oauth_state"


class Unauthenticated(TidingsError):
    """401: no credential, or one that is not valid (any more)."""

    status, code = 401, "unauthenticated"


class InvalidCredentials(Unauthenticated):
    """401: no account has this e-mail address and this password; which of the two is wrong is not said."""

    code = "invalid_credentials"


class AccountSuspended(Unauthenticated):
    """401: the operator of the instance has suspended the account."""

    code = "account_suspended"


class Forbidden(TidingsError):
    """403: the caller is known and may not do this."""

    status, code = 403, "forbidden"


class InsufficientScope(Forbidden):
    """403: the key lacks a scope that the operation needs."""

    code = "insufficient_scope"


class OrganizationSuspended(Forbidden):
    """403: the operator of the instance has suspended the organisation."""

    code = "organization_suspended"


class NotFound(TidingsError):
    """404: no such path, or no such resource for this caller."""

    status, code = 404, "not_found"


class ArticleNotFound(NotFound):
    """404: no article with this id that the caller may see."""

    code = "article_not_found"


class SourceNotFound(NotFound):
    """404: no source with this id that the caller may see."""

    code = "source_not_found"


class FeedNotFound(NotFound):
    """404: no feed with this id in the caller's organisation."""

    code = "feed_not_found"


class ApiKeyNotFound(NotFound):
    """404: no API key with this id in the caller's organisation."""

    code = "api_key_not_found"


class OrganizationNotFound(NotFound):
    """404: no organisation with this id that the caller belongs to."""

    code = "organization_not_found"


class MemberNotFound(NotFound):
    """404: no member with this id in the organisation."""

    code = "member_not_found"


class InvitationNotFound(NotFound):
    """404: no invitation with this id in the organisation."""

    code = "invitation_not_found"


class AccountNotFound(NotFound):
    """404: no account with this id or e-mail address; only the operator asks for accounts."""

    code = "account_not_found"


class SessionNotFound(NotFound):
    """404: no session with this id among the caller's own."""

    code = "session_not_found"


class NoteNotFound(NotFound):
    """404: no note with this id that the caller may see, or it was deleted."""

    code = "note_not_found"


class SearchNotFound(NotFound):
    """404: no search with this id in the person's history."""

    code = "search_not_found"


class IdentityNotFound(NotFound):
    """404: no identity with this id among those that the caller has linked."""

    code = "identity_not_found"


class CollectionNotFound(NotFound):
    """404: no reading list with this id that the caller may see."""

    code = "collection_not_found"


class CollectionItemNotFound(NotFound):
    """404: no item with this id in the reading list."""

    code = "collection_item_not_found"


class CollaboratorNotFound(NotFound):
    """404: nobody with this id works on the reading list."""

    code = "collaborator_not_found"


class PublicFeedNotFound(NotFound):
    """404: no public feed has this address, or has it any more."""

    code = "public_feed_not_found"


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


class FeedAlreadyExists(Conflict):
    """409: the organisation already subscribes to this address."""

    code = "feed_already_exists"


class ApiKeyRevoked(Conflict):
    """409: a revoked or expired key cannot be changed or rotated."""

    code = "api_key_revoked"


class LimitReached(Conflict):
    """409: the organisation's plan allows no more of these."""

    code = "limit_reached"


class SlugTaken(Conflict):
    """409: another organisation has this short name."""

    code = "slug_taken"


class LastOwner(Conflict):
    """409: an organisation keeps at least one owner."""

    code = "last_owner"


class AlreadyMember(Conflict):
    """409: the person is a member already."""

    code = "already_member"


class AlreadyInvited(Conflict):
    """409: an invitation to this address is open."""

    code = "already_invited"


class InvitationUsed(Conflict):
    """409: an invitation is accepted once."""

    code = "invitation_used"


class PersonalOrganization(Conflict):
    """409: a personal organisation has one member, and ends with the account."""

    code = "personal_organization"


class OrganizationInUse(Conflict):
    """409: an organisation with other members cannot be deleted."""

    code = "organization_in_use"


class IdempotencyInProgress(Conflict):
    """409: another request with the same `Idempotency-Key` is being answered; `Retry-After` says when to ask again."""

    code = "idempotency_in_progress"


class EmailTaken(Conflict):
    """409: another account has this e-mail address."""

    code = "email_taken"


class IdentityUnlinked(Conflict):
    """409: an account has the identity's e-mail address, and has not linked the identity: nothing is merged unasked."""

    code = "identity_unlinked"


class IdentityAlreadyLinked(Conflict):
    """409: another account has linked the identity."""

    code = "identity_already_linked"


class LastWayToLogIn(Conflict):
    """409: without this identity nobody could log in to the account any more."""

    code = "last_way_to_log_in"


class ItemAlreadyExists(Conflict):
    """409: the article or address is in the reading list already."""

    code = "item_already_exists"


class Gone(TidingsError):
    """410: it was here and will not come back."""

    status, code = 410, "gone"


class VersionSunset(Gone):
    """410: this version of the API has reached its Sunset date."""

    code = "version_sunset"


class InvitationExpired(Gone):
    """410: the invitation has expired, or was withdrawn."""

    code = "invitation_expired"


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


class UrlNotAllowed(Unprocessable):
    """422: this instance does not fetch from that address; the detail names the rule."""

    code = "url_not_allowed"


class InvalidOpml(Unprocessable):
    """422: the document is not OPML, or holds no feed."""

    code = "invalid_opml"


class InvalidInvitation(Unprocessable):
    """422: the token is no invitation of this instance, or was changed."""

    code = "invalid_invitation"


class IdempotencyKeyReused(Unprocessable):
    """422: the `Idempotency-Key` belongs to another request."""

    code = "idempotency_key_reused"


class WeakPassword(Unprocessable):
    """422: a password that is too short, or that is among the first ones that are tried."""

    code = "weak_password"


class RedirectNotAllowed(Unprocessable):
    """422: the address is not, letter by letter, one that a log-in may lead back to."""

    code = "redirect_not_allowed"


class ProviderNotConfigured(Unprocessable):
    """422: this instance is not registered with the provider."""

    code = "provider_not_configured"


class AuthorizationRefused(Unprocessable):
    """422: the person declined, or the provider does not take the code (any more)."""

    code = "authorization_refused"


class IdentityNotTrusted(Unprocessable):
    """422: what the provider says about the person does not hold: signature, issuer, audience, nonce or time."""

    code = "identity_not_trusted"


class EmailNotVerified(Unprocessable):
    """422: the provider does not vouch for the person's e-mail address."""

    code = "email_not_verified"


class RateLimited(TidingsError):
    """429: a request budget is used up; `Retry-After` says when the next call may succeed."""

    status, code = 429, "rate_limited"


class InternalError(TidingsError):
    """500: a bug of ours."""


class Unavailable(TidingsError):
    """503: something that Tidings depends on is away; retry after the time given."""

    status, code = 503, "unavailable"


class ProviderUnavailable(Unavailable):
    """503: the identity provider does not answer, or not with anything that can be read; the request may be repeated."""

    code = "provider_unavailable"


def tree(root: type[TidingsError] = TidingsError) -> Iterator[type[TidingsError]]:
    """Every class of the tree below `root`, in the order of definition."""
    for child in root.__subclasses__():
        yield child
        yield from tree(child)
