"""Reply text -> HTML that cannot run, load or link to anything: markdown rendered, then sanitised by nh3."""

from __future__ import annotations

import re

import nh3
from markdown_it import MarkdownIt

TAGS = {
    "p",
    "br",
    "em",
    "strong",
    "ul",
    "ol",
    "li",
    "blockquote",
    "code",
    "hr",
    "table",
    "thead",
    "tbody",
    "tr",
    "th",
    "td",
}
_markdown = (
    MarkdownIt("commonmark", {"html": False, "breaks": True})
    .enable("table")
    .disable(["image", "link", "autolink", "reference"])
)


def safe(text: str) -> str:
    """HTML of a markdown reply, of the tags in `TAGS` and without any attribute; "31 %" stays on one line."""
    unbroken = re.sub(r"(?<=\d) %", "\u00a0%", text)
    return nh3.clean(_markdown.render(unbroken), tags=TAGS, attributes={}, link_rel=None)
