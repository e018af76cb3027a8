"""Vectors of the lots for equal bids, made without any code of Daicho: python3 lots.py > lots.tsv

Columns: secret number, salt, SHA-256 of "number-salt", bids with their lottery numbers in the order they came, sum, place,
order of the bids from the one drawn onwards.
"""
import hashlib
import random

dice = random.Random(20240301)
print("# made by lots.py; do not edit")
for turn in range(48):
    number = [0, 999_999_999, 482_913_057][turn] if turn < 3 else dice.randrange(1_000_000_000)
    salt = "".join(dice.choice("0123456789abcdef") for _ in range(32))
    written = str(number).rjust(9, "0")
    promise = hashlib.sha256((written + "-" + salt).encode("ascii")).hexdigest()
    count = 1 if turn == 3 else 2 + turn % 7
    bids = ["札-" + str(dice.randrange(100_000_000)).rjust(8, "0") for _ in range(count)]
    lots = [[0, 999][turn % 2] if turn < 4 else dice.randrange(1_000) for _ in bids]
    pairs = list(zip(bids, lots))
    total = number
    for _, lot in pairs:
        total += lot
    ranked = sorted(bids)
    place = total - (total // count) * count
    order = ranked[place:] + ranked[:place]
    shown = " ".join(bid + "=" + str(lot) for bid, lot in pairs)
    print("\t".join([written, salt, promise, shown, str(total), str(place), " ".join(order)]))
