//! The command as the tests of the command line run it.

#![expect(
    unreachable_pub,
    reason = "each test program has this module for itself"
)]

use std::path::Path;

use assert_cmd::Command;

/// `offprint` in a directory, without the settings and proxies of whoever runs the tests.
pub fn offprint(directory: &Path) -> Command {
    let mut command = Command::new(env!("CARGO_BIN_EXE_offprint"));
    command
        .current_dir(directory)
        .env("XDG_CONFIG_HOME", directory)
        .env("HOME", directory);
    for (name, _) in std::env::vars_os() {
        let text = name.to_string_lossy().to_ascii_lowercase();
        if text.starts_with("offprint_") || text.ends_with("_proxy") || text == "rust_log" {
            command.env_remove(&name);
        }
    }
    command
}
