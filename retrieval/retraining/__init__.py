"""`because train`: the ranker learned anew from the data set and from what was told in conversations.

run.py        the whole: fold -> learn -> compare -> replace; resumable
options.py    what is asked for, and what came of it
folding.py    told events among the data set's own, and what is held out of both models
models.py     what a model was made of, and making it again
drift.py      the model that serves against the new one, on the same held-out events
replacing.py  a new version beside the live one, and back
search.py     hyper-parameters, by Optuna
watch.py      logs for TensorBoard
export.py     a smaller model
"""
