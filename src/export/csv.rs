//! CSV (RFC 4180): a header, then a row an article or deletion, for spreadsheets and data frames.
//!
//! Where a cell holds several values they are joined by ` | `; a bar within a value is doubled. Paragraphs of an
//! abstract are joined by a space. A deletion has its id, its status and where it came from.

use std::borrow::Cow;
use std::io;

use super::columns::{COLUMNS, Column, Value};
use super::error::ExportError;
use super::format::{
    Deletions, EntryRef, Exporter, FormatInfo, Frame, Layout, Rendered, TextFrame,
};
use super::named_values::named_values;
use crate::article::Entry;

/// The format `csv`.
pub(super) const INFO: FormatInfo = FormatInfo {
    name: "csv",
    summary: "CSV, one row per article or deletion",
    extension: "csv",
    media_type: "text/csv",
    layout: Layout::Stream,
    deletions: Deletions::OnRequest,
    options: &["excel", "fields"],
};

/// The separator of the values of a cell.
pub const SEPARATOR: &str = " | ";

named_values! {
    /// The separator that Excel expects between cells: the list separator of the computer's region.
    #[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
    pub enum Separator {
        #[default]
        Semicolon = "semicolon", "Most of Europe, Central Asia, Latin America";
        Comma = "comma", "English-speaking regions";
        Tab = "tab", "Tabulators";
    }
}

impl Separator {
    fn byte(self) -> u8 {
        match self {
            Self::Semicolon => b';',
            Self::Comma => b',',
            Self::Tab => b'\t',
        }
    }
}

/// Options of the CSV exporter.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct CsvOptions {
    /// For Excel: a byte order mark, this separator, and no cell that Excel would run as a formula.
    pub excel: Option<Separator>,
    /// Names of the columns to write, in this order; all without.
    pub fields: Vec<String>,
}

/// Cells that begin with one of these are formulas to a spreadsheet (CWE-1236); in East Asia also in their wide forms.
const FORMULA_MARKS: [char; 11] = ['=', '+', '-', '@', '\t', '\r', '\n', '＝', '＋', '－', '＠'];

/// Characters of UTF-16 in a cell of Excel. The rest of a longer one would be in cells of its own, and may be a formula.
const MAX_CELL: usize = 32_767;

/// The cells of a row that were changed for Excel.
#[derive(Clone, Copy, Default)]
struct Changed {
    defused: u64,
    cut: u64,
}

/// Writes CSV.
#[derive(Clone, Debug, Default)]
pub struct Csv {
    excel: Option<Separator>,
    /// The columns, in the order they are written.
    columns: Vec<&'static Column>,
}

impl Csv {
    /// Returns an exporter with these settings.
    ///
    /// # Errors
    /// A column that there is not.
    pub fn new(options: &CsvOptions) -> Result<Self, ExportError> {
        let find = |name: &String| {
            columns()
                .find(|column| column.csv == name)
                .ok_or_else(|| ExportError::unknown_column(name))
        };
        let columns = if options.fields.is_empty() {
            columns().collect()
        } else {
            options.fields.iter().map(find).collect::<Result<_, _>>()?
        };
        Ok(Self {
            excel: options.excel,
            columns,
        })
    }

    /// Appends a row.
    fn row<'a>(&self, out: &mut Vec<u8>, cells: impl Iterator<Item = Cow<'a, str>>) -> Changed {
        let separator = self.excel.unwrap_or(Separator::Comma).byte();
        let mut changed = Changed::default();
        for (at, cell) in cells.enumerate() {
            let kept = self.excel.map_or(&*cell, |_| beginning(&cell));
            changed.cut += u64::from(kept.len() < cell.len());
            let cell = kept;
            if at > 0 {
                out.push(separator);
            }
            let is_formula = self.excel.is_some() && cell.starts_with(FORMULA_MARKS);
            changed.defused += u64::from(is_formula);
            let quoted = cell.contains(['"', '\r', '\n', char::from(separator)]) || is_formula;
            if quoted {
                out.push(b'"');
            }
            if is_formula {
                out.push(b'\'');
            }
            if quoted {
                out.extend_from_slice(cell.replace('"', "\"\"").as_bytes());
                out.push(b'"');
            } else {
                out.extend_from_slice(cell.as_bytes());
            }
        }
        out.extend_from_slice(b"\r\n");
        changed
    }
}

impl Exporter for Csv {
    fn info(&self) -> &'static FormatInfo {
        &INFO
    }

    fn entry(&self, entry: EntryRef<'_>, out: &mut Vec<u8>) -> io::Result<Rendered> {
        let cells = self
            .columns
            .iter()
            .map(|column| Cow::from(cell(column, entry.entry)));
        let Changed { defused, cut } = self.row(out, cells);
        Ok(match (defused, cut) {
            (0, 0) => Rendered::Written,
            (_, 0) => Rendered::Noted("cells that begin like a formula, prefixed with '", defused),
            (0, _) => Rendered::Noted("cells cut to Excel's 32,767 characters", cut),
            _ => Rendered::Noted(
                "cells that begin like a formula, prefixed with ', or cut to Excel's 32,767 characters",
                defused + cut,
            ),
        })
    }

    fn frame(&self) -> Box<dyn Frame> {
        let mut head = Vec::new();
        if self.excel.is_some() {
            head.extend_from_slice("\u{FEFF}".as_bytes());
        }
        self.row(
            &mut head,
            self.columns.iter().map(|column| column.csv.into()),
        );
        Box::new(TextFrame::new(
            String::from_utf8_lossy(&head).into_owned(),
            "",
        ))
    }
}

/// As much of a cell as Excel takes, with room for the apostrophe before a formula.
fn beginning(cell: &str) -> &str {
    if cell.len() < MAX_CELL {
        return cell;
    }
    let mut units = 0;
    let end = cell.char_indices().find_map(|(at, c)| {
        units += c.len_utf16();
        (units >= MAX_CELL).then_some(at)
    });
    end.map_or(cell, |end| &cell[..end])
}

/// Returns the cell of an entry.
fn cell(column: &Column, entry: &Entry) -> String {
    match column.of(entry) {
        None => String::new(),
        Some(Value::One(value) | Value::Single(value)) => value.unwrap_or_default(),
        // As many as there are authors, in their order; nothing where all are blank.
        Some(Value::PerAuthor(values)) if values.iter().all(String::is_empty) => String::new(),
        Some(Value::Many(values) | Value::PerAuthor(values)) => joined(&values),
    }
}

fn joined(values: &[String]) -> String {
    let values: Vec<String> = values
        .iter()
        .map(|value| value.replace('|', "||"))
        .collect();
    values.join(SEPARATOR)
}

/// Returns the columns that CSV has.
fn columns() -> impl Iterator<Item = &'static Column> {
    COLUMNS.iter().filter(|column| !column.csv.is_empty())
}
