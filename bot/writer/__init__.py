"""Claims -> sentences that are true: phrase grammar, constrained decoding, verifier."""

from bot.writer.verifier import Verdict, Verifier
from bot.writer.writer import Writer

__all__ = ["Verdict", "Verifier", "Writer"]
