"""A turn's results -> the parts of a reply. The words around the reasons come from `prompts/replies`."""

from bot.reply.answers import about_you, acknowledgement, which_title
from bot.reply.explaining import explanation
from bot.reply.listing import listing
from bot.reply.parts import Parts, pieces, supported

__all__ = ["Parts", "about_you", "acknowledgement", "explanation", "listing", "pieces", "supported", "which_title"]
