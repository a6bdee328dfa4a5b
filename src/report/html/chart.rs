//! Charts as inline SVG. They stretch with the page, so text stands beside them; a table has their numbers.

use std::collections::BTreeMap;
use std::fmt::Write as _;

use super::markup::{esc, number};

/// Most columns of a chart.
const COLUMNS: usize = 80;
/// Height of the drawing, in its own units.
const HEIGHT: u64 = 100;

/// A column: what it is of, and how many.
pub(super) type Bar = (String, u64);

/// A bar across a table's cell.
pub(super) fn bar(part: u64, whole: u64) -> String {
    let width = scaled(part, whole, 1000);
    format!(
        "<svg viewBox=\"0 0 1000 10\" preserveAspectRatio=\"none\"><rect class=\"data\" width=\"{width}\" height=\"10\"/></svg>"
    )
}

/// Columns side by side, with the first and last named below.
pub(super) fn columns(label: &str, caption: &str, bars: &[Bar]) -> String {
    let Some(((first, _), (last, _))) = bars.first().zip(bars.last()) else {
        return "<p class=\"soft\">nothing to show</p>\n".to_owned();
    };
    let most = bars
        .iter()
        .map(|(_, count)| *count)
        .max()
        .unwrap_or_default();
    // Few columns are not drawn as wide slabs.
    let slots = bars.len().max(12);
    let mut out = format!(
        "<figure><figcaption>{} Highest: {}.</figcaption>\n\
         <div class=\"plot\"><svg viewBox=\"0 0 {} {HEIGHT}\" preserveAspectRatio=\"none\" role=\"img\" aria-label=\"{}\">\n",
        esc(caption),
        number(most),
        slots * 10,
        esc(&format!(
            "{label}, {first} to {last}; the table below has the numbers"
        )),
    );
    for (n, (name, count)) in bars.iter().enumerate() {
        let height = scaled(*count, most, HEIGHT);
        let _ = writeln!(
            out,
            "<rect class=\"data\" x=\"{}\" y=\"{}\" width=\"8\" height=\"{height}\"><title>{}: {}</title></rect>",
            n * 10 + 1,
            HEIGHT - height,
            esc(name),
            number(*count),
        );
    }
    let share = bars.len() * 100 / slots;
    let _ = write!(
        out,
        "</svg></div>\n<div class=\"axis\" style=\"width:{share}%\"><span>{}</span>",
        esc(first)
    );
    if bars.len() > 1 {
        let _ = write!(out, "<span>{}</span>", esc(last));
    }
    out.push_str("</div></figure>\n");
    out
}

/// A line of a table: how the columns rise and fall.
pub(super) fn sparkline(label: &str, bars: &[Bar]) -> String {
    let most = bars
        .iter()
        .map(|(_, count)| *count)
        .max()
        .unwrap_or_default();
    let mut points = String::new();
    for (n, (_, count)) in bars.iter().enumerate() {
        let _ = write!(points, "{n},{} ", HEIGHT - scaled(*count, most, HEIGHT));
    }
    if bars.len() == 1 {
        let _ = write!(points, "1,0");
    }
    format!(
        "<svg class=\"spark\" viewBox=\"0 -4 {} 108\" preserveAspectRatio=\"none\" role=\"img\" aria-label=\"{}\">\
         <polyline points=\"{}\"/></svg>",
        bars.len().saturating_sub(1).max(1),
        esc(label),
        points.trim_end(),
    )
}

/// Part of a whole as part of `full`; never nothing for something.
fn scaled(part: u64, whole: u64, full: u64) -> u64 {
    let scaled = (u128::from(part) * u128::from(full))
        .checked_div(u128::from(whole))
        .unwrap_or_default();
    u64::try_from(scaled)
        .unwrap_or(full)
        .clamp(u64::from(part > 0), full)
}

/// Years as columns: the empty ones too, several to a column where they are many. The outermost, up to one in 200
/// at each end, are left out where they would press the rest together; how many comes back beside the columns.
pub(super) fn years(counts: &BTreeMap<i32, u64>) -> (Vec<Bar>, u64) {
    let (Some((&first, _)), Some((&last, _))) = (counts.first_key_value(), counts.last_key_value())
    else {
        return (Vec::new(), 0);
    };
    let total: u64 = counts.values().sum();
    let (mut from, mut to, mut left_out) = (first, last, 0);
    if span(from, to) > COLUMNS {
        let (below, lost_below) = outermost(counts.iter(), total);
        let (above, lost_above) = outermost(counts.iter().rev(), total);
        (from, to) = (
            below.unwrap_or(first),
            above.unwrap_or(last).max(below.unwrap_or(first)),
        );
        left_out = lost_below + lost_above;
    }
    let step = [1, 2, 5, 10, 20, 50, 100, 200, 500]
        .into_iter()
        .find(|step| span(from, to).div_ceil(*step) < COLUMNS);
    let step =
        i32::try_from(step.unwrap_or(span(from, to).div_ceil(COLUMNS - 1))).unwrap_or(i32::MAX);
    let mut bars: Vec<Bar> = Vec::new();
    let mut year = from.div_euclid(step) * step;
    while year <= to {
        let count = counts
            .range(year.max(from)..=(year + step - 1).min(to))
            .map(|(_, count)| count)
            .sum();
        bars.push((
            if step == 1 {
                year.to_string()
            } else {
                format!("{year}–{}", year + step - 1)
            },
            count,
        ));
        year += step;
    }
    (bars, left_out)
}

fn span(from: i32, to: i32) -> usize {
    usize::try_from(i64::from(to) - i64::from(from) + 1).unwrap_or(0)
}

/// The first year from one end that is not among the outermost, and how many are.
fn outermost<'a>(
    counts: impl Iterator<Item = (&'a i32, &'a u64)>,
    total: u64,
) -> (Option<i32>, u64) {
    let mut lost = 0;
    for (year, count) in counts {
        if lost + count > total / 200 {
            return (Some(*year), lost);
        }
        lost += count;
    }
    (None, lost)
}

/// Months (`YYYY-MM`) as columns, the empty ones too; by years where they are many.
pub(super) fn months(counts: &BTreeMap<String, u64>) -> Vec<Bar> {
    let number = |month: &str| -> Option<i32> {
        let (year, month) = month.split_once('-')?;
        Some(year.parse::<i32>().ok()? * 12 + month.parse::<i32>().ok()? - 1)
    };
    let numbers: BTreeMap<i32, u64> = counts
        .iter()
        .filter_map(|(month, count)| Some((number(month)?, *count)))
        .collect();
    let (Some((&first, _)), Some((&last, _))) =
        (numbers.first_key_value(), numbers.last_key_value())
    else {
        return Vec::new();
    };
    if span(first, last) > COLUMNS {
        let mut by_year: BTreeMap<i32, u64> = BTreeMap::new();
        for (month, count) in &numbers {
            *by_year.entry(month.div_euclid(12)).or_default() += count;
        }
        return years(&by_year).0;
    }
    let name = |month: i32| {
        format!(
            "{:04}-{:02}",
            month.div_euclid(12),
            month.rem_euclid(12) + 1
        )
    };
    (first..=last)
        .map(|month| (name(month), numbers.get(&month).copied().unwrap_or(0)))
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn empty_years_and_months_have_their_place() {
        let (bars, left_out) = years(&BTreeMap::from([(2001, 2), (2004, 1)]));
        let bar = |name: &str, count| (name.to_owned(), count);
        assert_eq!(
            bars,
            [
                bar("2001", 2),
                bar("2002", 0),
                bar("2003", 0),
                bar("2004", 1)
            ]
        );
        assert_eq!(left_out, 0);
        let counts = BTreeMap::from([("2023-11".to_owned(), 3), ("2024-02".to_owned(), 1)]);
        assert_eq!(
            months(&counts),
            [
                bar("2023-11", 3),
                bar("2023-12", 0),
                bar("2024-01", 0),
                bar("2024-02", 1)
            ]
        );
        assert_eq!(years(&BTreeMap::new()), (Vec::new(), 0));
        assert_eq!(months(&BTreeMap::new()), []);
    }

    #[test]
    fn an_odd_year_does_not_press_the_rest_together() {
        let mut counts: BTreeMap<i32, u64> = (1990..2020).map(|year| (year, 10)).collect();
        counts.insert(1, 1);
        counts.insert(9999, 1);
        let (bars, left_out) = years(&counts);
        assert_eq!((bars.len(), left_out), (30, 2));
        assert_eq!(bars.iter().map(|(_, count)| count).sum::<u64>(), 300);
    }

    #[test]
    fn many_years_share_columns_and_none_is_lost() {
        let counts: BTreeMap<i32, u64> = (1665..2025).map(|year| (year, 1)).collect();
        let (bars, left_out) = years(&counts);
        assert!(bars.len() <= COLUMNS, "{}", bars.len());
        assert_eq!(
            bars.iter().map(|(_, count)| count).sum::<u64>() + left_out,
            360
        );
        let apart = BTreeMap::from([(-90_000, 5), (90_000, 5)]);
        assert!(years(&apart).0.len() <= COLUMNS);
    }

    #[test]
    fn something_is_never_drawn_as_nothing() {
        assert_eq!(
            (
                scaled(1, 1_000_000, 100),
                scaled(0, 5, 100),
                scaled(5, 5, 100),
                scaled(0, 0, 100)
            ),
            (1, 0, 100, 0)
        );
    }
}
