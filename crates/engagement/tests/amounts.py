"""A million amounts of each rule, worked out without any code of Daicho: python3 amounts.py > amounts.tsv

Exact fractions of Python's own; a fraction of a yen is cut at the end, once. Each block of 100,000 amounts is one SHA-256
over the amounts in decimal, one a line. Columns: rule, block, digest. The numbers put in come from splitmix64, the same as
in src/money/properties.rs. Rates of late payment: the treasury's notice of 1949 as amended.
"""
import hashlib
from datetime import date, timedelta
from fractions import Fraction
from math import floor

MASK = (1 << 64) - 1
BLOCK, BLOCKS = 100_000, 10


class Dice:
    def __init__(self, seed):
        self.state = seed

    def next(self):
        self.state = (self.state + 0x9E3779B97F4A7C15) & MASK
        z = self.state
        z = ((z ^ (z >> 30)) * 0xBF58476D1CE4E5B9) & MASK
        z = ((z ^ (z >> 27)) * 0x94D049BB133111EB) & MASK
        return z ^ (z >> 31)

    def below(self, bound):
        return self.next() % bound

    def amount(self, digits=14):
        return self.below(10 ** (1 + self.below(digits)))


LATE = [
    (date(2009, 4, 1), "3.6"), (date(2010, 4, 1), "3.3"), (date(2011, 4, 1), "3.1"), (date(2013, 4, 1), "3.0"),
    (date(2014, 4, 1), "2.9"), (date(2016, 4, 1), "2.8"), (date(2017, 4, 1), "2.7"), (date(2020, 4, 1), "2.6"),
    (date(2021, 4, 1), "2.5"),
]
UNPAID = [(date(2000, 1, 1), "5"), (date(2020, 4, 1), "3")]
FIRST = date(2009, 4, 1)


def rate_on(table, day):
    found = None
    for since, percent in table:
        if since <= day:
            found = percent
    return Fraction(found) / 100


def span(dice):
    """Due day, day of payment (early too), days not counted."""
    due = FIRST + timedelta(days=dice.below(6_000))
    done = due + timedelta(days=dice.below(1_500) - 100)
    late = max((done - due).days, 0)
    left_out = dice.below(late + 1) if dice.below(4) == 0 else 0
    return due, late - left_out


def total(dice):
    bid = dice.amount()
    percent = [10, 8, 5, 3][dice.below(4)]
    return bid + floor(Fraction(bid * percent, 100))


def bid(dice):
    """The largest bid whose total is not above the wanted one, at 10 %: search by halves, no formula turned round."""
    wanted = dice.amount()
    low, high = 0, wanted + 1
    while high - low > 1:
        middle = (low + high) // 2
        if middle + floor(Fraction(middle, 10)) <= wanted:
            low = middle
        else:
            high = middle
    return low


def late_interest(dice):
    unpaid = dice.amount()
    due, days = span(dice)
    exact = unpaid * rate_on(LATE, due + timedelta(days=1)) * days / 365
    return floor(exact / 100) * 100


def unpaid_penalty(dice):
    unpaid = dice.amount()
    due, days = span(dice)
    return floor(unpaid * rate_on(UNPAID, due + timedelta(days=1)) * days / 365)


def late_performance(dice):
    part = dice.amount()
    _, days = span(dice)
    return floor(Fraction(part * days, 1000))


def penalty(dice):
    base = dice.amount()
    return floor(Fraction(base * [10, 15][dice.below(2)], 100))


def pro_rata(dice):
    monthly = dice.amount()
    in_month = 28 + dice.below(4)
    return floor(Fraction(monthly, in_month) * dice.below(in_month + 1))


def instalments(dice):
    """The first instalment, which bears what does not divide, and the last."""
    amount = dice.amount()
    parts = 1 + dice.below(24)
    each = floor(Fraction(amount, parts))
    return f"{amount - each * (parts - 1)} {amount - (amount - each) if parts > 1 else amount}"


def withholding(dice):
    # Half of them close to the million at which the rate changes.
    payment = 1_000_000 + dice.below(2_001) - 1_000 if dice.below(2) == 0 else dice.amount()
    if payment <= 1_000_000:
        return floor(payment * Fraction("0.1021"))
    return floor((payment - 1_000_000) * Fraction("0.2042")) + 102_100


def honorarium(dice):
    an_hour = dice.below(100_000)
    quarters = dice.below(97)
    gross = floor(an_hour * Fraction(quarters, 4))
    low = min(gross, 1_000_000)
    return gross - floor(low * Fraction("0.1021")) - floor((gross - low) * Fraction("0.2042"))


print("# made by amounts.py; do not edit")
RULES = [total, bid, late_interest, unpaid_penalty, late_performance, penalty, pro_rata, instalments, withholding, honorarium]
for seed, rule in enumerate(RULES):
    dice = Dice(seed)
    for block in range(BLOCKS):
        digest = hashlib.sha256()
        for _ in range(BLOCK):
            digest.update(f"{rule(dice)}\n".encode("ascii"))
        print(rule.__name__, block, digest.hexdigest(), sep="\t", flush=True)
