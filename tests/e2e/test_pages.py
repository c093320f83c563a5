"""The pages for people in a real browser, which tells what no reading of HTML can: errors, foreign requests, a policy
that forbids what the page needs, text that is cut off.

Screenshots are left in .artifacts/pages.
"""

import shutil
from collections.abc import AsyncIterator, Callable
from typing import Final

import httpx
import pytest
from playwright.async_api import Browser, ConsoleMessage, Page, Request, async_playwright, expect

from ci.support import artifacts
from tests.e2e.conftest import Running

ARGUMENTS: Final = """
--no-sandbox --disable-gpu --disable-background-networking --disable-component-update --disable-sync --no-first-run
""".split()
WIDE, NARROW = 1200, 390  # pixels; the narrow one is a telephone's
PATIENCE_MS: Final = 30_000  # a hundred operations take seconds to draw while other tests use the processor
PAGES: Final = {
    "/": ("The news you care about", "curl -H", "Deprecated from 2026-12-01", "The Guardian"),
    "/quickstart": ("Your key", "pip install ./python-v2", "TypeScript", "Go", "Java"),
    "/migration": ("List articles", "no successor", "Answers side by side", "cursor=$NEXT_CURSOR"),
    "/limits": ("Requests an hour, each key", "nothing"),
    "/webhooks": ("webhook-signature", "Coming"),
    "/changelog": ("v2, document 2.1.0", "new operations"),
    "/status": ("PostgreSQL", "Works", "Hacker News"),
    "/docs": ("Documentation", "Tidings API v2", "stops answering on 2027-06-30"),
    "/docs/v1": ("Tidings API v1 (", "List articles", "List sources"),
    "/docs/v2": ("Tidings API v2 (", "List articles", "Import feeds"),
    "/docs/v1/try": ("Tidings API v1", "List articles"),
    "/docs/v2/try": ("Tidings API v2", "List articles", "Import feeds"),
    "/problems": ("Every way in which a request can fail", "validation_failed", "url_not_allowed"),
    "/problems/validation_failed": ("validation_failed", "HTTP status 400", "names every place at once"),
}

Open = Callable[..., "OpenPage"]


class OpenPage:
    """A page and everything that went wrong in it. A context manager; it fails the test at its end."""

    def __init__(self, browser: Browser, origin: str, *, scheme: str = "light", width: int = WIDE) -> None:
        self._browser = browser
        self._origin = origin
        self._scheme = scheme
        self._width = width
        self.faults: list[str] = []

    async def __aenter__(self) -> Page:
        self.page = await self._browser.new_page(
            color_scheme="dark" if self._scheme == "dark" else "light", viewport={"width": self._width, "height": 900}
        )
        self.page.on("console", self._said)
        self.page.on("pageerror", lambda error: self.faults.append(f"exception: {error}"))
        self.page.on("request", self._requested)
        self.page.on("requestfailed", lambda request: self.faults.append(f"failed: {request.url} {request.failure}"))
        return self.page

    async def __aexit__(self, kind: type[BaseException] | None, *_: object) -> None:
        path = self.page.url.removeprefix(self._origin).partition("#")[0].strip("/").replace("/", "-") or "index"
        await self.page.screenshot(path=artifacts("pages") / f"{path}-{self._scheme}-{self._width}.png")
        await self.page.close()
        if kind is None:
            assert self.faults == []

    def _said(self, message: ConsoleMessage) -> None:
        if message.type in ("error", "warning"):  # a violated policy is an error in the console
            self.faults.append(f"console: {message.text}")

    def _requested(self, request: Request) -> None:
        if not request.url.startswith((f"{self._origin}/", "data:", f"blob:{self._origin}/")):
            self.faults.append(f"foreign: {request.url}")


@pytest.fixture(scope="module")
async def browser() -> AsyncIterator[Browser]:
    program = shutil.which("chromium")
    assert program, "Chromium is needed to look at the pages: ci/machine installs it on Debian"
    expect.set_options(timeout=PATIENCE_MS)
    async with async_playwright() as playwright:
        browser = await playwright.chromium.launch(executable_path=program, args=ARGUMENTS)
        yield browser
        await browser.close()


@pytest.fixture
def open_page(browser: Browser, running: Running) -> Open:
    """Opens a page of the running instance."""

    def open_(*, scheme: str = "light", width: int = WIDE) -> OpenPage:
        return OpenPage(browser, running.instance.address, scheme=scheme, width=width)

    return open_


@pytest.mark.parametrize(("scheme", "width"), [("light", WIDE), ("dark", NARROW)])
@pytest.mark.parametrize("path", PAGES)
async def test_a_page_shows_its_text_asks_nobody_else_and_fits(
    open_page: Open, running: Running, path: str, scheme: str, width: int
) -> None:
    async with open_page(scheme=scheme, width=width) as page:
        await page.goto(running.instance.address + path)
        for text in PAGES[path]:
            await expect(page.get_by_text(text).first).to_be_attached()
        await page.wait_for_load_state("networkidle")
        assert await page.evaluate("document.documentElement.scrollWidth") <= width
        assert await contrast_of_the_text(page) >= 4.5  # WCAG 2.2, 1.4.3


@pytest.mark.parametrize("version", ["v1", "v2"])
async def test_a_reader_sends_a_real_request_with_the_demo_key(open_page: Open, running: Running, version: str) -> None:
    async with open_page() as page:
        await page.goto(f"{running.instance.address}/docs/{version}/try")
        await page.get_by_role("button", name="Authorize").first.click()
        await page.locator(".auth-container input").fill(running.instance.key)
        await page.locator(".auth-container").get_by_role("button", name="Apply credentials").click()
        await page.locator(".auth-container").get_by_role("button", name="Close").click()
        operation = page.locator("#operations-articles-listArticles")
        await operation.locator(".opblock-summary-control").click()
        await operation.get_by_role("button", name="Try it out").click()
        async with page.expect_response(f"**/{version}/articles*") as answering:
            await operation.get_by_role("button", name="Execute").click()
        answer = await answering.value
        assert answer.status == 200, answer.url
        assert httpx.URL(answer.url).params.keys() <= {"page", "limit", "sort", "dir"}  # what has a default
        first = (await answer.json())["data"][0]
        await expect(operation.locator(".live-responses-table .highlight-code").first).to_contain_text(first["id"])
        await operation.scroll_into_view_if_needed()


async def test_the_page_of_a_problem_is_where_the_type_of_a_problem_points(open_page: Open, running: Running) -> None:
    async with open_page() as page:
        answer = await page.request.get(f"{running.instance.address}/v2/articles")
        problem = await answer.json()
        await page.goto(running.instance.address + problem["type"])
        await expect(page.locator("h1")).to_have_text(problem["title"])


async def contrast_of_the_text(page: Page) -> float:
    """The contrast of the body's text with what is behind it, from 1 to 21."""
    contrast: float = await page.evaluate("""() => {
      const channels = (color) => color.match(/[\\d.]+/g).map(Number);
      const light = ([red, green, blue]) => [red, green, blue]
        .map((value) => value / 255)
        .map((value) => value <= 0.04045 ? value / 12.92 : ((value + 0.055) / 1.055) ** 2.4)
        .reduce((sum, value, index) => sum + value * [0.2126, 0.7152, 0.0722][index], 0);
      const style = getComputedStyle(document.body);
      const canvas = matchMedia("(prefers-color-scheme: dark)").matches ? [18, 18, 18] : [255, 255, 255];
      const background = channels(style.backgroundColor);
      const behind = background[3] === 0 ? canvas : background;
      const pair = [light(channels(style.color)), light(behind)].sort((one, other) => other - one);
      return (pair[0] + 0.05) / (pair[1] + 0.05);
    }""")
    return contrast
