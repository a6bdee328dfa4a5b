//! Metadata formats as received, one file each. A reader takes a record's metadata apart into the
//! format's own terms and judges nothing; the crosswalk to the article is [`crate::normalize`].

pub(crate) mod arxiv;
pub(crate) mod datacite;
pub(crate) mod dim;
pub(crate) mod doaj;
pub(crate) mod etdms;
pub(crate) mod html;
pub mod jats;
pub(crate) mod kci;
pub mod landing_page;
mod leaf;
pub mod marc;
pub(crate) mod mathml;
pub mod mods;
pub mod oai_dc;
mod prefix;
pub mod rfc1807;
pub(crate) mod rioxx;
pub(crate) mod stated;
mod text;
pub(crate) mod tree;
mod xml;

pub use text::Text;
pub(crate) use tree::XML_MARK;
pub(crate) use xml::resolve;

pub use prefix::{best, readable};

/// A record's metadata in the terms of its format.
#[derive(Clone, Debug)]
pub(crate) enum Metadata<'a> {
    DublinCore(oai_dc::Dc<'a>),
    Jats(Box<jats::Jats>),
    Mods(Box<mods::Mods>),
    Marc(marc::Marc),
    Rfc1807(rfc1807::Rfc1807),
    Dim(Box<dim::Dim>),
    DataCite(Box<datacite::DataCite>),
    ArXiv(Box<arxiv::ArXiv>),
    Doaj(Box<doaj::Doaj>),
    Kci(Box<kci::Kci>),
    Rioxx(Box<rioxx::Rioxx>),
    Etdms(Box<etdms::Etdms>),
}

impl Metadata<'_> {
    /// The metadataPrefix that most servers give the format.
    pub(crate) fn usual_prefix(&self) -> &'static str {
        match self {
            Self::DublinCore(_) => "oai_dc",
            Self::Jats(_) => "jats",
            Self::Mods(_) => "mods",
            Self::Marc(_) => "marcxml",
            Self::Rfc1807(_) => "rfc1807",
            Self::Dim(_) => "dim",
            Self::DataCite(_) => "oai_datacite",
            Self::ArXiv(_) => "arXiv",
            Self::Doaj(_) => "oai_doaj",
            Self::Kci(_) => "oai_kci",
            Self::Rioxx(_) => "rioxx",
            Self::Etdms(_) => "oai_etdms",
        }
    }
}

/// A reader of one format: how it knows its record, and how it reads it.
type Reader = (
    fn(&tree::Node) -> bool,
    fn(&tree::Node, &tree::Tree) -> Metadata<'static>,
);

/// The readers of formats whose elements mean something where they stand, in the order in which they are tried. MARC and RFC 1807
/// come behind those whose records hold more.
const READERS: [Reader; 11] = [
    (jats::is_article, |node, tree| {
        Metadata::Jats(Box::new(jats::read(node, tree)))
    }),
    (dim::is_record, |node, tree| {
        Metadata::Dim(Box::new(dim::read(node, tree)))
    }),
    (datacite::is_record, |node, tree| {
        Metadata::DataCite(Box::new(datacite::read(node, tree)))
    }),
    (arxiv::is_record, |node, tree| {
        Metadata::ArXiv(Box::new(arxiv::read(node, tree)))
    }),
    (kci::is_record, |node, tree| {
        Metadata::Kci(Box::new(kci::read(node, tree)))
    }),
    (doaj::is_record, |node, tree| {
        Metadata::Doaj(Box::new(doaj::read(node, tree)))
    }),
    (rioxx::is_record, |node, tree| {
        Metadata::Rioxx(Box::new(rioxx::read(node, tree)))
    }),
    (etdms::is_record, |node, tree| {
        Metadata::Etdms(Box::new(etdms::read(node, tree)))
    }),
    (mods::is_record, |node, tree| {
        Metadata::Mods(Box::new(mods::read(node, tree)))
    }),
    (marc::is_record, |node, tree| {
        Metadata::Marc(marc::read(node, tree))
    }),
    (rfc1807::is_record, |node, tree| {
        Metadata::Rfc1807(rfc1807::read(node, tree))
    }),
];

/// Reads a record's metadata in XML by the reader of its format; `None` when none knows it. The format is known by what the record
/// holds: prefixes are names that each server chooses.
pub(crate) fn read(xml: &str) -> Option<Metadata<'_>> {
    let root = oai_dc::root_name(xml)?.to_ascii_lowercase();
    if root == "dc" || (root.contains("dc") && !root.contains("datacite")) {
        let in_container = oai_dc::read(xml).map(Metadata::DublinCore);
        return in_container.or_else(|| read_tree(xml));
    }
    read_tree(xml)
        .or_else(|| oai_dc::read(xml).map(Metadata::DublinCore))
        .or_else(|| oai_dc::read_loose(xml).map(Metadata::DublinCore))
}

fn read_tree(xml: &str) -> Option<Metadata<'static>> {
    let tree = tree::read(xml, &jats::SKIPPED);
    // the outermost element that a reader knows
    let is_known = |node: &tree::Node| READERS.iter().any(|(knows, _)| knows(node));
    let node = tree.root.find(&is_known)?;
    let (_, reads) = READERS.iter().find(|(knows, _)| knows(node))?;
    Some(reads(node, &tree))
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
            Some(Metadata::Dim(_)) => "dim",
            Some(Metadata::DataCite(_)) => "datacite",
            Some(Metadata::ArXiv(_)) => "arxiv",
            Some(Metadata::Doaj(_)) => "doaj",
            Some(Metadata::Kci(_)) => "kci",
            Some(Metadata::Rioxx(_)) => "rioxx",
            Some(Metadata::Etdms(_)) => "etdms",
        }
    }

    #[test]
    fn knows_the_formats_of_repositories() {
        assert_eq!(
            name("<dim:dim><dim:field mdschema='dc' element='title'>x</dim:field></dim:dim>"),
            "dim"
        );
        assert_eq!(
            name("<metadata><element name='dc'><element name='title'/></element></metadata>"),
            "dim"
        );
        assert_eq!(
            name("<oai_datacite><payload><resource><titles/></resource></payload></oai_datacite>"),
            "datacite"
        );
        assert_eq!(
            name(
                "<oaire:resource><dc:description>x</dc:description><datacite:titles/></oaire:resource>"
            ),
            "datacite"
        );
        assert_eq!(name("<arXivRaw><id>1</id></arXivRaw>"), "arxiv");
        assert_eq!(
            name("<record><journalTitle>x</journalTitle></record>"),
            "doaj"
        );
        assert_eq!(name("<oai_kci><articleInfo/></oai_kci>"), "kci");
        assert_eq!(name("<rioxx><dc:title>x</dc:title></rioxx>"), "rioxx");
        assert_eq!(name("<thesis><title>x</title></thesis>"), "etdms");
        assert_eq!(
            name("<mets:mets><mets:xmlData><mods:titleInfo/></mets:xmlData></mets:mets>"),
            "mods"
        );
        assert_eq!(
            name(
                "<record xmlns:dc='http://purl.org/dc/elements/1.1/'><dc:title>x</dc:title></record>"
            ),
            "dc"
        );
        assert_eq!(
            name("<dc:title>x</dc:title><dc:creator>y</dc:creator>"),
            "dc"
        );
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
            root in "(article|record|oai_marc|rfc1807|mods|dc|dim|metadata|resource|arXiv|arXivRaw|oai_kci|rioxx|thesis|mets|x)",
            inner in r#"(</?(xmlData|titleInfo|field|element|creators|creator|creatorName|titles|id|authors|keyname|articleInfo|journalTitle|dc:title|relatedItem|alternatives|tex-math|collab|string-date|front|article-meta|contrib-group|contrib|aff|name|surname|title-group|article-title|pub-date|year|month|abstract|p|title|kwd-group|kwd|back|ref-list|ref|mixed-citation|element-citation|datafield|subfield|controlfield|author|titleInfo|part|detail|relatedItem)( (tag|code|type|id|rid|xml:lang|ref-type|name|mdschema|element|qualifier|href)="[a-z0-9é]{0,4}")?/?>|&[a-z#0-9]*;?|[a-z0-9é ]){0,50}"#,
        ) {
            read(&format!("<{root}>{inner}</{root}>"));
            read(&inner);
        }
    }
}
