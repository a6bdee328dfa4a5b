//! Text that is safe inside of markup, and tables.

use std::borrow::Cow;
use std::fmt::Write as _;

/// A text from outside as content or as an attribute in double quotes. What XML 1.0 forbids is shown as U+FFFD.
pub(crate) fn esc(text: &str) -> String {
    let mut out = String::with_capacity(text.len());
    for c in text.chars() {
        match c {
            '&' => out.push_str("&amp;"),
            '<' => out.push_str("&lt;"),
            '>' => out.push_str("&gt;"),
            '"' => out.push_str("&quot;"),
            '\'' => out.push_str("&#39;"),
            '\t' | '\n' | '\r' => out.push(' '),
            '\u{0}'..='\u{1f}' | '\u{7f}'..='\u{9f}' | '\u{fffe}' | '\u{ffff}' => {
                out.push('\u{fffd}')
            }
            _ => out.push(c),
        }
    }
    out
}

/// A text from outside whose direction does not spill over.
pub(crate) fn bdi(text: &str) -> String {
    format!("<bdi>{}</bdi>", esc(text))
}

/// A number with its thousands apart.
pub(crate) fn number(n: u64) -> String {
    let digits = n.to_string();
    let mut out = String::new();
    for (i, digit) in digits.chars().enumerate() {
        if i > 0 && (digits.len() - i).is_multiple_of(3) {
            out.push('\u{202f}');
        }
        out.push(digit);
    }
    out
}

/// A share in percent; not 100 % nor 0 % unless it is all or none.
pub(super) fn percent(part: u64, whole: u64) -> String {
    match part {
        _ if whole == 0 => "–".to_owned(),
        0 => "0\u{202f}%".to_owned(),
        _ if part >= whole => "100\u{202f}%".to_owned(),
        _ => {
            let (part, whole) = (u128::from(part), u128::from(whole));
            let tenths = ((part * 2000 + whole) / (whole * 2)).clamp(1, 999);
            format!("{}.{}\u{202f}%", tenths / 10, tenths % 10)
        }
    }
}

/// A column of a table.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Column {
    /// The name of its row.
    Name,
    /// A number.
    Number,
    /// A bar.
    Bar,
    /// Text.
    Text,
    /// Text that wants room.
    Long,
}

/// A table that scrolls sideways where it must. Cells are markup.
pub(super) fn table(
    label: &str,
    class: &str,
    columns: &[(&str, Column)],
    rows: impl IntoIterator<Item = Vec<Cow<'static, str>>>,
) -> String {
    let mut out = format!(
        "<div class=\"scroll\" tabindex=\"0\" role=\"group\" aria-label=\"{label}\"><table class=\"{class}\">\n\
         <thead><tr>",
        label = esc(label),
    );
    for (name, column) in columns {
        let class = if *column == Column::Number {
            " class=\"n\""
        } else {
            ""
        };
        // The bar says again what the number beside it says.
        let hidden = if *column == Column::Bar {
            " aria-hidden=\"true\""
        } else {
            ""
        };
        let _ = write!(out, "<th scope=\"col\"{class}{hidden}>{}</th>", esc(name));
    }
    out.push_str("</tr></thead>\n<tbody>\n");
    for row in rows {
        out.push_str("<tr>");
        for ((_, column), cell) in columns.iter().zip(row) {
            let _ = match column {
                Column::Name => write!(out, "<th scope=\"row\">{cell}</th>"),
                Column::Number => write!(out, "<td class=\"n\">{cell}</td>"),
                Column::Bar => write!(out, "<td class=\"bar\" aria-hidden=\"true\">{cell}</td>"),
                Column::Text => write!(out, "<td>{cell}</td>"),
                Column::Long => write!(out, "<td class=\"long\">{cell}</td>"),
            };
        }
        out.push_str("</tr>\n");
    }
    out.push_str("</tbody></table></div>\n");
    out
}

/// Writes an address, as a link where a browser can follow it.
pub(super) fn link(out: &mut String, address: &str) {
    if address.starts_with("https://") || address.starts_with("http://") {
        let url = esc(address);
        let _ = write!(out, "<a href=\"{url}\" rel=\"noreferrer\">{url}</a>");
    } else {
        out.push_str(&bdi(address));
    }
}

/// A meaning with its code in backticks.
pub(super) fn meaning_markup(meaning: &str) -> String {
    let parts = meaning.split('`').enumerate();
    parts
        .map(|(n, part)| {
            if n % 2 == 1 {
                format!("<code>{}</code>", esc(part))
            } else {
                esc(part)
            }
        })
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn text_stays_text() {
        assert_eq!(
            esc("<b a=\"'\">&amp;\u{1}\u{fffe}\n"),
            "&lt;b a=&quot;&#39;&quot;&gt;&amp;amp;\u{fffd}\u{fffd} "
        );
        assert_eq!(esc("Ж 漢 é"), "Ж 漢 é");
    }

    #[test]
    fn numbers_are_read_easily() {
        let plain = |n| number(n).replace('\u{202f}', " ");
        assert_eq!(
            [0, 999, 1000, 1_234_567].map(plain),
            ["0", "999", "1 000", "1 234 567"]
        );
        let share = |part, whole| percent(part, whole).replace('\u{202f}', " ");
        assert_eq!(share(1, 3), "33.3 %");
        assert_eq!(share(9999, 10000), "99.9 %");
        assert_eq!(
            (&*share(3, 3), &*share(0, 3), &*share(1, 100_000)),
            ("100 %", "0 %", "0.1 %")
        );
        assert_eq!((&*share(2, 3), &*share(195, 796)), ("66.7 %", "24.5 %"));
        assert_eq!(share(0, 0), "–");
    }
}
