"""Query parameters that say where a reader came from and not what the page is.

Collected from the documentation of the services that add them (Google Analytics and Ads, Meta, Microsoft Ads, Matomo,
HubSpot, Mailchimp, Marketo, AT Internet, Adobe) and from publishers' own feeds.
"""

from typing import Final
from urllib.parse import unquote

_PREFIXES: Final = (
    "utm_", "mc_", "pk_", "piwik_", "mtm_", "matomo_", "hsa_", "_hs", "vero_", "at_", "ns_", "wt_", "itm_", "stm_",
    "guce_", "trk_", "sc_",
)  # fmt: skip
_NAMES: Final = frozenset({
    "__s", "__twitter_impression", "_branch_match_id", "_ga", "_gl", "_ke", "_openstat", "campaign_id", "cmp", "cmpid",
    "cndid", "dclid", "ef_id", "emci", "emdi", "epik", "fb_action_ids", "fb_action_types", "fb_ref", "fb_source",
    "fbclid", "feature", "feedname", "feedtype", "gbraid", "gclid", "gclsrc", "guccounter", "igsh", "igshid", "ito",
    "li_fat_id", "mbid", "mkt_tok", "msclkid", "ncid", "nr_email_referer", "ocid", "oly_anon_id", "oly_enc_id",
    "rb_clickid", "ref_src", "ref_url", "referrer", "rss", "s_cid", "s_kwcid", "sfmc_id", "sh_kit", "smid", "smtyp",
    "sms_ss", "sms_click", "snr", "soc_src", "soc_trk", "spm", "sr_share", "srsltid", "tduid", "trk", "trkcampaign",
    "ttclid", "twclid", "wbraid", "wickedid", "wtrid", "xtor", "yclid", "ysclid",
})  # fmt: skip
_AMBIGUOUS: Final = frozenset(
    {"camp", "campaign", "feed", "from", "medium", "partner", "ref", "share", "source", "src", "via"}
)
"""Names that pages also use for themselves: dropped only with one of `_REFERRERS` as the value."""
_REFERRERS: Final = frozenset({
    "atom", "email", "facebook", "fb", "feed", "feedburner", "feedly", "hackernews", "hn", "homepage", "linkedin",
    "newsletter", "reddit", "rss", "rssfeed", "social", "telegram", "twitter", "whatsapp", "ycombinator",
})  # fmt: skip


def is_tracking(parameter: str) -> bool:
    """Whether one `name=value` of a query (as written, percent-encoded) only says where the reader came from."""
    raw_name, _, raw_value = parameter.partition("=")
    name = unquote(raw_name).lower()
    if name in _NAMES or name.startswith(_PREFIXES):
        return True
    value = unquote(raw_value).lower()
    return name in _AMBIGUOUS and value.removesuffix(".com").replace("_", "").replace("-", "") in _REFERRERS
