"""Why each item of a list is there: a line for each, with what matters the most for it."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from itertools import groupby

from bot.reply.parts import Parts
from bot.reply.styled import told
from bot.styles import tone_of
from bot.values import Reason, Style, Understanding
from bot.wording import say, vary
from bot.writer import Writer
from retrieval.catalogue import Catalogue


def each(
    u: Understanding, style: Collection[Style], reasons: Sequence[Reason], notes: Sequence[str], catalogue: Catalogue,
    writer: Writer,
) -> Parts:  # fmt: skip
    """The list in its order. The first thing that each reason says stands on the item's line, in few words."""
    lines, cards = [], []
    before = ""
    for rank, (_, of_item) in enumerate(groupby(reasons, key=lambda reason: reason.item), 1):
        mine = told(tuple(of_item), style)
        sentences = []
        for reason in mine:
            before = writer.line(reason, tone_of(style) or "brief", before)
            sentences.append(before)
            cards.append((before, reason))
        row = mine[0].item
        title = mine[0].title if row is None else catalogue.items[row].title
        lines.append(say("why_each_line", rank=rank, title=title, reason=" ".join(sentences)))
    lead = vary("why_each", u.message + "".join(r.title for r in reasons), plural=catalogue.schema.plural)
    return Parts(lead, tuple(lines), (), tuple(notes), reasons=tuple(reasons), cards=tuple(cards))
