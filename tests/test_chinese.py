"""Chinese messages: what is read of them, and that the answers say nothing but the claims."""

from __future__ import annotations

import re
import string
from collections.abc import Iterator
from importlib.resources import files
from pathlib import Path
from typing import Any

import pytest
import tiny
import yaml
from hypothesis import given, settings
from hypothesis import strategies as st
from test_writer import FILMS, SLOTS, claims, reason

from bot.assistant import Assistant
from bot.settings import Settings
from bot.speaking import language_of
from bot.understand.chinese import gloss
from bot.understand.numerals import meaning
from bot.writer import Verifier
from bot.writer.phrases import phrases
from bot.writer.trees import sentences

ZH = phrases("zh")
VERIFIER = Verifier(FILMS, "zh")
SAID = {
    "推荐几部90年代的惊悚片": "recommend some the 90s thriller films",
    "为什么推荐第一部？": "why the first one?",
    "为什么不推荐 Heat？": "why not Heat?",
    "我喜欢 Fargo 和 Casino，不喜欢 Titanic": "I liked Fargo and Casino, I disliked Titanic",
    "我给 Alien 打了4.5星": "I gave Alien 4.5 stars",
    "我看过第二个": "I have seen the second one",
    "如果我没看过 Fargo 会怎样？": "what if I had never rated Fargo?",
    "你有多确定？": "how sure are you?",
    "短一点": "shorter explanations",
    "为什么推荐这些？": "why these?",
    "不要恐怖片": "no horror films",
    "撤销": "undo",
    "九十年代的喜剧": "the 90s comedy",
    "八十年代": "the 80s",
    "七八十年代的": "the 70s and 80s",
    "九十年代初的": "the early 90s",
    "六十年代以前的": "before the 60s",
    "上世纪八十年代": "the 80s",
    "二十一世纪的": "the 21st century",
    "二十世纪的": "the 20th century",
    "两小时以内": "under 2 hours",
    "一个半小时以内": "under 1.5 hours",
    "半小时以上": "over 30 minutes",
    "不超过九十分钟": "at most 90 minutes",
    "九十到一百二十分钟": "from 90 to 120 minutes",
    "一九九五年以后的": "after 1995",
    "二〇〇〇年之前的": "before 2000",
    "一百五十元以下": "under 150 dollars",
    "两公斤左右": "about 2 kg",
    "给我十二部": "give me 12",
    "我给 Alien 打了四分": "I gave Alien four stars",
    "我只有两个小时": "at most 2 hours",
}


@pytest.mark.parametrize("message", SAID)
def test_what_is_known_of_chinese_becomes_english(message: str) -> None:
    found = gloss(message, tiny.catalogue())
    assert (found.text, found.unread) == (SAID[message], ())


@pytest.mark.parametrize("message", ["我看过七武士", "我喜欢三国演义", "十分感人"])
def test_numbers_that_count_nothing_are_left_alone(message: str) -> None:
    assert not re.search(r"\d", gloss(message, tiny.catalogue()).text)


@pytest.mark.parametrize(
    ("number", "meant"),
    [("十", 10), ("十五", 15), ("两百五", 250), ("二百零五", 205), ("一九九五", 1995), ("两千", 2000),
     ("一万二", 12_000), ("三万五千", 35_000), ("一点五", 1.5)],
)  # fmt: skip
def test_numbers_in_characters(number: str, meant: float) -> None:
    assert meaning(number) == meant


def test_what_is_not_known_is_named() -> None:
    assert gloss("我想看赛博朋克的电影", tiny.catalogue()).unread == ("赛博朋克",)


@given(st.text(alphabet="我喜欢为什么推荐第一十百千万两点年代到分钟的片，。？ab<>\\{}0123456789 \ue000", max_size=60))
@settings(max_examples=200, deadline=None)
def test_any_text_can_be_glossed(message: str) -> None:
    told = re.sub("“[^”]*”", "", gloss(message, tiny.catalogue()).text)  # what stands for an unknown title
    assert not re.search(r"[\u4e00-\u9fff]", told)


def test_a_liking_of_what_is_not_known_is_not_one_of_what_was_talked_about(tiny_home: Path) -> None:
    assistant = Assistant.open(Settings(home=tiny_home, language_model="none"), "tiny", throw_away=True)
    conversation = assistant.new_conversation()
    title = assistant.catalogue.items[0].title
    assistant.turn(conversation, f"我看过 {title}")
    for message in ("我喜欢异形,推荐一下", "我讨厌异形", "为什么不推荐异形？"):
        turn = assistant.turn(conversation, message)
        assert not any(mention.items for mention in turn.understanding.mentions)
        assert "异形" in turn.reply


def test_japanese_and_english_are_not_taken_for_chinese() -> None:
    assert [language_of(text) for text in ("为什么", "映画が好き", "why?", "")] == ["zh", "en", "en", "en"]


def wordings(family: str) -> Iterator[tuple[str, Any]]:
    for claim in claims(family):
        for named in (False, True):
            for text in sentences(ZH.tree(claim, FILMS, named=named, tone="every")):
                yield text, claim
        yield ZH.fixed(claim, FILMS, "card"), claim


@pytest.mark.parametrize("family", SLOTS)
def test_every_chinese_phrase_is_accepted_and_no_changed_one(family: str) -> None:
    for text, claim in wordings(family):
        assert VERIFIER.verify(text, [reason(claim)]).supported, text
        for value in filter(None, claim.slots.values()):
            changed = text.replace(value, "Psycho 7")
            if changed != text and "Psycho" not in text:
                assert not VERIFIER.verify(changed, [reason(claim)]).supported, changed


def test_chinese_replies_take_the_slots_that_the_english_ones_take() -> None:
    def read(language: str) -> dict[str, Any]:
        text = files("prompts").joinpath("replies", f"{language}.yaml").read_text(encoding="utf-8")
        return dict(yaml.safe_load(text))

    def slots(template: object) -> set[str]:
        texts = template if isinstance(template, list) else [template]
        return {name for text in texts for _, name, _, _ in string.Formatter().parse(str(text)) if name}

    english, own = read("en"), {"and", "or", "comma", "month", "day", "units", "counted", "language", "ops", "labels"}
    for key, template in read("zh").items():
        if key not in own:
            assert slots(template) <= slots(english[key]) | {"plural", "noun", "verb", "fields"}, key


def test_a_talk_in_chinese(tiny_home: Path) -> None:
    assistant = Assistant.open(Settings(home=tiny_home, language_model="none"), "tiny", throw_away=True)
    conversation = assistant.new_conversation()
    title = assistant.catalogue.items[0].title
    replies = []
    for message in (f"我喜欢 {title}", "推荐一下", "为什么推荐第一个？", "短一点", "你知道我什么？", "赛博朋克"):
        turn = assistant.turn(conversation, message)
        assert turn.grounded
        assert turn.understanding.message == message
        replies.append(turn.reply)
    assert all(re.search(r"[\u4e00-\u9fff]", text) for text in replies)
    assert not any(re.search(r"\b(you|the|because|of)\b", text.replace(title, "")) for text in replies)
    assert f"你喜欢 **{title}**" in replies[4]
    assert len(replies[3]) <= len(replies[2])
    assert "why" in assistant.turn(conversation, "why the first one?").reply.lower()


def test_an_option_that_is_pressed_and_a_click_keep_the_language_and_a_typed_message_sets_it(tiny_home: Path) -> None:
    bot = Assistant.open(Settings(home=tiny_home, language_model="none"), "tiny", throw_away=True)
    conversation = bot.new_conversation("new")
    asked = bot.turn(conversation, "推荐")
    assert asked.question is not None
    option = next(option for option in asked.question.options if language_of(option) == "en")
    pressed = bot.turn(conversation, option)
    *_, clicked = bot.act(conversation, "like", bot.catalogue.items[0].id)
    typed = bot.turn(conversation, "recommend something")
    *_, clicked_then = bot.act(conversation, "seen", bot.catalogue.items[1].id)
    spoken = [language_of(turn.reply) for turn in (asked, pressed, clicked, typed, clicked_then)]
    assert spoken == ["zh", "zh", "zh", "en", "en"]
