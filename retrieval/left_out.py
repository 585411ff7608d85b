"""What the filter kept out, counted: for being unknown, and by each condition alone."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

from retrieval.catalogue import Catalogue
from retrieval.operator_rules import OperatorRules
from retrieval.schema import Constraint, Query

NO_RULES = OperatorRules()


def unknown(catalogue: Catalogue, query: Query, rules: OperatorRules = NO_RULES) -> dict[str, int]:
    """How many items each constrained field left out only because it is not known for them."""
    out = {}
    hard = [*rules.always, *(c for c in query.constraints if c.hard)]
    for name in dict.fromkeys(c.field for c in hard):
        passing = _allowed(catalogue, query, rules) & _satisfying(catalogue, [c for c in hard if c.field != name])
        if missing := int((passing & ~catalogue.known(name)).sum()):
            out[name] = missing
    if query.order and query.order[0] not in out:
        passing = _allowed(catalogue, query, rules) & _satisfying(catalogue, hard)
        if missing := int((passing & ~catalogue.known(query.order[0])).sum()):
            out[query.order[0]] = missing
    return out


def relaxed(catalogue: Catalogue, query: Query, rules: OperatorRules = NO_RULES) -> dict[Constraint, int]:
    """For each hard constraint of the query, how many items would be eligible if it were dropped; the most first."""
    hard = [c for c in query.constraints if c.hard]
    allowed = _allowed(catalogue, query, rules) & _satisfying(catalogue, rules.always)
    if query.order:
        allowed &= catalogue.known(query.order[0])
    counts = {c: int((allowed & _satisfying(catalogue, [o for o in hard if o != c])).sum()) for c in hard}
    return {c: n for c, n in sorted(counts.items(), key=lambda pair: -pair[1]) if n}


def _allowed(catalogue: Catalogue, query: Query, rules: OperatorRules) -> NDArray[np.bool_]:
    allowed = np.ones(len(catalogue.items), dtype=bool)
    allowed[list(query.exclude | rules.blocked)] = False
    return allowed


def _satisfying(catalogue: Catalogue, constraints: Sequence[Constraint]) -> NDArray[np.bool_]:
    passing = np.ones(len(catalogue.items), dtype=bool)
    for constraint in constraints:
        passing &= catalogue.matches(constraint)
    return passing
