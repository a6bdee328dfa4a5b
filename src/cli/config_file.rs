//! Changing the configuration file without touching what people wrote around it.

use std::fs;
use std::io::Write as _;
use std::path::{Path, PathBuf};

use toml_edit::{ArrayOfTables, DocumentMut, value};

use crate::bounded_file;
use crate::cli::config::{Config, MAX_BYTES};
use crate::cli::exit::Failure;
use crate::temporary::{Access, Temporary};

/// A configuration file that is being changed.
#[derive(Debug)]
pub(super) struct ConfigFile {
    path: PathBuf,
    text: String,
    changed: bool,
}

impl ConfigFile {
    /// Reads a file; an absent one counts as empty.
    pub(super) fn open(path: &Path) -> Result<Self, Failure> {
        let text = match bounded_file::read_text(path, MAX_BYTES) {
            Ok(text) => text,
            Err(error) if error.kind() == std::io::ErrorKind::NotFound => String::new(),
            Err(error) => return Err(failed("read", path, &error)),
        };
        Ok(Self {
            path: path.to_owned(),
            text,
            changed: false,
        })
    }

    /// Appends a `[[source]]`, given as text, behind all that is there.
    pub(super) fn append(&mut self, block: &str) {
        if !self.text.is_empty() {
            while !self.text.ends_with("\n\n") {
                self.text.push('\n');
            }
        }
        self.text.push_str(block);
        self.changed = true;
    }

    /// Changes a key of the source of this name. Tells whether there is such a source.
    pub(super) fn set(&mut self, name: &str, key: &str, to: &str) -> Result<bool, Failure> {
        self.edit(|sources| {
            let found = sources.iter_mut().find(|source| is_named(source, name));
            let Some(source) = found else { return false };
            // A comment behind the old value stays behind the new one.
            let decor = source
                .get(key)
                .and_then(|item| item.as_value())
                .map(|old| old.decor().clone());
            source[key] = value(to);
            if let (Some(decor), Some(new)) = (decor, source[key].as_value_mut()) {
                *new.decor_mut() = decor;
            }
            true
        })
    }

    /// Removes the source of this name. Tells whether there was one.
    pub(super) fn remove(&mut self, name: &str) -> Result<bool, Failure> {
        self.edit(|sources| {
            let before = sources.len();
            sources.retain(|source| !is_named(source, name));
            sources.len() < before
        })
    }

    fn edit(&mut self, edit: impl FnOnce(&mut ArrayOfTables) -> bool) -> Result<bool, Failure> {
        let mut document: DocumentMut =
            self.text.parse().map_err(|error: toml_edit::TomlError| {
                Failure::config(format!("{}: {}", self.path.display(), error.message()))
            })?;
        let Some(sources) = document
            .get_mut("source")
            .and_then(|item| item.as_array_of_tables_mut())
        else {
            return Ok(false);
        };
        let changed = edit(sources);
        if changed {
            self.text = document.to_string();
            self.changed = true;
        }
        Ok(changed)
    }

    /// Checks what the file has become, and puts it in the place of the old one.
    pub(super) fn save(self) -> Result<(), Failure> {
        if !self.changed {
            return Ok(());
        }
        Config::parse(&self.text).map_err(|error| {
            Failure::config(format!("{} would be wrong: {error}", self.path.display()))
        })?;
        // Through a link: what it points to is replaced.
        let goal = fs::canonicalize(&self.path).unwrap_or_else(|_| self.path.clone());
        // A new file is private: it may come to hold credentials.
        let written =
            Temporary::file_beside(&goal, Access::Private).and_then(|(temporary, mut file)| {
                if let Ok(old) = fs::metadata(&goal) {
                    keep_access(&file, &old);
                }
                file.write_all(self.text.as_bytes())?;
                file.sync_all()?;
                temporary.rename_to(&goal)
            });
        written.map_err(|error| failed("write", &self.path, &error))
    }
}

/// Gives a file the owner, group and permissions of the one it replaces, as far as this user may.
fn keep_access(file: &fs::File, old: &fs::Metadata) {
    #[cfg(unix)]
    {
        use std::os::unix::fs::{MetadataExt as _, fchown};
        // Changing the owner needs root; the group of a file shared with a service is what matters.
        let _ = fchown(file, None, Some(old.gid()));
        let _ = fchown(file, Some(old.uid()), None);
    }
    let _ = file.set_permissions(old.permissions()); // some file systems have none
}

fn is_named(source: &toml_edit::Table, name: &str) -> bool {
    source.get("name").and_then(toml_edit::Item::as_str) == Some(name)
}

fn failed(what: &str, path: &Path, error: &std::io::Error) -> Failure {
    Failure::config(format!(
        "cannot {what} the configuration {}: {error}",
        path.display()
    ))
}

#[cfg(test)]
mod tests {
    use super::*;

    const FILE: &str = "# ours\nrate = 1 # slow\n\n# the first\n[[source]]\nname = \"a\" # short\nurl = \"https://a.example/oai\"\n\n# the second\n[[source]]\nname = \"b\"\nurl = \"https://b.example/oai\" # since May\n";

    fn file(text: &str) -> ConfigFile {
        ConfigFile {
            path: PathBuf::from("offprint.toml"),
            text: text.to_owned(),
            changed: false,
        }
    }

    #[test]
    fn comments_stay() {
        let mut config = file(FILE);
        assert!(config.set("b", "url", "https://c.example/oai").unwrap());
        assert_eq!(config.text, FILE.replace("b.example", "c.example"));
        assert!(config.set("a", "name", "x").unwrap());
        assert!(
            config.text.contains("name = \"x\" # short\n"),
            "{}",
            config.text
        );
        assert!(!config.set("a", "name", "y").unwrap());
    }

    #[test]
    fn one_source_goes_and_the_others_stay() {
        let mut config = file(FILE);
        assert!(config.remove("a").unwrap());
        assert!(
            config
                .text
                .contains("# the second\n[[source]]\nname = \"b\""),
            "{}",
            config.text
        );
        assert!(!config.text.contains("a.example"));
        assert!(config.text.starts_with("# ours\nrate = 1 # slow\n"));
        assert!(!config.remove("a").unwrap());
    }

    #[test]
    fn blocks_are_appended_apart() {
        let mut config = file("rate = 1");
        config.append("[[source]]\nname = \"a\"\nurl = \"https://a.example/oai\"\n");
        assert_eq!(
            config.text,
            "rate = 1\n\n[[source]]\nname = \"a\"\nurl = \"https://a.example/oai\"\n"
        );
        let mut config = file("");
        config.append("[[source]]\n");
        assert_eq!(config.text, "[[source]]\n");
    }
}
