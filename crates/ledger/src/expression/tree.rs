//! The tree of an expression.

use super::ExpressionProblem;
use super::functions::Function;

/// A mistake at a byte offset of the source.
#[derive(Debug, Clone)]
pub(super) struct Fault {
    pub at: usize,
    pub message: String,
}

impl Fault {
    pub fn new(at: usize, message: impl Into<String>) -> Self {
        Self { at, message: message.into() }
    }

    /// With line and column instead of the offset.
    pub fn place(self, source: &str) -> ExpressionProblem {
        let (line, column) = place(source, self.at);
        ExpressionProblem { line, column, message: self.message }
    }
}

/// Line and column in characters, both from 1, of a byte offset.
pub(super) fn place(source: &str, at: usize) -> (usize, usize) {
    let mut end = at.min(source.len());
    while !source.is_char_boundary(end) {
        end -= 1;
    }
    let before = source.get(..end).unwrap_or_default();
    let line = before.matches('\n').count() + 1;
    let column = before.rsplit('\n').next().unwrap_or_default().chars().count() + 1;
    (line, column)
}

/// A variable with the members read of it: `round.goal_due`.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Path {
    /// Name of the variable, then names of members.
    pub names: Vec<String>,
    /// Byte offset in the source.
    pub offset: usize,
    /// Line within the expression, from 1.
    pub line: usize,
    /// Column in characters, from 1.
    pub column: usize,
}

#[derive(Debug, Clone)]
pub(super) enum Literal {
    Null,
    Bool(bool),
    Int(i64),
    Decimal(rust_decimal::Decimal),
    Text(String),
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Operator {
    Add,
    Subtract,
    Multiply,
    Divide,
    Remainder,
    Equal,
    Unequal,
    Below,
    AtMost,
    Above,
    AtLeast,
    In,
}

impl Operator {
    pub fn sign(self) -> &'static str {
        match self {
            Operator::Add => "+",
            Operator::Subtract => "-",
            Operator::Multiply => "*",
            Operator::Divide => "/",
            Operator::Remainder => "%",
            Operator::Equal => "==",
            Operator::Unequal => "!=",
            Operator::Below => "<",
            Operator::AtMost => "<=",
            Operator::Above => ">",
            Operator::AtLeast => ">=",
            Operator::In => "in",
        }
    }
}

/// What is done with each element of a list.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Each {
    All,
    Exists,
    ExistsOne,
    Map,
    Filter,
}

#[derive(Debug, Clone)]
pub(super) enum Form {
    Literal(Literal),
    Name(String),
    Member(Box<Node>, String),
    Index(Box<Node>, Box<Node>),
    Has(Box<Node>),
    Not(Box<Node>),
    Negate(Box<Node>),
    All(Vec<Node>),
    Any(Vec<Node>),
    If(Box<Node>, Box<Node>, Box<Node>),
    Binary(Operator, Box<Node>, Box<Node>),
    List(Vec<Node>),
    Call(Function, Vec<Node>),
    Each { how: Each, list: Box<Node>, variable: String, body: Box<Node> },
}

/// One part of an expression, with its place.
#[derive(Debug, Clone)]
pub(super) struct Node {
    pub at: usize,
    pub depth: usize,
    pub form: Form,
}

/// Variables of list operations around a node, each with the path of what it runs over.
pub(super) type Bound = Vec<(String, Option<Vec<String>>)>;

impl Node {
    /// Parts in order.
    pub fn parts(&self) -> Vec<&Node> {
        match &self.form {
            Form::Literal(_) | Form::Name(_) => Vec::new(),
            Form::Member(one, _) | Form::Has(one) | Form::Not(one) | Form::Negate(one) => vec![one],
            Form::Index(one, two) | Form::Binary(_, one, two) => vec![one, two],
            Form::If(one, two, three) => vec![one, two, three],
            Form::All(many) | Form::Any(many) | Form::List(many) | Form::Call(_, many) => many.iter().collect(),
            Form::Each { list, body, .. } => vec![list, body],
        }
    }

    /// The variable and members this node spells, with variables of list operations replaced by what they run over.
    pub fn spelled(&self, bound: &[(String, Option<Vec<String>>)]) -> Option<Vec<String>> {
        match &self.form {
            Form::Name(name) => match bound.iter().rev().find(|(variable, _)| variable == name) {
                Some((_, path)) => path.clone(),
                None => Some(vec![name.clone()]),
            },
            Form::Member(one, member) => {
                let mut path = one.spelled(bound)?;
                path.push(member.clone());
                Some(path)
            }
            Form::Index(list, _) => list.spelled(bound),
            Form::Each { how: Each::Filter, list, .. } => list.spelled(bound),
            _ => None,
        }
    }

    /// Collect all paths. `bound` holds the variables of list operations around this node.
    pub fn paths(&self, bound: &mut Bound, found: &mut Vec<Path>) {
        match &self.form {
            Form::Name(_) | Form::Member(..) => {
                if let Some(names) = self.spelled(bound) {
                    let local = matches!(&self.form, Form::Name(name) if bound.iter().any(|(one, _)| one == name));
                    if !local {
                        found.push(Path { names, offset: self.start(), line: 0, column: 0 });
                    }
                }
                // What stands before the members may itself read other names: `list[index].name`.
                let mut inner = self;
                while let Form::Member(one, _) = &inner.form {
                    inner = one;
                }
                if !matches!(inner.form, Form::Name(_)) {
                    inner.paths(bound, found);
                }
            }
            Form::Each { list, variable, body, .. } => {
                list.paths(bound, found);
                bound.push((variable.clone(), list.spelled(bound)));
                body.paths(bound, found);
                bound.pop();
            }
            _ => {
                for part in self.parts() {
                    part.paths(bound, found);
                }
            }
        }
    }

    /// Offset of the first sign of this node.
    fn start(&self) -> usize {
        match &self.form {
            Form::Member(one, _) => one.start(),
            _ => self.at,
        }
    }
}

impl Node {
    /// Depth of the deepest part.
    pub fn deepest(&self) -> usize {
        self.parts().iter().map(|part| part.depth).max().unwrap_or(0)
    }
}
