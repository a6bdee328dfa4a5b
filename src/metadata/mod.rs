//! Metadata formats as received, one file each. A reader takes a record's metadata apart into the
//! format's own terms and judges nothing; the crosswalk to the article is [`crate::normalize`].

pub mod jats;
pub mod landing_page;
pub mod marc;
pub mod mods;
pub mod oai_dc;
mod prefix;
pub mod rfc1807;
pub(crate) mod tree;
mod xml;

pub use prefix::{best, readable};

/// A text and the language its element names, as received.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Text {
    /// The text, entities undone once.
    pub value: String,
    /// `xml:lang` or `lang`, as received.
    pub lang: Option<String>,
}

/// A record's metadata in the terms of its format.
#[derive(Clone, Debug)]
pub(crate) enum Metadata {
    DublinCore(oai_dc::Dc),
    Jats(Box<jats::Jats>),
    Mods(Box<mods::Mods>),
    Marc(marc::Marc),
    Rfc1807(rfc1807::Rfc1807),
}

/// Reads a record's metadata in XML by the reader of its format; `None` when none knows it. The format is known by what the record
/// holds: prefixes are names that each server chooses.
pub(crate) fn read(xml: &str) -> Option<Metadata> {
    let root = oai_dc::root_name(xml)?.to_ascii_lowercase();
    let by_root = [
        "article",
        "record",
        "collection",
        "oai_marc",
        "rfc1807",
        "mods",
        "modscollection",
    ];
    if by_root.contains(&root.as_str())
        && let Some(metadata) = read_tree(xml)
    {
        return Some(metadata);
    }
    // Containers of several formats (METS, sets of articles) come last: what they hold stands deeper.
    oai_dc::read(xml)
        .map(Metadata::DublinCore)
        .or_else(|| read_tree(xml))
        .or_else(|| oai_dc::read_loose(xml).map(Metadata::DublinCore))
}

fn read_tree(xml: &str) -> Option<Metadata> {
    let tree = tree::read(xml, &jats::SKIPPED);
    let find = |test: &dyn Fn(&tree::Node) -> bool| tree.root.find(test);
    if let Some(node) = find(&jats::is_article) {
        return Some(Metadata::Jats(Box::new(jats::read(node, &tree))));
    }
    if let Some(node) = find(&mods::is_record) {
        return Some(Metadata::Mods(Box::new(mods::read(node, &tree))));
    }
    if let Some(node) = find(&marc::is_record) {
        return Some(Metadata::Marc(marc::read(node, &tree)));
    }
    find(&rfc1807::is_record).map(|node| Metadata::Rfc1807(rfc1807::read(node, &tree)))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn name(xml: &str) -> &'static str {
        match read(xml) {
            None => "none",
            Some(Metadata::DublinCore(_)) => "dc",
            Some(Metadata::Jats(_)) => "jats",
            Some(Metadata::Mods(_)) => "mods",
            Some(Metadata::Marc(_)) => "marc",
            Some(Metadata::Rfc1807(_)) => "rfc1807",
        }
    }

    #[test]
    fn formats_by_what_they_hold() {
        assert_eq!(name("<oai_dc:dc><dc:title>x</dc:title></oai_dc:dc>"), "dc");
        assert_eq!(
            name("<qdc:qualifieddc><dc:title>x</dc:title></qdc:qualifieddc>"),
            "dc"
        );
        assert_eq!(
            name("<a:article><a:front><a:article-meta/></a:front></a:article>"),
            "jats"
        );
        assert_eq!(
            name("<pmc-articleset><article><front/></article></pmc-articleset>"),
            "jats"
        );
        assert_eq!(
            name("<record><leader/><dataField tag='245'/></record>"),
            "marc"
        );
        assert_eq!(name("<oai_marc><varfield id='245'/></oai_marc>"), "marc");
        assert_eq!(name("<rfc1807/>"), "rfc1807");
        assert_eq!(name("<mods:mods><mods:titleInfo/></mods:mods>"), "mods");
        assert_eq!(
            name(
                "<mets><dmdSec><mdWrap><xmlData><mods><titleInfo/></mods></xmlData></mdWrap></dmdSec></mets>"
            ),
            "mods"
        );
        assert_eq!(name("<record><title>x</title></record>"), "none");
        assert_eq!(name("<record><dc:title>x</dc:title></record>"), "dc");
        assert_eq!(
            name("<dc:title>x</dc:title><dc:creator>y</dc:creator>"),
            "dc"
        );
        assert_eq!(name("<article><title>x</title></article>"), "none");
        assert_eq!(name("no xml"), "none");
    }

    #[test]
    fn reads_two_containers_of_one_record() {
        let xml = "<oai_dc:dc><dc:title>a</dc:title></oai_dc:dc><oai_dc:dc><dc:title>b</dc:title></oai_dc:dc>";
        let Some(Metadata::DublinCore(dc)) = read(xml) else {
            panic!("it is Dublin Core");
        };
        let titles: Vec<&str> = dc.named("title").map(|title| &*title.value).collect();
        assert_eq!(titles, ["a", "b"]);
    }

    #[test]
    fn reads_dublin_core_in_another_wrapper_and_in_none() {
        for xml in [
            "<record><dc:title>a</dc:title><dc:creator>c</dc:creator></record>",
            "<dc:title>a</dc:title><dc:creator>c</dc:creator>",
        ] {
            let Some(Metadata::DublinCore(dc)) = read(xml) else {
                panic!("{xml} is Dublin Core");
            };
            assert_eq!(dc.elements.len(), 2, "{xml}");
        }
    }

    proptest::proptest! {
        #[test]
        fn never_panics(
            root in "(article|record|oai_marc|rfc1807|mods|dc)",
            inner in r#"(</?(front|article-meta|contrib-group|contrib|aff|name|surname|title-group|article-title|pub-date|year|month|abstract|p|title|kwd-group|kwd|back|ref-list|ref|mixed-citation|element-citation|datafield|subfield|controlfield|author|titleInfo|part|detail|relatedItem)( (tag|code|type|id|rid|xml:lang|ref-type)="[a-z0-9é]{0,4}")?/?>|&[a-z#0-9]*;?|[a-z0-9é ]){0,50}"#,
        ) {
            read(&format!("<{root}>{inner}</{root}>"));
            read(&inner);
        }
    }
}
