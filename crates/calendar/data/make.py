"""Write holidays.csv from the Cabinet Office list and compare it with a rule-based package.

Usage: make.py LIST OUT
LIST is the `syukujitsu.csv` (UTF-8 copy) of the PyPI package holiday-jp-pip; the PyPI package
`holidays` must be importable for the comparison. The script stops before writing when they differ.
"""
import csv
import datetime
import sys

import holidays

source, out = sys.argv[1], sys.argv[2]
days = {}
with open(source, encoding="utf-8-sig", newline="") as handle:
    for row in csv.reader(handle):
        parts = row[0].replace("-", "/").split("/")
        if len(parts) != 3 or not parts[0].isdigit():
            continue
        day = datetime.date(*map(int, parts))
        if day in days:
            sys.exit(f"{day} appears twice")
        days[day] = row[1].strip()

years = range(min(days).year, max(days).year + 1)
computed = set(holidays.Japan(years=years))
missing, extra = sorted(computed - set(days)), sorted(set(days) - computed)
if missing or extra:
    sys.exit(f"the sources differ: missing {missing}, extra {extra}")

with open(out, "w", encoding="utf-8", newline="\n") as handle:
    handle.write("date,name\n")
    for day in sorted(days):
        handle.write(f"{day.isoformat()},{days[day]}\n")
print(f"{len(days)} days, {min(days)} to {max(days)}; both sources agree")
