//! The limits of ISO 2709: 9,999 bytes a field, 99,999 a record.
//!
//! A summary that is longer is split at ends of sentences into several 520s, each of which says which part it is.
//! Any other value that is longer is cut. When the whole is too long, summaries, then keywords, then added names go,
//! from the last one. Whatever was cut or left out is said in a 500.

use super::iso2709;
use super::record::{Field, Record};

/// Longest field, bytes, terminator included.
const FIELD: usize = 9_999;
/// Longest record, bytes.
const RECORD: usize = 99_999;
/// Room for what a part of a summary says of itself, and for delimiters.
const MARGIN: usize = 64;
/// Room for the note.
const NOTE: usize = 512;
/// Tags that go first when a record is too long.
const DISPENSABLE: [&str; 12] = [
    "520", "653", "650", "504", "500", "880", "720", "700", "710", "246", "856", "024",
];
/// Most values of a field that is too long.
const VALUES: usize = FIELD / 16;
/// The mark where text was cut.
const CUT: &str = " […]";

/// The record, within the limits.
pub(super) fn fit(mut record: Record) -> Record {
    if iso2709::len(&record) <= RECORD && record.data.iter().all(|field| field.len() <= FIELD) {
        return record;
    }
    let mut cut = Vec::new();
    let mut data = Vec::with_capacity(record.data.len());
    for field in std::mem::take(&mut record.data) {
        if field.len() <= FIELD {
            data.push(field);
        } else if field.tag == "520" {
            data.extend(parted(&field));
        } else {
            cut.push(field.tag);
            data.push(shortened(field));
        }
    }
    record.data = data;
    let left_out = drop_dispensable(&mut record);
    note(&mut record, &cut, &left_out);
    record.sort();
    record
}

/// Drops fields until the record and a note fit; returns their tags and how many of each went.
fn drop_dispensable(record: &mut Record) -> Vec<(&'static str, usize)> {
    let mut left_out = Vec::new();
    let mut len = iso2709::len(record);
    let mut is_dropped = vec![false; record.data.len()];
    for tag in DISPENSABLE {
        let mut gone = 0;
        let fields = record.data.iter().zip(&mut is_dropped).rev();
        for (field, is_dropped) in fields.filter(|(field, _)| field.tag == tag) {
            if len + NOTE <= RECORD {
                break;
            }
            len -= field.len() + iso2709::ENTRY;
            *is_dropped = true;
            gone += 1;
        }
        if gone > 0 {
            left_out.push((tag, gone));
        }
    }
    let mut is_dropped = is_dropped.into_iter();
    record
        .data
        .retain(|_| !is_dropped.next().unwrap_or_default());
    left_out
}

fn note(record: &mut Record, cut: &[&str], left_out: &[(&str, usize)]) {
    let mut said: Vec<String> = Vec::new();
    let mut cut = cut.to_vec();
    cut.dedup();
    if !cut.is_empty() {
        said.push(format!("cut in {}", cut.join(", ")));
    }
    let gone: Vec<String> = left_out
        .iter()
        .map(|(tag, count)| format!("{tag} ({count})"))
        .collect();
    if !gone.is_empty() {
        said.push(format!("left out fields {}", gone.join(", ")));
    }
    if !said.is_empty() {
        let text = format!("Shortened to the limits of ISO 2709: {}.", said.join("; "));
        tracing::warn!(id = %record.control.first().map_or("", |(_, id)| id), "{text}");
        record.push(Field::new("500", "  ").with('a', text));
    }
}

/// A 520 in parts: the first is a summary, the others have no display constant and say what they go on.
fn parted(field: &Field) -> Vec<Field> {
    let text = field
        .subfields
        .iter()
        .map(|(_, value)| value.as_str())
        .collect::<Vec<_>>()
        .join(" ");
    let mut parts = Vec::new();
    let mut rest = text.as_str();
    while !rest.is_empty() {
        let (part, after) = rest.split_at(sentence_end(rest, FIELD - MARGIN));
        parts.push(part.trim());
        rest = after.trim_start();
    }
    let count = parts.len();
    let fields = parts.into_iter().enumerate().map(|(at, part)| {
        let said = format!("(Part {} of {count})", at + 1);
        if at == 0 {
            Field::new("520", field.indicators).with('a', format!("{part} {said}"))
        } else {
            Field::new("520", "8 ").with('a', format!("{said} {part}"))
        }
    });
    fields.collect()
}

/// Where to part a text of more than `max` bytes: after its last sentence that ends before, else its last word,
/// else its last character.
fn sentence_end(text: &str, max: usize) -> usize {
    if text.len() <= max {
        return text.len();
    }
    let window = &text[..text.floor_char_boundary(max)];
    let sentence = window.char_indices().rev().find_map(|(at, c)| {
        let end = at + c.len_utf8();
        let full_width = matches!(c, '。' | '！' | '？' | '।');
        let latin = matches!(c, '.' | '!' | '?' | '…' | '؟' | '۔') && text[end..].starts_with(' ');
        (full_width || latin).then_some(end)
    });
    sentence
        .or_else(|| window.rfind(' '))
        .filter(|&end| end > 0)
        .unwrap_or(window.len())
}

/// The field with its longest values cut until it fits. Where cutting one would leave nothing of it, the value goes.
fn shortened(mut field: Field) -> Field {
    field.subfields.truncate(VALUES);
    while field.len() > FIELD {
        let over = field.len() - FIELD + CUT.len();
        let longest = (0..field.subfields.len()).max_by_key(|&at| field.subfields[at].1.len());
        let Some(at) = longest else {
            break;
        };
        let value = &mut field.subfields[at].1;
        if value.len() <= over {
            field.subfields.remove(at);
            continue;
        }
        value.truncate(value.floor_char_boundary(value.len() - over));
        value.truncate(value.trim_end().len());
        value.push_str(CUT);
    }
    field
}

#[cfg(test)]
mod tests {
    use super::*;

    fn record(fields: Vec<Field>) -> Record {
        let mut record = Record {
            leader: "     nab a22     7i 4500".to_owned(),
            control: vec![("001", "1".to_owned())],
            data: Vec::new(),
        };
        for field in fields {
            record.push(field);
        }
        record
    }

    #[test]
    fn splits_a_long_summary_after_sentences() {
        let sentence = "Предложение о трубопроводах. ";
        let text = sentence.repeat(600);
        let fitted = fit(record(vec![Field::new("520", "3 ").with('a', &text)]));
        assert_eq!(fitted.data.len(), 4);
        assert!(fitted.data.iter().all(|field| field.len() <= FIELD));
        assert!(
            fitted.data[0].subfields[0]
                .1
                .ends_with("трубопроводах. (Part 1 of 4)")
        );
        assert!(
            fitted.data[1].subfields[0]
                .1
                .starts_with("(Part 2 of 4) Предложение")
        );
        assert_eq!(fitted.data[1].indicators, "8 ");
        let count: usize = fitted
            .data
            .iter()
            .map(|field| field.subfields[0].1.matches(sentence.trim()).count())
            .sum();
        assert_eq!(count, 600);
    }

    #[test]
    fn an_overlong_record_names_its_dropped_fields() {
        let long = "A sentence of some length. ".repeat(20_000);
        let mut fields = vec![
            Field::new("520", "3 ").with('a', long),
            Field::new("245", "00").with('a', "T."),
        ];
        fields.push(Field::new("700", "1 ").with('a', "x".repeat(12_000)));
        let fitted = fit(record(fields));
        assert!(iso2709::len(&fitted) <= RECORD);
        let note = fitted
            .data
            .iter()
            .find(|field| field.tag == "500")
            .map(|field| &field.subfields[0].1);
        let note = note.map(String::as_str).unwrap_or_default();
        assert!(
            note.starts_with(
                "Shortened to the limits of ISO 2709: cut in 700; left out fields 520 ("
            ),
            "{note}"
        );
        assert!(fitted.data.iter().any(|field| field.tag == "245"));
    }

    #[test]
    fn the_longest_field_that_fits_is_left_alone() {
        let whole = record(vec![
            Field::new("500", "  ").with('a', "x".repeat(FIELD - 5)),
        ]);
        assert_eq!(fit(whole.clone()), whole);
        let over = fit(record(vec![
            Field::new("500", "  ").with('a', "x".repeat(FIELD - 4)),
        ]));
        assert!(over.data[0].len() <= FIELD);
    }

    #[test]
    fn a_field_of_too_many_values_keeps_the_first() {
        let mut field = Field::new("773", "0 ").with('t', "Journal");
        for number in 0..5_000 {
            field = field.with('z', format!("97831{number:08}"));
        }
        let fitted = fit(record(vec![field]));
        let kept = &fitted.data.iter().find(|field| field.tag == "773").unwrap();
        assert!(kept.len() <= FIELD);
        assert_eq!(kept.subfields[0], ('t', "Journal".to_owned()));
        assert_eq!(kept.subfields[600], ('z', "9783100000599".to_owned()));
        assert!(kept.subfields.iter().all(|(_, value)| !value.contains('…')));
    }

    #[test]
    fn the_last_fields_of_a_tag_go_first() {
        let subject = |number| Field::new("653", "  ").with('a', format!("subject {number:05}"));
        let fitted = fit(record((0..10_000).map(subject).collect()));
        assert!(iso2709::len(&fitted) <= RECORD);
        let subjects = fitted.data.iter().filter(|field| field.tag == "653");
        let subjects: Vec<_> = subjects.map(|field| &field.subfields[0].1).collect();
        assert_eq!(subjects[0], "subject 00000");
        assert_eq!(
            subjects[subjects.len() - 1],
            &format!("subject {:05}", subjects.len() - 1)
        );
    }
}
