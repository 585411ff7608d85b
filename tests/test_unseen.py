"""Catalogues that the code has never heard of, imported without a schema: what comes back is checked on their own rows."""

from __future__ import annotations

from collections.abc import Callable
from functools import cache
from typing import Any

import pytest
from catalogues.base import Ask, Unseen
from catalogues.sweep import UNSEEN, bring, wrong

from retrieval.importing import cells


@pytest.fixture(scope="module")
def opened(tmp_path_factory: pytest.TempPathFactory) -> Callable[[Unseen], Any]:
    home = tmp_path_factory.mktemp("unseen")
    return cache(lambda one: bring(one, home))


@pytest.mark.parametrize(
    ("one", "ask"), [pytest.param(one, ask, id=f"{one.name}: {ask.say}") for one in UNSEEN for ask in one.asks]
)
def test_what_is_recommended_satisfies_what_was_asked(one: Unseen, ask: Ask, opened: Callable[[Unseen], Any]) -> None:
    assert wrong(one, ask, opened(one)) is None


@pytest.mark.parametrize(
    ("texts", "comma"),
    [
        (["€980", "€1.250"], True),
        (["1.299,00", "89,50"], True),
        (["12,50", "7,00"], True),
        (["€1,250", "€980"], False),
        (["1.250", "0.875"], False),
        (["1.250", "2.125"], False),  # kilograms with three decimals: nothing says that they are thousands
        (["$1.50", "$12.00"], False),
    ],
)
def test_how_a_column_writes_its_decimals(texts: list[str], comma: bool) -> None:
    assert cells.decimal_comma(texts) == comma


@pytest.mark.parametrize(
    ("text", "number"),
    [("1.299,00 €", 1299.0), ("1.234.567", 1234567.0), ("1 299,50", 1299.5), ("65 m²", 65.0), ("900 sq ft", 900.0)],
)
def test_numbers_that_need_no_column(text: str, number: float) -> None:
    found = cells.number(text)
    assert found is not None
    assert found[0] == number


@pytest.mark.parametrize("one", UNSEEN, ids=lambda one: one.name)
def test_every_request_tells_some_rows_from_others(one: Unseen) -> None:
    assert len(one.asks) >= 15
    told = [ask for ask in one.asks if 0 < sum(map(ask.meets, one.rows)) < len(one.rows)]
    assert len(told) >= 0.8 * len(one.asks)
