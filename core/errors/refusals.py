"""Requests that are understood and refused, and what cannot be done right now."""

from core.errors.statuses import Conflict, InvalidRequest, Unavailable, Unprocessable


class InvalidCursor(InvalidRequest):
    """400: a cursor that was changed, or that belongs to another list."""

    code = "invalid_cursor"


class NeedsTestKey(InvalidRequest):
    """400: a scenario or a clock was asked for without a test key."""

    code = "test_key_required"


class ScenarioNotAvailable(InvalidRequest):
    """400: a scenario that does not exist, or that the operation cannot meet."""

    code = "scenario_not_available"


class InvalidOAuthState(InvalidRequest):
    """400: a state that this instance never gave, that has ended or was used, or that belongs to something else."""

    code = "invalid_oauth_state"


class FeedAlreadyExists(Conflict):
    """409: the organisation already subscribes to this address."""

    code = "feed_already_exists"


class ApiKeyRevoked(Conflict):
    """409: a revoked or expired key cannot be changed or rotated."""

    code = "api_key_revoked"


class RehearsalExists(Conflict):
    """409: a rehearsal of the key runs or is scheduled."""

    code = "rehearsal_exists"


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


class UntranslatableRequest(Unprocessable):
    """422: the request is none that v1 of this instance would take, so nothing in v2 takes its place."""

    code = "untranslatable_request"


class ProviderUnavailable(Unavailable):
    """503: the identity provider does not answer, or nothing that can be read; the request may be repeated."""

    code = "provider_unavailable"
