//! The tree of offices, with two that were abolished, two that were founded and one that is still to come.

use chrono::NaiveDate;

use super::{Organisation, eve, first_of};

/// When an office exists, told in fiscal years from the one in which the agency is seen.
enum Life {
    /// Since the reform of the central ministries on 6 January 2001.
    Long,
    /// Ended on 31 March, so many fiscal years ago.
    EndedIn(i32),
    /// Renamed on 1 July of the last fiscal year: until then.
    BeforeReform,
    /// Renamed on 1 July of the last fiscal year: from then on.
    SinceReform,
    /// Founded on 1 April of the fiscal year so many years from now.
    FoundedIn(i32),
}

use Life::{BeforeReform, EndedIn, FoundedIn, Long, SinceReform};

/// Code and name; the kind follows from the last character of the name, the office above from the code.
const OFFICES: &[(&str, &str, Life)] = &[
    ("000000", "見本省", Long),
    ("010000", "大臣官房", Long),
    ("010010", "人事課", Long),
    ("010011", "人材育成室", Long),
    ("010020", "総務課", Long),
    ("010021", "広報室", Long),
    ("010022", "文書管理室", Long),
    ("010030", "会計課", Long),
    ("010031", "監査室", Long),
    ("010032", "管財室", Long),
    ("010040", "情報システム課", Long),
    ("010041", "情報セキュリティ室", FoundedIn(-2)),
    ("010050", "政策評価課", Long),
    ("010060", "厚生課", Long),
    ("020000", "総合政策局", Long),
    ("020010", "政策課", Long),
    ("020011", "企画室", Long),
    ("020020", "調査統計課", Long),
    ("020021", "統計分析室", Long),
    ("020030", "環境調整課", Long),
    ("020040", "技術政策課", Long),
    ("020041", "技術審査室", Long),
    ("020050", "予算調整課", Long),
    ("030000", "地域振興局", Long),
    ("030010", "総務課", Long),
    ("030020", "地域企画課", Long),
    ("030021", "離島振興室", Long),
    ("031000", "事業支援部", Long),
    ("031010", "交付金課", Long),
    ("031011", "審査室", Long),
    ("031020", "支援調整課", Long),
    ("031030", "指導監督課", Long),
    ("040000", "基盤整備局", Long),
    ("040010", "総務課", Long),
    ("040020", "基盤計画課", Long),
    ("040030", "施設課", Long),
    ("040031", "施設安全室", Long),
    ("040032", "復旧対策室", EndedIn(3)),
    ("041000", "資源部", Long),
    ("041010", "資源企画課", Long),
    ("041020", "備蓄課", Long),
    ("050000", "生活安全局", Long),
    ("050010", "総務課", Long),
    ("050020", "安全企画課", Long),
    ("050030", "危機管理課", Long),
    ("050031", "防災室", Long),
    ("050040", "相談支援課", Long),
    ("060000", "国際局", Long),
    ("060001", "交渉室", Long),
    ("060010", "国際企画課", BeforeReform),
    ("060020", "協力課", Long),
    ("060030", "国際機関課", Long),
    ("060040", "国際戦略課", SinceReform),
    ("070000", "情報流通局", Long),
    ("070010", "総務課", Long),
    ("070020", "情報政策課", Long),
    ("070021", "データ活用室", FoundedIn(-1)),
    ("070030", "基準認証課", Long),
    ("070040", "地方連携課", Long),
    ("070041", "標準化室", Long),
    ("070042", "新技術実証室", FoundedIn(1)),
    ("070050", "利用環境課", Long),
];

/// The offices of an agency that is seen in the given fiscal year.
pub(super) fn organisations(year: i32) -> Vec<Organisation> {
    let reform = first_of(year - 1, 7);
    OFFICES
        .iter()
        .map(|(code, name, life)| {
            let (valid_from, valid_to) = match life {
                Long => (reorganised_ministries(), None),
                EndedIn(ago) => (reorganised_ministries(), Some(eve(first_of(year - ago + 1, 4)))),
                BeforeReform => (reorganised_ministries(), Some(eve(reform))),
                SinceReform => (reform, None),
                FoundedIn(from_now) => (first_of(year + from_now, 4), None),
            };
            Organisation {
                code: (*code).to_owned(),
                name: (*name).to_owned(),
                parent: parent(code),
                kind: kind(name),
                valid_from,
                valid_to,
            }
        })
        .collect()
}

/// 6 January 2001 (中央省庁再編), when the ministries of today began.
fn reorganised_ministries() -> NaiveDate {
    NaiveDate::from_ymd_opt(2001, 1, 6).unwrap_or(NaiveDate::MIN)
}

fn kind(name: &str) -> &'static str {
    ["官房", "省", "局", "部", "室"].into_iter().find(|kind| name.ends_with(kind)).unwrap_or("課")
}

/// The office above: each part of the code that is zero says that the office is not below that level.
fn parent(code: &str) -> Option<String> {
    let cut =
        [5, 3, 2, 0].into_iter().find(|at| code.get(*at..).is_some_and(|rest| rest.bytes().any(|b| b != b'0')))?;
    Some(format!("{:0<6}", code.get(..cut)?))
}
