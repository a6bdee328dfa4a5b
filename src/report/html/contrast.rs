//! Checks the contrast of the colours of the stylesheet (WCAG 2.2, 1.4.3 and 1.4.11).

use std::collections::BTreeMap;

use super::page::STYLE;

type Colours = BTreeMap<String, [u8; 3]>;

/// Colours of text, and what they stand on.
const TEXT: [&str; 4] = ["ink", "soft", "link", "warn"];
const GROUNDS: [&str; 3] = ["page", "card", "track"];

/// Returns the colours that a rule of `:root` names.
fn named(rule: &str) -> Colours {
    let colours = rule.split(';').filter_map(|line| {
        let (name, value) = line.split_once("--")?.1.split_once(':')?;
        let digits = value.trim().strip_prefix('#')?;
        let long = match digits.len() {
            3 => digits.chars().flat_map(|digit| [digit, digit]).collect(),
            _ => digits.to_owned(),
        };
        let part = |at: usize| u8::from_str_radix(&long[at..at + 2], 16).unwrap();
        Some((name.to_owned(), [part(0), part(2), part(4)]))
    });
    colours.collect()
}

/// Returns the light and the dark colours.
fn schemes() -> [Colours; 2] {
    let mut rules = STYLE.split(":root {").skip(1);
    let mut rule = || named(rules.next().unwrap().split('}').next().unwrap());
    let light = rule();
    let mut dark = light.clone();
    dark.extend(rule());
    [light, dark]
}

/// Relative luminance (WCAG 2.2).
fn luminance(colour: [u8; 3]) -> f64 {
    let [red, green, blue] = colour.map(|part| {
        let part = f64::from(part) / 255.0;
        if part <= 0.04045 {
            part / 12.92
        } else {
            ((part + 0.055) / 1.055).powf(2.4)
        }
    });
    0.2126 * red + 0.7152 * green + 0.0722 * blue
}

fn contrast(a: [u8; 3], b: [u8; 3]) -> f64 {
    let (a, b) = (luminance(a), luminance(b));
    (a.max(b) + 0.05) / (a.min(b) + 0.05)
}

#[test]
fn contrast_of_known_colours() {
    assert!((contrast([0; 3], [255; 3]) - 21.0).abs() < 0.01);
    assert!((contrast([0x77; 3], [255; 3]) - 4.48).abs() < 0.01);
}

#[test]
fn text_has_a_contrast_of_4_5_and_shapes_of_3() {
    for colours in schemes() {
        let pairs = TEXT
            .iter()
            .flat_map(|text| GROUNDS.map(|ground| (*text, ground, 4.5)));
        let shapes = GROUNDS.map(|ground| ("data", ground, 3.0));
        for (text, ground, least) in pairs.chain(shapes).chain([("on-mark", "mark", 4.5)]) {
            let found = contrast(colours[text], colours[ground]);
            assert!(found >= least, "{text} on {ground}: {found:.2}");
        }
    }
}

#[test]
fn rules_take_their_colours_from_the_named_ones() {
    let rules = STYLE.lines().filter(|line| !line.contains(":root"));
    for line in rules {
        assert!(!line.contains('#'), "a colour that is not checked: {line}");
        let values = line
            .match_indices("var(--")
            .map(|(at, found)| &line[at + found.len()..]);
        for value in values {
            let name = value.split(')').next().unwrap();
            let known = TEXT.contains(&name) || GROUNDS.contains(&name);
            let other = ["line", "data", "mark", "on-mark"].contains(&name);
            assert!(known || other, "{name} is in no pair that is checked");
        }
    }
}
