"""What is not there for this caller, or not any more."""

from core.errors.statuses import Gone, NotFound


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


class RehearsalNotFound(NotFound):
    """404: no rehearsal with this id in the caller's organisation."""

    code = "rehearsal_not_found"


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


class VersionSunset(Gone):
    """410: this version of the API has reached its Sunset date."""

    code = "version_sunset"


class InvitationExpired(Gone):
    """410: the invitation has expired, or was withdrawn."""

    code = "invitation_expired"
