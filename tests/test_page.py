"""The page, driven by a real browser over a scripted bot (`page_agent`); nothing leaves the loopback."""

from __future__ import annotations

import os
import re
import socket
import stat
import subprocess
import sys
from collections.abc import Iterator
from concurrent.futures import Future
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import httpx
import pytest
from hypothesis import given
from hypothesis import strategies as st
from page_agent import SCHEMA, TITLES, ScriptedAgent, TinyCatalogue
from playwright.sync_api import Browser, BrowserContext, Page, expect

from bot import feedback
from bot.assistant import Assistant
from bot.settings import Settings
from bot.speaking import speaking
from bot.values import Belief, Profile
from bot.web import covers, page, render, words
from bot.web.desk import Desk
from bot.web.explanations import explain
from bot.web.markdown import safe
from retrieval.errors import BecauseError, NotPrepared
from retrieval.schema import Constraint

browser_test = pytest.mark.browser
DESKTOP, PHONE = {"width": 1280, "height": 860}, {"width": 390, "height": 844}


@pytest.fixture(scope="session")
def browser_type_launch_args() -> dict[str, Any]:
    """Debian's Chromium, without anything that calls home."""
    quiet = ("background-networking", "component-update", "sync", "quic", "gpu")
    return {
        "executable_path": "/usr/bin/chromium",
        "args": ["--no-sandbox", "--no-first-run", *(f"--disable-{name}" for name in quiet)],
    }


@dataclass
class Served:
    """A page that runs in this process."""

    url: str
    agent: ScriptedAgent
    home: Path


def start(agent: Any, home: Path, port: int = 0) -> tuple[Any, str]:
    blocks = page.build(agent, Settings(home=home))
    free = page.free_port("127.0.0.1", port)
    page.serve(blocks, "127.0.0.1", free)
    return blocks, f"http://127.0.0.1:{free}"


@pytest.fixture(scope="module")
def served(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Served]:
    agent, home = ScriptedAgent(pause=0.02), tmp_path_factory.mktemp("page")
    blocks, url = start(agent, home)
    yield Served(url, agent, home)
    blocks.close(verbose=False)


def visit(context: BrowserContext, url: str) -> Page:
    """The page, once it is ready; anything asked of another host, any dialog and any script error fails the test."""
    tab = context.new_page()
    tab.set_default_timeout(15_000)
    wrong: list[str] = []
    tab.on("request", lambda r: None if r.url.startswith((url, "data:", "blob:")) else wrong.append(r.url))
    tab.on("pageerror", lambda error: wrong.append(str(error)))
    tab.on("dialog", lambda dialog: wrong.append(dialog.message))
    tab.wrong = wrong  # type: ignore[attr-defined]
    tab.goto(url)
    expect(tab.locator("[data-act=new]")).to_be_attached()
    return tab


@pytest.fixture
def tab(browser: Browser, served: Served) -> Iterator[Page]:
    context = browser.new_context(viewport=DESKTOP)
    opened = visit(context, served.url)
    yield opened
    assert opened.wrong == []  # type: ignore[attr-defined]
    context.close()


def say(tab: Page, message: str) -> None:
    """Type a message and wait for the whole answer."""
    before = tab.locator("#history article.turn").count()
    tab.get_by_label("Your message", exact=True).fill(message)
    tab.keyboard.press("Enter")
    expect(tab.locator("#history article.turn")).to_have_count(before + 1)


def turns(tab: Page) -> Any:
    return tab.locator("#history article.turn")


# -- a conversation ----------------------------------------------------------------------------------------------------


@browser_test
def test_stages_and_text_stream_before_the_cards(browser: Browser, tmp_path: Path) -> None:
    blocks, url = start(ScriptedAgent(pause=0.4), tmp_path)
    tab = visit(browser.new_context(), url)
    tab.get_by_label("Your message", exact=True).fill("suggest 3")
    tab.keyboard.press("Enter")
    stages = ["Understanding", "Noting your taste", "Searching", "Ranking", "Explaining", "Writing"]
    expect(tab.locator("#live .stages li")).to_have_text(stages)
    expect(tab.locator("#live [aria-current=step]")).to_have_text("Writing")
    expect(tab.locator("#live [aria-live=polite]")).to_contain_text("Here are")
    assert tab.locator("#history .card").count() == 0
    expect(tab.locator("#history .card")).to_have_count(3)
    expect(tab.locator("#live .turn")).to_have_count(0)
    expect(tab.locator("#live [role=status]")).to_have_text("3 films suggested.")
    blocks.close(verbose=False)


@browser_test
def test_a_starter_made_of_the_catalogue_answers(tab: Page) -> None:
    tab.get_by_role("button", name="Something like The Lamp").press("Enter")
    expect(turns(tab)).to_have_count(1)
    expect(turns(tab).locator(".bubble")).to_have_text("Something like The Lamp")


@browser_test
def test_quick_replies_are_the_questions_options(tab: Page) -> None:
    say(tab, "ask me")
    replies = tab.get_by_role("group", name="Suggested replies").get_by_role("button")
    expect(replies).to_have_text(["Crime", "Comedy"])
    expect(turns(tab).locator(".asked")).to_have_text("Which?")  # again, beside the buttons: above are the cards
    replies.first.click()
    expect(turns(tab).last.locator(".bubble")).to_have_text("Crime")


@browser_test
def test_hostile_titles_messages_and_replies_stay_text(tab: Page) -> None:
    say(tab, "html <b>bold</b> <img src=x onerror=alert(2)> suggest 3")
    expect(turns(tab).locator(".bubble")).to_have_text("html <b>bold</b> <img src=x onerror=alert(2)> suggest 3")
    expect(tab.get_by_role("heading", name=TITLES[2][0])).to_be_visible()
    assert tab.locator("#talk :is(img, script, a, b)").count() == 0


@browser_test
def test_like_shows_on_the_card_and_as_a_belief_that_can_be_removed(tab: Page) -> None:
    say(tab, "suggest 2")
    like = tab.get_by_role("button", name="Like: The Lamp", exact=True).first
    like.click()
    expect(like).to_have_attribute("aria-pressed", "true")
    taste = tab.get_by_role("complementary", name="Your taste")
    expect(taste.get_by_role("listitem")).to_contain_text("The Lamp")
    taste.get_by_role("button", name="Remove from your taste: The Lamp").click()
    expect(like).to_have_attribute("aria-pressed", "false")
    expect(taste.get_by_role("listitem")).to_have_count(0)


@browser_test
def test_enter_pressed_twice_is_one_message(browser: Browser, tmp_path: Path) -> None:
    blocks, url = start(ScriptedAgent(pause=0.2), tmp_path)
    tab = visit(browser.new_context(), url)
    tab.get_by_label("Your message", exact=True).fill("suggest 1")
    tab.keyboard.press("Enter")
    tab.keyboard.press("Enter")
    expect(tab.locator("#history .card")).to_have_count(1)
    tab.wait_for_timeout(500)
    expect(turns(tab)).to_have_count(1)
    expect(tab.locator("#live .turn, #live .notice")).to_have_count(0)
    expect(tab.get_by_role("button", name="Send")).to_be_visible()
    blocks.close(verbose=False)


@browser_test
def test_a_click_leaves_a_half_written_message_alone(tab: Page) -> None:
    say(tab, "suggest 1")
    box = tab.get_by_label("Your message", exact=True)
    box.fill("half a thou")
    tab.get_by_role("button", name="Seen: The Lamp").click()
    expect(turns(tab)).to_have_count(2)
    expect(box).to_have_value("half a thou")


@browser_test
def test_quick_clicks_on_several_cards_all_count(tab: Page) -> None:
    say(tab, "suggest 3")
    for name in ("Like: The Lamp", "Dislike: Heat & Dust", "Seen: The Lamp"):
        tab.get_by_role("button", name=name).first.click()
    expect(tab.locator("#taste .beliefs li")).to_have_count(3)


@browser_test
def test_why_draws_signed_bars_and_lists_dated_evidence(tab: Page) -> None:
    say(tab, "suggest 1")
    tab.get_by_role("button", name="Why this? The Lamp").click()
    expect(turns(tab)).to_have_count(2)
    rows = turns(tab).last.locator(".bars tbody tr")
    expect(rows.locator(".share")).to_have_text(["+62 %", "+59 %", "−21 %"])
    zero = rows.first.locator(".zero").bounding_box()
    against, pro = (rows.nth(n).locator(".bar").bounding_box() for n in (2, 0))
    assert zero
    assert against
    assert pro
    assert against["x"] + against["width"] == pytest.approx(zero["x"], abs=1.5)
    assert pro["x"] == pytest.approx(zero["x"], abs=1.5)
    assert against["width"] / pro["width"] == pytest.approx(0.21 / 0.62, abs=0.02)
    expect(turns(tab).last.locator(".evidence li").first).to_have_text("you gave The Lamp 4.5 stars in March 2014")


@browser_test
def test_opened_reasons_stay_open_when_the_conversation_goes_on(tab: Page) -> None:
    say(tab, "suggest 2")
    tab.get_by_label("Reasons for The Lamp").click()
    expect(tab.locator("#history details .bars").first).to_be_visible()
    tab.get_by_role("button", name="Like: Heat & Dust", exact=True).click()
    expect(tab.locator("#taste .beliefs li")).to_have_count(1)
    expect(tab.locator("#history details .bars").first).to_be_visible()
    say(tab, "suggest 1")
    expect(tab.locator("#history details .bars").first).to_be_visible()


@browser_test
def test_undo_retry_and_edit(tab: Page) -> None:
    say(tab, "suggest 1")
    say(tab, "suggest 2")
    first = turns(tab).last.get_attribute("id")
    tab.get_by_role("button", name="Try the last message again").click()
    expect(turns(tab).last).not_to_have_attribute("id", first or "")
    expect(turns(tab).last.locator(".card")).to_have_count(2)
    tab.get_by_role("button", name="Edit your last message").click()
    tab.get_by_role("textbox", name="Your last message").fill("suggest 4")
    tab.get_by_role("button", name="Send again").click()
    expect(turns(tab).last.locator(".card")).to_have_count(4)
    expect(turns(tab).locator(".bubble")).to_have_text(["suggest 1", "suggest 4"])
    tab.get_by_role("button", name="Undo the last exchange").click()
    expect(turns(tab).locator(".bubble")).to_have_text(["suggest 1"])
    tab.get_by_role("button", name="Bring the exchange back").click()
    expect(turns(tab).locator(".bubble")).to_have_text(["suggest 1", "suggest 4"])
    expect(tab.get_by_role("button", name="Bring the exchange back")).to_have_count(0)


@browser_test
@pytest.mark.parametrize("press", ["button", "key", "Escape"])
def test_stop_ends_an_endless_reply_and_leaves_the_page_usable(browser: Browser, tmp_path: Path, press: str) -> None:
    blocks, url = start(ScriptedAgent(pause=0.2), tmp_path)
    tab = visit(browser.new_context(), url)
    box = tab.get_by_label("Your message", exact=True)
    box.fill("slow endless suggest 1")
    tab.keyboard.press("Enter")
    expect(tab.locator("#live .reply-text")).to_contain_text("word")
    stop = tab.get_by_role("button", name="Stop")
    if press == "button":
        stop.click()
    elif press == "key":
        stop.press("Enter")
        expect(box).to_be_focused()
    else:
        tab.keyboard.press("Escape")
    expect(turns(tab)).to_have_count(1, timeout=4000)  # all its words would take three minutes
    said = turns(tab).locator(".reply-text").inner_text()
    assert 0 < said.count("word") < 400
    expect(tab.get_by_role("button", name="Send")).to_be_visible()
    expect(stop).to_be_hidden()
    say(tab, "suggest 2")
    expect(turns(tab).last.locator(".card")).to_have_count(2)
    tab.reload()
    expect(turns(tab).first.locator(".reply-text")).to_have_text(said)
    assert tab.wrong == []  # type: ignore[attr-defined]
    blocks.close(verbose=False)


@browser_test
def test_a_reload_in_the_middle_of_an_answer_loses_neither_message_nor_answer(browser: Browser, tmp_path: Path) -> None:
    blocks, url = start(ScriptedAgent(pause=0.2), tmp_path)
    tab = visit(browser.new_context(), url)
    tab.get_by_label("Your message", exact=True).fill("slow suggest 2")
    tab.keyboard.press("Enter")
    expect(tab.locator("#live .reply-text")).to_contain_text("Here")
    tab.reload()
    expect(tab.locator("#live .bubble")).to_have_text("slow suggest 2")
    expect(tab.get_by_role("button", name="Stop")).to_be_visible()
    expect(turns(tab)).to_have_count(1)
    expect(turns(tab).locator(".bubble")).to_have_text("slow suggest 2")
    expect(turns(tab).locator(".card")).to_have_count(2)
    expect(tab.locator("#live .turn")).to_have_count(0)
    say(tab, "suggest 1")
    assert tab.wrong == []  # type: ignore[attr-defined]
    blocks.close(verbose=False)


@browser_test
def test_two_tabs_of_one_browser_take_turns_in_one_conversation(browser: Browser, tmp_path: Path) -> None:
    blocks, url = start(ScriptedAgent(pause=0.2), tmp_path)
    context = browser.new_context()
    one = visit(context, url)
    say(one, "suggest 1")
    two = visit(context, url)
    expect(turns(two)).to_have_count(1)
    for tab, message in ((one, "slow suggest 1"), (two, "suggest 2")):
        tab.get_by_label("Your message", exact=True).fill(message)
        tab.keyboard.press("Enter")
        expect(tab.locator("#live .bubble")).to_have_text(message)
    expect(turns(two).locator(".bubble")).to_have_text(["suggest 1", "slow suggest 1", "suggest 2"], timeout=20_000)
    expect(turns(one).locator(".bubble")).to_have_text(["suggest 1", "slow suggest 1"])
    one.get_by_role("button", name="Undo the last exchange").click()  # the last there is
    expect(turns(one).locator(".bubble")).to_have_text(["suggest 1", "slow suggest 1"])
    one.get_by_label("Your message", exact=True).fill("suggest 3")
    one.keyboard.press("Enter")
    expect(turns(one).locator(".bubble")).to_have_text(["suggest 1", "slow suggest 1", "suggest 3"])
    context.close()
    blocks.close(verbose=False)


@browser_test
def test_escape_closes_what_is_open_and_nothing_else(tab: Page) -> None:
    say(tab, "suggest 1")
    tab.get_by_role("button", name="Edit your last message").press("Enter")
    edited = tab.get_by_role("textbox", name="Your last message")
    expect(edited).to_be_focused()
    edited.press("Escape")
    expect(edited).to_be_hidden()
    expect(tab.get_by_role("button", name="Edit your last message")).to_be_focused()
    tab.get_by_role("button", name="Forget me", exact=True).click()
    tab.keyboard.press("Escape")
    expect(tab.get_by_role("dialog")).to_have_count(0)
    expect(turns(tab)).to_have_count(1)


@browser_test
def test_an_error_is_said_and_the_message_is_not_lost(tab: Page) -> None:
    box = tab.get_by_label("Your message", exact=True)
    lost = "nothing of yours was lost"
    for message, sentence in (("boom", lost), ("nonsense", "is not something to ask"), ("break off", lost)):
        box.fill(message)
        tab.keyboard.press("Enter")
        expect(tab.get_by_role("alert")).to_contain_text(sentence)
        expect(box).to_have_value(message)
    box.fill("   ")
    tab.keyboard.press("Enter")
    expect(tab.get_by_role("alert")).to_contain_text("nothing in that message")
    say(tab, "suggest 10")
    expect(tab.get_by_role("alert")).to_have_count(0)
    box.fill("nonsense")
    tab.keyboard.press("Enter")
    expect(tab.get_by_role("alert")).to_be_in_viewport()
    tab.wait_for_function(
        "document.querySelector('.notice').getBoundingClientRect().bottom"
        " <= document.querySelector('#message').getBoundingClientRect().top"
    )


# -- Chinese -----------------------------------------------------------------------------------------------------------

HAN, LATIN = re.compile("[\u4e00-\u9fff]"), re.compile("[A-Za-z]")


def spoken(tab: Page) -> list[str]:
    """Captions, buttons, placeholders and names of controls: all that the page says of its own."""
    own = "#frame :is(button, h2, h3, label, summary, legend, .none, .lede, .stages li, .ends, caption)"
    return [text for text in tab.evaluate(
        """own => [...document.querySelectorAll(own)].filter(n => n.checkVisibility() && !n.closest('.cover'))
            .flatMap(n => [n.innerText, n.getAttribute('aria-label') || '', n.getAttribute('placeholder') || ''])
            .concat(document.querySelector('#message textarea').placeholder)""", own
    ) if text.strip()]  # fmt: skip


@browser_test
@pytest.mark.parametrize("viewport", [DESKTOP, PHONE])
def test_the_page_speaks_what_the_conversation_does_and_first_the_browser(
    browser: Browser, served: Served, viewport: Any
) -> None:
    context = browser.new_context(viewport=viewport, locale="zh-CN")
    tab = visit(context, served.url)
    expect(tab.locator("#message textarea")).to_have_attribute("placeholder", "想要什么，说一声……")
    own = spoken(tab)
    assert len(own) > (8 if viewport == PHONE else 20)
    # A title, a value or a user's number may stand in it; what says nothing in Chinese is one of those or a number.
    assert [text for text in own if not HAN.search(text) and LATIN.search(text)] == []
    tab.locator("#message textarea").fill("推荐，suggest 2")
    tab.keyboard.press("Enter")
    expect(turns(tab)).to_have_count(1)
    tab.get_by_label("The Lamp 的理由").click()
    tab.get_by_text("给这条解释打分").first.click()
    named = {"The Lamp", "Heat & Dust", *SCHEMA.fields[0].label.split()}
    own = [text for text in spoken(tab) if text.strip() not in named]
    assert [text for text in own if not HAN.search(text) and LATIN.search(text)] == []
    tab.locator("#message textarea").fill("suggest 1")
    tab.keyboard.press("Enter")
    expect(turns(tab)).to_have_count(2)
    expect(tab.get_by_role("button", name="Send")).to_be_visible()
    assert [text for text in spoken(tab) if HAN.search(text) and "suggest" not in text] == []
    tab.reload()
    expect(turns(tab)).to_have_count(2)
    expect(tab.get_by_label("Your message", exact=True)).to_be_visible()
    context.close()


def test_every_word_of_the_page_is_there_in_chinese_with_the_same_slots() -> None:
    with speaking("en"):
        english = words.page()
    with speaking("zh"):
        chinese = words.page()
    same = {name for name in english if english[name] == chinese[name]}
    assert same <= {"count"}  # a number and its unit
    for name, text in english.items():
        assert type(chinese[name]) is type(text)
        if isinstance(text, dict):
            assert set(text) <= set(chinese[name])
        if isinstance(text, str):
            slots = [set(re.findall(r"{(\w+)}", said)) for said in (chinese[name], text)]
            assert slots[0] <= slots[1], name


# -- what people think of explanations ----------------------------------------------------------------------------------


def rated(agent: ScriptedAgent) -> list[tuple[dict[str, int], str]]:
    """What the event log says of explanations, of all visitors."""
    found = feedback.ratings(agent.memory.explanation_ratings()).values()
    return [(dict(rating.scores), rating.comment) for _, rating in found]


@browser_test
def test_an_explanation_is_rated_by_keyboard_changed_and_taken_back(browser: Browser, tmp_path: Path) -> None:
    agent = ScriptedAgent()
    blocks, url = start(agent, tmp_path)
    context = browser.new_context()
    tab = visit(context, url)
    say(tab, "suggest 1")
    tab.get_by_role("button", name="Why this? The Lamp").click()
    expect(turns(tab)).to_have_count(2)
    why = turns(tab).last
    form = why.locator("form[data-act=rate]")
    expect(form).to_be_hidden()
    why.get_by_text("Rate this explanation").focus()
    for key in ("Enter", "Tab", "Space", "Tab", "ArrowRight", "ArrowRight"):  # accuracy 1, clarity 3
        tab.keyboard.press(key)
    form.get_by_label("Comment").fill("clear <b>enough</b>")
    form.get_by_role("button", name="Save").press("Enter")
    expect(why.locator(".saved")).to_be_visible()
    expect(tab.locator("#live [role=status]")).to_have_text("Your rating is saved.")
    assert rated(agent) == [({"accuracy": 1, "clarity": 3}, "clear <b>enough</b>")]

    tab.reload()
    expect(why.get_by_text("Rated 2.0 of 5")).to_be_visible()
    why.get_by_text("Rated 2.0 of 5").click()
    form.get_by_role("group", name="Accuracy").get_by_role("radio", name="5").check(force=True)
    form.get_by_role("button", name="Save changes").click()
    expect(why.get_by_text("Rated 4.0 of 5")).to_be_visible()
    assert rated(agent) == [({"accuracy": 5, "clarity": 3}, "clear <b>enough</b>")]
    form.get_by_role("button", name="Take your rating back").click()
    expect(why.get_by_text("Rate this explanation")).to_be_visible()
    expect(form.locator("input:checked")).to_have_count(0)
    expect(form.get_by_label("Comment")).to_have_value("")
    assert rated(agent) == []
    form.get_by_role("button", name="Save").click()
    expect(tab.get_by_role("alert")).to_contain_text("Nothing was chosen")
    assert tab.wrong == []  # type: ignore[attr-defined]
    context.close()
    blocks.close(verbose=False)


@browser_test
def test_a_cards_reasons_are_rated_on_a_phone_and_forms_do_not_mix(browser: Browser, tmp_path: Path) -> None:
    agent = ScriptedAgent()
    blocks, url = start(agent, tmp_path)
    context = browser.new_context(viewport=PHONE, has_touch=True)
    tab = visit(context, url)
    say(tab, "suggest 2")
    tab.get_by_label("Reasons for Heat & Dust").tap()
    tab.get_by_text("Rate this explanation").last.tap()
    form = tab.locator("form[data-act=rate]").last
    for question in ("Trust", "Relevance"):
        form.get_by_role("group", name=question).locator("label", has_text="4").tap()
    assert tab.evaluate("document.documentElement.scrollWidth") <= PHONE["width"]
    small = form.locator(".scale label").evaluate_all("all => all.filter(l => l.getBoundingClientRect().height < 36)")
    assert small == []
    form.get_by_role("button", name="Save").tap()
    expect(tab.get_by_text("Rated 4.0 of 5")).to_be_visible()
    assert rated(agent) == [({"relevance": 4, "trust": 4}, "")]
    form.get_by_role("group", name="Clarity").locator("label", has_text="2").tap()  # not saved
    tab.get_by_role("button", name="You", exact=True).tap()
    tab.get_by_role("button", name="New conversation").tap()
    expect(turns(tab)).to_have_count(0)
    say(tab, "suggest 2")
    expect(turns(tab)).to_have_count(1)
    expect(tab.locator("form[data-act=rate] input:checked")).to_have_count(0)
    context.close()
    blocks.close(verbose=False)


@browser_test
def test_a_thumbs_down_offers_what_to_change_and_explains_again(tab: Page) -> None:
    say(tab, "suggest 1")
    tab.get_by_role("button", name="Why this? The Lamp").click()
    expect(turns(tab)).to_have_count(2)
    tab.get_by_label("Not a good explanation").last.press("Enter")
    changes = turns(tab).last.get_by_role("button", name=re.compile("Explain from now on"))
    expect(changes).to_have_text(["Shorter", "More detail", "No numbers"])
    changes.first.click()
    expect(turns(tab)).to_have_count(3)
    expect(turns(tab).last.locator(".reply-text")).to_contain_text("Why The Lamp?")
    expect(turns(tab).last.locator(".reply-text")).to_contain_text("brief")
    turns(tab).last.get_by_label("Not a good explanation").click()
    expect(changes).to_have_text(["More detail", "No numbers", "Usual"])


def test_a_forged_rating_is_one_sentence() -> None:
    ready: Future[Any] = Future()
    ready.set_result(ScriptedAgent())
    desk = Desk(ready)
    mine = list(desk.say("", "suggest 1"))[-1].secret
    for act, item, value in (("rate", "x/i0", {"trust": "5"}), ("rate", None, {}), ("rate", "1/i0", "5"),
                             ("rate", "1/i0", {"trust": "9"}), ("unrate", "", None)):  # fmt: skip
        view = list(desk.act(mine, act, item, value))[-1]
        assert view.history is None
        assert 'role="alert"' in (view.live or "")


# -- conversations and people ------------------------------------------------------------------------------------------


@browser_test
def test_conversations_are_listed_and_open_again(tab: Page) -> None:
    say(tab, "the first talk")
    tab.get_by_role("button", name="New conversation").click()
    expect(turns(tab)).to_have_count(0)
    say(tab, "the second talk")
    tab.get_by_role("button", name=re.compile("Open conversation: the first talk")).click()
    expect(turns(tab).locator(".bubble")).to_have_text(["the first talk"])


@browser_test
def test_choosing_who_is_watching_and_coming_back(tab: Page) -> None:
    expect(tab.get_by_role("heading", name="Who is watching?")).to_be_visible()
    say(tab, "as myself")
    tab.get_by_role("button", name="User 547, 2,391 ratings").click()
    expect(tab.get_by_role("button", name="User 547, 2,391 ratings")).to_have_attribute("aria-pressed", "true")
    expect(turns(tab)).to_have_count(0)
    expect(tab.locator("#taste .past")).to_contain_text("user 547")
    tab.get_by_label("Another user’s number").fill("12")
    tab.keyboard.press("Enter")
    expect(tab.get_by_role("button", name="User 12, 61 ratings")).to_have_attribute("aria-pressed", "true")
    tab.get_by_label("Another user’s number").fill("<nobody>")
    tab.keyboard.press("Enter")
    expect(tab.get_by_role("alert")).to_contain_text("There is no user '<nobody>'")
    tab.get_by_role("button", name="A new visitor").click()
    expect(turns(tab).locator(".bubble")).to_have_text(["as myself"])


@browser_test
def test_a_reload_and_a_restart_restore_the_conversation(browser: Browser, tmp_path: Path) -> None:
    agent = ScriptedAgent()
    blocks, url = start(agent, tmp_path)
    context = browser.new_context()
    tab = visit(context, url)
    say(tab, "suggest 2")
    shown = turns(tab).inner_html()
    tab.reload()
    expect(turns(tab)).to_have_count(1)
    assert turns(tab).inner_html() == shown
    blocks.close(verbose=False)
    blocks, _ = start(agent, tmp_path, int(url.rsplit(":", 1)[1]))
    tab.reload()
    expect(turns(tab)).to_have_count(1)
    blocks.close(verbose=False)


@browser_test
@pytest.mark.parametrize("person", ["A new visitor", "User 547, 2,391 ratings"])
def test_two_people_never_see_each_other(browser: Browser, served: Served, person: str) -> None:
    one, two = (visit(browser.new_context(), served.url) for _ in range(2))
    for tab in (one, two):
        tab.get_by_role("button", name=person).click()
        expect(tab.get_by_role("button", name=person)).to_have_attribute("aria-pressed", "true")
    say(one, "a zebra of one, suggest 1")
    one.get_by_role("button", name="Like: The Lamp", exact=True).click()
    expect(one.locator("#taste .beliefs li")).to_have_count(1)
    say(two, "suggest 1")
    two.reload()
    expect(turns(two)).to_have_count(1)
    assert "zebra" not in two.content()
    expect(two.locator("#taste .beliefs li")).to_have_count(0)
    expect(two.get_by_role("button", name="Like: The Lamp", exact=True)).to_have_attribute("aria-pressed", "false")
    for tab in (one, two):
        tab.context.close()


@browser_test
def test_forget_me_asks_first_and_then_forgets(tab: Page) -> None:
    say(tab, "remember this")
    tab.get_by_role("button", name="Forget me", exact=True).click()
    tab.get_by_role("button", name="Keep everything").click()
    tab.reload()
    expect(turns(tab)).to_have_count(1)
    tab.get_by_role("button", name="Forget me", exact=True).click()
    tab.get_by_role("button", name="Yes, forget me").click()
    expect(turns(tab)).to_have_count(0)
    tab.reload()
    expect(tab.get_by_role("heading", name="Say what you feel like.")).to_be_visible()
    assert "remember this" not in tab.content()


def test_a_conversation_of_someone_else_does_not_open() -> None:
    agent = ScriptedAgent()
    ready: Future[Any] = Future()
    ready.set_result(agent)
    desk = Desk(ready)
    mine = list(desk.say("", "a secret"))[-1].secret
    conversation = agent.memory.visitor(mine)
    assert conversation
    for wanted in (conversation[1], "never-was"):
        view = list(desk.act("", "open", wanted, None))[-1]
        assert view.history is None
        assert "There is no conversation" in (view.live or "")
    for forged in (None, 7, "short", "x" * 42 + "/", {"a": 1}):
        assert "a secret" not in (list(desk.enter(forged))[-1].history or "")


@browser_test
def test_a_newcomers_whole_visit_with_the_real_bot(browser: Browser, own_home: Path, tmp_path: Path) -> None:
    settings = Settings(home=own_home, dataset="tiny", language_model="none")
    blocks, url = start(Assistant.open(settings), tmp_path)
    context = browser.new_context()
    tab = visit(context, url)
    tab.get_by_role("group", name="Suggested replies").get_by_role("button").first.click()
    expect(turns(tab)).to_have_count(1)
    title = tab.locator("#history .card h3").first.inner_text()
    tab.get_by_role("button", name=f"Like: {title}", exact=True).click()
    belief = tab.locator("#taste .beliefs li")
    expect(belief).to_contain_text(title)
    tab.get_by_role("button", name=f"Why this? {title}", exact=True).first.click()
    expect(turns(tab)).to_have_count(3)
    expect(turns(tab).last.locator(".bars tr.for").first).to_be_visible()
    expect(turns(tab).last.locator(".evidence li").first).to_be_visible()
    belief.get_by_role("button").click()
    expect(belief).to_have_count(0)
    shown = turns(tab).evaluate_all("nodes => nodes.map(node => node.outerHTML)")
    tab.reload()
    expect(turns(tab)).to_have_count(4)
    assert turns(tab).evaluate_all("nodes => nodes.map(node => node.outerHTML)") == shown
    tab.get_by_role("button", name="Undo the last exchange").click()
    expect(belief).to_contain_text(title)
    tab.get_by_role("button", name="Forget me", exact=True).click()
    tab.get_by_role("button", name="Yes, forget me").click()
    expect(turns(tab)).to_have_count(0)
    expect(belief).to_have_count(0)
    assert tab.wrong == []  # type: ignore[attr-defined]
    context.close()
    blocks.close(verbose=False)


# -- loading and launching ---------------------------------------------------------------------------------------------


@browser_test
def test_the_page_is_usable_while_the_catalogue_loads(browser: Browser, tmp_path: Path) -> None:
    agent: Future[Any] = Future()
    blocks, url = start(agent, tmp_path)
    tab = browser.new_page()
    tab.goto(url)
    expect(tab.locator("#live")).to_contain_text("Warming up")
    tab.get_by_label("Your message", exact=True).fill("suggest 2")
    tab.keyboard.press("Enter")
    expect(tab.locator("#live .bubble")).to_have_text("suggest 2")
    agent.set_result(ScriptedAgent())
    expect(tab.locator("#history .card")).to_have_count(2)
    tab.close()
    blocks.close(verbose=False)


@browser_test
def test_what_keeps_the_catalogue_from_opening_is_said(browser: Browser, tmp_path: Path) -> None:
    agent: Future[Any] = Future()
    agent.set_exception(NotPrepared("The data set is not prepared: run `because prepare`."))
    blocks, url = start(agent, tmp_path)
    tab = browser.new_page()
    tab.goto(url)
    expect(tab.get_by_role("alert")).to_have_text("The data set is not prepared: run `because prepare`.")
    tab.close()
    blocks.close(verbose=False)


def test_a_taken_port_is_one_sentence_and_exit_status_1(tmp_path: Path) -> None:
    with socket.socket() as holder:
        holder.bind(("127.0.0.1", 0))
        holder.listen()
        port = holder.getsockname()[1]
        env = {**os.environ, "BECAUSE_PORT": str(port), "BECAUSE_HOME": str(tmp_path)}
        app = Path(page.__file__).parents[2] / "app.py"
        done = subprocess.run([sys.executable, app], env=env, capture_output=True, text=True, check=False, timeout=120)
    assert done.returncode == 1
    assert f"Port {port}" in done.stderr
    assert "BECAUSE_PORT=" in done.stderr
    assert len(done.stderr.strip().splitlines()) == 1


def test_the_browser_states_key_is_kept_and_private(tmp_path: Path) -> None:
    page.build(ScriptedAgent(), Settings(home=tmp_path))
    key = tmp_path / "page.key"
    first = key.read_text()
    page.build(ScriptedAgent(), Settings(home=tmp_path))
    assert key.read_text() == first
    assert stat.S_IMODE(key.stat().st_mode) == 0o600


def test_a_home_that_cannot_be_written_is_one_sentence(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("")
    with pytest.raises(BecauseError, match="BECAUSE_HOME"):
        page.build(ScriptedAgent(), Settings(home=tmp_path / "file" / "home"))


def test_nothing_is_offered_but_the_page(served: Served) -> None:
    def get(path: str) -> httpx.Response:
        return httpx.get(served.url + path)

    assert get("/gradio_api/info").json() == {"named_endpoints": {}, "unnamed_endpoints": {}}
    assert get("/monitoring").status_code == 403
    for file in ("/etc/passwd", page.__file__, served.home / "page.key"):
        assert get(f"/gradio_api/file={file}").status_code == 403
    big = httpx.post(served.url + "/gradio_api/upload", files={"files": ("a.txt", b"x" * 5000)})
    assert big.status_code == 413
    policy = get("/").headers["content-security-policy"]
    assert "default-src 'self'" in policy
    assert "http" not in policy
    assert get("/").headers["x-frame-options"] == "DENY"
    assert get("/config").json()["analytics_enabled"] is False


# -- looks -------------------------------------------------------------------------------------------------------------


@browser_test
@pytest.mark.parametrize("viewport", [DESKTOP, {"width": 1024, "height": 768}, PHONE])
@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_ten_cards_with_any_title_fit(browser: Browser, served: Served, viewport: Any, scheme: Any) -> None:
    context = browser.new_context(viewport=viewport, color_scheme=scheme)
    tab = visit(context, served.url)
    say(tab, "suggest 10")
    expect(tab.locator(".card")).to_have_count(10)
    assert tab.evaluate("document.documentElement.scrollWidth") <= viewport["width"]
    outside = tab.evaluate(
        """() => [...document.querySelectorAll('.cover')].filter(cover => {
            const box = cover.getBoundingClientRect();
            return [...cover.querySelectorAll('h3, .year')].some(part => {
                const b = part.getBoundingClientRect();
                return b.bottom > box.bottom + 1 || b.right > box.right + 1 || part.scrollWidth > part.clientWidth + 1;
            });
        }).map(cover => cover.title)"""
    )
    assert outside == []
    ground = tab.evaluate("getComputedStyle(document.body).backgroundColor")
    assert (sum(map(int, re.findall(r"\d+", ground)[:3])) < 200) == (scheme == "dark")
    context.close()


@browser_test
@pytest.mark.parametrize("viewport", [DESKTOP, PHONE])
def test_a_table_in_a_reply_keeps_its_columns_apart_and_the_page_its_width(
    browser: Browser, served: Served, viewport: Any
) -> None:
    tab = visit(browser.new_context(viewport=viewport), served.url)
    say(tab, "table suggest 0")
    cells = tab.locator(".reply-text td")
    one, two = (cells.nth(n).evaluate("""node => {
        const range = document.createRange(); range.selectNodeContents(node);
        const box = range.getBoundingClientRect(); return [box.left, box.right]; }""") for n in (1, 2))  # fmt: skip
    assert two[0] - one[1] >= 12
    assert tab.evaluate("document.documentElement.scrollWidth") <= viewport["width"]
    tab.context.close()


@browser_test
def test_no_card_at_all_looks_like_an_answer(tab: Page) -> None:
    say(tab, "suggest 0")
    assert tab.locator(".cards").count() == 0
    expect(turns(tab).locator(".reply-text")).to_have_text("Nothing fits all of that.")


@browser_test
@pytest.mark.parametrize("viewport", [DESKTOP, PHONE])
def test_every_control_has_a_name_and_a_visible_focus(browser: Browser, served: Served, viewport: Any) -> None:
    context = browser.new_context(viewport=viewport)
    tab = visit(context, served.url)
    say(tab, "suggest 2")
    unnamed = tab.evaluate(
        """() => [...document.querySelectorAll('button, input, textarea, summary')].filter(node =>
            !(node.getAttribute('aria-label') || node.innerText || node.textContent || '').trim()
            && !(node.labels && node.labels.length)).map(node => node.outerHTML)"""
    )
    assert unnamed == []
    tab.get_by_label("Your message", exact=True).focus()
    tab.keyboard.press("Shift+Tab")
    outline = tab.evaluate("getComputedStyle(document.activeElement).outlineStyle")
    assert outline == "solid"
    context.close()


@browser_test
def test_on_a_phone_the_panels_open_as_drawers(browser: Browser, served: Served) -> None:
    context = browser.new_context(viewport=PHONE, has_touch=True)
    tab = visit(context, served.url)
    taste = tab.locator("#taste")
    expect(taste).to_be_hidden()
    toggle = tab.get_by_role("button", name="Taste")
    toggle.tap()
    expect(taste).to_be_visible()
    expect(toggle).to_have_attribute("aria-expanded", "true")
    assert tab.evaluate("document.querySelector('#talk').inert")  # what lies under it is out of reach
    tab.keyboard.press("Escape")
    expect(taste).to_be_hidden()
    assert not tab.evaluate("document.querySelector('#talk').inert")
    tab.get_by_role("button", name="You", exact=True).tap()
    tab.get_by_role("button", name="User 12, 61 ratings").tap()
    expect(tab.locator("#side-panel")).to_be_hidden()
    context.close()


# -- the pure parts ----------------------------------------------------------------------------------------------------


@given(st.text())
def test_markdown_never_yields_a_link_an_image_or_an_attribute(text: str) -> None:
    for hostile in (text, f"[{text}](http://x.org)", f"![{text}](http://x.org)", f"<{text}>", f"<img src={text}>"):
        html = safe(hostile)
        assert not re.search(r"<(?!/?(p|br|em|strong|ul|ol|li|blockquote|code|hr)>)", html)


def test_markdown_keeps_emphasis_and_lists() -> None:
    assert (
        safe("1. **Heat** (1995)\n2. *M*")
        == "<ol>\n<li><strong>Heat</strong> (1995)</li>\n<li><em>M</em></li>\n</ol>\n"
    )


def test_a_share_is_not_broken_over_two_lines() -> None:
    assert safe("31 % of it, and 5 % too") == "<p>31&nbsp;% of it, and 5&nbsp;% too</p>\n"


def test_chinese_is_marked_as_such_and_dated_in_its_own_way() -> None:
    agent = ScriptedAgent()
    conversation = agent.new_conversation(None)
    list(agent.act(conversation, "why", "i0"))
    (turn,) = agent.turns(conversation)
    evidence = [
        {**turn["evidence"][0], "text": "你在 2014年3月 给了 4.5 星"},
        {**turn["evidence"][1], "text": "你给了 1 星"},
        {**turn["evidence"][2], "kind": "event", "text": "rated", "date": "2016-10-31"},
    ]
    html = render.transcript(
        [{**turn, "reply": "你喜欢 The Lamp。", "message": "为什么？", "evidence": evidence}],
        agent.catalogue, Profile(), (),
    )  # fmt: skip
    assert 'class="reply-text" lang="zh"' in html
    assert 'class="bubble" lang="zh"' in html
    assert re.findall("<time[^>]*>(.*?)</time>", html) == ["2012年5月", "October 2016"]


@pytest.mark.parametrize(
    ("verb", "form"),
    [("watch", "watching"), ("buy", "buying"), ("use", "using"), ("see", "seeing"), ("read", "reading"),
     ("shop", "shopping"), ("listen to", "listening to"), ("try", "trying"), ("play", "playing")],
)  # fmt: skip
def test_gerunds(verb: str, form: str) -> None:
    assert words.gerund(verb) == form


def test_starters_use_only_what_the_catalogue_holds() -> None:
    catalogue = TinyCatalogue()
    assert words.starters(catalogue.items, list(catalogue.counts), SCHEMA) == [
        "What should I watch?", "Something like The Lamp", "Crime films from the 1970s", "Drama films, but no Romance",
    ]  # fmt: skip
    assert words.starters((), [], SCHEMA) == []


def test_bars_sum_parts_of_one_event_and_gather_the_small_ones() -> None:
    parts = [
        {"part": "a", "evidence": "e1", "value": 1, "share": 0.3},
        {"part": "b", "evidence": "e1", "value": 1, "share": 0.2},
    ]
    parts += [{"part": f"p{n}", "evidence": None, "value": 1, "share": 0.05} for n in range(10)]
    evidence = [
        {"id": "e1", "kind": "event", "title": "M", "text": "you gave M 5 stars", "date": "2014-03-09", "weight": 0.5}
    ]
    turn = {
        "items": [{"id": "i", "title": "I", "contributions": parts}], "reasons": [], "evidence": evidence, "reply": "",
    }  # fmt: skip
    bars = explain(turn, "i").bars
    assert (bars[0].label, bars[0].note, bars[0].words) == ("M", "March 2014", "+50 %")
    assert sum(bar.share for bar in bars) == pytest.approx(1.0)
    assert bars[-1].label == "4 smaller parts"
    assert bars[0].width == 100


def test_bars_of_an_explanation_without_items_come_from_its_evidence() -> None:
    evidence = [
        {"id": "e1", "kind": "event", "title": "M", "text": "", "date": "", "weight": -0.4},
        {"id": "e2", "kind": "event", "title": "N", "text": "", "date": "", "weight": 0.0},
    ]
    reasons = [{"item_id": "i", "text": "Why.", "evidence": ["e1", "e2"]}]
    found = explain({"items": [], "reasons": reasons, "evidence": evidence, "reply": ""}, "i")
    assert [(bar.words, bar.left, bar.width) for bar in found.bars] == [("−40 %", 0.0, 100.0)]
    assert (found.zero, found.against) == (100.0, True)


def test_what_sets_two_items_apart_is_not_drawn_as_parts_of_one_score() -> None:
    evidence = [
        {"id": f"e{n}", "kind": "statistic", "title": "", "text": f"{n}", "date": "", "weight": 0.28} for n in (1, 2)
    ]
    turn = {"items": [], "evidence": evidence, "reply": "", "acts": ["compare"]}
    turn |= {"reasons": [{"item_id": "i", "text": "31 against 7.", "evidence": ["e1", "e2"]}]}
    found = explain(turn, "i")
    assert found.bars == ()
    assert [line.text for line in found.evidence] == ["1", "2"]


def test_a_why_draws_the_whole_score_of_the_list_it_is_about() -> None:
    listed = {
        "items": [{"id": "i", "title": "I", "contributions": [
            {"part": "a", "evidence": "e9", "value": 1, "share": 0.8},
            {"part": "b", "evidence": None, "value": 1, "share": 0.2},
        ]}],
        "evidence": [{"id": "e9", "kind": "event", "title": "M", "text": "", "date": "", "weight": 0.8}],
    }  # fmt: skip
    evidence = [{"id": "e1", "kind": "event", "title": "M", "text": "you gave M 5 stars", "date": "", "weight": 0.8}]
    why = {
        "items": [],
        "evidence": evidence,
        "reply": "",
        "reasons": [{"item_id": "i", "text": "", "evidence": ["e1"]}],
    }
    found = explain(why, "i", listed)
    assert [(bar.label, bar.words) for bar in found.bars] == [("M", "+80 %"), ("B", "+20 %")]
    assert [line.text for line in found.evidence] == ["you gave M 5 stars"]


def test_what_is_only_preferred_says_so_once() -> None:
    wish = Belief("constraint", 3, constraint=Constraint("genres", "includes", "Crime", hard=False))
    html = render.taste(Profile((wish,)), TinyCatalogue())
    assert re.findall("preferably", html, re.IGNORECASE) == ["Preferably"]


def test_a_count_is_not_dated_and_an_event_is() -> None:
    evidence = [
        {"id": "e1", "kind": "event", "title": "M", "text": "you gave M 5 stars", "date": "2014-03-09", "weight": 0.5},
        {"id": "e2", "kind": "statistic", "title": "", "text": "M is number 2", "date": "2016-10-31", "weight": 0.5},
    ]
    reasons = [{"item_id": "i", "text": "Why.", "evidence": ["e1", "e2"]}]
    found = explain({"items": [], "reasons": reasons, "evidence": evidence, "reply": ""}, "i")
    assert [line.when for line in found.evidence] == ["March 2014", ""]


def test_beliefs_are_grouped_and_hold_their_own_words() -> None:
    said = Belief("liked", 7, item=1, rating=4.5, message="<i>loved</i> it")
    again = Belief("liked", 8, item=5, message=said.message)
    html = render.taste(Profile((said, again), (Belief("seen", 3, item=0),)), TinyCatalogue())
    assert "Heat &amp; Dust (4.5 stars)" in html
    assert "&lt;i&gt;loved&lt;/i&gt; it" in html
    assert 'data-act="remove" data-item="7"' in html
    assert html.count("loved") == 3  # quoted once, and the tooltip of both
    assert html.index("Liked") < html.index("From earlier conversations")


def test_covers_are_the_same_every_time_and_readable() -> None:
    assert covers.art("Heat", "Crime") == covers.art("Heat", "Crime")
    assert len({covers.art(f"Title {n}", "Crime") for n in range(50)}) > 40
    for colours in covers.PALETTES:
        assert contrast(colours.ink, colours.ground) >= 4.5


def contrast(one: str, two: str) -> float:
    """WCAG 2 contrast ratio of two #rrggbb colours."""

    def luminance(colour: str) -> float:
        parts = [int(colour[i : i + 2], 16) / 255 for i in (1, 3, 5)]
        linear = [p / 12.92 if p <= 0.04045 else ((p + 0.055) / 1.055) ** 2.4 for p in parts]
        return 0.2126 * linear[0] + 0.7152 * linear[1] + 0.0722 * linear[2]

    light, dark = sorted((luminance(one), luminance(two)), reverse=True)
    return (light + 0.05) / (dark + 0.05)


@pytest.mark.parametrize("scheme", [0, 1])
def test_the_style_sheets_text_colours_are_readable(scheme: int) -> None:
    css = (Path(page.__file__).parent / "style.css").read_text()
    named = {m[1]: (m[2], m[3])[scheme] for m in re.finditer(r"--([\w-]+): light-dark\((#\w{6}), (#\w{6})\)", css)}
    for text, ground in (
        ("ink", "paper"), ("ink", "raised"), ("ink", "sunk"), ("soft", "paper"), ("soft", "raised"), ("soft", "sunk"),
        ("accent", "paper"), ("accent", "raised"), ("on-accent", "accent"), ("against", "paper"), ("paper", "for"),
        ("paper", "against"), ("for", "raised"), ("for", "paper"),
    ):  # fmt: skip
        assert contrast(named[text], named[ground]) >= 4.5, (text, ground)
