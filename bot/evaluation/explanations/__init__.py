"""How good explanations are, measured on many of them: true, faithful to the ranker, readable, varied, quick.

`docs/explaining.md` gives the formulas with their sources.
"""
