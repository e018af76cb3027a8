//! Running an expression over the values of one record.

use std::borrow::Cow;

use rust_decimal::Decimal;
use serde_json::Value;

use super::Names;
use super::datum::Datum;
use super::functions;
use super::tree::{Each, Fault, Form, Literal, Node, Operator};

/// Most steps of one evaluation. An expression over a table of a thousand rows takes a few thousand.
const MAX_STEPS: usize = 100_000;
/// Longest text that may be put together, in bytes.
pub(super) const MAX_TEXT: usize = 100_000;

pub(super) fn run<'a>(tree: &'a Node, names: &'a Names<'a>) -> Result<Datum<'a>, Fault> {
    Run { names, steps: 0 }.node(tree, None)
}

/// Variables of list operations, innermost first.
struct Bound<'s, 'a> {
    name: &'a str,
    value: Datum<'a>,
    outer: Option<&'s Bound<'s, 'a>>,
}

struct Run<'a> {
    names: &'a Names<'a>,
    steps: usize,
}

impl<'a> Run<'a> {
    fn node(&mut self, node: &'a Node, bound: Option<&Bound<'_, 'a>>) -> Result<Datum<'a>, Fault> {
        self.steps += 1;
        if self.steps > MAX_STEPS {
            return Err(Fault::new(node.at, "計算が長すぎます。一覧の中で一覧を調べる式を簡単にしてください"));
        }
        Ok(match &node.form {
            Form::Literal(literal) => match literal {
                Literal::Null => Datum::Null,
                Literal::Bool(flag) => Datum::Bool(*flag),
                Literal::Int(number) => Datum::Int(*number),
                Literal::Decimal(number) => Datum::Decimal(*number),
                Literal::Text(text) => Datum::Text(Cow::Borrowed(text)),
            },
            Form::Name(name) => self.name(name, bound),
            Form::Member(of, member) => self.member(of, member, bound)?,
            Form::Index(of, index) => self.index(of, index, bound)?,
            Form::Has(one) => Datum::Bool(!matches!(self.node(one, bound)?, Datum::Null)),
            Form::Not(one) => Datum::Bool(!self.node(one, bound)?.truth(one.at)?),
            Form::Negate(one) => match self.node(one, bound)? {
                Datum::Null => Datum::Null,
                Datum::Int(number) => number.checked_neg().map(Datum::Int).ok_or_else(|| overflow(node.at))?,
                other => match other.number() {
                    Some(number) => Datum::Decimal(-number),
                    None => return Err(Fault::new(node.at, format!("{}に「-」は付けられません", other.kind()))),
                },
            },
            Form::All(terms) => {
                for term in terms {
                    if !self.node(term, bound)?.truth(term.at)? {
                        return Ok(Datum::Bool(false));
                    }
                }
                Datum::Bool(true)
            }
            Form::Any(terms) => {
                for term in terms {
                    if self.node(term, bound)?.truth(term.at)? {
                        return Ok(Datum::Bool(true));
                    }
                }
                Datum::Bool(false)
            }
            Form::If(condition, one, other) => {
                if self.node(condition, bound)?.truth(condition.at)? {
                    self.node(one, bound)?
                } else {
                    self.node(other, bound)?
                }
            }
            Form::Binary(operator, left, right) => {
                let left = self.node(left, bound)?;
                let right = self.node(right, bound)?;
                binary(*operator, left, right, node.at)?
            }
            Form::List(items) => {
                let mut list = Vec::with_capacity(items.len());
                for item in items {
                    list.push(self.node(item, bound)?);
                }
                Datum::List(list)
            }
            Form::Call(function, arguments) => {
                let mut values = Vec::with_capacity(arguments.len());
                for argument in arguments {
                    values.push(self.node(argument, bound)?);
                }
                functions::call(*function, values, node.at)?
            }
            Form::Each { how, list, variable, body } => self.each(*how, list, variable, body, bound)?,
        })
    }

    fn name(&self, name: &'a str, bound: Option<&Bound<'_, 'a>>) -> Datum<'a> {
        let mut scope = bound;
        while let Some(one) = scope {
            if one.name == name {
                return one.value.clone();
            }
            scope = one.outer;
        }
        match name {
            "state" => Datum::Text(Cow::Borrowed(self.names.state)),
            "today" => Datum::Text(Cow::Borrowed(self.names.today)),
            "me" => Datum::of(self.names.me),
            "before" => Datum::of(self.names.before),
            _ => self.names.fields.get(name).map_or(Datum::Null, Datum::of),
        }
    }

    fn member(&mut self, of: &'a Node, member: &'a str, bound: Option<&Bound<'_, 'a>>) -> Result<Datum<'a>, Fault> {
        match self.node(of, bound)? {
            Datum::Json(Value::Object(object)) => Ok(object.get(member).map_or(Datum::Null, Datum::of)),
            // A text is a reference that could not be opened: the record is gone, or was none.
            Datum::Null | Datum::Text(_) => Ok(Datum::Null),
            other => Err(Fault::new(
                of.at,
                format!(
                    "{}に「.{member}」はありません。一覧なら map(x, x.{member}) か exists(x, …) を使ってください",
                    other.kind()
                ),
            )),
        }
    }

    fn index(&mut self, of: &'a Node, index: &'a Node, bound: Option<&Bound<'_, 'a>>) -> Result<Datum<'a>, Fault> {
        let list = self.node(of, bound)?;
        let wanted = self.node(index, bound)?;
        Ok(match (list, wanted) {
            (Datum::Null, _) | (_, Datum::Null) => Datum::Null,
            (Datum::Json(Value::Object(object)), Datum::Text(key)) => {
                object.get(key.as_ref()).map_or(Datum::Null, Datum::of)
            }
            (Datum::Json(Value::Array(list)), Datum::Int(wanted)) => {
                usize::try_from(wanted).ok().and_then(|wanted| list.get(wanted)).map_or(Datum::Null, Datum::of)
            }
            (Datum::List(list), Datum::Int(wanted)) => {
                usize::try_from(wanted).ok().and_then(|wanted| list.into_iter().nth(wanted)).unwrap_or(Datum::Null)
            }
            (list, wanted) => {
                return Err(Fault::new(
                    of.at,
                    format!(
                        "{}の [{}] は取り出せません。一覧には番号（0から）を書いてください",
                        list.kind(),
                        wanted.kind()
                    ),
                ));
            }
        })
    }

    fn each(
        &mut self,
        how: Each,
        list: &'a Node,
        variable: &'a str,
        body: &'a Node,
        bound: Option<&Bound<'_, 'a>>,
    ) -> Result<Datum<'a>, Fault> {
        let found = self.node(list, bound)?;
        let elements = match (&found, found.elements()) {
            (_, Some(elements)) => elements,
            (Datum::Null, _) => Vec::new(),
            (other, _) => {
                return Err(Fault::new(
                    list.at,
                    format!("{}は一覧ではありません。表や複数の項目に使ってください", other.kind()),
                ));
            }
        };
        let mut count = 0_usize;
        let mut kept = Vec::new();
        for element in elements {
            let scope = Bound { name: variable, value: element, outer: bound };
            let value = self.node(body, Some(&scope))?;
            if how == Each::Map {
                kept.push(value);
                continue;
            }
            if value.truth(body.at)? {
                count += 1;
                match how {
                    Each::Exists => return Ok(Datum::Bool(true)),
                    Each::Filter => kept.push(scope.value),
                    _ => {}
                }
            } else if how == Each::All {
                return Ok(Datum::Bool(false));
            }
        }
        Ok(match how {
            Each::All => Datum::Bool(true),
            Each::Exists => Datum::Bool(false),
            Each::ExistsOne => Datum::Bool(count == 1),
            Each::Map | Each::Filter => Datum::List(kept),
        })
    }
}

fn overflow(at: usize) -> Fault {
    Fault::new(at, "計算の結果が大きすぎます。値の範囲を min・max で限ってください")
}

fn binary<'a>(operator: Operator, left: Datum<'a>, right: Datum<'a>, at: usize) -> Result<Datum<'a>, Fault> {
    use std::cmp::Ordering::{Equal, Greater, Less};
    let fits = |left: &Datum<'_>, right: &Datum<'_>| {
        Fault::new(
            at,
            format!(
                "{}と{}を「{}」で計算・比較できません。同じ種類の値にそろえてください",
                left.kind(),
                right.kind(),
                operator.sign()
            ),
        )
    };
    let ordered = |wanted: &[std::cmp::Ordering]| match left.order(&right) {
        Some(Some(order)) => Ok(Datum::Bool(wanted.contains(&order))),
        Some(None) => Ok(Datum::Bool(false)),
        None => Err(fits(&left, &right)),
    };
    match operator {
        Operator::Equal => Ok(Datum::Bool(left.same(&right))),
        Operator::Unequal => Ok(Datum::Bool(!left.same(&right))),
        Operator::Below => ordered(&[Less]),
        Operator::AtMost => ordered(&[Less, Equal]),
        Operator::Above => ordered(&[Greater]),
        Operator::AtLeast => ordered(&[Greater, Equal]),
        Operator::In => match right.elements() {
            Some(elements) => Ok(Datum::Bool(elements.iter().any(|element| element.same(&left)))),
            None if matches!(right, Datum::Null) => Ok(Datum::Bool(false)),
            None => Err(Fault::new(
                at,
                "「in」の右には一覧を書いてください。文字列の一部を調べるには contains( ) を使ってください",
            )),
        },
        Operator::Add => match (left, right) {
            (Datum::Text(one), Datum::Text(two)) => {
                if one.len() + two.len() > MAX_TEXT {
                    return Err(Fault::new(at, "つないだ文字列が長すぎます"));
                }
                Ok(Datum::Text(Cow::Owned([one, two].concat())))
            }
            // A name without its second part is still a name.
            (Datum::Text(one), Datum::Null) | (Datum::Null, Datum::Text(one)) => Ok(Datum::Text(one)),
            (left, right) => match (left.elements(), right.elements()) {
                (Some(mut one), Some(two)) => {
                    one.extend(two);
                    Ok(Datum::List(one))
                }
                _ => arithmetic(operator, left, right, at, fits),
            },
        },
        _ => arithmetic(operator, left, right, at, fits),
    }
}

fn arithmetic<'a>(
    operator: Operator,
    left: Datum<'a>,
    right: Datum<'a>,
    at: usize,
    fits: impl Fn(&Datum<'_>, &Datum<'_>) -> Fault,
) -> Result<Datum<'a>, Fault> {
    let zero = || Fault::new(at, "0で割っています。「割る数 == 0 ? null : 割る式」の形で0の場合を分けてください");
    match (&left, &right) {
        (Datum::Null, _) | (_, Datum::Null) => Ok(Datum::Null),
        (Datum::Int(one), Datum::Int(two)) => {
            let (one, two) = (*one, *two);
            match operator {
                Operator::Add => one.checked_add(two),
                Operator::Subtract => one.checked_sub(two),
                Operator::Multiply => one.checked_mul(two),
                Operator::Divide if two == 0 => return Err(zero()),
                Operator::Remainder if two == 0 => return Err(zero()),
                Operator::Divide => one.checked_div(two),
                _ => one.checked_rem(two),
            }
            .map(Datum::Int)
            .ok_or_else(|| overflow(at))
        }
        (Datum::Text(_), Datum::Text(_)) => Err(fits(&left, &right)),
        _ => {
            let (Some(one), Some(two)) = (left.number(), right.number()) else { return Err(fits(&left, &right)) };
            if two.is_zero() && matches!(operator, Operator::Divide | Operator::Remainder) {
                return Err(zero());
            }
            number(operator, one, two).map(Datum::Decimal).ok_or_else(|| overflow(at))
        }
    }
}

fn number(operator: Operator, one: Decimal, two: Decimal) -> Option<Decimal> {
    match operator {
        Operator::Add => one.checked_add(two),
        Operator::Subtract => one.checked_sub(two),
        Operator::Multiply => one.checked_mul(two),
        Operator::Divide => one.checked_div(two),
        _ => one.checked_rem(two),
    }
}
