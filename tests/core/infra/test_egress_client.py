"""The one client for everything outward, against a real server."""

import asyncio
import gzip
import ssl
from collections.abc import AsyncIterator, Sequence
from ipaddress import ip_network
from pathlib import Path

import pytest

from core.infra.http import (
    BodyTooLarge,
    Egress,
    EgressFailed,
    EgressTimeout,
    Guard,
    HostGate,
    UrlRefused,
)
from core.settings import load
from tests.support.certificates import self_signed
from tests.support.upstream_server import Received, Reply, UpstreamServer

LOOPBACK = ip_network("127.0.0.0/8")


@pytest.fixture
async def server() -> AsyncIterator[UpstreamServer]:
    async with UpstreamServer() as running:
        yield running


@pytest.fixture
async def egress() -> AsyncIterator[Egress]:
    async with Egress(
        user_agent="Tidings/test", guard=Guard(allowed_networks=[LOOPBACK]), gate=_no_spacing()
    ) as client:
        yield client


def _no_spacing() -> HostGate:
    return HostGate(spacing_s=0.0)


async def _forever(piece: bytes, pause_s: float = 0.0) -> AsyncIterator[bytes]:
    while True:
        yield piece
        await asyncio.sleep(pause_s)


# addresses


async def test_an_address_of_this_machine_is_not_connected_to(server: UpstreamServer) -> None:
    async with Egress(user_agent="Tidings/test", guard=Guard()) as egress:
        with pytest.raises(UrlRefused):
            await egress.get(server.url("/feed"))
    assert server.received == []


async def test_a_name_is_judged_again_when_connecting(server: UpstreamServer) -> None:
    """DNS rebinding: public when the address is handed in, private when it is fetched."""
    answers = iter([["93.184.215.14"], ["127.0.0.1"]])

    async def rebinding(host: str, port: int) -> Sequence[str]:
        return next(answers)

    async with Egress(user_agent="Tidings/test", guard=Guard(resolver=rebinding)) as egress:
        assert await egress.check("http://news.example/feed") == "http://news.example/feed"
        with pytest.raises(UrlRefused) as refusal:
            await egress.get("http://news.example/feed")
    assert refusal.value.rule == "private_address"
    assert server.received == []


async def test_the_checked_address_is_dialled_and_the_name_kept(server: UpstreamServer) -> None:
    server.routes["/feed"] = Reply(200, b"news")

    async def resolver(host: str, port: int) -> Sequence[str]:
        return ["127.0.0.1"]

    guard = Guard(allowed_networks=[LOOPBACK], resolver=resolver)
    async with Egress(user_agent="Tidings/test", guard=guard) as egress:
        response = await egress.get(f"http://news.example:{server.port}/feed?a=1")
    assert response.body == b"news"
    assert server.received[0].headers["host"] == f"news.example:{server.port}"
    assert server.received[0].target == "/feed?a=1"


async def test_a_dead_address_of_a_name_does_not_hide_the_live_one(server: UpstreamServer) -> None:
    server.routes["/feed"] = Reply(200, b"news")

    async def resolver(host: str, port: int) -> Sequence[str]:
        return ["127.0.0.99", "127.0.0.1"]

    guard = Guard(allowed_networks=[LOOPBACK], resolver=resolver)
    async with Egress(user_agent="Tidings/test", guard=guard) as egress:
        assert (await egress.get(f"http://news.example:{server.port}/feed")).status == 200


async def test_the_certificate_has_to_fit_the_name_and_not_the_address(tmp_path: Path) -> None:
    certificate = self_signed(tmp_path, "news.example")
    tls = ssl.create_default_context(ssl.Purpose.CLIENT_AUTH)
    tls.load_cert_chain(certificate.chain, certificate.key)

    async def resolver(host: str, port: int) -> Sequence[str]:
        return ["127.0.0.1"]

    guard = Guard(allowed_networks=[LOOPBACK], resolver=resolver)
    trusting = ssl.create_default_context(cafile=str(certificate.chain))
    async with (
        UpstreamServer(tls=tls) as server,
        Egress(user_agent="Tidings/test", guard=guard, ssl_context=trusting) as egress,
    ):
        server.routes["/"] = Reply(200, b"secret news")
        with pytest.raises(EgressFailed, match="certificate"):
            await egress.get(f"https://other.example:{server.port}/")
        assert (await egress.get(f"https://news.example:{server.port}/")).body == b"secret news"


async def test_the_sandbox_is_the_only_exception_that_the_settings_make(server: UpstreamServer) -> None:
    server.routes["/feed"] = Reply(200, b"news")
    settings = load({"TIDINGS_SANDBOX_URL": server.origin, "TIDINGS_USER_AGENT": "Tidings/0.1 (test)"})
    async with UpstreamServer() as other, Egress.from_settings(settings) as egress:
        with pytest.raises(UrlRefused):
            await egress.get(other.url("/feed"))
        assert (await egress.get(server.url("/feed"))).status == 200
    assert server.received[0].headers["user-agent"] == "Tidings/0.1 (test)"


async def test_a_proxy_of_the_environment_is_not_used(
    server: UpstreamServer, egress: Egress, monkeypatch: pytest.MonkeyPatch
) -> None:
    server.routes["/feed"] = Reply(200, b"news")
    async with UpstreamServer() as proxy:
        monkeypatch.setenv("HTTP_PROXY", proxy.origin)
        monkeypatch.setenv("http_proxy", proxy.origin)
        monkeypatch.setenv("ALL_PROXY", proxy.origin)
        assert (await egress.get(server.url("/feed"))).body == b"news"
        assert proxy.received == []


# redirects


@pytest.mark.parametrize(
    "location",
    [
        "http://127.0.0.1/secret",
        "http://169.254.169.254/latest/meta-data/iam/",
        "http://[::ffff:127.0.0.1]/",
        "http://0x7f000001/",
        "//localhost/secret",
        "file:///etc/passwd",
        "http://user:secret@example.org/",
        "http://93.184.215.14:22/",
        "gopher://127.0.0.1:6379/_FLUSHALL",
    ],
)
async def test_a_redirect_is_judged_like_any_address(location: str) -> None:
    guard = Guard(allowed_networks=[ip_network("127.0.0.2/32")])
    async with UpstreamServer("127.0.0.2") as server, Egress(user_agent="Tidings/test", guard=guard) as egress:
        server.routes["/feed"] = Reply(302, headers={"Location": location})
        with pytest.raises(UrlRefused):
            await egress.get(server.url("/feed"))


async def test_a_redirect_loop_ends(server: UpstreamServer, egress: Egress) -> None:
    server.routes["/a"] = Reply(302, headers={"Location": "/b"})
    server.routes["/b"] = Reply(302, headers={"Location": "/a"})
    with pytest.raises(EgressFailed, match="more than 5 times"):
        await egress.get(server.url("/a"))
    assert len(server.received) == 6


async def test_a_redirect_without_a_location_is_an_answer(server: UpstreamServer, egress: Egress) -> None:
    server.routes["/feed"] = Reply(302)
    assert (await egress.get(server.url("/feed"))).status == 302


async def test_redirects_can_be_left_alone(server: UpstreamServer, egress: Egress) -> None:
    server.routes["/feed"] = Reply(301, headers={"Location": "/new"})
    response = await egress.get(server.url("/feed"), redirects=0)
    assert response.status == 301
    assert (await egress.request("POST", server.url("/feed"), content=b"x", redirects=5)).status == 301
    assert [request.path for request in server.received] == ["/feed", "/feed"]


async def test_each_hop_is_recorded_with_its_status(server: UpstreamServer, egress: Egress) -> None:
    server.routes["/old"] = Reply(301, headers={"Location": "/newer?x=1"})
    server.routes["/newer"] = Reply(307, headers={"Location": server.url("/today")})
    server.routes["/today"] = Reply(200, b"news")
    response = await egress.get(server.url("/old"))
    assert [(hop.status, hop.url, hop.location) for hop in response.hops] == [
        (301, server.url("/old"), server.url("/newer?x=1")),
        (307, server.url("/newer?x=1"), server.url("/today")),
    ]
    assert response.url == server.url("/today")


async def test_credentials_do_not_follow_a_redirect_to_another_origin(server: UpstreamServer, egress: Egress) -> None:
    secrets = {"Authorization": "Bearer secret", "Cookie": "id=1", "X-Api-Key": "secret", "If-None-Match": '"1"'}
    async with UpstreamServer() as other:
        other.routes["/feed"] = Reply(200, b"news")
        server.routes["/here"] = Reply(302, headers={"Location": "/there", "Set-Cookie": "session=1; Path=/"})
        server.routes["/there"] = Reply(302, headers={"Location": other.url("/feed")})
        await egress.get(server.url("/here"), headers=secrets)
        await egress.get(server.url("/here"))
    assert [request.headers.get("authorization") for request in server.received[:2]] == ["Bearer secret"] * 2
    arrived = other.received[0].headers
    assert arrived["if-none-match"] == '"1"'
    assert not {"authorization", "cookie", "x-api-key"} & arrived.keys()
    assert "cookie" not in server.received[3].headers, "a cookie of an answer is never kept"


# time


async def test_a_slow_drip_ends_at_the_total_deadline(server: UpstreamServer, egress: Egress) -> None:
    server.routes["/drip"] = Reply(stream=lambda: _forever(b".", pause_s=0.02))
    with pytest.raises(EgressTimeout):
        await egress.get(server.url("/drip"), deadline_s=0.3)


async def test_a_server_that_never_answers_ends_at_the_total_deadline(egress: Egress) -> None:
    async def silent(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        await reader.read()
        writer.close()

    listener = await asyncio.start_server(silent, "127.0.0.1", 0)
    async with listener:
        port = listener.sockets[0].getsockname()[1]
        with pytest.raises(EgressTimeout):
            await egress.get(f"http://127.0.0.1:{port}/", deadline_s=0.2)


async def test_a_slow_resolver_ends_at_the_total_deadline() -> None:
    async def never(host: str, port: int) -> Sequence[str]:
        await asyncio.Event().wait()
        return []

    async with Egress(user_agent="Tidings/test", guard=Guard(resolver=never)) as egress:
        with pytest.raises(EgressTimeout):
            await egress.get("http://news.example/", deadline_s=0.1)


# what the other side sends


async def test_a_closed_port_is_a_failure_that_names_the_host(egress: Egress) -> None:
    async with UpstreamServer() as gone:
        address = gone.url("/token-in-the-path")
    with pytest.raises(EgressFailed, match=r"127\.0\.0\.1 does not accept connections") as failure:
        await egress.get(address)
    assert "token" not in failure.value.detail


async def test_something_that_is_not_http_is_a_failure(egress: Egress) -> None:
    async def banner(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        writer.write(b"220 mail.example ESMTP\r\n")
        writer.close()

    listener = await asyncio.start_server(banner, "127.0.0.1", 0)
    async with listener:
        port = listener.sockets[0].getsockname()[1]
        with pytest.raises(EgressFailed):
            await egress.get(f"http://127.0.0.1:{port}/")


async def test_a_body_that_is_cut_off_is_a_failure(server: UpstreamServer, egress: Egress) -> None:
    server.routes["/feed"] = Reply(200, b"half", headers={"Content-Length": "8"})
    with pytest.raises(EgressFailed):
        await egress.get(server.url("/feed"))


@pytest.mark.parametrize("size", [70_000, 200_000])
async def test_oversized_headers_are_a_failure(server: UpstreamServer, egress: Egress, size: int) -> None:
    server.routes["/feed"] = Reply(200, b"news", headers={"X-Padding": "x" * size})
    with pytest.raises(EgressFailed):
        await egress.get(server.url("/feed"))


async def test_a_body_over_the_limit_is_refused_by_its_announced_length(server: UpstreamServer, egress: Egress) -> None:
    server.routes["/feed"] = Reply(200, b"12345")
    with pytest.raises(BodyTooLarge):
        await egress.get(server.url("/feed"), max_bytes=4)
    assert (await egress.get(server.url("/feed"), max_bytes=5)).body == b"12345"


async def test_an_endless_body_is_refused_at_the_limit(server: UpstreamServer, egress: Egress) -> None:
    server.routes["/feed"] = Reply(stream=lambda: _forever(b"x" * 65536))
    with pytest.raises(BodyTooLarge):
        await egress.get(server.url("/feed"), max_bytes=1_000_000)


async def test_gzip_is_asked_for_and_decoded(server: UpstreamServer, egress: Egress) -> None:
    packed = gzip.compress(b"news " * 1000)
    server.routes["/feed"] = Reply(200, packed, headers={"Content-Encoding": "gzip"})
    response = await egress.get(server.url("/feed"), headers={"Accept-Encoding": "br"})
    assert response.body == b"news " * 1000
    assert response.bytes_read == len(packed)
    assert server.received[0].headers["accept-encoding"] == "gzip"


async def test_gzip_of_two_members_is_one_body(server: UpstreamServer, egress: Egress) -> None:
    packed = gzip.compress(b"good ") + gzip.compress(b"news") + b"\0" * 7
    server.routes["/feed"] = Reply(200, packed, headers={"Content-Encoding": "x-gzip"})
    assert (await egress.get(server.url("/feed"))).body == b"good news"


@pytest.mark.parametrize(
    "encoding", ["gzip, gzip", "br", "deflate", "zstd", "gzip, identity, br", "compress", "GZIP,gzip"]
)
async def test_an_encoding_that_was_not_asked_for_is_refused(
    server: UpstreamServer, egress: Egress, encoding: str
) -> None:
    server.routes["/feed"] = Reply(200, gzip.compress(gzip.compress(b"x")), headers={"Content-Encoding": encoding})
    with pytest.raises(EgressFailed, match="compressed"):
        await egress.get(server.url("/feed"))


@pytest.mark.parametrize(
    "body",
    [gzip.compress(b"news" * 100)[:-9], gzip.compress(b"news")[:5], b"plain text", gzip.compress(b"") * 65],
    ids=["cut off", "only a header", "no gzip", "many members"],
)
async def test_broken_gzip_is_a_failure(server: UpstreamServer, egress: Egress, body: bytes) -> None:
    server.routes["/feed"] = Reply(200, body, headers={"Content-Encoding": "gzip"})
    with pytest.raises(EgressFailed):
        await egress.get(server.url("/feed"))


async def test_the_body_of_an_error_is_cut_and_never_hides_the_status(server: UpstreamServer, egress: Egress) -> None:
    server.routes["/long"] = Reply(503, b"x" * 200_000)
    server.routes["/packed"] = Reply(429, b"not gzip", headers={"Content-Encoding": "gzip"})
    server.routes["/stacked"] = Reply(500, b"x", headers={"Content-Encoding": "gzip, gzip"})
    long = await egress.get(server.url("/long"))
    assert long.status == 503
    assert len(long.body) <= 65536
    assert (await egress.get(server.url("/packed"))).status == 429
    assert (await egress.get(server.url("/stacked"))).status == 500


async def test_a_header_that_cannot_be_sent_is_a_failure(server: UpstreamServer, egress: Egress) -> None:
    with pytest.raises(EgressFailed):
        await egress.get(server.url("/feed"), headers={"If-None-Match": 'x"\r\nHost: evil'})
    assert server.received == []


# politeness


async def test_a_host_gets_two_connections_at_once_and_every_request_is_answered(
    server: UpstreamServer, egress: Egress
) -> None:
    release = asyncio.Event()

    async def held() -> AsyncIterator[bytes]:
        await release.wait()
        yield b"news"

    def answer(request: Received) -> Reply:
        if server.open_connections == 2:
            asyncio.get_running_loop().call_soon(release.set)
        return Reply(stream=held)

    server.routes["/feed"] = answer
    responses = await asyncio.gather(*(egress.get(server.url("/feed")) for _ in range(6)))
    assert [response.body for response in responses] == [b"news"] * 6
    assert server.most_connections == 2


async def test_requests_to_one_host_keep_their_distance_and_other_hosts_do_not_wait() -> None:
    now = 100.0
    pauses: list[float] = []

    async def sleep(seconds: float) -> None:
        pauses.append(seconds)

    gate = HostGate(spacing_s=1.5, connections=8, monotonic=lambda: now, sleep=sleep)
    for host in ["a.example", "a.example", "b.example", "a.example"]:
        async with gate.turn(host):
            pass
    async with gate.turn("a.example", spaced=False):
        pass
    assert pauses == [1.5, 3.0]


async def test_hosts_that_are_idle_are_forgotten() -> None:
    gate = HostGate(spacing_s=0.0)
    for number in range(3000):
        async with gate.turn(f"{number}.example"):
            pass
    assert gate.remembered_hosts <= 1025
