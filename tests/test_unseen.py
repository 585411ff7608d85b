"""Catalogues that the code has never heard of, imported without a schema: what comes back is checked on their own rows."""

from __future__ import annotations

from collections.abc import Callable
from functools import cache
from typing import Any

import pytest
from catalogues.base import Ask, Unseen
from catalogues.sweep import UNSEEN, bring, wrong


@pytest.fixture(scope="module")
def opened(tmp_path_factory: pytest.TempPathFactory) -> Callable[[Unseen], Any]:
    home = tmp_path_factory.mktemp("unseen")
    return cache(lambda one: bring(one, home))


@pytest.mark.parametrize(
    ("one", "ask"), [pytest.param(one, ask, id=f"{one.name}: {ask.say}") for one in UNSEEN for ask in one.asks]
)
def test_what_is_recommended_satisfies_what_was_asked(one: Unseen, ask: Ask, opened: Callable[[Unseen], Any]) -> None:
    assert wrong(one, ask, opened(one)) is None


@pytest.mark.parametrize("one", UNSEEN, ids=lambda one: one.name)
def test_every_request_tells_some_rows_from_others(one: Unseen) -> None:
    assert len(one.asks) >= 15
    told = [ask for ask in one.asks if 0 < sum(map(ask.meets, one.rows)) < len(one.rows)]
    assert len(told) >= 0.8 * len(one.asks)
