"""Why each item of a list is there: a line for each, with what matters the most for it."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from itertools import groupby

from bot.reasons import Explained
from bot.reply.parts import Parts
from bot.reply.styled import told
from bot.styles import tone_of
from bot.values import Reason, Style, Understanding
from bot.wording import say, vary
from bot.writer import Writer


def each(
    u: Understanding, style: Collection[Style], explained: Explained, reasons: Sequence[Reason], notes: Sequence[str],
    writer: Writer,
) -> Parts:  # fmt: skip
    """The list in its order, or some of it. The first thing that each reason says stands on the item's line, in few
    words."""
    line = "why_each_line" if explained.before == explained.after else "why_each_of_some"
    lines, cards = [], []
    before = ""
    for rank, (_, of_item) in enumerate(groupby(reasons, key=lambda reason: reason.item), 1):
        mine = told(tuple(of_item), style)
        sentences = []
        for reason in mine:
            before = writer.line(reason, tone_of(style) or "brief", before)
            sentences.append(before)
            cards.append((before, reason))
        lines.append(say(line, rank=rank, title=mine[0].title, reason=" ".join(sentences)))
    lead = vary("why_each", u.message + "".join(reason.title for reason in reasons))
    return Parts(lead, tuple(lines), (), tuple(notes), reasons=tuple(reasons), cards=tuple(cards))
