//! The `daicho` program: see `daicho --help`.

use std::process::ExitCode;

use clap::Parser;
use daicho::commands::{self, Line};

fn main() -> ExitCode {
    commands::run(Line::parse())
}
