//! The pages of personnel evaluation, asked for and posted to as the server does it, on both databases.

#[path = "../stories/agency.rs"]
#[expect(dead_code, reason = "the stories use all of it, these tests a part")]
mod agency;
mod visitor;

mod adjusting;
mod evaluator;
mod everybody;
mod evidence;
mod personnel;
mod subject;
