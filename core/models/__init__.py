"""The tables, one file a family. They are global, so that features never import each other for a column.

Models are for migrations, for writes that are not hot and for reads that are not hot; they load nothing lazily.
Every table that an organisation owns has `organization_id` first in its key or its unique indexes, and row-level
security as the second wall (see the first migration).
"""

from core.models.accounts import Account, AccountPassword, Membership
from core.models.articles import Article, ArticleOrigin, ArticleRevision
from core.models.base import Base
from core.models.organizations import ApiKey, Organization, PrincipalRecord
from core.models.sources import Feed, FetchLogEntry, Source

__all__ = [
    "Account",
    "AccountPassword",
    "ApiKey",
    "Article",
    "ArticleOrigin",
    "ArticleRevision",
    "Base",
    "Feed",
    "FetchLogEntry",
    "Membership",
    "Organization",
    "PrincipalRecord",
    "Source",
]
