"""Networks of works with their earliest and latest dates, found by walking every path. Knows nothing of Daicho.

    python3 schedule.py > schedule.json

Origin: the critical path method (forward and backward pass) of any textbook, done here by another way: the earliest start
of a work is the longest of all chains that lead to it, its latest end the end of the whole less the longest of all chains
that lead from it. Closed days: Saturdays, Sundays, 29 December to 3 January (Act on Holidays of Administrative Organs,
art. 1) and the national holidays of 2026 and 2027 as the Cabinet Office published them.
"""

import json
import random
from datetime import date, timedelta

HOLIDAYS = {
    2026: "1-1 1-12 2-11 2-23 3-20 4-29 5-3 5-4 5-5 5-6 7-20 8-11 9-21 9-22 9-23 10-12 11-3 11-23",
    2027: "1-1 1-11 2-11 2-23 3-21 3-22 4-29 5-3 5-4 5-5 7-19 8-11 9-20 9-23 10-11 11-3 11-23",
}
CLOSED = {date(year, *map(int, day.split("-"))) for year, days in HOLIDAYS.items() for day in days.split()}


def is_open(d):
    year_end = (d.month, d.day) >= (12, 29) or (d.month, d.day) <= (1, 3)
    return d.weekday() < 5 and d not in CLOSED and not year_end


OPEN = [d for d in (date(2026, 1, 1) + timedelta(n) for n in range(730)) if is_open(d)]


def chains_to(works, name):
    """Every chain of works that ends in this one."""
    before = works[name][1]
    return [[name]] if not before else [chain + [name] for one in before for chain in chains_to(works, one)] + [[name]]


def chains_from(works, name):
    after = [other for other, work in works.items() if name in work[1]]
    return [[name]] if not after else [[name] + chain for one in after for chain in chains_from(works, one)]


def solve(name, first, works):
    start = next(n for n, d in enumerate(OPEN) if d >= first)
    floor = lambda w: next(n for n, d in enumerate(OPEN) if works[w][2] is None or d >= works[w][2])
    floor_of = lambda w: max(0, floor(w) - start)
    end = {}
    for w in works:
        # A chain may be held up at any of its works by the day that work is planned for.
        end[w] = max(
            floor_of(chain[k]) + sum(works[one][0] for one in chain[k:]) - 1
            for chain in chains_to(works, w) for k in range(len(chain))
        )
    whole = max(end.values())
    out = []
    for w, (days, before, not_before) in works.items():
        tail = max(sum(works[one][0] for one in chain[1:]) for chain in chains_from(works, w))
        late = whole - tail
        show = lambda n: OPEN[start + n].isoformat()
        out.append({
            "id": w, "days": days, "after": before, "not_before": not_before and not_before.isoformat(),
            "early": [show(end[w] - days + 1), show(end[w])], "late": [show(late - days + 1), show(late)],
            "float": late - end[w],
        })
    return {"name": name, "from": first.isoformat(), "works": out}


def main():
    vectors = [
        solve("one after another over the year's end", date(2026, 12, 24), {
            "A": (3, [], None), "B": (4, ["A"], None), "C": (2, ["B"], None)}),
        solve("two ways, one longer", date(2026, 4, 27), {
            "A": (2, [], None), "B": (5, ["A"], None), "C": (3, ["A"], None), "D": (1, ["B", "C"], None)}),
        solve("planned later than it could", date(2026, 11, 2), {
            "A": (2, [], None), "B": (3, ["A"], date(2026, 11, 21)), "C": (1, ["A"], None), "D": (2, ["C"], None)}),
    ]
    chance = random.Random(7)
    for number in range(30):
        count = chance.randint(2, 9)
        works = {}
        for n in range(count):
            before = [f"W{m}" for m in range(n) if chance.random() < 0.35]
            planned = date(2026, 4, 1) + timedelta(chance.randint(0, 60)) if chance.random() < 0.3 else None
            works[f"W{n}"] = (chance.randint(1, 12), before, planned)
        vectors.append(solve(f"random {number}", date(2026, 4, 1) + timedelta(chance.randint(0, 200)), works))
    print("[\n" + ",\n".join(json.dumps(vector, ensure_ascii=False) for vector in vectors) + "\n]")


main()
