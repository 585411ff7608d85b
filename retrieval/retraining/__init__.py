"""`because train`: the ranker learned anew from the data set and from what was told in conversations.

folding.py    told events among the data set's own, and what is held out of both models
drift.py      the model that serves against the new one, on the same held-out events
models.py     what a model was made of, and making it again
run.py        the whole: fold -> learn -> compare -> replace; resumable
replacing.py  a new version beside the live one, and back
"""
