//! Names and numbers for people who do not exist.
//!
//! Surnames include old forms that CP932 knows (髙, 﨑), one that it does not (𠮷) and variation sequences, because real
//! staff lists hold them.

use chrono::{Datelike, Months, NaiveDate};

use super::careers::Career;
use super::dice::Dice;
use super::{Assignment, Person, Post, eve};

type Names = [(&'static str, &'static str)];

#[rustfmt::skip]
const SURNAMES: &Names = &[
    ("佐藤", "サトウ"), ("鈴木", "スズキ"), ("髙橋", "タカハシ"), ("高橋", "タカハシ"), ("田中", "タナカ"), ("伊藤", "イトウ"),
    ("渡辺", "ワタナベ"), ("渡邉", "ワタナベ"), ("山本", "ヤマモト"), ("中村", "ナカムラ"), ("小林", "コバヤシ"), ("加藤", "カトウ"),
    ("𠮷田", "ヨシダ"), ("吉田", "ヨシダ"), ("山田", "ヤマダ"), ("佐々木", "ササキ"), ("山口", "ヤマグチ"), ("松本", "マツモト"),
    ("井上", "イノウエ"), ("木村", "キムラ"), ("林", "ハヤシ"), ("斎藤", "サイトウ"), ("齋藤", "サイトウ"), ("清水", "シミズ"),
    ("山崎", "ヤマザキ"), ("山﨑", "ヤマサキ"), ("森", "モリ"), ("池田", "イケダ"), ("橋本", "ハシモト"), ("阿部", "アベ"),
    ("石川", "イシカワ"), ("山下", "ヤマシタ"), ("中島", "ナカジマ"), ("石井", "イシイ"), ("小川", "オガワ"), ("前田", "マエダ"),
    ("岡田", "オカダ"), ("長谷川", "ハセガワ"), ("藤田", "フジタ"), ("後藤", "ゴトウ"), ("近藤", "コンドウ"), ("村上", "ムラカミ"),
    ("遠藤", "エンドウ"), ("青木", "アオキ"), ("坂本", "サカモト"), ("福田", "フクダ"), ("太田", "オオタ"), ("西村", "ニシムラ"),
    ("藤井", "フジイ"), ("金子", "カネコ"), ("岡本", "オカモト"), ("藤原", "フジワラ"), ("中野", "ナカノ"), ("三浦", "ミウラ"),
    ("原田", "ハラダ"), ("中川", "ナカガワ"), ("松田", "マツダ"), ("竹内", "タケウチ"), ("小野", "オノ"), ("田村", "タムラ"),
    ("中山", "ナカヤマ"), ("和田", "ワダ"), ("石田", "イシダ"), ("森田", "モリタ"), ("上田", "ウエダ"), ("原", "ハラ"),
    ("内田", "ウチダ"), ("柴田", "シバタ"), ("酒井", "サカイ"), ("宮崎", "ミヤザキ"), ("宮﨑", "ミヤザキ"), ("横山", "ヨコヤマ"),
    ("高木", "タカギ"), ("髙木", "タカギ"), ("安藤", "アンドウ"), ("宮本", "ミヤモト"), ("大野", "オオノ"), ("小島", "コジマ"),
    ("谷口", "タニグチ"), ("工藤", "クドウ"), ("今井", "イマイ"), ("丸山", "マルヤマ"), ("増田", "マスダ"), ("河野", "コウノ"),
    ("藤本", "フジモト"), ("村田", "ムラタ"), ("武田", "タケダ"), ("上野", "ウエノ"), ("杉山", "スギヤマ"), ("千葉", "チバ"),
    ("大塚", "オオツカ"), ("平野", "ヒラノ"), ("濵田", "ハマダ"), ("菅原", "スガワラ"), ("久保", "クボ"), ("松井", "マツイ"),
    ("野口", "ノグチ"), ("菊地", "キクチ"), ("木下", "キノシタ"), ("佐野", "サノ"), ("野村", "ノムラ"), ("新井", "アライ"),
    ("辻\u{E0100}", "ツジ"), ("葛\u{E0100}西", "カサイ"), ("渡邊\u{E0101}", "ワタナベ"), ("廣瀬", "ヒロセ"), ("國分", "コクブ"), ("德永", "トクナガ"),
    ("五十嵐", "イガラシ"), ("八木沢", "ヤギサワ"), ("大久保", "オオクボ"),
];

#[rustfmt::skip]
const OLDER_MEN: &Names = &[
    ("正樹", "マサキ"), ("浩二", "コウジ"), ("博之", "ヒロユキ"), ("和彦", "カズヒコ"), ("健司", "ケンジ"), ("修一", "シュウイチ"),
    ("誠治", "セイジ"), ("隆夫", "タカオ"), ("哲也", "テツヤ"), ("秀明", "ヒデアキ"), ("康弘", "ヤスヒロ"), ("英樹", "ヒデキ"),
    ("直人", "ナオト"), ("晃", "アキラ"), ("敏行", "トシユキ"), ("伸吾", "シンゴ"), ("克己", "カツミ"), ("純一", "ジュンイチ"),
    ("信夫", "ノブオ"), ("義人", "ヨシト"), ("勝也", "カツヤ"), ("孝志", "タカシ"), ("雅史", "マサシ"), ("達郎", "タツロウ"),
    ("幸治", "コウジ"), ("芳樹", "ヨシキ"), ("篤", "アツシ"), ("靖", "ヤスシ"),
];

#[rustfmt::skip]
const YOUNGER_MEN: &Names = &[
    ("大輔", "ダイスケ"), ("拓也", "タクヤ"), ("翔太", "ショウタ"), ("健太", "ケンタ"), ("亮平", "リョウヘイ"), ("悠斗", "ユウト"),
    ("直樹", "ナオキ"), ("雄大", "ユウダイ"), ("蓮", "レン"), ("大和", "ヤマト"), ("隼人", "ハヤト"), ("陽介", "ヨウスケ"),
    ("涼", "リョウ"), ("颯太", "ソウタ"), ("祐樹", "ユウキ"), ("航", "ワタル"), ("智也", "トモヤ"), ("慎吾", "シンゴ"),
    ("諒", "リョウ"), ("海斗", "カイト"), ("一真", "カズマ"), ("奏太", "カナタ"), ("湊", "ミナト"), ("匠", "タクミ"),
    ("朔", "サク"), ("律", "リツ"), ("圭吾", "ケイゴ"), ("駿", "シュン"),
];

#[rustfmt::skip]
const OLDER_WOMEN: &Names = &[
    ("由美子", "ユミコ"), ("恵子", "ケイコ"), ("真由美", "マユミ"), ("裕子", "ユウコ"), ("智子", "トモコ"), ("陽子", "ヨウコ"),
    ("久美子", "クミコ"), ("明美", "アケミ"), ("直美", "ナオミ"), ("幸子", "サチコ"), ("香織", "カオリ"), ("美穂", "ミホ"),
    ("典子", "ノリコ"), ("純子", "ジュンコ"), ("千春", "チハル"), ("雅代", "マサヨ"), ("律子", "リツコ"), ("和歌子", "ワカコ"),
    ("淑子", "ヨシコ"), ("文恵", "フミエ"), ("薫", "カオル"), ("早苗", "サナエ"), ("弘美", "ヒロミ"), ("泉", "イズミ"),
    ("朋子", "トモコ"), ("郁代", "イクヨ"), ("芳江", "ヨシエ"), ("倫子", "ミチコ"),
];

#[rustfmt::skip]
const YOUNGER_WOMEN: &Names = &[
    ("美咲", "ミサキ"), ("彩", "アヤ"), ("愛", "アイ"), ("千尋", "チヒロ"), ("麻衣", "マイ"), ("沙織", "サオリ"),
    ("葵", "アオイ"), ("陽菜", "ヒナ"), ("結衣", "ユイ"), ("遥", "ハルカ"), ("七海", "ナナミ"), ("楓", "カエデ"),
    ("優花", "ユウカ"), ("萌", "モエ"), ("美月", "ミヅキ"), ("桃子", "モモコ"), ("杏奈", "アンナ"), ("凜", "リン"),
    ("詩織", "シオリ"), ("真央", "マオ"), ("奈々", "ナナ"), ("菜摘", "ナツミ"), ("紗希", "サキ"), ("瑞穂", "ミズホ"),
    ("琴音", "コトネ"), ("栞", "シオリ"), ("ひかり", "ヒカリ"), ("みなみ", "ミナミ"),
];

/// Gives everybody a number, a name and an address, and turns the posts they held into assignments.
pub(super) fn baptise(mut course: Vec<Career>, posts: &[Post], dice: &mut Dice) -> (Vec<Person>, Vec<Assignment>) {
    course.sort_by_key(|career| career.hired);
    let mut people = Vec::with_capacity(course.len());
    let mut assignments = Vec::new();
    let mut year = None;
    let mut within_year = 0;
    for career in course {
        within_year = if year == Some(career.hired.year()) { within_year + 1 } else { 1 };
        year = Some(career.hired.year());
        let number = format!("{:02}{within_year:05}", career.hired.year() % 100);
        let (name, kana) = name(career.born, dice);
        let mail = format!("s{number}@mihon.example.jp");
        for span in &career.spans {
            let Some(post) = posts.get(span.post) else { continue };
            assignments.push(Assignment {
                person: number.clone(),
                post: post.code.clone(),
                from: span.from,
                to: span.to,
                kind: span.kind,
            });
        }
        let (born_on, hired_on, left_on) = (career.born, career.hired, career.left);
        let conditional_until = eve(hired_on.checked_add_months(Months::new(6)).unwrap_or(hired_on));
        people.push(Person { number, name, kana, born_on, hired_on, left_on, conditional_until, mail });
    }
    people.sort_by(|one, other| one.number.cmp(&other.number));
    assignments.sort_by(|one, other| (&one.person, one.from).cmp(&(&other.person, other.from)));
    (people, assignments)
}

fn name(born: NaiveDate, dice: &mut Dice) -> (String, String) {
    let young = born.year() >= 1985;
    // Women are fewer among those hired long ago.
    let woman = dice.per_mille(if young { 450 } else { 260 });
    let given = match (woman, young) {
        (true, true) => YOUNGER_WOMEN,
        (true, false) => OLDER_WOMEN,
        (false, true) => YOUNGER_MEN,
        (false, false) => OLDER_MEN,
    };
    let (surname, surname_kana) = dice.pick(SURNAMES).copied().unwrap_or(("見本", "ミホン"));
    let (given, given_kana) = dice.pick(given).copied().unwrap_or(("太郎", "タロウ"));
    (format!("{surname}\u{3000}{given}"), format!("{surname_kana}\u{3000}{given_kana}"))
}
