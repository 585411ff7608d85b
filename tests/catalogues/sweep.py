"""Every unseen catalogue and every request: which items come back that should not. `python -m catalogues.sweep [NAME]`."""

from __future__ import annotations

import sys
import tempfile
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

from catalogues import goods, homes, larder, learning, stays, tables, town
from catalogues.base import Ask, Unseen

UNSEEN = (stays.HOTELS, stays.FLATS, learning.COURSES, learning.JOBS, learning.PODCASTS, goods.LAPTOPS, goods.WINES, goods.PLANTS, goods.GAMES, tables.SPORTS_CARS, tables.FAMILY_CARS, tables.COFFEE_HOUSE, tables.FAST_FOOD, larder.CHEESES, larder.TRAILS, homes.HOLIDAY_FLATS, homes.SHELTER_DOGS, town.VENUES, town.OBJECTS)  # fmt: skip


def bring(one: Unseen, home: Path) -> Any:
    """The catalogue imported without a schema, and the bot on it."""
    from bot.assistant import Assistant
    from bot.settings import Settings
    from retrieval.importing.reading import Files
    from retrieval.importing.run import import_catalogue

    with tempfile.TemporaryDirectory() as folder:
        import_catalogue(one.name, Files(one.write(one.rows, Path(folder))), home)
    return Assistant.open(Settings(home=home, language_model="none"), one.name, throw_away=True)


def wrong(one: Unseen, ask: Ask, assistant: Any) -> str | None:
    """What is wrong with the answer to a request; None when nothing is."""
    rows = {str(row[one.key]): row for row in one.rows}
    turn = assistant.to_json(assistant.turn(assistant.new_conversation("new"), ask.say))
    if bad := [item["title"] for item in turn["items"] if not ask.meets(rows[item["id"]])]:
        return f"{len(bad)} of {len(turn['items'])} break it{_seen(turn)}"
    if ask.nothing:
        return f"something came back{_seen(turn)}" if turn["items"] else None
    possible = sum(map(ask.meets, one.rows))
    if len(turn["items"]) < min(possible, 1 if ask.vague else 5):
        return f"{len(turn['items'])} items, of {possible} that fit{_seen(turn)}"
    return None


def _seen(turn: Mapping[str, Any]) -> str:
    conditions = [f"{c['field']} {c['op']} {c['value']}" for c in turn["profile"]["constraints"]]
    return f"; {conditions}; ignored {turn['ignored']}; {turn['acts']}: {turn['reply'][:110]!r}"


def main(names: list[str]) -> Iterator[str]:
    """A line per request that is answered wrongly."""
    home = Path(tempfile.gettempdir()) / "sweep_home"
    home.mkdir(exist_ok=True)
    for one in UNSEEN:
        if names and one.name not in names:
            continue
        assistant = bring(one, home)
        yield f"== {one.name}: " + ", ".join(
            f"{f.name}:{f.kind}{':' + f.unit if f.unit else ''}" for f in assistant.catalogue.schema.fields
        )
        for ask in one.asks:
            if problem := wrong(one, ask, assistant):
                yield f"   {ask.say!r}: {problem}"


if __name__ == "__main__":
    for line in main(sys.argv[1:]):
        print(line, flush=True)
