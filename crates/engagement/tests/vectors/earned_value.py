"""Figures of earned value, reckoned with whole fractions. Knows nothing of Daicho.

    python3 earned_value.py > earned_value.json

Origin: the standard definitions (JIS Q 21508; facts of the project, section "Earned value"). Indices are formed first and
the estimates from the indices, as the definitions are written; Daicho forms each quotient last. A figure whose divisor is
nothing is null; so is a needed index once nothing is left to spend.
"""

import json
import random
from decimal import ROUND_HALF_UP, Decimal
from fractions import Fraction as F


def div(a, b):
    return None if a is None or b is None or b == 0 else a / b


def shown(x):
    if x is None:
        return None
    exact = Decimal(x.numerator) / Decimal(x.denominator) if isinstance(x, F) else Decimal(x)
    return str(exact.quantize(Decimal("0.000001"), ROUND_HALF_UP))


def solve(name, pv, ev, ac, bac):
    pv, ev, ac, bac = map(F, (pv, ev, ac, bac))
    spi, cpi = div(ev, pv), div(ev, ac)
    both = None if spi is None or cpi is None else div(bac - ev, cpi * spi)
    eac = [div(bac, cpi), ac + bac - ev, None if both is None else ac + both]
    etc = [None if e is None else e - ac for e in eac]
    vac = [None if e is None else bac - e for e in eac]
    left = lambda rest: None if rest is None or rest <= 0 else (bac - ev) / rest
    return {
        "name": name, "pv": shown(pv), "ev": shown(ev), "ac": shown(ac), "bac": shown(bac),
        "sv": shown(ev - pv), "cv": shown(ev - ac), "spi": shown(spi), "cpi": shown(cpi), "complete": shown(div(ev, bac)),
        "eac": [shown(x) for x in eac], "etc": [shown(x) for x in etc], "vac": [shown(x) for x in vac],
        "tcpi_bac": shown(left(bac - ac)), "tcpi_eac": [shown(left(x)) for x in etc],
    }


def main():
    vectors = [
        solve("nothing planned, nothing done", 0, 0, 0, 1000),
        solve("nothing spent yet", 100, 50, 0, 1000),
        solve("nothing planned yet but done", 0, 50, 40, 1000),
        solve("nothing earned", 200, 0, 150, 1000),
        solve("half, late and dear", 500, 400, 500, 1000),
        solve("half, early and cheap", 400, 500, 400, 1000),
        solve("all done within budget", 1000, 1000, 900, 1000),
        solve("budget used up", 900, 700, 1000, 1000),
        solve("over the budget", 1000, 900, 1200, 1000),
        solve("no budget", 0, 0, 0, 0),
        solve("thirds", 3, 1, 2, 7),
    ]
    chance = random.Random(11)
    for number in range(60):
        bac = chance.randint(1, 10**9)
        part = lambda: F(chance.randint(0, bac * 100), 100)
        vectors.append(solve(f"random {number}", part(), part(), part(), bac))
    print("[\n" + ",\n".join(json.dumps(vector) for vector in vectors) + "\n]")


main()
