//! What the sample journal holds: recorded records, byte for byte, with the server's address put in.

use std::collections::HashMap;

use chrono::{DateTime, Utc};

use crate::oai::Granularity;

/// Where the recorded server ran.
const RECORDED_HOST: &str = "http://127.0.0.1:8081";

const PAGES: [&str; 3] = [
    include_str!("../../../samples/ojs-3.4-cac/cac-listrecords-oai_dc-page1.xml"),
    include_str!("../../../samples/ojs-3.4-cac/cac-listrecords-oai_dc-page2.xml"),
    include_str!("../../../samples/ojs-3.4-cac/cac-listrecords-oai_dc-page3.xml"),
];
const SECOND: &str =
    include_str!("../../../samples/ojs-3.4-cac/second/cac-listrecords-oai_dc-second.xml");
const IDENTIFY: &str = include_str!("../../../samples/ojs-3.4-cac/cac-identify.xml");
const SETS: &str = include_str!("../../../samples/ojs-3.4-cac/cac-listsets.xml");
const FORMATS: &str = include_str!("../../../samples/ojs-3.4-cac/cac-listmetadataformats.xml");
const LANDING_643: &str = include_str!("../../../samples/landing/643.html");

/// The one format that the sample is recorded in.
pub(super) const PREFIX: &str = "oai_dc";
/// setSpec of the whole journal.
const JOURNAL_SET: &str = "cac";

/// A record.
#[derive(Clone, Debug)]
pub(super) struct Item {
    pub(super) identifier: String,
    datestamp: String,
    set_spec: String,
    deleted: bool,
    /// The `<record>` element as recorded, with its indentation and last line feed.
    pub(super) xml: String,
}

impl Item {
    fn read(xml: &str) -> Self {
        Self {
            identifier: between(xml, "<identifier>", "</identifier>").to_owned(),
            datestamp: between(xml, "<datestamp>", "</datestamp>").to_owned(),
            set_spec: between(xml, "<setSpec>", "</setSpec>").to_owned(),
            deleted: xml.contains("<header status=\"deleted\">"),
            xml: xml.to_owned(),
        }
    }

    /// The header alone, indented as in ListIdentifiers: a level less than in a record.
    pub(super) fn header(&self) -> String {
        self.xml
            .lines()
            .skip_while(|line| !line.contains("<header"))
            .take_while(|line| !line.contains("<metadata>") && !line.contains("</record>"))
            .flat_map(|line| [line.strip_prefix('\t').unwrap_or(line), "\n"])
            .collect()
    }

    /// The first ten characters: the software compares whole days, whatever the granularity.
    fn day(&self) -> &str {
        self.datestamp.get(..10).unwrap_or(&self.datestamp)
    }
}

/// What a list is asked for.
#[derive(Clone, Debug, Default)]
pub(super) struct Filter {
    /// setSpec.
    pub(super) set: Option<String>,
    /// Inclusive, `YYYY-MM-DD`.
    pub(super) from: Option<String>,
    /// Inclusive, `YYYY-MM-DD`.
    pub(super) until: Option<String>,
}

/// The journal.
#[derive(Debug)]
pub(super) struct Collection {
    host: String,
    items: Vec<Item>,
}

impl Collection {
    /// The journal as recorded, at this host (`http://127.0.0.1:PORT`).
    pub(super) fn new(host: &str) -> Self {
        let items = PAGES
            .iter()
            .flat_map(|page| records(&page.replace(RECORDED_HOST, host)))
            .collect();
        Self {
            host: host.to_owned(),
            items,
        }
    }

    /// One title corrected, one article withdrawn, one added; each with this time as its datestamp.
    pub(super) fn second_act(&mut self, now: DateTime<Utc>) {
        let page = SECOND.replace(RECORDED_HOST, &self.host);
        let place: HashMap<String, usize> = self
            .items
            .iter()
            .enumerate()
            .map(|(at, item)| (item.identifier.clone(), at))
            .collect();
        for item in records(&page) {
            let xml = item
                .xml
                .replace(&item.datestamp, &Granularity::Second.format(now));
            let item = Item::read(&xml);
            match place.get(&item.identifier) {
                Some(&at) => self.items[at] = item,
                None => self.items.push(item),
            }
        }
    }

    /// The record of this identifier.
    pub(super) fn get(&self, identifier: &str) -> Option<&Item> {
        self.items.iter().find(|item| item.identifier == identifier)
    }

    /// What a list holds, in the server's order. Tombstones of a section come whatever the dates are.
    pub(super) fn select(&self, filter: &Filter) -> Vec<&Item> {
        let dated = |item: &Item| {
            filter.from.as_deref().is_none_or(|from| item.day() >= from)
                && filter
                    .until
                    .as_deref()
                    .is_none_or(|until| item.day() <= until)
        };
        self.items
            .iter()
            .filter(|item| match filter.set.as_deref() {
                None | Some(JOURNAL_SET) => dated(item),
                Some(section) => item.set_spec == section && (item.deleted || dated(item)),
            })
            .collect()
    }

    /// The content of Identify.
    pub(super) fn identify(&self) -> String {
        self.recorded(IDENTIFY, "Identify")
    }

    /// The content of ListSets.
    pub(super) fn sets(&self) -> String {
        self.recorded(SETS, "ListSets")
    }

    /// The content of ListMetadataFormats, less the formats that are not recorded.
    pub(super) fn formats(&self) -> String {
        let all = self.recorded(FORMATS, "ListMetadataFormats");
        let wanted = format!("<metadataPrefix>{PREFIX}</metadataPrefix>");
        let end = "</metadataFormat>\n";
        let formats: String = all
            .split_inclusive(end)
            .filter(|format| format.contains(&wanted))
            .collect();
        let head = if formats.contains("<ListMetadataFormats>") {
            ""
        } else {
            "\t<ListMetadataFormats>\n"
        };
        format!("{head}{formats}\t</ListMetadataFormats>\n")
    }

    /// The landing page of an article, for the one whose page is recorded.
    pub(super) fn landing_page(&self, article: &str) -> Option<String> {
        (article == "643").then(|| LANDING_643.replace(RECORDED_HOST, &self.host))
    }

    /// The element that a recorded answer carries, with its indentation and last line feed.
    fn recorded(&self, answer: &str, element: &str) -> String {
        let inner = between(
            answer,
            &format!("\t<{element}>\n"),
            &format!("\t</{element}>\n"),
        );
        format!("\t<{element}>\n{inner}\t</{element}>\n").replace(RECORDED_HOST, &self.host)
    }
}

/// The records of a page. Plain text will do: the pages are our own samples, and their shape is known.
fn records(page: &str) -> Vec<Item> {
    let end = "\t\t</record>\n";
    page.split_inclusive(end)
        .filter(|piece| piece.ends_with(end))
        .filter_map(|piece| {
            piece
                .find("\t\t<record>\n")
                .map(|start| Item::read(&piece[start..]))
        })
        .collect()
}

/// What stands between two marks; empty without them.
fn between<'a>(text: &'a str, start: &str, end: &str) -> &'a str {
    text.split_once(start)
        .and_then(|(_, rest)| rest.split_once(end))
        .map_or("", |(inner, _)| inner)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn filter(set: Option<&str>, from: Option<&str>, until: Option<&str>) -> Filter {
        let own = |text: Option<&str>| text.map(str::to_owned);
        Filter {
            set: own(set),
            from: own(from),
            until: own(until),
        }
    }

    /// Counts as the recorded server gave them for the same requests.
    #[test]
    fn selects_as_the_recorded_server_did() {
        let journal = Collection::new(RECORDED_HOST);
        let count = |set, from, until| journal.select(&filter(set, from, until)).len();
        assert_eq!(count(None, None, None), 271);
        assert_eq!(count(Some("cac"), None, None), 271);
        assert_eq!(count(Some("cac"), Some("2025-06-01"), None), 46);
        assert_eq!(count(None, None, Some("2019-12-31")), 38);
        assert_eq!(count(None, Some("2020-02-23"), Some("2020-02-23")), 1);
        assert_eq!(count(Some("cac:ART"), None, None), 0);
        assert_eq!(count(Some("cac:ED"), None, None), 45);
        assert_eq!(count(Some("cac:RP"), None, None), 46);
        assert_eq!(count(Some("nosuch"), None, None), 0);
        // Tombstones of the section although the day is another.
        assert_eq!(
            count(Some("cac:RP"), Some("2020-02-23"), Some("2020-02-23")),
            3
        );
    }

    #[test]
    fn records_are_the_recorded_bytes() {
        let journal = Collection::new(RECORDED_HOST);
        for (page, items) in PAGES.iter().zip(journal.items.chunks(100)) {
            let joined: String = items.iter().map(|item| item.xml.as_str()).collect();
            assert!(page.contains(&joined));
        }
    }

    #[test]
    fn second_act_changes_three_records() {
        let first = Collection::new(RECORDED_HOST);
        let mut second = Collection::new(RECORDED_HOST);
        second.second_act(DateTime::from_timestamp(1_800_000_000, 0).unwrap());
        let changed: Vec<_> = second
            .items
            .iter()
            .filter(|item| {
                first
                    .get(&item.identifier)
                    .is_none_or(|before| before.xml != item.xml)
            })
            .map(|item| {
                (
                    item.identifier.as_str(),
                    item.datestamp.as_str(),
                    item.deleted,
                )
            })
            .collect();
        let now = "2027-01-15T08:00:00Z";
        assert_eq!(
            changed,
            [
                ("oai:ojs.ca-c.test:article/384", now, false),
                ("oai:ojs.ca-c.test:article/400", now, true),
                ("oai:ojs.ca-c.test:article/653", now, false),
            ]
        );
        assert!(!first.get("oai:ojs.ca-c.test:article/400").unwrap().deleted);
        assert_eq!(second.items.len(), 272);
    }
}
