"""What a list says beside its articles: why it is empty, or that its source is not well."""

from core.articles.repository import ArticleRepository
from core.articles.types import ArticleQuery, SourceRow
from core.kit.clock import rfc3339
from core.kit.slices import Remark

_WELL = frozenset({"healthy", "pending"})


async def why_empty(repository: ArticleRepository, query: ArticleQuery) -> tuple[Remark, ...]:
    """Why there is nothing to show: asked only then, so it may cost another query."""
    newest, is_polled = await repository.newest()
    if newest is None and not is_polled:
        return (Remark("no_articles_yet", "No source has been polled yet."),)
    if newest is None:
        return (Remark("no_articles_yet", "No source has brought an article yet."),)
    if query.from_ is not None and newest < query.from_:
        return (Remark("nothing_so_new", f"The newest article is of {rfc3339(newest)}, before `from`."),)
    if query.has_filters:
        return (Remark("no_match", "No article matches all of the filters."),)
    return ()


def unwell(source: SourceRow) -> tuple[Remark, ...]:
    """That the list's own source has a problem, so articles may be missing."""
    if source.state in _WELL:
        return ()
    reason = f": {source.state_reason}" if source.state_reason else "."
    return (Remark("source_unhealthy", f"{source.name} is {source.state}{reason}"),)


def unknown(kind: str, name: str) -> Remark:
    """That a filter names a source or feed which does not exist for this caller."""
    return Remark(f"unknown_{kind}", f"There is no {kind} {name}.")


def empty_range() -> Remark:
    """That the filters by time leave no time."""
    return Remark("empty_range", "`from` is not before `to`: no article can lie between them.")
