"""Takes the pictures in docs/screenshots from the running page, on real data.

because serve                                   # in one terminal
.venv/bin/python tests/page_screenshots.py      # in another; an address other than the default may be given
"""

from __future__ import annotations

import io
import sys
from pathlib import Path

from PIL import Image
from playwright.sync_api import Browser, Page, expect, sync_playwright

FOLDER = Path(__file__).parents[1] / "docs" / "screenshots"
QUIET = [f"--disable-{name}" for name in ("background-networking", "component-update", "sync", "quic", "gpu")]
MOST_BYTES = 300_000


def say(tab: Page, message: str) -> None:
    turns = tab.locator("#history article.turn")
    before = turns.count()
    tab.get_by_label("Your message", exact=True).fill(message)
    tab.keyboard.press("Enter")
    expect(turns).to_have_count(before + 1, timeout=60_000)


def click(tab: Page, name: str) -> None:
    turns = tab.locator("#history article.turn")
    before = turns.count()
    tab.get_by_role("button", name=name, exact=True).first.click()
    expect(turns).to_have_count(before + 1, timeout=60_000)


def enter(browser: Browser, address: str, width: int, height: int, scheme: str = "light") -> Page:
    context = browser.new_context(viewport={"width": width, "height": height}, color_scheme=scheme)  # type: ignore[arg-type]
    tab = context.new_page()
    tab.goto(address)
    expect(tab.locator("[data-act=new]")).to_be_attached(timeout=120_000)
    return tab


def keep(tab: Page, name: str) -> None:
    """Write the picture, in 256 colours, once the page has come to rest."""
    tab.wait_for_timeout(1500)
    picture = Image.open(io.BytesIO(tab.screenshot())).convert("RGB")
    path = FOLDER / name
    picture.quantize(256, dither=Image.Dither.NONE).save(path, optimize=True)
    size = path.stat().st_size
    print(f"{path}: {size / 1000:.0f} kB")
    if size > MOST_BYTES:
        raise SystemExit(f"{path} has {size} bytes; {MOST_BYTES} are allowed: make the window smaller.")


def main(address: str) -> None:
    FOLDER.mkdir(parents=True, exist_ok=True)
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(
            executable_path="/usr/bin/chromium", args=["--no-sandbox", "--no-first-run", *QUIET]
        )
        tab = enter(browser, address, 1280, 900)
        tab.get_by_label("Another user’s number").fill("547")
        tab.keyboard.press("Enter")
        expect(tab.locator("#taste .past")).to_contain_text("547")
        say(tab, "a thriller from the nineties, but nothing with horror")
        keep(tab, "desktop.png")

        tab = enter(browser, address, 1280, 900)
        say(tab, "I loved Blade Runner and The Matrix. What should I watch?")
        tab.wait_for_timeout(1500)
        tab.locator("#history .asked").evaluate("node => window.scrollTo(0, node.getBoundingClientRect().top - 560)")
        keep(tab, "question.png")

        tab = enter(browser, address, 1280, 900, "dark")
        say(tab, "I loved Blade Runner and The Matrix. What should I watch?")
        title = tab.locator("#history .card h3").first.inner_text()
        click(tab, f"Why this? {title}")
        keep(tab, "dark.png")

        tab = enter(browser, address, 390, 844)
        say(tab, "something like Alien but funnier")
        tab.wait_for_timeout(1500)
        tab.locator("#history .cards").evaluate(
            "node => window.scrollTo(0, node.getBoundingClientRect().top + scrollY - 190)"
        )
        keep(tab, "phone.png")
        browser.close()


if __name__ == "__main__":
    main(sys.argv[1] if sys.argv[1:] else "http://127.0.0.1:7860")
