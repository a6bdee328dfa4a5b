//! The `offprint` command.

use std::process::ExitCode;

/// Many small texts are made and thrown away: with the allocators of common C libraries, a sixth of an export.
#[global_allocator]
static ALLOCATOR: mimalloc::MiMalloc = mimalloc::MiMalloc;

fn main() -> ExitCode {
    offprint::cli::main()
}
