#!/usr/bin/env python3
"""Makes due_dates.tsv: when everything in the five contract packs is due, worked out from the clauses.

Written from the specifications alone. It reads no pack and none of Daicho's code: closed days and ways of counting stand
a second time in due_dates/counting.py, the rule of every clause in due_dates/clauses.py, in plain Python, so that the
program and this table can disagree. The dates in HAND were counted by hand before the script was run; it
refuses to write a table that does not meet them.

    python3 crates/engagement/tests/due_dates.py            writes due_dates.tsv beside itself
    python3 crates/engagement/tests/due_dates.py --check    fails when the file is not what it would write

Columns: case; terms (the pack); dates of the contract; settings that differ from the first values, as name=value
with "; " between them; item; period (first day of the span, for items due every month, quarter …); event (ledger and values of the
record, for items due for each of them; "of" says whose worker or test it is); due ("-": no date of its own);
how it was counted; clause. Everything that a contract with these dates, settings and events has due stands here, and
nothing else; only the cases oa_form_before and oa_next hold just the items that they are about.
"""

import sys
from pathlib import Path

sys.path.insert(0, str(Path(__file__).parent / "due_dates"))
sys.dont_write_bytecode = True

import clauses  # noqa: E402
from counting import Case, days, is_open, ONE  # noqa: E402

HEAD = ["case", "terms", "dates", "settings", "item", "period", "event", "due", "counted", "clause"]
TABLE = Path(__file__).with_suffix(".tsv")

TALENT = {"notice_on": "2025-09-25", "contract_on": "2025-10-31", "starts_on": "2025-11-01", "ends_on": "2026-03-31"}
TALENT_EVENTS = [
    # Back over the turn of the year.
    ("worker_change", {"effective_on": "2026-01-05", "kind": "replace", "of": "contractor"}),
    ("worker_change", {"effective_on": "2026-01-13", "kind": "structure", "of": "contractor"}),
    ("incident", {"occurred_on": "2025-12-26", "detected_on": "2025-12-27", "recovered_on": "2025-12-29", "kind": "accident"}),
    ("information_handling", {"starts_on": "2025-11-04"}),
    ("subcontract", {"starts_on": "2026-01-13", "protected": "false"}),
    ("request", {"requested_on": "2025-12-26", "side": "agency", "kind": "material"}),
    ("request", {"requested_on": "2025-11-21", "side": "agency", "kind": "improvement"}),
    ("request", {"requested_on": "2025-12-01", "side": "contractor", "kind": "question"}),
    ("hand_in", {"received_on": "2026-03-31"}),
    ("invoice", {"received_on": "2026-04-02"}),
]
VERIFICATION = {"contract_on": "2025-04-28", "starts_on": "2025-04-28", "ends_on": "2026-03-31"}
VERIFICATION_EVENTS = [
    ("meeting", {"held_on": "2025-12-26", "state": "held"}),
    ("meeting", {"held_on": "2026-01-06", "state": "planned"}),
    ("honorarium", {"held_on": "2025-12-19", "paid_on": "2025-12-25"}),
    ("honorarium", {"held_on": "2026-03-19"}),
    ("worker_change", {"effective_on": "2025-05-07", "kind": "add", "of": "contractor"}),
    ("subcontract", {"starts_on": "2025-07-22", "protected": "false"}),
    ("incident", {"occurred_on": "2025-08-07", "detected_on": "2025-08-08", "kind": "accident"}),
    ("information_handling", {"starts_on": "2025-09-16"}),
    ("request", {"requested_on": "2025-09-18", "side": "agency", "kind": "material"}),
    ("request", {"requested_on": "2025-10-10", "side": "agency", "kind": "improvement"}),
    ("hand_in", {"received_on": "2026-03-31"}),
    ("invoice", {"received_on": "2026-04-01"}),
]
ALLOWANCE = {
    "award_on": "2024-03-18",
    "contract_on": "2024-04-01",
    "starts_on": "2024-04-01",
    "ends_on": "2025-03-31",
    "accepted_on": "2025-03-31",
}
ALLOWANCE_EVENTS = [
    ("meeting", {"held_on": "2024-12-26", "state": "held"}),
    ("periodic_check", {"planned_on": "2024-05-01", "finished_on": "2024-05-02", "kind": "monthly"}),
    ("periodic_check", {"planned_on": "2024-06-20", "finished_on": "2024-06-28", "kind": "system"}),
    ("periodic_check", {"planned_on": "2024-09-19", "kind": "system"}),
    ("worker_change", {"effective_on": "2024-05-07", "kind": "replace", "of": "contractor"}),
    ("information_handling", {"starts_on": "2024-04-30"}),
    ("subcontract", {"starts_on": "2024-11-05", "protected": "false"}),
    ("incident", {"occurred_on": "2024-08-09", "detected_on": "2024-08-10", "recovered_on": "2024-08-13", "kind": "fault"}),
    ("request", {"requested_on": "2024-09-12", "side": "agency", "kind": "audit"}),
    ("request", {"requested_on": "2024-09-12", "side": "agency", "kind": "improvement"}),
    ("request", {"requested_on": "2024-12-25", "side": "agency", "kind": "instruction", "spoken": "true"}),
    ("hand_in", {"received_on": "2025-03-31"}),
    ("invoice", {"received_on": "2025-04-04"}),
]
OA = {
    "notice_on": "2024-02-09",
    "award_on": "2024-03-01",
    "contract_on": "2024-04-01",
    "starts_on": "2024-04-01",
    "ends_on": "2025-03-31",
}
OA_EVENTS = [
    ("worker_change", {"effective_on": "2024-05-07", "kind": "replace", "of": "contractor"}),
    ("worker_change", {"effective_on": "2024-11-05", "kind": "replace", "of": "subcontractor"}),
    ("incident", {"occurred_on": "2024-12-27", "detected_on": "2024-12-27", "recovered_on": "2024-12-28", "kind": "fault"}),
    ("incident", {"occurred_on": "2024-05-02", "detected_on": "2024-05-03", "kind": "access"}),
    ("incident", {"occurred_on": "2024-09-20", "detected_on": "2024-09-20", "kind": "fault"}),
    ("subcontract", {"starts_on": "2024-07-16", "protected": "true"}),
    ("subcontract", {"starts_on": "2025-02-12", "protected": "false"}),
    ("product_use", {"uses_on": "2025-01-06", "listed": "true", "eal": "2", "asked_on": "2025-01-10"}),
    ("product_use", {"uses_on": "2024-06-03", "listed": "true", "eal": "4"}),
    ("test_run", {"tests_on": "2024-10-15", "of": "contractor"}),
    ("test_run", {"tests_on": "2024-09-24", "of": "subcontractor"}),
    ("site_work", {"works_on": "2025-02-25"}),
    ("information_handling", {"starts_on": "2024-08-13"}),
    ("request", {"requested_on": "2025-01-10", "side": "agency", "kind": "material"}),
    ("hand_in", {"received_on": "2024-04-30"}),
    ("invoice", {"received_on": "2024-04-05"}),
]
RECONSTRUCTION = {"notice_on": "2024-11-01", "contract_on": "2024-12-27", "starts_on": "2025-04-01", "ends_on": "2027-03-31"}
RECONSTRUCTION_EVENTS = [
    ("incident", {"occurred_on": "2026-09-18", "detected_on": "2026-09-18", "recovered_on": "2026-09-19", "kind": "fault"}),
    ("incident", {"occurred_on": "2026-05-02", "detected_on": "2026-05-03", "kind": "accident"}),
    ("subcontract", {"starts_on": "2026-05-07", "protected": "false"}),
    ("product_use", {"uses_on": "2026-01-05", "listed": "false"}),
    ("request", {"requested_on": "2026-04-30", "side": "agency", "kind": "audit"}),
    ("hand_in", {"received_on": "2027-03-31"}),
    ("invoice", {"received_on": "2027-04-01"}),
]


def moved(step):
    """Thirty days, and then to an open day: what art. 8 of the contract does not say."""

    def rule(n, d, what):
        end, words = days(n, d, what)
        while not is_open(end):
            end += step
        return end, f"{words}。閉庁日なので{'次' if step > 0 * ONE else '前'}の開庁日"

    return rule


def cases():
    """Every contract of the table, worked out."""
    yield worked_out("talent", clauses.talent, TALENT, TALENT_EVENTS)
    after = "staff_list_change=5 business days after effective_on"
    yield worked_out("talent_after", clauses.talent, TALENT, TALENT_EVENTS, after, change_before=0)
    yield worked_out("verification", clauses.verification, VERIFICATION, VERIFICATION_EVENTS)
    sooner = "promptly=3 business days"
    yield worked_out("verification_sooner", clauses.verification, VERIFICATION, VERIFICATION_EVENTS, sooner, prompt=3)
    yield worked_out("allowance", clauses.allowance, ALLOWANCE, ALLOWANCE_EVENTS)
    text = (
        "ordered=award_on; monthly_check_report=5 business days after finished_on; check_plan=on planned_on; "
        "check_report=5 business days after finished_on"
    )
    by_text = {"ordered": "award_on", "by_text": True}
    yield worked_out("allowance_text", clauses.allowance, ALLOWANCE, ALLOWANCE_EVENTS, text, **by_text)
    # The contract is signed later: what counts from it moves into the holidays of May, nothing else moves.
    later = ALLOWANCE | {"contract_on": "2024-04-26"}
    yield worked_out("allowance_later", clauses.allowance, later, ALLOWANCE_EVENTS)
    yield worked_out("oa", clauses.oa, OA, OA_EVENTS)
    only = ("worker_notice", "payment")
    form = "worker_notice=10 business days after contract_on; payment=30 days after received_on, previous business day"
    decided = {"notice_by_form": True, "payment_moves": moved(-ONE)}
    yield worked_out("oa_form_before", clauses.oa, OA, OA_EVENTS, form, only=only, **decided)
    next_day = "payment=30 days after received_on, next business day"
    yield worked_out("oa_next", clauses.oa, OA, OA_EVENTS, next_day, only=only, payment_moves=moved(ONE))
    yield worked_out("reconstruction", clauses.reconstruction, RECONSTRUCTION, RECONSTRUCTION_EVENTS)


def worked_out(name, rules, dates, events, settings="", only=None, **decided):
    case = Case(name, f"contract_{rules.__name__}", dates, events, settings)
    rules(case, **decided)
    if only:
        case.rows = [row for row in case.rows if row[4] in only]
    return case


# Counted on paper: case, item, part of the period or event, due.
HAND = """
talent application_documents - 2025-10-09
talent staff_list - 2025-11-10
talent staff_list_change 2026-01-05 2025-12-15
talent_after staff_list_change 2026-01-05 2026-01-13
talent structure_change 2026-01-13 2026-01-09
talent monthly_report 2026-02-01 2026-02-28
talent incident_first 2025-12-27 2025-12-27
talent incident_detail 2025-12-27 2026-01-09
talent handling_confirmation 2025-11-04 2025-10-31
talent subcontract 2026-01-13 2026-01-09
talent answer 2025-12-26 2026-01-09
talent inspection 2026-03-31 2026-04-10
talent payment 2026-04-02 2026-05-02
talent log_kept - 2031-03-31
talent destruction_report - 2026-04-07
talent return_lent - 2026-03-31
verification plan - 2025-05-05
verification lead_notice - 2025-05-08
verification_sooner lead_notice - 2025-05-02
verification monthly_progress 2025-04-01 2025-05-09
verification monthly_progress 2025-12-01 2026-01-09
verification minutes 2025-12-26 2026-01-07
verification meeting_material 2026-01-06 2026-01-05
verification meeting_outline 2026-01-06 2025-12-25
verification worker_change 2025-05-07 2025-05-02
verification subcontract 2025-07-22 2025-07-18
verification incident_report 2025-08-08 2025-08-12
verification personal_data_officer 2025-09-16 2025-09-12
verification answer 2025-09-18 2025-09-26
verification inspection 2026-03-31 2026-04-09
verification inspection_notice 2026-03-31 2026-04-13
verification payment 2026-04-01 2026-05-01
verification withholding 2025-12-25 2026-01-13
verification return_material - 2026-04-07
allowance plan - 2024-04-08
allowance environment_ready - 2024-04-08
allowance environment_proof - 2024-04-11
allowance company_information - 2024-03-29
allowance asset_sheet - 2025-02-28
allowance liability_end - 2026-03-30
allowance monthly_check_report 2024-05-02 2024-05-05
allowance check_plan 2024-06-20 2024-06-13
allowance check_report 2024-06-28 2024-07-01
allowance minutes 2024-12-26 2025-01-07
allowance incident_first 2024-08-10 2024-08-10
allowance incident_report 2024-08-13 2024-08-20
allowance worker_change 2024-05-07 2024-05-02
allowance disclosure_pledge 2024-04-30 2024-04-26
allowance subcontract 2024-11-05 2024-11-01
allowance answer 2024-09-12 2024-09-20
allowance written_instruction 2024-12-25 2025-01-08
allowance inspection 2025-03-31 2025-04-10
allowance payment 2025-04-04 2025-05-04
allowance_text plan - 2024-03-25
allowance_text monthly_check_report 2024-05-02 2024-05-13
allowance_text check_plan 2024-06-20 2024-06-20
allowance_text check_report 2024-06-28 2024-07-05
allowance_later plan - 2024-05-03
allowance_later environment_proof - 2024-05-06
allowance_later quality_proof - 2024-05-08
oa questions - 2024-02-20
oa bids - 2024-02-29
oa bid_opening - 2024-03-01
oa operation_chart - 2024-04-08
oa quality_system - 2024-04-15
oa worker_notice - 2024-03-29
oa_form_before worker_notice - 2024-04-15
oa worker_list_change 2024-05-07 2024-05-21
oa worker_notice_change 2024-05-07 2024-05-02
oa subcontract_workers_change 2024-11-05 2024-11-01
oa monthly_report 2025-03-01 2025-04-30
oa monthly_report 2025-01-01 2025-02-28
oa month_end_report 2024-04-01 2024-05-09
oa fault_report 2024-12-28 2025-01-08
oa intrusion_report 2024-05-02 2024-05-09
oa protected_subcontract 2024-07-16 2024-07-12
oa comparison_table 2025-01-06 2024-12-27
oa test_procedure 2024-10-15 2024-10-11
oa site_workers 2025-02-25 2025-02-21
oa handler_list 2024-08-13 2024-08-09
oa answer 2025-01-10 2025-01-20
oa traceability 2025-01-10 2025-01-20
oa subcontract_test_procedure 2024-09-24 2024-09-20
oa inspection 2024-04-30 2024-05-09
oa payment 2024-04-05 2024-05-05
oa_form_before payment 2024-04-05 2024-05-02
oa_next payment 2024-04-05 2024-05-07
reconstruction bid_security_document - 2024-11-11
reconstruction personal_data_document - 2025-01-10
reconstruction monthly_report 2027-03-01 2027-04-07
reconstruction monthly_meeting 2027-03-01 2027-04-14
reconstruction fault_first 2026-09-18 2026-09-24
reconstruction fault_analysis 2026-09-18 2026-10-07
reconstruction subcontract 2026-05-07 2026-05-01
reconstruction licence_check 2026-01-05 2025-12-26
reconstruction answer 2026-04-30 2026-05-12
reconstruction cloud_logs - 2028-03-31
reconstruction return_report - 2027-04-07
reconstruction payment 2027-04-01 2027-05-01
"""


def against_hand(rows):
    for line in HAND.split("\n"):
        if not line:
            continue
        case, item, where, due = line.split()
        found = [r[7] for r in rows if r[0] == case and r[4] == item and (where == "-" or where in r[5] + r[6])]
        if found != [due]:
            sys.exit(f"counted by hand: {line}; worked out: {found or 'nothing'}")


def main():
    rows = [row for case in cases() for row in case.rows]
    against_hand(rows)
    open_days = sum(row[0] == "oa" and row[4] == "daily_report" for row in rows)
    if open_days != 243:
        sys.exit(f"fiscal 2024 has 243 open days, not {open_days}")
    text = "".join("\t".join(row) + "\n" for row in [HEAD, *rows])
    if sys.argv[1:] == ["--check"]:
        if TABLE.read_text(encoding="utf-8") != text:
            sys.exit(f"{TABLE.name} is not what this script would write")
    else:
        TABLE.write_text(text, encoding="utf-8")
    print(f"{len(rows)} rows, {sum(row[7] != '-' for row in rows)} with a date")


if __name__ == "__main__":
    main()
