"""What the five specifications demand, clause by clause. Part of due_dates.py; written from their texts, not from packs.

Where a clause gives no number or two clauses disagree, the number is the decision documented in the manual page
12-contract-packs.md; the cases in due_dates.py also try the other readings.
"""

from counting import (
    Case,
    days,
    days_from,
    each_half,
    each_month,
    each_open_day,
    each_quarter,
    each_year,
    fiscal_year_end,
    month_end,
    nth_open_day,
    on,
    open_days,
    open_days_before,
    same_day,
    tenth_of_next_month,
    week,
    week_before,
    year_from,
    years,
)

PROMPT = 5  # 速やかに
UNTIMED = 5  # a notice without any time
WITHOUT_DELAY = 10  # 遅滞なく


def quarter_end(period):
    return month_end(period, 2, "その四半期の末日")


def half_end(period):
    return month_end(period, 5, "その半期の末日")


def open_day_5(period):
    return nth_open_day(5, period, 1, "翌月の5開庁日目")


def paid_and_inspected(c, inspection="契約書", payment="契約書"):
    """Where the specification is silent: the limits of the Act on Prevention of Delay in Payment, 10 and 30 days."""
    c.each("inspection", inspection, "hand_in", days, "received_on", 10)
    c.each("payment", payment, "invoice", days, "received_on", 30)


def asked_by_agency(kinds):
    return lambda event: event.get("side") == "agency" and event["kind"] in kinds


def security(event):
    """What harms information; a fault of the system is told by other clauses."""
    return event["kind"] != "fault"


def talent(c: Case, change_before=10):
    c.once("application_documents", "公示4(1)、5", days, "notice_on", 14)
    c.once("coordinator", "1.4 b", open_days, "contract_on", UNTIMED)
    c.once("staff_list", "3.2.3、5.1 表4-1", open_days, "contract_on", PROMPT)
    staff = "3.2.4 b、3.2.6、5.1 表4-1"
    people = lambda event: event["kind"] != "structure"
    if change_before:
        c.each("staff_list_change", staff, "worker_change", open_days_before, "effective_on", change_before, when=people)
    else:
        c.each("staff_list_change", staff, "worker_change", open_days, "effective_on", PROMPT, when=people)
    structure = lambda event: event["kind"] == "structure"
    c.each("structure_change", "3.2 a", "worker_change", open_days_before, "effective_on", 1, when=structure)
    c.once("service_plan", "3.3.1、5.1 表4-2", open_days, "contract_on", PROMPT)
    c.open("service_plan_change", "3.3.1、5.1 表4-2")
    c.once("contact_list", "5.1 表4-3", open_days, "contract_on", PROMPT)
    c.open("contact_list_change", "5.1 表4-3")
    c.once("other_material", "5.1 表4-8", open_days, "contract_on", PROMPT)
    c.open("other_material_change", "5.1 表4-8")
    c.every("monthly_report", "5.1 表4-4", each_month, month_end)
    c.once("annual_report", "5.1 表4-5", on, "ends_on")
    c.once("cost_breakdown", "1.4 i、5.1 表4-6", on, "ends_on")
    c.once("asset_sheet", "5.1 表4-7", on, "ends_on")
    c.once("handover", "1.4 f、1.4 g", on, "ends_on")
    c.once("return_lent", "1.4 c、4.1 a", same_day, "ends_on")
    c.once("destruction_report", "4.1 a、4.2 l、4.2 r", open_days, "ends_on", PROMPT)
    c.once("log_kept", "4.1 b", years, "ends_on", 5)
    c.every("entry_check", "4.1 b、4.1 c", each_quarter, quarter_end)
    c.every("settings_check", "4.1 l", each_quarter, quarter_end)
    c.every("safety_check", "4.2 m", each_half, half_end)
    c.every("onsite_check", "4.2 o", each_year, fiscal_year_end)
    c.each("incident_first", "4.1 e、4.2 p", "incident", same_day, "detected_on", when=security)
    c.each("incident_detail", "4.1 e", "incident", open_days, "detected_on", PROMPT, when=security)
    c.each("handling_confirmation", "4.2 n", "information_handling", open_days_before, "starts_on", 1)
    c.open("dispatch_pledge", "4.2 g")
    c.open("leaving_pledge", "4.2 k")
    c.each("subcontract", "4.1 f、4.2 f、5.4 b、5.4 c、5.4 f", "subcontract", open_days_before, "starts_on", 1)
    c.open("site_entry", "4.1 c、5.6")
    improvement = lambda event: event["kind"] == "improvement"
    c.each("improvement", "4.1 j、4.2 q", "request", open_days, "requested_on", UNTIMED, when=improvement)
    asked = asked_by_agency({"material", "audit"})
    c.each("answer", "4.1 i", "request", open_days, "requested_on", PROMPT, when=asked)
    paid_and_inspected(c, inspection="5.1、契約書")


def verification(c: Case, prompt=PROMPT):
    c.once("plan", "6.3、7.1 項番1、8.2(7)", week, "contract_on")
    c.open("plan_change", "6.3")
    c.open("progress_table", "7.1 項番2、8.5(1)ア")
    c.open("issue_table", "7.1 項番3、8.5(4)")
    c.open("risk_table", "7.1 項番4、8.5(5)")
    held = lambda event: event["state"] == "held"
    c.each("minutes", "7.1 項番5、8.5(3)カ", "meeting", open_days, "held_on", 3, when=held)
    c.once("result_report", "7.1 項番6", on, "ends_on")
    c.once("hours_table", "7.1 項番7", on, "ends_on")
    c.once("final_media", "7.1 注、7.1(9)", on, "ends_on")
    c.every("general_meeting", "6.2(1)", each_quarter, quarter_end)
    c.every("theme_meeting", "6.2(1)", each_quarter, quarter_end)
    c.every("monthly_progress", "6.2(3)", each_month, open_day_5)
    c.each("meeting_outline", "8.5(3)ア", "meeting", open_days_before, "held_on", 3)
    c.each("meeting_material", "8.5(3)ア", "meeting", open_days_before, "held_on", 1)
    c.open("delay_notice", "8.5(1)イ")
    c.open("consultation_summary", "8.5(1)イ")
    c.open("honoraria_agreement", "6.2(1)")
    paid = lambda event: "paid_on" in event
    c.each("withholding", "6.2(1)、所得税法第204条", "honorarium", tenth_of_next_month, "paid_on", when=paid)
    c.once("lead_notice", "8.3(1)、8.3(3)", open_days, "contract_on", prompt)
    c.once("worker_list", "8.3(2)、8.3(3)ア", open_days, "contract_on", UNTIMED)
    c.each("worker_change", "8.1、8.3(3)", "worker_change", open_days_before, "effective_on", 1)
    c.once("workplace", "8.4", open_days, "contract_on", UNTIMED)
    c.each("subcontract", "11.1(1)、別紙第3条1・2", "subcontract", open_days_before, "starts_on", 1)
    c.once("security_manager", "9.1(1)", open_days, "contract_on", UNTIMED)
    c.once("company_information", "9.1(5)", open_days, "contract_on", UNTIMED)
    c.every("security_report", "9.1(7)", each_quarter, quarter_end)
    improvement = lambda event: event["kind"] == "improvement"
    c.each("improvement_plan", "9.1(8)", "request", open_days, "requested_on", prompt, when=improvement)
    c.each("incident_report", "9.1(14)、別紙第7条2", "incident", open_days, "detected_on", 1, when=security)
    c.each("personal_data_officer", "別紙第2条2", "information_handling", open_days_before, "starts_on", 1)
    c.every("personal_data_check", "別紙第6条1", each_half, half_end)
    c.every("subcontractor_check", "別紙第3条3", each_year, fiscal_year_end)
    c.open("copy_approval", "別紙第5条")
    asked = asked_by_agency({"instruction", "material", "audit"})
    c.each("answer", "8.1、別紙第7条1", "request", open_days, "requested_on", prompt, when=asked)
    c.once("return_material", "9.2(1)", open_days, "ends_on", prompt)
    c.once("erasure_report", "9.1(13)、別紙第9条", open_days, "ends_on", prompt)
    c.once("retention_pledge", "9.2(2)", open_days, "ends_on", prompt)
    c.each("inspection", "10.5(1)", "hand_in", days_from, "received_on", 10)
    c.each("inspection_notice", "10.5(2)", "hand_in", days_from, "received_on", 14)
    c.each("payment", "契約書", "invoice", days, "received_on", 30)


def allowance(c: Case, ordered="contract_on", by_text=False):
    """by_text: the body of the specification instead of its table 4-1, where the two disagree."""
    c.once("plan", "4(6)イ、表4-1 No.1", week, ordered)
    c.once("takeover_report", "4(7)ア、表4-1 No.2", week, ordered)
    c.once("environment_ready", "3(3)", open_days, "starts_on", 5)
    c.once("environment_proof", "表4-1 No.3", days, ordered, 10)
    c.open("resource_sheet_this_year", "表4-1 No.4")
    c.open("resource_sheet_next_year", "表4-1 No.5")
    c.open("resource_sheet_second_year", "表4-1 No.6")
    c.open("operation_manual", "表4-1 No.7")
    c.open("user_guide", "4(5)オ②、表4-1 No.8")
    after_work = (open_days, "finished_on", 5) if by_text else (days, "finished_on", 3)
    monthly = lambda event: event["kind"] == "monthly"
    periodic = lambda event: event["kind"] == "system"
    c.each("monthly_check_report", "4(5)エ⑦、表4-1 No.9", "periodic_check", *after_work, when=monthly)
    before_work = on if by_text else week_before
    c.each("check_plan", "4(5)ウ③i、表4-1 No.10", "periodic_check", before_work, "planned_on", when=periodic)
    c.each("check_report", "4(5)ウ③e・i、表4-1 No.11", "periodic_check", *after_work, when=periodic)
    c.every("monthly_report", "4(1)カ、4(8)ア、表4-1 No.12", each_month, open_day_5)
    c.once("monthly_report_set", "表4-1 No.12", on, "ends_on")
    c.open("work_procedures", "4(5)エ⑧、表4-1 No.13")
    before_last = month_end(c.dates["ends_on"], -1, "履行期間の末日の属する月の前月の末日")
    c.row("asset_sheet", "4(9)イ、表4-1 No.14", before_last)
    c.once("completion_report", "表4-1 No.15", on, "ends_on")
    c.every("regular_meeting", "4(8)ア", each_month, month_end)
    held = lambda event: event["state"] == "held"
    c.each("minutes", "4(8)ウ", "meeting", open_days, "held_on", 3, when=held)
    c.every("monthly_check", "4(5)エ", each_month, lambda period: nth_open_day(5, period, 0, "その月の5開庁日目"))
    c.every("quarterly_check", "4(5)ウ", each_quarter, quarter_end)
    c.once("quality_proof", "6.2.2ア、6.2.2ク", open_days, "contract_on", UNTIMED)
    c.once("company_information", "6.2.2ケ", open_days_before, "starts_on", 1)
    c.each("worker_change", "5(1)、6.2.2ケ", "worker_change", open_days_before, "effective_on", 1)
    c.once("accident_prevention", "6.2.2ソ", open_days_before, "starts_on", 1)
    c.open("site_permission", "5(3)ウ、6.2.2セ")
    c.each("disclosure_pledge", "6.1イ", "information_handling", open_days_before, "starts_on", 1)
    c.each("subcontract", "8.1イ、8.2、別紙5", "subcontract", open_days_before, "starts_on", 1)
    c.every("onsite_check", "6.1ウ、別紙9", each_year, fiscal_year_end)
    c.each("incident_first", "4(5)イ②、6.2.1エ、6.2.2キ、別紙13", "incident", same_day, "detected_on")
    fault = lambda event: event["kind"] == "fault"
    c.each("incident_report", "4(5)イ②", "incident", open_days, "recovered_on", PROMPT, when=fault)
    c.open("leaving_pledge", "別紙10")
    improvement = lambda event: event["kind"] == "improvement"
    spoken = lambda event: event.get("spoken") == "true"
    c.each("written_instruction", "9.2ア", "request", open_days, "requested_on", PROMPT, when=spoken)
    c.each("improvement", "別紙11", "request", open_days, "requested_on", UNTIMED, when=improvement)
    asked = asked_by_agency({"material", "audit"})
    c.each("answer", "4(5)ア、4(9)ア、6.1ウ、6.2.2カ", "request", open_days, "requested_on", PROMPT, when=asked)
    c.once("licence_end", "4(4)", on, "ends_on")
    c.once("handover", "4(7)イ・ウ", on, "ends_on")
    c.open("removal", "4(7)エ")
    c.once("acceptance", "7.3ア", on, "ends_on")
    c.once("return_lent", "6.1ア、6.2.2エ、6.2.2タ", open_days, "ends_on", PROMPT)
    c.once("personal_data_erasure", "6.2.1オ、別紙12", open_days, "ends_on", PROMPT)
    c.once("liability_end", "7.2ア", year_from, "accepted_on")
    paid_and_inspected(c, inspection="7.3、契約書", payment="7.3ウ、契約書")


def oa(c: Case, notice_by_form=False, payment_moves=None):
    c.once("questions", "公告4(3)、説明書5(2)、7(1)、16(2)", days, "notice_on", 11)
    c.once("bid_documents", "公告6(4)・(5)、説明書7(2)、8", days, "notice_on", 20)
    c.once("bids", "公告6(6)、説明書10", days, "notice_on", 20)
    c.once("bid_opening", "公告1、説明書9、心得書第9条", days, "notice_on", 21)
    c.once("operation_chart", "仕様書3 表2-1", open_days, "contract_on", PROMPT)
    c.once("worker_list", "仕様書2.2(2)・(3)、3 表2-2", open_days, "contract_on", PROMPT)
    people = lambda event: event["kind"] != "structure"
    c.each("worker_list_change", "仕様書2.2(3)", "worker_change", open_days, "effective_on", WITHOUT_DELAY, when=people)
    c.every("daily_report", "仕様書3 表2-3", each_open_day, lambda period: on(period, "その日"))
    c.every("monthly_report", "仕様書3 表2-4", each_month, lambda period: month_end(period, 1, "翌月の末日"))
    fault = lambda event: event["kind"] == "fault"
    c.each("fault_report", "仕様書2.3(4)オ、2.3(7)エ、3 表2-5", "incident", open_days, "recovered_on", 3, when=fault)
    intrusion = lambda event: event["kind"] in ("access", "virus")
    c.each("intrusion_report", "仕様書2.3(6)ウ、3 表2-6", "incident", open_days, "occurred_on", 3, when=intrusion)
    c.every("statistics", "仕様書3 表2-7", each_year, fiscal_year_end)
    c.once("coordinator", "仕様書1.4(2)", open_days, "contract_on", UNTIMED)
    c.once("certificates", "仕様書1.4(10)", open_days, "contract_on", UNTIMED)
    c.every("nagasaki_visit", "仕様書2.1(3)イ", each_quarter, quarter_end)
    c.every("oita_visit", "仕様書2.1(3)エ", each_half, half_end)
    c.once("return_lent", "仕様書1.4(6)、6", same_day, "ends_on")
    month = lambda period: open_days(PROMPT, month_end(period)[0], "その月の末日")
    c.every("month_end_report", "契約書第6条1", each_month, month)
    c.each("inspection", "契約書第6条2、第7条2、仕様書4", "hand_in", days_from, "received_on", 10)
    c.each("payment", "契約書第8条1", "invoice", payment_moves or days, "received_on", 30)
    c.each("subcontract_notice", "契約書第4条、サ特第1条7・8、別表4", "subcontract", open_days_before, "starts_on", 1)
    c.open("cancellation_notice", "契約書第11条2")
    c.open("undue_intervention", "心得書第15条、暴特第6条")
    c.open("human_rights", "心得書第16条2")
    c.open("surcharge_notice", "談合特約第1条2")
    c.once("quality_system", "サ特第1条2、別表1", open_days, "contract_on", WITHOUT_DELAY)
    c.once("tracing_procedure", "サ特第1条3、別表2", open_days, "contract_on", WITHOUT_DELAY)
    ours = lambda event: event["of"] == "contractor"
    theirs = lambda event: event["of"] == "subcontractor"
    c.each("test_procedure", "サ特第1条5・6、別表3", "test_run", open_days_before, "tests_on", 1, when=ours)
    notice = "サ特第2条1、別表5"
    if notice_by_form:
        c.once("worker_notice", notice, open_days, "contract_on", WITHOUT_DELAY)
    else:
        c.once("worker_notice", notice, open_days_before, "starts_on", 1)
    before = (open_days_before, "effective_on", 1)
    own = lambda event: event["kind"] != "structure" and event["of"] == "contractor"
    c.each("worker_notice_change", "サ特第2条2、別表6", "worker_change", *before, when=own)
    c.each("subcontract_workers", "サ特第2条3、別表7", "subcontract", open_days_before, "starts_on", 1)
    c.each("subcontract_workers_change", "サ特第2条4、別表8", "worker_change", *before, when=theirs)
    below = lambda event: event["listed"] == "true" and int(event.get("eal", 0)) < 4
    c.each("comparison_table", "サ特第4条1、別表9", "product_use", open_days_before, "uses_on", 1, when=below)
    c.each("subcontract_test_procedure", "サ特第4条2・3、別表10", "test_run", open_days_before, "tests_on", 1, when=theirs)
    c.once("history_system", "サ特第4条4・6、別表11", open_days, "contract_on", WITHOUT_DELAY)
    c.each("subcontract_history_system", "サ特第4条5・6、別表11", "subcontract", open_days_before, "starts_on", 1)
    asked_for = lambda event: "asked_on" in event
    c.each("traceability", "サ特第4条6、別表12", "product_use", open_days, "asked_on", PROMPT, when=asked_for)
    c.each("site_workers", "サ特第5条1、別表13", "site_work", open_days_before, "works_on", 1)
    c.each("site_work_report", "サ特第5条3、別表14", "site_work", open_days_before, "works_on", 1)
    c.once("policy_documents", "情特第2条3、基準第4-1(3)", open_days, "contract_on", UNTIMED)
    c.each("handler_list", "基準第5-2(1)エ", "information_handling", open_days_before, "starts_on", 1)
    protected = lambda event: event["protected"] == "true"
    clause = "情特第4条1・2、基準第5-3"
    c.each("protected_subcontract", clause, "subcontract", open_days_before, "starts_on", 1, when=protected)
    c.every("training", "基準第7-1", each_year, fiscal_year_end)
    c.every("policy_review", "基準第4-1(2)", each_year, fiscal_year_end)
    c.every("risk_assessment", "基準第12-1", each_year, fiscal_year_end)
    c.every("incident_drill", "基準第10-2(1)", each_year, fiscal_year_end)
    c.every("security_audit", "基準第13-2", each_year, fiscal_year_end)
    c.every("supply_chain_audit", "サ特第1条5、第3条2", each_year, fiscal_year_end)
    c.every("personal_data_check", "契約書第5条7、個人情報特約7", each_half, half_end)
    c.every("entry_review", "基準第8-2(2)オ", each_quarter, quarter_end)
    first = "情特第6条1、基準第11-2(1)、契約書第5条9、個人情報特約8"
    c.each("incident_first", first, "incident", same_day, "detected_on", when=security)
    c.each("incident_detail", "情特第6条1、基準第11-2(4)", "incident", open_days, "detected_on", 5, when=security)
    c.open("transition_plan", "情特第9条")
    asked = asked_by_agency({"improvement", "material", "audit"})
    answer = "契約書第5条7、情特第5条4、サ特第6条2、暴特第1条2"
    c.each("answer", answer, "request", open_days, "requested_on", PROMPT, when=asked)
    c.once("return_protected", "情特第8条、基準第6-7", open_days, "ends_on", UNTIMED)
    c.once("records_kept", "基準第8-2(4)、第11-1(3)", years, "ends_on", 5)


def reconstruction(c: Case):
    c.once("bid_security_document", "遵守事項 機密保持(2)", days, "notice_on", 10)
    c.once("policy_briefing", "遵守事項 機密保持(1)", open_days, "contract_on", UNTIMED)
    c.once("personal_data_document", "法令等の遵守(1)", open_days, "contract_on", UNTIMED)
    c.once("cloud_certificates", "クラウド(1)・(2)", open_days, "contract_on", UNTIMED)
    c.once("cloud_disclosure", "クラウド(13)", on, "starts_on")
    c.once("cloud_targets", "クラウド(4)・(10)", open_days, "contract_on", UNTIMED)
    c.once("support_information", "情報セキュリティ(3)", open_days, "contract_on", UNTIMED)
    c.once("monitoring_rules", "運用作業 定常時(6)", open_days, "contract_on", UNTIMED)
    c.every("monthly_report", "運用作業 定常時(2)・(3)", each_month, open_day_5)
    meeting = lambda period: nth_open_day(10, period, 1, "翌月の10開庁日目")
    c.every("monthly_meeting", "運用作業 定常時(4)", each_month, meeting)
    c.every("training", "遵守事項 機密保持(1)", each_year, fiscal_year_end)
    c.every("personal_data_check", "法令等の遵守(1)②", each_half, half_end)
    c.every("security_function_check", "運用作業 定常時(7)、クラウド(9)", each_quarter, quarter_end)
    c.each("incident_first", "法令等の遵守(4)、秘密の保持(2)", "incident", same_day, "detected_on", when=security)
    fault = lambda event: event["kind"] == "fault"
    c.each("fault_first", "運用作業 障害発生時(1)", "incident", open_days, "detected_on", 1, when=fault)
    c.each("fault_analysis", "運用作業 障害発生時(2)", "incident", open_days, "recovered_on", 10, when=fault)
    clause = "再受託 承認手続(1)から(3)まで、クラウド(8)"
    c.each("subcontract", clause, "subcontract", open_days_before, "starts_on", 1)
    c.each("licence_check", "運用作業 定常時(5)", "product_use", open_days_before, "uses_on", 1)
    c.open("copy_permission", "法令等の遵守(3)")
    c.open("publication_approval", "知的財産等(7)")
    c.open("cloud_end_notice", "クラウド(4)")
    asked = asked_by_agency({"improvement", "material", "audit"})
    c.each("answer", "遵守事項 機密保持(5)、クラウド(6)", "request", open_days, "requested_on", PROMPT, when=asked)
    paid_and_inspected(c)
    c.once("usage_logs", "情報セキュリティ(5)", on, "ends_on")
    c.once("return_report", "遵守事項 機密保持(7)", open_days, "ends_on", PROMPT)
    c.once("cloud_erasure", "クラウド(5)", open_days, "ends_on", PROMPT)
    c.once("cloud_logs", "クラウド(6)", years, "ends_on", 1)
