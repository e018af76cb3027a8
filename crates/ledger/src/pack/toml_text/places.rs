//! Places of everything in a file.

use std::collections::HashMap;
use std::rc::Rc;

use super::{File, Item, Place, Value};

/// Where everything in a file stands, by dotted path (`field.person.kind`, `access.0.role`).
#[derive(Debug, Clone)]
pub(in crate::pack) struct Places {
    file: Rc<File>,
    by_path: HashMap<String, Place>,
}

impl Places {
    pub fn of(file: &Rc<File>, root: &Item) -> Self {
        let mut places = Self { file: file.clone(), by_path: HashMap::new() };
        places.walk("", root);
        places
    }

    fn walk(&mut self, path: &str, item: &Item) {
        let below = |name: &str| if path.is_empty() { name.to_owned() } else { format!("{path}.{name}") };
        match &item.value {
            Value::Table(entries) => {
                for (name, key, item) in entries {
                    let place = if matches!(item.value, Value::Table(_)) { key } else { &item.place };
                    self.by_path.insert(below(name), place.clone());
                    self.walk(&below(name), item);
                }
            }
            Value::List(items) => {
                for (index, item) in items.iter().enumerate() {
                    self.by_path.insert(below(&index.to_string()), item.place.clone());
                    self.walk(&below(&index.to_string()), item);
                }
            }
            _ => {}
        }
    }

    /// Whether the path is written.
    pub fn has(&self, path: &str) -> bool {
        self.by_path.contains_key(path)
    }

    /// The place of a path, of the nearest path above it that is written, or the beginning of the file.
    pub fn at(&self, path: &str) -> Place {
        let mut path = path;
        loop {
            if let Some(place) = self.by_path.get(path) {
                return place.clone();
            }
            match path.rsplit_once('.') {
                Some((above, _)) => path = above,
                None => return Place { file: self.file.clone(), start: 0, end: 0 },
            }
        }
    }
}
