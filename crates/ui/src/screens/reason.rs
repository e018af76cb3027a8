//! The short question 「何のためですか」 before protected values leave the program in bulk or on paper, where the pack asks
//! for a reason (`asks_reason`).

use maud::html;

use crate::Url;
use crate::components::{Button, Field, Form, LinkButton, Page, TextArea};

/// Most characters of a reason.
pub const MOST: u32 = 400;

/// The page that asks. It is answered by the same address with `reason` beside what was asked before: posted where
/// `secret` is given, else as a query.
pub fn reason_page(
    title: &str,
    help: &str,
    to: &Url,
    pairs: &[(String, String)],
    back: Url,
    secret: Option<&str>,
) -> Page {
    let input = Field::new("reason", "理由", TextArea::new().rows(3).limit(MOST)).required();
    let input = input.help("だれに、何のために渡すかを書きます。理由は証跡に残り、監査のときに読まれます。");
    let kept: Vec<&(String, String)> = pairs.iter().filter(|(name, _)| name != "reason" && name != "_secret").collect();
    let body = match secret {
        Some(secret) => {
            let form = kept.iter().fold(Form::new(to.clone()).hidden("_secret", secret), |form, (name, value)| {
                form.hidden(name.as_str(), value.as_str())
            });
            html! { (form.body(input).button(Button::primary("理由を残して進む")).button(LinkButton::secondary("やめる", back))) }
        }
        None => html! {
            form method="get" action=(to.bare()) {
                @for (name, value) in kept { input type="hidden" name=(name) value=(value); }
                (input)
                div class="actions" {
                    (Button::primary("理由を残して進む"))
                    (LinkButton::secondary("やめる", back))
                }
            }
        },
    };
    Page::new(title).body(html! { p { (help) } (body) })
}

/// A reason as a person gave it; none where it is blank.
pub fn given(text: Option<&str>) -> Option<String> {
    let text: String = text?.trim().chars().take(MOST as usize).collect();
    (!text.is_empty()).then_some(text)
}
