"""The pages for people in a real browser, which tells what no reading of HTML can: errors, foreign requests, a policy
that forbids what the page needs, text that is cut off.

Screenshots are left in .artifacts/pages.
"""

import shutil
from collections.abc import AsyncIterator, Callable
from typing import Final

import httpx
import pytest
from axe_playwright_python.async_playwright import Axe
from playwright.async_api import Browser, ConsoleMessage, Page, Request, async_playwright, expect

from ci.support import artifacts
from core.portal import webhooks
from tests.e2e.conftest import Running

ARGUMENTS: Final = """
--no-sandbox --disable-gpu --disable-background-networking --disable-component-update --disable-sync --no-first-run
""".split()
WIDE, NARROW = 1400, 390  # pixels; the narrow one is a telephone's
PATIENCE_MS: Final = 30_000  # a hundred operations take seconds to draw while other tests use the processor
PAGES: Final = {
    "/": ("The news you care about", "curl -H", "Deprecated from 2026-12-01", "The Guardian"),
    "/quickstart": ("Your key", "pip install ./python-v2", "TypeScript", "Go", "Java"),
    "/migration": ("List articles", "no successor", "Answers side by side", "cursor=$NEXT_CURSOR"),
    "/limits": ("Requests an hour, each key", "nothing"),
    "/webhooks": ("webhook-signature", "Coming"),
    "/changelog": ("v2, document 2.1.0", "new operations"),
    "/sunset-policy": ("How versions of this API end", "None is planned"),
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
        if not path.startswith("/docs/v"):  # what Redoc and Swagger UI write is theirs
            await page.evaluate("document.querySelectorAll('details').forEach((each) => { each.open = true; })")
            found = await Axe().run(page)
            assert [(each["id"], each["nodes"][0]["html"]) for each in found.response["violations"]] == []


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


async def test_every_stop_of_the_keyboard_is_seen_and_the_first_one_skips_to_the_content(
    open_page: Open, running: Running
) -> None:
    async with open_page() as page:
        await page.emulate_media(reduced_motion="reduce")  # a stop is where it scrolls to, at once
        await page.goto(f"{running.instance.address}/limits")
        await page.keyboard.press("Tab")
        skip = page.get_by_role("link", name="Skip to the content")
        await expect(skip).to_be_focused()
        await expect(skip).to_be_in_viewport()
        await page.keyboard.press("Enter")
        await expect(page.locator("main")).to_be_focused()
        await page.goto(f"{running.instance.address}/limits")
        stops = await page.locator("a[href], button, input, summary, [tabindex='0']").count()
        for _ in range(stops):
            await page.keyboard.press("Tab")
            width, is_visible = await page.evaluate("""() => {
              const { activeElement } = document;
              const box = activeElement.getBoundingClientRect();
              const style = getComputedStyle(activeElement);
              const width = style.outlineStyle === "none" ? 0 : parseFloat(style.outlineWidth);
              return [width, box.bottom > 0 && box.top < innerHeight && activeElement !== document.body];
            }""")
            assert width >= 2
            assert is_visible
        assert await page.evaluate("document.activeElement.textContent") == "security.txt", "the last link of the page"


async def test_the_readers_own_key_is_filled_in_and_goes_nowhere(open_page: Open, running: Running) -> None:
    async with open_page() as page:
        await page.goto(f"{running.instance.address}/quickstart")
        await page.wait_for_load_state("networkidle")
        asked: list[str] = []
        page.on("request", lambda request: asked.append(request.url))
        field, said = page.get_by_label("Fill in your own key"), page.get_by_role("status")
        places = page.locator("[data-key]")
        await field.fill("tdk_live_tooshort")
        await expect(said).to_contain_text("36 letters and digits")
        await expect(field).to_have_attribute("aria-invalid", "true")
        await expect(places.first).to_have_text("tdk_live_…")
        await field.fill(running.instance.key)
        await expect(places).to_have_text([running.instance.key] * await places.count())
        await expect(said).to_contain_text(f"{await places.count()} places")
        kept = await page.evaluate("[location.href, document.cookie, localStorage.length, sessionStorage.length]")
        assert kept == [f"{running.instance.address}/quickstart", "", 0, 0]
        assert asked == []
        await page.reload()
        await expect(field).to_have_value("")
        await expect(places.first).to_have_text("tdk_live_…")


async def test_the_policy_of_the_page_lets_no_script_send_the_key_away(browser: Browser, running: Running) -> None:
    page = await browser.new_page()
    await page.goto(f"{running.instance.address}/quickstart")
    refused = await page.evaluate("""() => new Promise((resolve) => {
      document.addEventListener("securitypolicyviolation", (event) => resolve(event.effectiveDirective));
      fetch("/?a-key").catch(() => {});
    })""")
    assert refused == "connect-src"
    await page.close()


async def test_without_javascript_the_quick_start_lacks_nothing_but_the_field(
    browser: Browser, running: Running
) -> None:
    page = await browser.new_page(java_script_enabled=False)
    await page.goto(f"{running.instance.address}/quickstart")
    await expect(page.get_by_text("pip install ./python-v2")).to_be_visible()
    await expect(page.get_by_role("heading", name="Java", exact=True)).to_be_visible()
    await expect(page.get_by_label("Fill in your own key")).to_be_hidden()
    await page.goto(f"{running.instance.address}/migration")
    await page.get_by_text("Answers side by side").first.click()
    await expect(page.locator("details[open] pre").first).to_be_visible()
    await page.close()


async def test_the_receiver_on_the_page_about_webhooks_works_in_a_browser(open_page: Open, running: Running) -> None:
    headers = webhooks.delivery()
    values = [headers, webhooks.BODY.decode(), webhooks.SECRET, int(headers["webhook-timestamp"]) * 1000]
    async with open_page() as page:
        await page.goto(f"{running.instance.address}/webhooks")
        source = await page.locator("figure", has_text="JavaScript and TypeScript").locator("code").text_content()
        program = (source or "").replace("export async function", "async function")
        verdicts = await page.evaluate(
            f"""async ([given, sent, secret, now]) => {{
          {program}
          Date.now = () => now;
          const body = new TextEncoder().encode(sent).buffer;
          const late = () => {{ Date.now = () => now + 301_000; }};
          const other = {{ ...given, "webhook-signature": `v1,b3RoZXI= ${{given["webhook-signature"]}}` }};
          return [
            await isGenuine(new Headers(given), body, secret),
            await isGenuine(new Headers(other), body, secret),
            await isGenuine(new Headers(given), new TextEncoder().encode(sent + " ").buffer, secret),
            await isGenuine(new Headers(given), body, "another secret"),
            (late(), await isGenuine(new Headers(given), body, secret)),
          ];
        }}""",
            values,
        )
        assert verdicts == [True, True, False, False, False]


async def test_redoc_follows_the_readers_scheme(open_page: Open, running: Running) -> None:
    async with open_page(scheme="dark") as page:
        await page.goto(f"{running.instance.address}/docs/v1")
        title = page.get_by_role("heading", name="Tidings API v1")
        await expect(title).to_have_css("color", "rgb(231, 235, 232)")
        await page.emulate_media(color_scheme="light")
        await expect(title).to_have_css("color", "rgb(23, 27, 31)")


async def test_who_wants_less_motion_gets_none(open_page: Open, running: Running) -> None:
    async with open_page() as page:
        await page.goto(running.instance.address)
        root = page.locator("html")
        await page.emulate_media(reduced_motion="reduce")
        await expect(root).to_have_css("scroll-behavior", "auto")
        await page.emulate_media(reduced_motion="no-preference")
        await expect(root).to_have_css("scroll-behavior", "smooth")


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
