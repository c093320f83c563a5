"""RSS 0.91, 0.92 and 2.0, RDF (RSS 1.0) and Atom, written out by hand: a library would refuse half of what feeds do."""

from datetime import datetime
from email.utils import format_datetime
from xml.sax.saxutils import escape, quoteattr

from core.sandbox.feeds.items import Document, Item

_ENCLOSURE_BYTES = 20_480  # what the enclosures claim; real feeds are seldom right either


def rss20(document: Document) -> str:
    """RSS 2.0 with content:encoded, dc:creator and media:content (https://www.rssboard.org/rss-specification)."""
    outlet = document.feed.outlet
    head = (
        '<rss version="2.0" xmlns:content="http://purl.org/rss/1.0/modules/content/" xmlns:dc="http://purl.org/dc/elements/1.1/"'
        ' xmlns:atom="http://www.w3.org/2005/Atom" xmlns:media="http://search.yahoo.com/mrss/">\n<channel>\n'
        f"<title>{escape(outlet.name)}</title>\n<link>{escape(document.site)}</link>\n"
        f"<description>{escape(outlet.description)}</description>\n<language>{outlet.language}-{outlet.country}</language>\n"
        f'<atom:link href={quoteattr(document.address)} rel="self" type="application/rss+xml"/>\n'
        f"<lastBuildDate>{_rfc822(document.changed_at)}</lastBuildDate>\n<ttl>15</ttl>\n"
    )
    return head + "".join(_rss20_item(item) for item in document.items) + "</channel>\n</rss>\n"


def _rss20_item(item: Item) -> str:
    author = f"<dc:creator>{escape(item.author)}</dc:creator>\n" if item.author else ""
    image = f'<media:content url={quoteattr(item.image_url)} medium="image"/>\n' if item.image_url else ""
    return (
        f"<item>\n<title>{escape(item.title)}</title>\n<link>{escape(item.link)}</link>\n"
        f'<guid isPermaLink="false">{escape(item.guid)}</guid>\n<pubDate>{_rfc822(item.published_at)}</pubDate>\n'
        f"{author}<category>{escape(item.category)}</category>\n<description>{escape(item.summary)}</description>\n"
        f"<content:encoded><![CDATA[{item.html}]]></content:encoded>\n{image}</item>\n"
    )


def rss092(document: Document) -> str:
    """RSS 0.92 (https://www.rssboard.org/rss-0-9-2): no guid, no date, HTML in the description, an enclosure."""
    outlet = document.feed.outlet
    items = "".join(
        f"<item>\n<title>{escape(item.title)}</title>\n<link>{escape(item.link)}</link>\n"
        f"<description>{escape(item.html)}</description>\n<category>{escape(item.category)}</category>\n"
        + (
            f'<enclosure url={quoteattr(item.image_url)} length="{_ENCLOSURE_BYTES}" type="image/svg+xml"/>\n'
            if item.image_url
            else ""
        )
        + "</item>\n"
        for item in document.items
    )
    return (
        f'<rss version="0.92">\n<channel>\n<title>{escape(outlet.name)}</title>\n<link>{escape(document.site)}</link>\n'
        f"<description>{escape(outlet.description)}</description>\n<language>{outlet.language}-{outlet.country}</language>\n"
        f"<lastBuildDate>{_rfc822(document.changed_at)}</lastBuildDate>\n{items}</channel>\n</rss>\n"
    )


def rss091(document: Document) -> str:
    """RSS 0.91 (https://www.rssboard.org/rss-0-9-1): a title, a link and a plain description, and nothing else."""
    outlet = document.feed.outlet
    items = "".join(
        f"<item>\n<title>{escape(item.title)}</title>\n<link>{escape(item.link)}</link>\n"
        f"<description>{escape(item.summary)}</description>\n</item>\n"
        for item in document.items
    )
    return (
        f'<rss version="0.91">\n<channel>\n<title>{escape(outlet.name)}</title>\n<link>{escape(document.site)}</link>\n'
        f"<description>{escape(outlet.description)}</description>\n<language>{outlet.language}-{outlet.country}</language>\n"
        f"<pubDate>{_rfc822(document.changed_at)}</pubDate>\n{items}</channel>\n</rss>\n"
    )


def rdf(document: Document) -> str:
    """RSS 1.0 (https://web.resource.org/rss/1.0/spec): items stand beside the channel and dates are Dublin Core."""
    outlet = document.feed.outlet
    order = "".join(f"<rdf:li rdf:resource={quoteattr(item.guid)}/>\n" for item in document.items)
    return (
        '<rdf:RDF xmlns:rdf="http://www.w3.org/1999/02/22-rdf-syntax-ns#" xmlns="http://purl.org/rss/1.0/"'
        ' xmlns:dc="http://purl.org/dc/elements/1.1/" xmlns:content="http://purl.org/rss/1.0/modules/content/">\n'
        f"<channel rdf:about={quoteattr(document.address)}>\n<title>{escape(outlet.name)}</title>\n"
        f"<link>{escape(document.site)}</link>\n<description>{escape(outlet.description)}</description>\n"
        f"<dc:language>{outlet.language}</dc:language>\n<dc:date>{_rfc3339(document.changed_at)}</dc:date>\n"
        f"<items>\n<rdf:Seq>\n{order}</rdf:Seq>\n</items>\n</channel>\n"
        + "".join(_rdf_item(item) for item in document.items)
        + "</rdf:RDF>\n"
    )


def _rdf_item(item: Item) -> str:
    author = f"<dc:creator>{escape(item.author)}</dc:creator>\n" if item.author else ""
    return (
        f"<item rdf:about={quoteattr(item.guid)}>\n<title>{escape(item.title)}</title>\n"
        f"<link>{escape(item.link)}</link>\n"
        f"<description>{escape(item.summary)}</description>\n<dc:date>{_rfc3339(item.published_at)}</dc:date>\n"
        f"{author}<dc:subject>{escape(item.category)}</dc:subject>\n"
        f"<content:encoded><![CDATA[{item.html}]]></content:encoded>\n</item>\n"
    )


def atom(document: Document) -> str:
    """Atom (RFC 4287) with published and updated, so that edits show."""
    outlet = document.feed.outlet
    return (
        f'<feed xmlns="http://www.w3.org/2005/Atom" xml:lang="{outlet.language}">\n'
        f"<id>tag:{outlet.host},2026:{document.feed.name}</id>\n<title>{escape(outlet.name)}</title>\n"
        f"<subtitle>{escape(outlet.description)}</subtitle>\n<updated>{_rfc3339(document.changed_at)}</updated>\n"
        f'<link rel="alternate" type="text/html" href={quoteattr(document.site)}/>\n'
        f'<link rel="self" type="application/atom+xml" href={quoteattr(document.address)}/>\n'
        f"<author><name>{escape(outlet.name)}</name></author>\n"
        + "".join(_entry(item) for item in document.items)
        + "</feed>\n"
    )


def _entry(item: Item) -> str:
    author = f"<author><name>{escape(item.author)}</name></author>\n" if item.author else ""
    image = f'<link rel="enclosure" type="image/svg+xml" href={quoteattr(item.image_url)}/>\n' if item.image_url else ""
    return (
        f'<entry>\n<id>{escape(item.guid)}</id>\n<title type="text">{escape(item.title)}</title>\n'
        f'<link rel="alternate" type="text/html" href={quoteattr(item.link)}/>\n{image}'
        f"<published>{_rfc3339(item.published_at)}</published>\n<updated>{_rfc3339(item.updated_at)}</updated>\n{author}"
        f'<category term={quoteattr(item.category)}/>\n<summary type="text">{escape(item.summary)}</summary>\n'
        f'<content type="html">{escape(item.html)}</content>\n</entry>\n'
    )


def _rfc822(instant: datetime) -> str:
    return format_datetime(instant)


def _rfc3339(instant: datetime) -> str:
    return f"{instant:%Y-%m-%dT%H:%M:%SZ}"
