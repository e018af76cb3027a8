//! Reading lists, saved views and form sections.

use super::access::conditions;
use super::workflow::name_is_fit;
use crate::definition::{Column, FormSection, SavedView, SortColumn, Views};
use crate::pack::toml_text::Table;

pub(super) fn views(table: &Table<'_>) -> Views {
    let mut views = Views::default();
    if let Some(list) = table.table("list") {
        let columns = list.texts("columns").into_iter().map(|field| Column { field, shown: true });
        let more = list.texts("more").into_iter().map(|field| Column { field, shown: false });
        views.columns = columns.chain(more).collect();
        views.filters = list.texts("filters");
        views.groups = list.texts("groups");
        views.sort = list
            .texts("sort")
            .into_iter()
            .map(|field| match field.strip_prefix('-') {
                Some(field) => SortColumn { field: field.to_owned(), descending: true },
                None => SortColumn { field, descending: false },
            })
            .collect();
        list.finish("一覧");
    }
    for (name, view) in table.children("view") {
        name_is_fit(&view, &name);
        let label = view.needed("label", "見出し付きの一覧");
        views.saved.push(SavedView { name: name.text, label, conditions: conditions(&view) });
        view.finish("見出し付きの一覧");
    }
    for section in table.tables("section") {
        let label = section.needed("label", "区画");
        views.sections.push(FormSection { label, help: section.text("help"), fields: section.texts("fields") });
        section.finish("区画");
    }
    views
}
