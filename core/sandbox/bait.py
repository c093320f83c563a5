"""HTML that a sanitiser has to remove. Every piece holds the word `tidings-bait`, so that a test can look for it."""

from collections.abc import Mapping
from typing import Final

MARKER: Final = "tidings-bait"

BAIT: Final[Mapping[str, str]] = {
    "script": "<script>window.name='tidings-bait-script'</script>",
    "handler": """<p onclick="alert('tidings-bait-handler')">Read on.</p>""",
    "iframe": '<iframe src="https://ads.example/tidings-bait-iframe"></iframe>',
    "javascript-link": """<p><a href="javascript:alert('tidings-bait-link')">Continue</a></p>""",
    "style": "<style>body{background:url(https://ads.example/tidings-bait-style)}</style>",
    "svg": """<svg onload="alert('tidings-bait-svg')"><circle r="1"/></svg>""",
    "form": '<form action="https://phish.example/tidings-bait-form"><input name="password"></form>',
    "meta": '<meta http-equiv="refresh" content="0;url=https://ads.example/tidings-bait-meta">',
    "disguised-link": '<p><a href="java&#09;script:alert(&#39;tidings-bait-disguised&#39;)">More</a></p>',
}
"""Kind of bait → the HTML."""

BAITED: Final[Mapping[str, str]] = {
    **{f"unsafe-parish-wire-{index:04}": kind for index, kind in enumerate(BAIT)},
    "harbour-ledger-0006": "script",
    "circuit-weekly-0004": "handler",
    "field-notes-0003": "iframe",
    "guardian-0008": "javascript-link",
    "elbe-kurier-0007": "script",
}
"""Article key → the kind of bait in its HTML."""
