//! What an expression weighs against what: asked by the check of packs, which knows the kinds of the fields.

use super::functions::Function;
use super::tree::{Bound, Each, Form, Literal, Node, Operator};

/// Two variables, with the members read of them, that are weighed against one another or added up.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Pair {
    /// Names of both sides, as in [`super::Path`].
    pub sides: [Vec<String>; 2],
    /// Byte offset of the operator or function in the source.
    pub offset: usize,
}

/// A variable that is compared with a text: `state == 'draft'`, `kind in ['a', 'b']`, `'a' in kinds`.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Comparison {
    /// Names of the variable and its members, as in [`super::Path`].
    pub names: Vec<String>,
    /// The text.
    pub text: String,
    /// Byte offset of the text in the source.
    pub offset: usize,
}

/// What was found.
#[derive(Default)]
pub(super) struct Weighed {
    pub pairs: Vec<Pair>,
    pub comparisons: Vec<Comparison>,
}

impl Node {
    /// Collect pairs and comparisons.
    pub(super) fn weigh(&self, bound: &mut Bound, found: &mut Weighed) {
        match &self.form {
            Form::Binary(operator, one, two) => {
                if let (false, Some(one), Some(two)) =
                    (*operator == Operator::In, one.spelled(bound), two.spelled(bound))
                {
                    found.pairs.push(Pair { sides: [one, two], offset: self.at });
                }
                if matches!(operator, Operator::Equal | Operator::Unequal | Operator::In) {
                    compared(one, two, bound, found);
                    compared(two, one, bound, found);
                }
            }
            Form::Call(Function::Min | Function::Max, arguments) => self.extremes(arguments, bound, found),
            _ => {}
        }
        if let Form::Each { list, variable, body, .. } = &self.form {
            list.weigh(bound, found);
            bound.push((variable.clone(), list.spelled(bound)));
            body.weigh(bound, found);
            bound.pop();
        } else {
            for part in self.parts() {
                part.weigh(bound, found);
            }
        }
    }

    /// Arguments of `min` and `max` are weighed against one another, and so are the elements of a list.
    fn extremes(&self, arguments: &[Node], bound: &mut Bound, found: &mut Weighed) {
        let mut sides: Vec<Vec<String>> = Vec::new();
        for argument in arguments {
            if let Form::Each { how: Each::Map, list, variable, body } = &argument.form {
                bound.push((variable.clone(), list.spelled(bound)));
                if let Some(path) = body.spelled(bound) {
                    sides.extend([path.clone(), path]);
                }
                bound.pop();
            } else {
                sides.extend(argument.spelled(bound));
            }
        }
        for pair in sides.windows(2) {
            if let [one, two] = pair {
                found.pairs.push(Pair { sides: [one.clone(), two.clone()], offset: self.at });
            }
        }
    }
}

fn compared(variable: &Node, texts: &Node, bound: &Bound, found: &mut Weighed) {
    let Some(names) = variable.spelled(bound) else { return };
    let texts = match &texts.form {
        Form::List(items) => items.as_slice(),
        _ => std::slice::from_ref(texts),
    };
    for node in texts {
        if let Form::Literal(Literal::Text(text)) = &node.form {
            found.comparisons.push(Comparison { names: names.clone(), text: text.clone(), offset: node.at });
        }
    }
}
