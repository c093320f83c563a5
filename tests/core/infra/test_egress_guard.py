"""Which addresses are fetched from, however they are spelled."""

from collections.abc import Sequence
from ipaddress import ip_network

import pytest

from core.infra.http import EgressFailed, Guard, UrlRefused

# every entry names an address of this machine, its network, a metadata service, or hides one
REFUSED = [
    # schemes
    ("file:///etc/passwd", "scheme"),
    ("ftp://example.org/feed", "scheme"),
    ("gopher://example.org/", "scheme"),
    ("dict://127.0.0.1:11211/", "scheme"),
    ("data:text/xml,<rss/>", "scheme"),
    ("javascript:alert(1)", "scheme"),
    ("//example.org/feed", "scheme"),
    ("example.org/feed", "scheme"),
    ("", "scheme"),
    # credentials and confused authorities
    ("http://user:secret@example.org/", "userinfo"),
    ("http://example.org@127.0.0.1/", "userinfo"),
    ("http://@127.0.0.1/", "userinfo"),
    ("http://example.org\\@127.0.0.1/", "syntax"),
    ("http://127.0.0.1\\.example.org/", "syntax"),
    ("http://exa\tmple.org/", "syntax"),
    ("http://example.org/\r\nHost: 127.0.0.1", "syntax"),
    ("http://example.org/\x00", "syntax"),
    ("http://" + "a" * 2100, "syntax"),
    ("http://exam ple.org/", "host"),
    ("http:///feed", "host"),
    ("http://.", "host"),
    ("http://example..org/", "host"),
    ("http://example.org../", "host"),
    ("http://-example.org/", "host"),
    ("http://" + "a" * 64 + ".org/", "host"),
    ("http://%31%32%37.0.0.1/", "host"),
    ("http://127.0.0.1%00.example.org/", "host"),
    ("http://[::1/", "syntax"),
    ("http://::1/", "host"),
    ("http://[127.0.0.1]/", "syntax"),
    ("http://[fe80::1%25eth0]/", "host"),
    ("http://exa\u00admple\u2044.org/", "host"),
    # ports
    ("http://example.org:22/", "port"),
    ("http://example.org:6379/", "port"),
    ("http://example.org:0/", "port"),
    ("http://example.org:65536/", "port"),
    ("http://93.184.215.14:25/", "port"),
    ("http://example.org:99999999/", "host"),
    ("http://example.org:８０/", "host"),
    # odd spellings of IPv4, which getaddrinfo would take
    ("http://127.1/", "host"),
    ("http://127.0.1/", "host"),
    ("http://2130706433/", "host"),
    ("http://017700000001/", "host"),
    ("http://0177.0.0.1/", "host"),
    ("http://0x7f000001/", "host"),
    ("http://0x7f.0.0.1/", "host"),
    ("http://0x7f.1/", "host"),
    ("http://127.0.0.0x1/", "host"),
    ("http://127.0.0.01/", "host"),
    ("http://127.0.0.1.1/", "host"),
    ("http://0/", "host"),
    ("http://0x/", "host"),
    ("http://١٢٧.0.0.1/", "host"),
    ("http://256.256.256.256/", "host"),
    # Unicode that maps to an address or to a dot
    ("http://１２７.０.０.１/", "private_address"),
    ("http://①②⑦.0.0.1/", "private_address"),
    ("http://127。0。0。1/", "private_address"),
    ("http://𝟏𝟐𝟕.𝟎.𝟎.𝟏/", "private_address"),
    # IPv4 ranges
    ("http://127.0.0.1/", "private_address"),
    ("http://127.0.0.1./", "private_address"),
    ("HTTP://127.255.255.254:8080/", "private_address"),
    ("http://0.0.0.0/", "private_address"),
    ("http://0.1.2.3/", "private_address"),
    ("http://10.0.0.1/", "private_address"),
    ("http://100.64.0.1/", "private_address"),
    ("http://100.100.100.200/latest/meta-data", "private_address"),
    ("http://168.63.129.16/", "private_address"),
    ("http://169.254.169.254/latest/meta-data/", "private_address"),
    ("http://172.16.0.1/", "private_address"),
    ("http://172.31.255.255/", "private_address"),
    ("http://192.0.0.192/", "private_address"),
    ("http://192.0.2.1/", "private_address"),
    ("http://192.88.99.1/", "private_address"),
    ("http://192.168.1.1/", "private_address"),
    ("http://198.18.0.1/", "private_address"),
    ("http://198.51.100.1/", "private_address"),
    ("http://203.0.113.1/", "private_address"),
    ("http://224.0.0.1/", "private_address"),
    ("http://240.0.0.1/", "private_address"),
    ("http://255.255.255.255/", "private_address"),
    # IPv6 ranges, and IPv4 inside IPv6
    ("http://[::]/", "private_address"),
    ("http://[::1]/", "private_address"),
    ("http://[0:0:0:0:0:0:0:1]/", "private_address"),
    ("http://[::127.0.0.1]/", "private_address"),
    ("http://[::ffff:127.0.0.1]/", "private_address"),
    ("http://[::ffff:7f00:1]/", "private_address"),
    ("http://[::ffff:93.184.215.14]/", "private_address"),
    ("http://[64:ff9b::7f00:1]/", "private_address"),
    ("http://[64:ff9b::169.254.169.254]/", "private_address"),
    ("http://[64:ff9b:1::1]/", "private_address"),
    ("http://[100::1]/", "private_address"),
    ("http://[2001::1]/", "private_address"),
    ("http://[2001:db8::1]/", "private_address"),
    ("http://[2002:7f00:1::]/", "private_address"),
    ("http://[2001:4860::5efe:7f00:1]/", "private_address"),
    ("http://[3fff::1]/", "private_address"),
    ("http://[fc00::1]/", "private_address"),
    ("http://[fd00:ec2::254]/", "private_address"),
    ("http://[fe80::1]/", "private_address"),
    ("http://[fec0::1]/", "private_address"),
    ("http://[ff02::1]/", "private_address"),
    ("http://[4000::1]/", "private_address"),
]

ACCEPTED = [
    ("http://example.org", "http://example.org/"),
    ("  https://Example.ORG:443/Feed.xml?a=b#part ", "https://example.org/Feed.xml?a=b"),
    ("http://example.org.:8080/", "http://example.org:8080/"),
    ("https://example.org:8443/ä b?q=ü", "https://example.org:8443/%C3%A4%20b?q=%C3%BC"),
    ("https://bücher.example/", "https://xn--bcher-kva.example/"),
    ("https://feed_host.example/%41%2f", "https://feed_host.example/%41%2f"),
    ("http://93.184.215.14/", "http://93.184.215.14/"),
    ("http://[2606:4700::1111]:80/", "http://[2606:4700::1111]/"),
    ("http://[2606:4700:0:0:0:0:0:1111]/", "http://[2606:4700::1111]/"),
]


class Names:
    """A resolver that answers from a table; it stands where the system's would."""

    def __init__(self, **answers: Sequence[str]) -> None:
        self.answers = answers

    async def __call__(self, host: str, port: int) -> Sequence[str]:
        return self.answers[host.partition(".")[0]]


@pytest.mark.parametrize(("url", "rule"), REFUSED)
async def test_an_address_that_is_not_public_http_is_refused_by_its_rule(url: str, rule: str) -> None:
    with pytest.raises(UrlRefused) as refusal:
        await Guard(resolver=Names(example=["93.184.215.14"])).check(url)
    assert refusal.value.rule == rule
    assert len(refusal.value.detail) < 400


def test_the_table_of_spellings_is_long_enough() -> None:
    assert len({url for url, _ in REFUSED}) >= 60


@pytest.mark.parametrize(("url", "canonical"), ACCEPTED)
def test_a_public_address_gets_one_spelling(url: str, canonical: str) -> None:
    assert Guard().screen(url).url == canonical


@pytest.mark.parametrize(
    "answers",
    [
        ["127.0.0.1"],
        ["93.184.215.14", "10.0.0.7"],
        ["10.0.0.7", "93.184.215.14"],
        ["93.184.215.14", "::1"],
        ["2606:4700::1111", "fe80::1%eth0"],
        ["93.184.215.14", "::ffff:169.254.169.254"],
        ["93.184.215.14", "64:ff9b::a00:1"],
    ],
)
async def test_a_name_with_one_private_answer_is_refused(answers: list[str]) -> None:
    with pytest.raises(UrlRefused) as refusal:
        await Guard(resolver=Names(news=answers)).check("https://news.example/feed")
    assert refusal.value.rule == "private_address"


async def test_a_name_that_means_this_machine_is_refused_with_the_real_resolver() -> None:
    with pytest.raises(UrlRefused) as refusal:
        await Guard().check("http://localhost/")
    assert refusal.value.rule == "private_address"


async def test_the_refusal_does_not_tell_the_private_address() -> None:
    with pytest.raises(UrlRefused) as refusal:
        await Guard(resolver=Names(intranet=["10.11.12.13"])).check("http://intranet.example/")
    assert "10.11.12.13" not in refusal.value.detail
    assert "TIDINGS_EGRESS_ALLOW" in refusal.value.detail


@pytest.mark.parametrize("answers", [[], ["not an address"]])
async def test_a_name_without_a_usable_answer_fails(answers: list[str]) -> None:
    with pytest.raises(EgressFailed):
        await Guard(resolver=Names(news=answers)).check("http://news.example/")


async def test_a_name_that_does_not_exist_fails() -> None:
    with pytest.raises(EgressFailed):
        await Guard().check("http://does-not-exist.invalid/")


async def test_an_allowed_network_is_reached_on_any_port() -> None:
    guard = Guard(allowed_networks=[ip_network("10.1.0.0/16")], resolver=Names(wiki=["10.1.2.3"]))
    assert (await guard.check("http://wiki.example:3000/feed")).port == 3000
    assert (await guard.check("http://10.1.2.3:3000/feed")).host == "10.1.2.3"


@pytest.mark.parametrize(
    ("url", "rule"),
    [("http://10.2.0.1/", "private_address"), ("http://far:3000/", "port"), ("http://mixed:80/", "private_address")],
)
async def test_an_allowed_network_opens_nothing_else(url: str, rule: str) -> None:
    names = Names(far=["93.184.215.14"], mixed=["10.1.2.3", "10.2.0.1"])
    guard = Guard(allowed_networks=[ip_network("10.1.0.0/16")], resolver=names)
    with pytest.raises(UrlRefused) as refusal:
        await guard.check(url)
    assert refusal.value.rule == rule


async def test_a_trusted_origin_is_trusted_exactly() -> None:
    guard = Guard(trusted_origins=["http://127.0.0.1:5123"])
    assert (await guard.check("http://127.0.0.1:5123/feed")).port == 5123
    for other in ("http://127.0.0.1:5124/", "http://127.0.0.1/", "https://127.0.0.1:5123/", "http://localhost:5123/"):
        with pytest.raises(UrlRefused):
            await guard.check(other)


async def test_a_public_name_is_resolved_to_all_its_answers() -> None:
    guard = Guard(resolver=Names(news=["93.184.215.14", "2606:4700::1111", "93.184.215.14"]))
    assert [str(address) for address in await guard.resolve("news.example", 443)] == [
        "93.184.215.14",
        "2606:4700::1111",
    ]
