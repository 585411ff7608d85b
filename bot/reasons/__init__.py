"""The explain node: which list and which item are asked about, the recommender run again, and the reasons found."""

from bot.reasons.asked import explain_one
from bot.reasons.explained import Explained, Inquiry
from bot.reasons.whys import explain_list

__all__ = ["Explained", "Inquiry", "explain_list", "explain_one"]
