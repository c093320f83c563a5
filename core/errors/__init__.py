"""Every way in which a request can fail, as one tree of exceptions. Raising one is the only way to a 4xx from below.

    TidingsError
    ├── InvalidRequest 400             InvalidCursor · InvalidOAuthState · NeedsTestKey · ScenarioNotAvailable
    ├── Unauthenticated 401            InvalidCredentials · AccountSuspended
    ├── Forbidden 403                  InsufficientScope · OrganizationSuspended
    ├── NotFound 404                   ArticleNotFound · SourceNotFound · FeedNotFound · ApiKeyNotFound
    │                                  OrganizationNotFound · MemberNotFound · InvitationNotFound
    │                                  AccountNotFound · SessionNotFound · NoteNotFound · SearchNotFound
    │                                  IdentityNotFound
    │                                  CollectionNotFound · CollectionItemNotFound · CollaboratorNotFound
    │                                  PublicFeedNotFound · RehearsalNotFound
    ├── MethodNotAllowed 405
    ├── NotAcceptable 406
    ├── Conflict 409                   FeedAlreadyExists · ApiKeyRevoked · LimitReached
    │                                  IdempotencyInProgress
    │                                  SlugTaken · LastOwner · AlreadyMember · AlreadyInvited · InvitationUsed
    │                                  PersonalOrganization · OrganizationInUse · EmailTaken
    │                                  IdentityUnlinked · IdentityAlreadyLinked · LastWayToLogIn
    │                                  ItemAlreadyExists · RehearsalExists
    ├── Gone 410                       VersionSunset · InvitationExpired
    ├── PreconditionFailed 412
    ├── PayloadTooLarge 413 · UriTooLong 414 · UnsupportedMediaType 415 · HeadersTooLarge 431 · RequestTimeout 408
    ├── Unprocessable 422              UrlNotAllowed · InvalidOpml · InvalidInvitation · IdempotencyKeyReused
    │                                  WeakPassword
    │                                  RedirectNotAllowed · ProviderNotConfigured · AuthorizationRefused
    │                                  IdentityNotTrusted · EmailNotVerified
    │                                  UntranslatableRequest
    ├── RateLimited 429
    ├── InternalError 500
    └── Unavailable 503                ProviderUnavailable

`status` is the HTTP status, `code` the stable name that clients match on. Titles and explanations stand in the v2
document (`x-problems`), which a test holds against this tree; the renderers of `core.contract` write the bodies.
"""

from core.errors.base import FieldError, TidingsError, tree
from core.errors.credentials import (
    AccountSuspended,
    InsufficientScope,
    InvalidCredentials,
    OrganizationSuspended,
)
from core.errors.missing import (
    AccountNotFound,
    ApiKeyNotFound,
    ArticleNotFound,
    CollaboratorNotFound,
    CollectionItemNotFound,
    CollectionNotFound,
    FeedNotFound,
    IdentityNotFound,
    InvitationExpired,
    InvitationNotFound,
    MemberNotFound,
    NoteNotFound,
    OrganizationNotFound,
    PublicFeedNotFound,
    RehearsalNotFound,
    SearchNotFound,
    SessionNotFound,
    SourceNotFound,
    VersionSunset,
)
from core.errors.refusals import (
    AlreadyInvited,
    AlreadyMember,
    ApiKeyRevoked,
    AuthorizationRefused,
    EmailNotVerified,
    EmailTaken,
    FeedAlreadyExists,
    IdempotencyInProgress,
    IdempotencyKeyReused,
    IdentityAlreadyLinked,
    IdentityNotTrusted,
    IdentityUnlinked,
    InvalidCursor,
    InvalidInvitation,
    InvalidOAuthState,
    InvalidOpml,
    InvitationUsed,
    ItemAlreadyExists,
    LastOwner,
    LastWayToLogIn,
    LimitReached,
    NeedsTestKey,
    OrganizationInUse,
    PersonalOrganization,
    ProviderNotConfigured,
    ProviderUnavailable,
    RedirectNotAllowed,
    RehearsalExists,
    ScenarioNotAvailable,
    SlugTaken,
    UntranslatableRequest,
    UrlNotAllowed,
    WeakPassword,
)
from core.errors.statuses import (
    Conflict,
    Forbidden,
    Gone,
    HeadersTooLarge,
    InternalError,
    InvalidRequest,
    MethodNotAllowed,
    NotAcceptable,
    NotFound,
    PayloadTooLarge,
    PreconditionFailed,
    RateLimited,
    RequestTimeout,
    Unauthenticated,
    Unavailable,
    Unprocessable,
    UnsupportedMediaType,
    UriTooLong,
)

__all__ = [
    "AccountNotFound",
    "AccountSuspended",
    "AlreadyInvited",
    "AlreadyMember",
    "ApiKeyNotFound",
    "ApiKeyRevoked",
    "ArticleNotFound",
    "AuthorizationRefused",
    "CollaboratorNotFound",
    "CollectionItemNotFound",
    "CollectionNotFound",
    "Conflict",
    "EmailNotVerified",
    "EmailTaken",
    "FeedAlreadyExists",
    "FeedNotFound",
    "FieldError",
    "Forbidden",
    "Gone",
    "HeadersTooLarge",
    "IdempotencyInProgress",
    "IdempotencyKeyReused",
    "IdentityAlreadyLinked",
    "IdentityNotFound",
    "IdentityNotTrusted",
    "IdentityUnlinked",
    "InsufficientScope",
    "InternalError",
    "InvalidCredentials",
    "InvalidCursor",
    "InvalidInvitation",
    "InvalidOAuthState",
    "InvalidOpml",
    "InvalidRequest",
    "InvitationExpired",
    "InvitationNotFound",
    "InvitationUsed",
    "ItemAlreadyExists",
    "LastOwner",
    "LastWayToLogIn",
    "LimitReached",
    "MemberNotFound",
    "MethodNotAllowed",
    "NeedsTestKey",
    "NotAcceptable",
    "NotFound",
    "NoteNotFound",
    "OrganizationInUse",
    "OrganizationNotFound",
    "OrganizationSuspended",
    "PayloadTooLarge",
    "PersonalOrganization",
    "PreconditionFailed",
    "ProviderNotConfigured",
    "ProviderUnavailable",
    "PublicFeedNotFound",
    "RateLimited",
    "RedirectNotAllowed",
    "RehearsalExists",
    "RehearsalNotFound",
    "RequestTimeout",
    "ScenarioNotAvailable",
    "SearchNotFound",
    "SessionNotFound",
    "SlugTaken",
    "SourceNotFound",
    "TidingsError",
    "Unauthenticated",
    "Unavailable",
    "Unprocessable",
    "UnsupportedMediaType",
    "UntranslatableRequest",
    "UriTooLong",
    "UrlNotAllowed",
    "VersionSunset",
    "WeakPassword",
    "tree",
]
