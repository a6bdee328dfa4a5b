//! The pages of the manual, and their blocks of code.

use std::fs;
use std::path::{Path, PathBuf};

/// A page: its path from the root of the project, and its text.
#[derive(Clone, Debug)]
pub(crate) struct Page {
    pub(crate) path: String,
    pub(crate) text: String,
}

/// A fenced or indented block of code.
#[derive(Clone, Debug)]
pub(crate) struct Block {
    /// `console`, `sh`, `toml` …; empty when it has none.
    pub(crate) language: String,
    pub(crate) text: String,
}

pub(crate) fn root() -> PathBuf {
    PathBuf::from(env!("CARGO_MANIFEST_DIR"))
}

/// README and all of `docs/`, by path.
pub(crate) fn pages() -> Vec<Page> {
    let mut paths = vec![root().join("README.md")];
    collect(&root().join("docs"), &mut paths);
    paths.sort();
    let page = |path: PathBuf| Page {
        path: path
            .strip_prefix(root())
            .unwrap()
            .to_str()
            .unwrap()
            .replace('\\', "/"),
        text: fs::read_to_string(path).unwrap(),
    };
    paths.into_iter().map(page).collect()
}

fn collect(folder: &Path, paths: &mut Vec<PathBuf>) {
    for entry in fs::read_dir(folder).unwrap() {
        let path = entry.unwrap().path();
        if path.is_dir() {
            collect(&path, paths);
        } else if path.extension().is_some_and(|end| end == "md") {
            paths.push(path);
        }
    }
}

impl Page {
    /// Returns the blocks of code.
    pub(crate) fn blocks(&self) -> Vec<Block> {
        let mut blocks: Vec<Block> = Vec::new();
        let (mut fenced, mut indented) = (false, false);
        for line in self.text.lines() {
            if let Some(language) = line.trim_start().strip_prefix("```") {
                fenced = !fenced;
                indented = false;
                if fenced {
                    blocks.push(Block {
                        language: language.to_owned(),
                        text: String::new(),
                    });
                }
            } else if fenced {
                let block = blocks.last_mut().unwrap();
                block.text += line;
                block.text.push('\n');
            } else if let Some(code) = line.strip_prefix("    ") {
                if !indented {
                    blocks.push(Block {
                        language: String::new(),
                        text: String::new(),
                    });
                }
                indented = true;
                let block = blocks.last_mut().unwrap();
                block.text += code;
                block.text.push('\n');
            } else {
                indented = false;
            }
        }
        assert!(!fenced, "{}: a block of code has no end", self.path);
        blocks
    }

    /// Returns the text without blocks of code.
    pub(crate) fn prose(&self) -> String {
        let mut fenced = false;
        let lines = self.text.lines().filter(|line| {
            let fence = line.trim_start().starts_with("```");
            fenced ^= fence;
            !fenced && !fence && !line.starts_with("    ")
        });
        lines.flat_map(|line| [line, "\n"]).collect()
    }
}
