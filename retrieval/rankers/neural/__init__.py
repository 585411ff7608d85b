"""Rankers that `because train` makes and `because prepare` does not, since they take minutes.

leave_one_out.py   attribution: an event's term is what its absence really changes
stopping.py        training until finding held-out events gets no better
transformer.py     what comes next, by causal self-attention; network.py its layers, training.py its training
light_gcn.py       vectors passed along the graph of who met what (a sum over events after all); graph.py its training
"""
