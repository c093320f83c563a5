"""The tables, one file a family. They are global, so that features never import each other for a column.

Models are for migrations, for writes that are not hot and for reads that are not hot; they load nothing lazily.
Every table that an organisation owns has `organization_id` first in its key or its unique indexes, and row-level
security as the second wall (see the first migration).
"""

from core.models.accounts import Account, AccountPassword, Membership
from core.models.articles import Article, ArticleOrigin, ArticleRevision
from core.models.audit import AuditEventRecord, AuditHead
from core.models.base import Base
from core.models.billing import BillingEvent
from core.models.collections import Collection, CollectionCollaborator, CollectionItem
from core.models.conformance import ConformanceDaily
from core.models.idempotency import KeptAnswer
from core.models.identities import IdentityTokens, LinkedIdentity, OAuthState
from core.models.invitations import InvitationRecord
from core.models.notes import Note, NoteRevision
from core.models.organizations import ApiKey, Organization, PrincipalRecord
from core.models.preferences import Preferences, Search
from core.models.rehearsals import RehearsalRecord, RehearsalRefusal
from core.models.sessions import Session, SigningKey
from core.models.sources import Feed, FetchLogEntry, Source
from core.models.sunset_notices import SunsetLetterRecord, SunsetNoticeRecord
from core.models.usage import ElementUsageDaily, ElementUsageTotal, StorageMeasure, UsageDaily

__all__ = [
    "Account",
    "AccountPassword",
    "ApiKey",
    "Article",
    "ArticleOrigin",
    "ArticleRevision",
    "AuditEventRecord",
    "AuditHead",
    "Base",
    "BillingEvent",
    "Collection",
    "CollectionCollaborator",
    "CollectionItem",
    "ConformanceDaily",
    "ElementUsageDaily",
    "ElementUsageTotal",
    "Feed",
    "FetchLogEntry",
    "IdentityTokens",
    "InvitationRecord",
    "KeptAnswer",
    "LinkedIdentity",
    "Membership",
    "Note",
    "NoteRevision",
    "OAuthState",
    "Organization",
    "Preferences",
    "PrincipalRecord",
    "RehearsalRecord",
    "RehearsalRefusal",
    "Search",
    "Session",
    "SigningKey",
    "Source",
    "StorageMeasure",
    "SunsetLetterRecord",
    "SunsetNoticeRecord",
    "UsageDaily",
]
