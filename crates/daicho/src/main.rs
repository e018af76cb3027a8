//! The `daicho` program: see `daicho --help`.

use std::process::ExitCode;

use clap::Parser;
use daicho::commands::{self, Line};

#[global_allocator]
static ALLOCATOR: mimalloc::MiMalloc = mimalloc::MiMalloc;

fn main() -> ExitCode {
    commands::run(Line::parse())
}
