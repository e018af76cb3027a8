//! Writes a static page of every component in its states: `cargo run -p ui --example gallery -- FOLDER`.
//!
//! All names and figures are samples (見本).

use std::{env, error::Error, fs, path::Path};

use chrono::{DateTime, NaiveDate, Utc};
use maud::{Markup, Render, html};
use ui::{Icon, Url, assets, charts::*, components::*};

fn main() -> Result<(), Box<dyn Error>> {
    let folder = env::args().nth(1).ok_or("give the folder to write to")?;
    let folder = Path::new(&folder);
    fs::create_dir_all(folder.join("assets"))?;
    for asset in assets::ALL {
        fs::write(folder.join(asset.path.trim_start_matches('/')), asset.bytes)?;
    }
    let pages = [
        ("today", today()),
        ("list", list()),
        ("record", record()),
        ("form", form()),
        ("states", states()),
        ("charts", charts()),
    ];
    for (name, page) in &pages {
        fs::write(folder.join(format!("{name}.html")), frame(name).page(page).into_string())?;
    }
    let outside = Frame { me: None, search: None, nav: Vec::new(), area: None, seal: None, ..frame("") };
    fs::write(folder.join("sign-in.html"), outside.page(&sign_in()).into_string())?;
    Ok(())
}

fn day(year: i32, month: u32, day: u32) -> NaiveDate {
    NaiveDate::from_ymd_opt(year, month, day).expect("a date written in this file")
}

fn at(text: &str) -> DateTime<Utc> {
    DateTime::parse_from_rfc3339(text).expect("an instant written in this file").to_utc()
}

fn to(name: &str) -> Url {
    Url::path([format!("{name}.html")])
}

fn frame(current: &str) -> Frame {
    let item = |words: &str, name: &str, count: Option<u64>| NavItem {
        words: words.to_owned(),
        to: to(name),
        current: name == current,
        count,
    };
    Frame {
        agency: "見本省".into(),
        area: Some("人事評価".into()),
        search: Some((to("list"), String::new())),
        me: Some(Me { name: "見本 花子".into(), profile: to("form"), sign_out: to("sign-in"), lock: None }),
        nav: vec![
            NavGroup { words: String::new(), items: vec![item("今日の仕事", "today", Some(5))] },
            NavGroup {
                words: "人事評価".into(),
                items: vec![
                    item("評価記録書", "list", Some(12)),
                    item("評価記録書の例", "record", None),
                    item("自己申告の記入", "form", None),
                    item("評語の分布", "charts", None),
                ],
            },
            NavGroup { words: "共通".into(), items: vec![item("部品の状態", "states", None)] },
        ],
        version: "0.1.0".into(),
        seal: Some(Seal { at: at("2026-03-02T08:30:00+09:00"), intact: true, to: to("states") }),
        help: to("states"),
        hidden: None,
        now: at("2026-03-02T09:05:00+09:00"),
    }
}

fn duty(words: &str, about: &str, deadline: NaiveDate, left: &str, urgency: Urgency) -> Markup {
    Duty {
        of: None,
        words: words.into(),
        to: to("record"),
        about: about.into(),
        deadline: Some(deadline),
        left: left.into(),
        urgency,
    }
    .render()
}

fn today() -> Page {
    let waiting = html! {
        div class="duty" {
            a href=(to("record")) { "評価記録書の確認" }
            span class="small quiet" { "見本 次郎(調整者)・令和8年2月24日から" }
            (PostButton::new(to("today"), Button::quiet("見本 次郎さんに催促を送る").small()))
        }
    };
    Page::new("今日の仕事").lead(html! { "令和8年3月2日(月) 見本 花子さん。今日することは3件、うち1件が期限を過ぎています。" }).body(html! {
        div class="stack" {
            div class="columns" {
                (day_column("すること", &[
                    duty("期末面談の記録を記入する", "EV-2025-0112 見本 三郎", day(2026, 2, 26), "2開庁日超過", Urgency::Late),
                    duty("業績評価の評語を付ける", "EV-2025-0118 見本 桃子", day(2026, 3, 5), "あと3開庁日", Urgency::Soon),
                    duty("職員アンケートに答える", "令和7年度 職員調査", day(2026, 3, 27), "あと18開庁日", Urgency::Calm),
                ], "", None))
                (day_column("待っていること", &[waiting], "", None))
                (day_column("お知らせ", &[], "見守っている記録が変わると、ここに表示されます。記録の画面で「見守る」を押すと始まります。", None))
            }
            section {
                h2 { "課ごとの期限" }
                (Stats::new()
                    .figure("期限を過ぎた作業", "3", "件", Some("先週より2件減".into()), Some(to("list")))
                    .figure("今週が期限の作業", "14", "件", None, Some(to("list")))
                    .figure("提出済みの評価記録書", "2,612", "件", Some("全3,000件の87%".into()), None))
            }
        }
    })
}

fn sheets() -> Table {
    let list = to("list").query("state", "review");
    let sample = [
        (
            "EV-2025-0112",
            "見本 三郎",
            "ミホン サブロウ",
            "第1局総務課",
            Badge::new("評価中", Tone::Progress),
            3,
            day(2026, 3, 6),
        ),
        (
            "EV-2025-0113",
            "試験 一葉",
            "シケン カズハ",
            "第1局総務課",
            Badge::new("期限超過", Tone::Bad),
            5,
            day(2026, 2, 26),
        ),
        (
            "EV-2025-0114",
            "例題 髙子",
            "レイダイ タカコ",
            "第1局企画課",
            Badge::new("開示済み", Tone::Good),
            4,
            day(2026, 3, 13),
        ),
        (
            "EV-2025-0118",
            "見本 桃子",
            "ミホン モモコ",
            "第1局企画課",
            Badge::new("自己申告待ち", Tone::Caution),
            0,
            day(2026, 3, 5),
        ),
        (
            "EV-2025-0120",
            "仮名 𠮷男",
            "カメイ ヨシオ",
            "第2局会計課",
            Badge::new("取消し", Tone::Ended),
            1,
            day(2026, 3, 31),
        ),
    ];
    let mut table = Table::new(
        "評価記録書の一覧",
        vec![
            Column::text("番号").names_row().sort(list.clone().query("sort", "-number"), Some(Sorted::Ascending)),
            Column::text("氏名").sort(list.clone().query("sort", "kana"), None),
            Column::text("組織"),
            Column::text("状態"),
            Column::number("目標の数").sort(list.clone().query("sort", "goals"), None),
            Column::date("期限").sort(list.query("sort", "deadline"), None),
        ],
    )
    .hide_caption()
    .bulk(
        Bulk::new(to("list"), "id")
            .act("remind", "催促を送る", "{n}件の評価記録書を持っている人に催促を送ります。")
            .act("submit", "調整者へ送る", "{n}件の評価記録書を調整者へ送ります。"),
    );
    for (number, name, kana, office, badge, goals, deadline) in sample {
        table = table.row(
            Row::new(vec![
                Cell::link(number, &to("record")),
                Cell::name(name, kana, None),
                Cell::text(office),
                Cell::badge(&badge),
                if goals == 0 { Cell::empty() } else { Cell::number(goals) },
                Cell::day(deadline),
            ])
            .id(format!("row-{number}"))
            .pick(number, format!("{number} {name}")),
        );
    }
    table
}

fn list() -> Page {
    let here = to("list");
    let filters = Filters::new()
        .chip("状態: 評価中", here.clone())
        .chip("組織: 第1局以下", here.clone())
        .clear(here.clone())
        .form(&here, html! {
            (Field::new("state", "状態", Select::new(vec![Choice::new("review", "評価中"), Choice::new("done", "開示済み")]).chosen(Some("review")).empty(Some("すべて".into()))))
            (Field::new("office", "組織", Picker::new().value("0100 第1局")))
            (Field::new("before", "期限がこの日まで", Date::new()))
        });
    Page::new("評価記録書")
        .under("人事評価", to("today"))
        .action(LinkButton::primary("評価期を始める", to("form")).icon(Icon::Plus))
        .body(html! {
            (Tabs::new("保存した見方")
                .tab("すべて", here.clone(), false, Some(3000))
                .tab("私の担当", here.clone(), true, Some(12))
                .tab("遅れているもの", here.clone(), false, Some(3)))
            (filters)
            (ListHead::count(5)
                .tool(html! { a class="button button-quiet" href=(here) { "列を選ぶ" } })
                .tool(LinkButton::download("一覧を保存する(XLSX)", to("list"))))
            (sheets())
            (Pager::new(Some(here.clone().query("before", "a")), Some(here.query("after", "b"))).place("51件目から55件目まで"))
        })
}

fn record() -> Page {
    let state = RecordState::new(
        Badge::new("評価中", Tone::Progress),
        "次は評価者の期末面談。期限 令和8年3月6日(金)、あと4開庁日",
    )
    .steps(
        Steps::new()
            .step("目標の設定", StepState::Done, Some("10月8日".into()))
            .step("期首面談", StepState::Done, Some("10月15日".into()))
            .step("自己申告", StepState::Done, Some("2月20日".into()))
            .step("評価", StepState::Now, Some("期限 3月6日".into()))
            .step("調整", StepState::Ahead, None)
            .step("確認", StepState::Ahead, None)
            .step("開示", StepState::Ahead, None),
    )
    .act(PostButton::new(
        to("record"),
        Button::primary("調整者へ送る")
            .confirm("評価記録書を調整者へ送りますか。送った後は、調整者が差し戻すまで直せません。"),
    ))
    .act(LinkButton::secondary("評価を記入する", to("form")).icon(Icon::Edit))
    .act(
        Button::secondary("評語を確認する").refused("確認は実施権者が行います。自分が評価した記録書は確認できません。"),
    );
    let content = html! {
        (AsOf::new(to("record"), day(2025, 10, 1), day(2026, 3, 2), None))
        (Section::new("基本").fact("被評価者", "見本 三郎(第1局総務課 係長)").fact("評価期間", "令和7年10月1日から令和8年3月31日まで").fact("併任", ""))
        (Section::new("業績評価").tool(html! { a class="small" href=(to("form")) { "業績評価を直す" } })
            .fact("目標1", "窓口の受付時間を平均15分から10分に縮める。\n担当: 受付班4人")
            .changed_fact("評語", html! { "優良" })
            .fact("所見", "計画より1か月早く達成した。手順書が残り、ほかの班でも使われている。"))
        section class="section" id="history" {
            h2 { "履歴" }
            (History::new(vec![
                HistoryEntry {
                    who: "見本 花子".into(),
                    at: at("2026-03-01T10:02:00+09:00"),
                    act: None,
                    changes: vec![Change { field: "評語".into(), before: "良好".into(), after: "優良".into() }],
                    reason: Some("自己申告と面談の内容を確かめたため".into()),
                    proof: Some(to("states")),
                },
                HistoryEntry {
                    who: "見本 三郎".into(),
                    at: at("2026-02-20T17:31:00+09:00"),
                    act: Some("自己申告の提出".into()),
                    changes: vec![
                        Change { field: "達成状況".into(), before: String::new(), after: "達成した".into() },
                        Change { field: "補足".into(), before: "作業中".into(), after: String::new() },
                    ],
                    reason: None,
                    proof: Some(to("states")),
                },
            ]))
        }
    };
    let side = SidePanel::new()
        .block(
            "期限のある作業",
            None,
            vec![duty("期末面談の記録を記入する", "", day(2026, 3, 6), "あと4開庁日", Urgency::Soon)],
            "",
        )
        .block("文書", None, vec![html! { a href=(to("record")) download { "人事評価記録書(PDF)" } }], "")
        .block("添付", None, vec![], "添付はありません。記入の画面で加えられます。");
    Page::new("EV-2025-0112 見本 三郎")
        .under("人事評価", to("today"))
        .under("評価記録書", to("list"))
        .action(html! { a class="button" data-prev href=(to("record")) { "前の人" } a class="button" data-next href=(to("record")) { "次の人" } })
        .notice(Notice::success("保存しました").text("評語を優良に変えました。"))
        .body(html! { (state) (with_side(&content, &side)) })
}

fn goal(title: &str, weight: &str) -> Vec<CellControl> {
    vec![
        Box::new(TextArea::new().rows(2).value(title)),
        Box::new(Select::new(vec![Choice::new("high", "高い"), Choice::new("mid", "普通")]).chosen(Some("mid"))),
        Box::new(Number::whole().value(weight).unit("%").width(Width::Five)),
    ]
}

fn form() -> Page {
    let goals = RowTable::new(
        vec![("title".into(), "目標".into()), ("difficulty".into(), "困難度".into()), ("weight".into(), "重み".into())],
        goal("", ""),
    )
    .row(goal("窓口の受付時間を平均15分から10分に縮める", "60"))
    .row(goal("手順書を改める", "50"))
    .error(1, 2, "重みの合計を100%にしてください。いまは110%です。")
    .add_words("目標を追加する");
    let basics = [
        Field::new("title", "件名", Text::new().value("令和7年度後期 自己申告")).required().help("30文字まで").render(),
        Field::new("due", "面談の希望日", Date::new().value(day(2026, 3, 14)))
            .required()
            .help("令和8年3月14日、R8.3.14、2026-03-14 のどれでも記入できます。")
            .error("3月14日は土曜日です。開庁日を記入してください。")
            .render(),
        Field::new("period", "対象の期間", Period::new(Date::new().value(day(2025, 10, 1)), Date::new())).render(),
        Field::new(
            "evaluator",
            "評価者",
            Picker::new().value("100234 見本 花子(第1局総務課)").offers(vec![Offer {
                code: "100234".into(),
                name: "見本 花子".into(),
                note: "第1局総務課".into(),
            }]),
        )
        .required()
        .help("職員番号、氏名、氏名のカナで探せます。")
        .render(),
        Field::new("cost", "研修の費用", Number::yen().amount(1_234_567)).render(),
    ];
    let answers = [
        Field::new(
            "reached",
            "達成状況",
            Radios::new(vec![
                Choice::new("all", "達成した"),
                Choice::new("part", "一部を達成した").note("達成した部分を下に記入してください"),
                Choice::new("none", "達成しなかった"),
            ])
            .chosen(Some("part")),
        )
        .required()
        .render(),
        Field::new(
            "means",
            "面談の方法",
            Checkboxes::new(vec![
                Choice::new("face", "対面"),
                Choice::new("video", "ビデオ会議"),
                Choice::new("phone", "電話"),
            ])
            .chosen(["face"])
            .in_row(),
        )
        .render(),
        Field::new("note", "補足", TextArea::new().value("受付票を見直した。").limit(400)).help("400文字まで").render(),
        Field::new("agree", "確認", YesNo::new("記入した内容を評価者と確かめた", true)).render(),
        Field::new("file", "添付", File::new().accept(".xlsx,.pdf").held("見本.pdf", to("form")))
            .help("1件20MBまで")
            .render(),
        Field::new("number", "番号", Fixed::new("EV-2025-0112")).help("番号は自動で付きます。").render(),
    ];
    Page::new("自己申告を記入する").under("人事評価", to("today")).under("EV-2025-0112 見本 三郎", to("record")).body(
        Form::new(to("form"))
            .autosave(to("draft"))
            .draft_saved("10:02")
            .errors(
                ErrorSummary::new()
                    .field("due", "面談の希望日: 3月14日は土曜日です。開庁日を記入してください。")
                    .field("goals.1.weight", "目標2の重み: 合計を100%にしてください。いまは110%です。"),
            )
            .body(html! {
                (form_section("基本", None, &basics))
                (form_section("目標", Some("重みの合計は100%です。"), &[Field::new("goals", "目標の一覧", goals).required().render()]))
                (form_section("自己申告", None, &answers))
            })
            .button(Button::primary("自己申告を提出する"))
            .button(Button::secondary("下書きとして残す").value("action", "draft")),
    )
}

fn states() -> Page {
    let buttons = [
        Button::primary("評価書を提出する").render(),
        Button::secondary("下書きとして残す").render(),
        Button::danger("下書きを捨てる").confirm("下書きを捨てますか。").render(),
        Button::quiet("閉じる").render(),
        LinkButton::download("一覧を保存する(CSV)", to("list")).render(),
        Button::primary("確定する").refused("確定は実施権者が行います。").render(),
    ];
    let table = Table::new(
        "取込みで見つかった誤り",
        vec![Column::text("場所").names_row(), Column::text("値"), Column::text("理由"), Column::text("直し方")],
    )
    .row(Row::new(vec![
        Cell::text("職員.xlsx 3行目 生年月日"),
        Cell::text("昭和64年1月8日").wrong(),
        Cell::text("ない日付です"),
        Cell::text("昭和は64年1月7日までです。平成元年1月8日なら H1.1.8 と記入してください。"),
    ]))
    .row(Row::new(vec![
        Cell::text("職員.xlsx 9行目 氏名"),
        Cell::empty().wrong(),
        Cell::text("空欄です"),
        Cell::text("氏名を記入してください。"),
    ]));
    Page::new("部品の状態").lead(html! { "部品とその状態の見本です。" }).body(html! {
        div class="stack" {
            section class="stack" { h2 { "お知らせ" }
                (Notice::info("評価期は3月31日に終わります").text("自己申告は2月20日までに提出してください。"))
                (Notice::success("保存しました"))
                (Notice::warning("3件が期限を過ぎています").action(html! { a href=(to("list")) { "期限を過ぎた3件を見る" } }))
                (Notice::error("取り込めませんでした").text("職員.xlsx の2か所を直してから、もう一度取り込んでください。何も保存していません。").details("問合せ番号 01JEXAMPLE0000000000000000\nimport: 2 cells refused"))
            }
            section class="stack" { h2 { "状態" } p class="cluster" {
                (Badge::new("未着手", Tone::Plain)) (Badge::new("評価中", Tone::Progress)) (Badge::new("開示済み", Tone::Good))
                (Badge::new("期限間近", Tone::Caution)) (Badge::new("期限超過", Tone::Bad)) (Badge::new("取消し", Tone::Ended))
            } }
            section class="stack" { h2 { "ボタン" } form method="post" action=(to("states")) { (actions(&buttons)) } }
            section class="stack" { h2 { "進み具合" }
                (Progress::new("人事評価記録書を作成しています", 1240, 3000, "3,000件中1,240件を作成しました。あと約2分です。").poll(to("job"), to("states")).cancel(to("states"), None))
            }
            section class="stack" { h2 { "何もないとき" }
                (Empty::new("まだ評価記録書がありません", "評価期を始めると、あなたが評価する人の記録書がここに並びます。").action(LinkButton::secondary("評価期の始め方を読む", to("states"))))
                (sheets().rows([]).empty(Empty::new("", "")))
            }
            section class="stack" { h2 { "誤りの表" } (table) }
            section class="stack" { h2 { "集計" }
                (Table::new("費用の集計", vec![Column::text("区分").names_row(), Column::number("件数"), Column::number("金額")]).narrow(Narrow::Scroll)
                    .row(Row::new(vec![Cell::text("謝金"), Cell::number(24), Cell::yen(1_166_400)]))
                    .row(Row::new(vec![Cell::text("会場費"), Cell::number(3), Cell::yen(84_300)]).changed())
                    .foot(Row::new(vec![Cell::text("計"), Cell::number(27), Cell::yen(1_250_700)])))
            }
        }
    })
}

fn charts() -> Page {
    let marks = ["卓越して優秀", "非常に優秀", "優良", "良好", "やや不十分", "不十分"].map(String::from).to_vec();
    let months = ["10月", "11月", "12月", "1月", "2月", "3月"].map(String::from).to_vec();
    let steps = ["目標", "面談", "自己申告", "評価", "調整", "確認"].map(String::from).to_vec();
    Page::new("評語の分布").under("人事評価", to("today")).body(html! {
        div class="stack" {
            (Distribution::new("marks", "評価者ごとの評語の分布", marks, &[4, 62, 610, 2080, 201, 43])
                .note("横線は見本省の全体の割合です。人数が少ない評価者の分布は参考です。")
                .group("見本 花子", vec![0, 1, 4, 12, 1, 0], None)
                .group("試験 一葉", vec![0, 5, 9, 2, 0, 0], None)
                .group("例題 髙子", vec![0, 0, 1, 2, 0, 0], Some("5人未満のため参考".into())))
            (HeatTable::new("offices", "組織と段階ごとの件数", "件", steps)
                .note("止まっている所ほど濃く表示します。")
                .row("第1局総務課", vec![0.0, 1.0, 2.0, 14.0, 0.0, 0.0], vec![None, None, None, Some(to("list"))])
                .row("第1局企画課", vec![0.0, 0.0, 5.0, 9.0, 3.0, 0.0], vec![])
                .row("第2局会計課", vec![2.0, 3.0, 21.0, 4.0, 0.0, 0.0], vec![]))
            (BarChart::new("late", "期限を過ぎた評価記録書", "件").note("令和8年3月2日の時点").bar("第1局総務課", 12.0).bar("第1局企画課", 7.0).bar("第2局会計課", 21.0).bar("情報システム最適化推進室", 0.0))
            (DotChart::new("hours", "1人当たりの超過勤務", "時間", "昨年度", "今年度").note("月の平均").line("第1局総務課", 24.5, 18.0).line("第1局企画課", 12.0, 15.5).line("第2局会計課", 31.0, 29.0))
            (LineChart::new("flow", "提出の進み", "件", months).note("累計")
                .series(Series { label: "今年度".into(), values: vec![Some(120.0), Some(480.0), Some(900.0), Some(1500.0), Some(2612.0), None] })
                .series(Series { label: "昨年度".into(), values: vec![Some(100.0), Some(300.0), Some(700.0), Some(1400.0), Some(2400.0), Some(2990.0)] }))
            (GanttChart::new("plan", "評価期の日程", day(2026, 3, 2)).note("青い部分は済んだ割合です。")
                .span(Span { label: "目標の設定".into(), from: day(2025, 10, 1), to: day(2025, 10, 31), done: 100, late: false, base: None, critical: false })
                .span(Span { label: "自己申告".into(), from: day(2026, 2, 1), to: day(2026, 2, 20), done: 96, late: true, base: None, critical: false })
                .span(Span { label: "評価と調整".into(), from: day(2026, 2, 21), to: day(2026, 3, 20), done: 40, late: false, base: None, critical: false })
                .span(Span { label: "開示".into(), from: day(2026, 3, 21), to: day(2026, 3, 31), done: 0, late: false, base: None, critical: false }))
        }
    })
}

fn sign_in() -> Page {
    Page::new("サインインする").body(
        Form::new(to("today"))
            .body(html! {
                (Field::new("login", "利用者名", Text::new().autocomplete("username")))
                (Field::new("password", "パスワード", Text::password()))
            })
            .button(Button::primary("サインインする")),
    )
}
