//! Reading an expression: precedence climbing over the grammar of CEL.

use super::MAX_SOURCE;
use super::functions::Function;
use super::tokens::{Token, cut};
use super::tree::{Each, Fault, Form, Literal, Node, Operator};

/// Deepest tree that is read. Guards the stack of whoever reads and evaluates it.
const MAX_DEPTH: usize = 60;

pub(super) fn parse(source: &str) -> Result<Node, Fault> {
    if source.len() > MAX_SOURCE {
        return Err(Fault::new(0, format!("式が長すぎます（{MAX_SOURCE}バイトまで）。計算項目に分けてください")));
    }
    let tokens = cut(source)?;
    let mut reader = Reader { tokens, next: 0, depth: 0 };
    if reader.peek() == &Token::End {
        return Err(Fault::new(0, "式が空です。条件を書くか、この行を消してください"));
    }
    let node = reader.conditional()?;
    match reader.peek().clone() {
        Token::End => Ok(node),
        token => Err(reader.unexpected(&token)),
    }
}

struct Reader {
    tokens: Vec<(usize, Token)>,
    next: usize,
    depth: usize,
}

impl Reader {
    fn peek(&self) -> &Token {
        self.tokens.get(self.next).map_or(&Token::End, |(_, token)| token)
    }

    fn at(&self) -> usize {
        self.tokens.get(self.next).or(self.tokens.last()).map_or(0, |(at, _)| *at)
    }

    fn take(&mut self) -> Token {
        let token = self.peek().clone();
        self.next += 1;
        token
    }

    fn takes(&mut self, sign: &str) -> bool {
        let found = matches!(self.peek(), Token::Sign(one) if *one == sign);
        if found {
            self.next += 1;
        }
        found
    }

    fn demand(&mut self, sign: &str) -> Result<(), Fault> {
        if self.takes(sign) {
            return Ok(());
        }
        Err(Fault::new(self.at(), format!("ここに「{sign}」が必要ですが、{}があります", self.peek().shown())))
    }

    /// A token that cannot stand here, with the mend for what people usually mean.
    fn unexpected(&self, token: &Token) -> Fault {
        let message = match token {
            Token::Name(word) if word.eq_ignore_ascii_case("and") => "「かつ」は「&&」と書いてください".into(),
            Token::Name(word) if word.eq_ignore_ascii_case("or") => "「または」は「||」と書いてください".into(),
            Token::Name(word) if word.eq_ignore_ascii_case("not") => "「でない」は「!」と書いてください".into(),
            Token::Name(word) if word == "is" => "等しいことは「==」と書いてください".into(),
            Token::End => "式が途中で終わっています。続きを書いてください".into(),
            Token::Sign(")" | "]") => format!("{}が多すぎます。対応する括弧を確かめてください", token.shown()),
            token => format!("{}はここに置けません。前後の演算子と括弧を確かめてください", token.shown()),
        };
        Fault::new(self.at(), message)
    }

    fn node(&self, at: usize, form: Form) -> Result<Node, Fault> {
        let mut node = Node { at, depth: 0, form };
        node.depth = node.deepest() + 1;
        if node.depth > MAX_DEPTH { Err(too_deep(at)) } else { Ok(node) }
    }

    /// `condition ? one : other`, the loosest form.
    fn conditional(&mut self) -> Result<Node, Fault> {
        self.depth += 1;
        if self.depth > MAX_DEPTH {
            return Err(too_deep(self.at()));
        }
        let condition = self.any()?;
        let at = self.at();
        let node = if self.takes("?") {
            let one = self.any()?;
            self.demand(":")?;
            let other = self.conditional()?;
            self.node(at, Form::If(Box::new(condition), Box::new(one), Box::new(other)))?
        } else {
            condition
        };
        self.depth -= 1;
        Ok(node)
    }

    fn any(&mut self) -> Result<Node, Fault> {
        let first = self.all()?;
        let at = self.at();
        let mut terms = vec![first];
        while self.takes("||") {
            terms.push(self.all()?);
        }
        match terms.len() {
            1 => terms.pop().ok_or_else(|| too_deep(at)),
            _ => self.node(at, Form::Any(terms)),
        }
    }

    fn all(&mut self) -> Result<Node, Fault> {
        let first = self.relation()?;
        let at = self.at();
        let mut terms = vec![first];
        while self.takes("&&") {
            terms.push(self.relation()?);
        }
        match terms.len() {
            1 => terms.pop().ok_or_else(|| too_deep(at)),
            _ => self.node(at, Form::All(terms)),
        }
    }

    fn relation(&mut self) -> Result<Node, Fault> {
        let mut left = self.sum()?;
        loop {
            let operator = match self.peek() {
                Token::Sign("==") => Operator::Equal,
                Token::Sign("!=") => Operator::Unequal,
                Token::Sign("<") => Operator::Below,
                Token::Sign("<=") => Operator::AtMost,
                Token::Sign(">") => Operator::Above,
                Token::Sign(">=") => Operator::AtLeast,
                Token::Name(word) if word == "in" => Operator::In,
                _ => return Ok(left),
            };
            left = self.binary(operator, left, Reader::sum)?;
        }
    }

    fn sum(&mut self) -> Result<Node, Fault> {
        let mut left = self.product()?;
        loop {
            let operator = match self.peek() {
                Token::Sign("+") => Operator::Add,
                Token::Sign("-") => Operator::Subtract,
                _ => return Ok(left),
            };
            left = self.binary(operator, left, Reader::product)?;
        }
    }

    fn product(&mut self) -> Result<Node, Fault> {
        let mut left = self.unary()?;
        loop {
            let operator = match self.peek() {
                Token::Sign("*") => Operator::Multiply,
                Token::Sign("/") => Operator::Divide,
                Token::Sign("%") => Operator::Remainder,
                _ => return Ok(left),
            };
            left = self.binary(operator, left, Reader::unary)?;
        }
    }

    fn binary(
        &mut self,
        operator: Operator,
        left: Node,
        right: fn(&mut Self) -> Result<Node, Fault>,
    ) -> Result<Node, Fault> {
        let at = self.at();
        self.take();
        let right = right(self)?;
        self.node(at, Form::Binary(operator, Box::new(left), Box::new(right)))
    }

    fn unary(&mut self) -> Result<Node, Fault> {
        let at = self.at();
        let mut signs = Vec::new();
        loop {
            if self.takes("!") {
                signs.push('!');
            } else if self.takes("-") {
                signs.push('-');
            } else {
                break;
            }
            if signs.len() > MAX_DEPTH {
                return Err(too_deep(at));
            }
        }
        let mut node = if self.peek() == &Token::IntBelow && signs.last() == Some(&'-') {
            signs.pop();
            self.take();
            self.node(at, Form::Literal(Literal::Int(i64::MIN)))?
        } else {
            self.postfix()?
        };
        while let Some(sign) = signs.pop() {
            let form = if sign == '!' { Form::Not(Box::new(node)) } else { Form::Negate(Box::new(node)) };
            node = self.node(at, form)?;
        }
        Ok(node)
    }

    fn postfix(&mut self) -> Result<Node, Fault> {
        let mut node = self.primary()?;
        loop {
            let at = self.at();
            if self.takes("[") {
                let index = self.conditional()?;
                self.demand("]")?;
                node = self.node(at, Form::Index(Box::new(node), Box::new(index)))?;
            } else if self.takes(".") {
                let at = self.at();
                let Token::Name(member) = self.take() else {
                    return Err(Fault::new(at, "「.」の後には項目の識別名を書いてください"));
                };
                node = if self.takes("(") {
                    self.method(at, node, &member)?
                } else {
                    self.node(at, Form::Member(Box::new(node), member))?
                };
            } else {
                return Ok(node);
            }
        }
    }

    /// `list.exists(x, condition)` and its kin; any other function with what stands before the point as its first
    /// argument.
    fn method(&mut self, at: usize, target: Node, name: &str) -> Result<Node, Fault> {
        let how = match name {
            "all" => Each::All,
            "exists" => Each::Exists,
            "exists_one" => Each::ExistsOne,
            "map" => Each::Map,
            "filter" => Each::Filter,
            _ => {
                let mut arguments = vec![target];
                arguments.extend(self.arguments(")")?);
                return self.call(at, name, arguments);
            }
        };
        let place = self.at();
        let (Token::Name(variable), true) = (self.take(), self.takes(",")) else {
            return Err(Fault::new(
                place,
                format!("「{name}」は {name}(x, 条件) の形で書いてください。x は一行を表す名前です"),
            ));
        };
        let body = self.conditional()?;
        self.demand(")")?;
        self.node(at, Form::Each { how, list: Box::new(target), variable, body: Box::new(body) })
    }

    fn arguments(&mut self, close: &str) -> Result<Vec<Node>, Fault> {
        let mut arguments = Vec::new();
        if self.takes(close) {
            return Ok(arguments);
        }
        loop {
            arguments.push(self.conditional()?);
            if self.takes(close) {
                return Ok(arguments);
            }
            if !self.takes(",") {
                let found = self.peek().clone();
                if found == Token::End {
                    return Err(Fault::new(self.at(), format!("括弧が閉じていません。「{close}」を付けてください")));
                }
                return Err(self.unexpected(&found));
            }
            // CEL allows a comma behind the last element of a list.
            if close == "]" && self.takes(close) {
                return Ok(arguments);
            }
        }
    }

    fn call(&mut self, at: usize, name: &str, mut arguments: Vec<Node>) -> Result<Node, Fault> {
        if name == "has" {
            return match (arguments.pop(), arguments.is_empty()) {
                (Some(one), true) if matches!(one.form, Form::Member(..)) => self.node(at, Form::Has(Box::new(one))),
                _ => Err(Fault::new(
                    at,
                    "「has」は has(前の項目.項目) の形で書いてください。項目が空かどうかは empty(項目) です",
                )),
            };
        }
        let Some(function) = Function::named(name) else {
            return Err(Fault::new(at, Function::unknown(name)));
        };
        let (least, most) = function.arity();
        if !(least..=most).contains(&arguments.len()) {
            return Err(Fault::new(
                at,
                format!("「{name}」に渡す値の数が{}個です。{} と書いてください", arguments.len(), function.usage()),
            ));
        }
        self.node(at, Form::Call(function, arguments))
    }

    fn primary(&mut self) -> Result<Node, Fault> {
        let at = self.at();
        let token = self.take();
        let form = match token {
            Token::Int(number) => Form::Literal(Literal::Int(number)),
            Token::Decimal(number) => Form::Literal(Literal::Decimal(number)),
            Token::Text(text) => Form::Literal(Literal::Text(text)),
            Token::Name(name) => match name.as_str() {
                "true" => Form::Literal(Literal::Bool(true)),
                "false" => Form::Literal(Literal::Bool(false)),
                "null" => Form::Literal(Literal::Null),
                "and" | "or" | "not" | "in" | "is" => {
                    self.next -= 1;
                    return Err(self.unexpected(&Token::Name(name)));
                }
                _ if self.takes("(") => {
                    let arguments = self.arguments(")")?;
                    return self.call(at, &name, arguments);
                }
                _ => Form::Name(name),
            },
            Token::Sign("(") => {
                let inner = self.conditional()?;
                self.demand(")")?;
                return Ok(inner);
            }
            Token::Sign("[") => Form::List(self.arguments("]")?),
            Token::IntBelow => return Err(Fault::new(at, "数が大きすぎます。18桁までにしてください")),
            token => {
                self.next -= 1;
                return Err(self.unexpected(&token));
            }
        };
        self.node(at, form)
    }
}

fn too_deep(at: usize) -> Fault {
    Fault::new(at, format!("式の入れ子が深すぎます（{MAX_DEPTH}段まで）。計算項目に分けてください"))
}
