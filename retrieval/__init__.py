"""Items and behaviour: data sets, the vector index, rankers. Knows nothing of conversations."""
