"""Closed days, ways of counting, spans and the rows of the table. Part of due_dates.py; knows nothing of Daicho.

Closed days (Act on Holidays of Administrative Organs, art. 1): Saturdays, Sundays, national holidays, 29 December to
3 January. Counting (Civil Code, arts. 140, 141, 143): a period counted "from" a day begins the next day; with 起算 it
begins on that day; months and years end the day before the corresponding day; the last day does not move.
"""

from calendar import monthrange
from datetime import date, timedelta

# National holidays as published by the Cabinet Office, substitute and in-between holidays included.
HOLIDAYS = {
    2024: "1-1 1-8 2-11 2-12 2-23 3-20 4-29 5-3 5-4 5-5 5-6 7-15 8-11 8-12 9-16 9-22 9-23 10-14 11-3 11-4 11-23",
    2025: "1-1 1-13 2-11 2-23 2-24 3-20 4-29 5-3 5-4 5-5 5-6 7-21 8-11 9-15 9-23 10-13 11-3 11-23 11-24",
    2026: "1-1 1-12 2-11 2-23 3-20 4-29 5-3 5-4 5-5 5-6 7-20 8-11 9-21 9-22 9-23 10-12 11-3 11-23",
    2027: "1-1 1-11 2-11 2-23 3-21 3-22 4-29 5-3 5-4 5-5 7-19 8-11 9-20 9-23 10-11 11-3 11-23",
}
CLOSED = {date(year, *map(int, day.split("-"))) for year, days in HOLIDAYS.items() for day in days.split()}
ONE = timedelta(days=1)


def day(text):
    return date.fromisoformat(text)


def is_open(d):
    if d.year not in HOLIDAYS:
        raise ValueError(f"no holidays known for {d}")
    return d.weekday() < 5 and d not in CLOSED and (d.month, d.day) not in {(12, 29), (12, 30), (12, 31), (1, 1), (1, 2), (1, 3)}


# --- Ways of counting. Each gives the last day and says in Japanese how it was counted. ---


def on(d, what):
    return d, what


def same_day(d, what):
    return d, f"{what}を1日目として1日目（その日）"


def days(n, d, what):
    return d + n * ONE, f"{what}の翌日を1日目として{n}日目"


def days_from(n, d, what):
    return d + (n - 1) * ONE, f"{what}を1日目として{n}日目"


def week(d, what):
    return d + 7 * ONE, f"{what}の翌日を1日目として1週間の末日"


def week_before(d, what):
    return d - 7 * ONE, f"{what}からさかのぼって1週間前"


def open_days(n, d, what):
    end, left = d, n
    while left:
        end += ONE
        left -= is_open(end)
    return end, f"{what}の翌日から数えて{n}開庁日目"


def open_days_before(n, d, what):
    end, left = d, n
    while left:
        end -= ONE
        left -= is_open(end)
    return end, f"{what}からさかのぼって{n}開庁日前"


def years(n, d, what):
    """From the next day on: the period ends on the same day n years later (art. 143)."""
    return d.replace(year=d.year + n), f"{what}の翌日を1日目として{n}年の末日"


def year_from(d, what):
    """起算: the period ends the day before the same day of the next year (art. 143)."""
    return d.replace(year=d.year + 1) - ONE, f"{what}を1日目として1年の末日"


def later_month(d, away):
    month = d.month - 1 + away
    return date(d.year + month // 12, month % 12 + 1, 1)


def last_day(d):
    return date(d.year, d.month, monthrange(d.year, d.month)[1])


def month_end(d, away=0, words="その月の末日"):
    return last_day(later_month(d, away)), words


def nth_open_day(n, d, away, words):
    return open_days(n, later_month(d, away) - ONE, "")[0], words


def tenth_of_next_month(d, what):
    """The day for paying withheld income tax; closed, it moves to the next open day (Act on General Rules, art. 10)."""
    end = later_month(d, 1) + 9 * ONE
    while not is_open(end):
        end += ONE
    return end, f"{what}の属する月の翌月10日（閉庁日なら次の開庁日）"


def fiscal_year_end(d):
    return date(d.year + (d.month >= 4), 3, 31), "その年度の末日"


# --- Spans of time that touch the contract period; each is named by its first day. ---


def spans(start, end, months, first_month):
    d = date(start.year, start.month, 1)
    while (d.month - first_month) % months:
        d = later_month(d, -1)
    while d <= end:
        yield d
        d = later_month(d, months)


def each_month(c):
    return spans(c["starts_on"], c["ends_on"], 1, 1)


def each_quarter(c):
    return spans(c["starts_on"], c["ends_on"], 3, 4)


def each_half(c):
    return spans(c["starts_on"], c["ends_on"], 6, 4)


def each_year(c):
    return spans(c["starts_on"], c["ends_on"], 12, 4)


def each_open_day(c):
    d = c["starts_on"]
    while d <= c["ends_on"]:
        if is_open(d):
            yield d
        d += ONE


LABEL = {
    "notice_on": "公告日",
    "award_on": "落札決定日",
    "contract_on": "契約締結日",
    "starts_on": "履行期間の初日",
    "ends_on": "履行期間の末日",
    "accepted_on": "検収日",
    "held_on": "会議の日",
    "received_on": "受理した日",
    "effective_on": "変更の日",
    "occurred_on": "発生した日",
    "detected_on": "知った日",
    "recovered_on": "復旧した日",
    "works_on": "作業の初日",
    "uses_on": "使用の日",
    "tests_on": "試験の日",
    "paid_on": "支払った日",
    "planned_on": "予定日",
    "finished_on": "終えた日",
    "requested_on": "求めのあった日",
    "asked_on": "求めの日",
}


class Case:
    """One contract with its dates, its decisions and what happened in it."""

    def __init__(self, name, terms, dates, events=(), settings=""):
        self.name, self.terms, self.settings = name, terms, settings
        self.dates = {key: day(value) for key, value in dates.items()}
        self.given = " ".join(f"{key}={value}" for key, value in dates.items())
        self.events = list(events)
        self.rows = []

    def row(self, item, clause, result=None, period=None, event=""):
        due, counted = result or ("-", "期日は求めや出来事のあったときに決まる")
        self.rows.append(
            [self.name, self.terms, self.given, self.settings, item, period or "", event, str(due), counted, clause]
        )

    def once(self, item, clause, rule, field, *args):
        """Due once, counted from a date of the contract."""
        self.row(item, clause, rule(*args, self.dates[field], LABEL[field]))

    def open(self, item, clause):
        """Due when somebody asks or something changes: no date of its own."""
        self.row(item, clause)

    def every(self, item, clause, periods, rule):
        """Due for every span of time."""
        for period in periods(self.dates):
            self.row(item, clause, rule(period), str(period))

    def each(self, item, clause, ledger, rule, field, *args, when=lambda event: True):
        """Due for everything that happened of one kind. An event without that date has no due date yet."""
        for kind, values in self.events:
            if kind == ledger and when(values):
                told = " ".join([ledger, *(f"{key}={value}" for key, value in values.items())])
                known = field in values
                label = "始める日" if field == "starts_on" else LABEL[field]
                self.row(item, clause, rule(*args, day(values[field]), label) if known else None, event=told)
