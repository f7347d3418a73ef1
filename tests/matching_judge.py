"""The slow judge of who is who: it compares every row with every other."""

from itertools import product
from typing import Any

Row = dict[str, Any]
IDENTITIES = ("id", "key")


def judge(here: list[Row], there: list[Row], order: tuple[str, ...]) -> tuple[set[Any], set[Any], set[Any]]:
    """Give pairs, and doubts of each side, with what made them so."""
    free: tuple[set[int], set[int]] = (set(range(len(here))), set(range(len(there))))
    pairs: set[Any] = set()
    doubts: tuple[set[Any], set[Any]] = (set(), set())
    for number, by in enumerate(order):
        before = [name for name in order[:number] if name in IDENTITIES and by not in IDENTITIES]

        def may_be(h: int, t: int, by: str = by, before: list[str] = before) -> bool:
            one, other = here[h], there[t]
            apart = any(one[name] and other[name] and one[name] != other[name] for name in before)
            return one[by] is not None and one[by] == other[by] and not apart

        met = {(h, t) for h, t in product(range(len(here)), range(len(there))) if may_be(h, t)}
        sure = {
            (h, t)
            for h, t in met
            if h in free[0] and t in free[1] and [p for p in met if p[0] == h or p[1] == t] == [(h, t)]
        }
        pairs |= {(h, t, by) for h, t in sure}
        for side in (0, 1):
            touched = {pair[side] for pair in met} & free[side]
            doubts[side].update((row, by) for row in touched - {pair[side] for pair in sure})
            free[side].difference_update(touched)
    return pairs, doubts[0], doubts[1]
