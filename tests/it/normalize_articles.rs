//! Whole articles of several kinds, as exported. Each snapshot was read beside its record.

use crate::support;

use offprint::article::{Article, LinkRel, Scheme};
use offprint::internals::normalize::{Item, VERSION, derivation, normalize};
use support::{
    article, dublin_core, ojs, sample, sample_context, sample_items, source, with_landing_page,
};

fn sample_article(number: u32, landing_page: Option<&str>) -> Article {
    let items = sample_items();
    let context = sample_context(&items);
    let wanted = format!("oai:ojs.ca-c.test:article/{number}");
    let item = items.into_iter().find(|item| item.identifier == wanted);
    let item = item.unwrap_or_else(|| panic!("{wanted} is not in the sample"));
    match landing_page {
        Some(html) => article(&with_landing_page(item, html), &context),
        None => article(&item, &context),
    }
}

#[test]
fn the_first_article_from_dublin_core() {
    let article = sample_article(643, None);
    let author = &article.contributors[0];
    assert_eq!(
        (author.family.as_deref(), author.given.as_deref()),
        (Some("BURNASHEV"), Some("Igor"))
    );
    assert_eq!(article.contributors.len(), 1);
    assert_eq!(
        (
            article.volume.as_deref(),
            article.issue.as_deref(),
            article.issue_year
        ),
        (Some("5"), Some("6"), Some(2004))
    );
    let pages = article.pages.as_ref().unwrap();
    assert_eq!(
        (
            pages.raw.as_str(),
            pages.first.as_deref(),
            pages.last.as_deref()
        ),
        ("103-110", Some("103"), Some("110"))
    );
    assert_eq!(
        article.journal.issn_electronic.as_deref(),
        Some("2002-3839")
    );
    assert_eq!(article.journal.issn_print.as_deref(), Some("1404-6091"));
    assert_eq!(article.published.as_ref().unwrap().date, "2004-12-31");
    assert_eq!(
        article.journal.title_in("en").unwrap_or_default(),
        "CENTRAL ASIA AND THE CAUCASUS"
    );
    assert_eq!(
        article.journal.title_in("ru").unwrap_or_default(),
        "ЦЕНТРАЛЬНАЯ АЗИЯ И КАВКАЗ"
    );
    let license = article.license.as_ref().unwrap();
    assert_eq!(
        license.url.as_deref(),
        Some("https://creativecommons.org/licenses/by/4.0/")
    );
    assert_eq!(license.name.as_deref(), Some("CC BY 4.0"));
    let text = &article.abstracts[0].value;
    assert!(
        !text.contains("&nbsp;") && !text.contains('\u{a0}') && !text.contains("  "),
        "{text}"
    );
    assert!(
        text.split("\n\n")
            .all(|paragraph| !paragraph.is_empty() && paragraph.trim() == paragraph),
        "{text}"
    );
    assert_eq!(article.section, None);
    insta::assert_json_snapshot!(article);
}

#[test]
fn the_first_article_with_its_landing_page() {
    let html = String::from_utf8(sample("landing/643.html")).unwrap();
    let article = sample_article(643, Some(&html));
    let author = &article.contributors[0];
    assert_eq!(article.contributors.len(), 1);
    assert_eq!(
        (author.family.as_deref(), author.given.as_deref()),
        (Some("BURNASHEV"), Some("Igor"))
    );
    assert!(
        author.affiliations[0]
            .name
            .as_deref()
            .unwrap_or_default()
            .contains("Al-Farabi Kazakh National University")
    );
    assert_eq!(article.section.as_deref(), Some("REGIONAL POLITICS"));
    assert_eq!(article.references.len(), 10);
    assert!(article.references[0].raw.contains("V. Alesin"));
    assert_eq!(article.journal.abbreviation.as_deref(), Some("CAC"));
    let pdf = "http://127.0.0.1:8081/index.php/cac/article/download/643/426";
    let files: Vec<_> = article
        .links
        .iter()
        .filter(|l| l.rel == LinkRel::Fulltext)
        .collect();
    assert_eq!(files.len(), 1);
    assert_eq!(
        (files[0].url.as_str(), files[0].media_type.as_deref()),
        (pdf, Some("application/pdf"))
    );
    assert_eq!(
        article
            .identifiers
            .iter()
            .filter(|i| i.scheme == Scheme::PublisherId)
            .count(),
        1
    );
    assert_eq!(
        article.provenance.fields.get("section").unwrap_or_default(),
        "landing_page:DC.Type.articleType"
    );
    insta::assert_json_snapshot!(article);
}

/// Two languages, no `dc:language`, a subtitle lent from one title to the other, no galley.
#[test]
fn an_article_in_two_languages() {
    insta::assert_json_snapshot!(sample_article(646, None));
}

/// Two galleys, two languages stated, no copyright line, an abstract in paragraphs.
#[test]
fn an_article_with_several_galleys() {
    insta::assert_json_snapshot!(sample_article(384, None));
}

/// OJS 2.4: affiliations, joined subjects, a sponsor, a supplementary file, a notice for rights.
fn ojs_2() -> Item {
    dublin_core(
        "oai:ojs.pkp.sfu.ca:article/88",
        &["rsm:EDI", "driver"],
        r#"<dc:title xml:lang="pt-PT">A &amp;aacute;gua e o poder</dc:title>
        <dc:creator>Silva, Dra. Ana; Universidade do Minho;
Braga, Portugal</dc:creator>
        <dc:creator>et al.</dc:creator>
        <dc:subject xml:lang="pt-PT">água; poder; Ásia</dc:subject>
        <dc:description xml:lang="pt-PT">.</dc:description>
        <dc:publisher xml:lang="pt-PT">Sociedade de Estudos</dc:publisher>
        <dc:contributor xml:lang="pt-PT">Fundação para a Ciência</dc:contributor>
        <dc:contributor xml:lang="pt-PT"></dc:contributor>
        <dc:date>2013-10-14</dc:date>
        <dc:type>info:eu-repo/semantics/article</dc:type>
        <dc:type>info:eu-repo/semantics/publishedVersion</dc:type>
        <dc:type xml:lang="pt-PT">Editorial</dc:type>
        <dc:format>application/pdf</dc:format>
        <dc:identifier>http://rsm.example/index.php/rsm/article/view/88</dc:identifier>
        <dc:source xml:lang="pt-PT">Revista de Estudos; v. 23, n. 1 (2013): Ano 21; 7</dc:source>
        <dc:source>0872-9204</dc:source>
        <dc:source>10.1234/rsm.v23i1</dc:source>
        <dc:language>por</dc:language>
        <dc:relation>http://rsm.example/index.php/rsm/article/view/88/69</dc:relation>
        <dc:relation>http://rsm.example/index.php/rsm/article/downloadSuppFile/88/12</dc:relation>
        <dc:coverage xml:lang="pt-PT">Ásia Central</dc:coverage>
        <dc:rights xml:lang="pt-PT">Os autores mantêm os direitos e publicam sob
            &lt;a href="http://creativecommons.org/licenses/by-nc/3.0/"&gt;CC&lt;/a&gt;.</dc:rights>"#,
    )
}

#[test]
fn an_article_of_ojs_2() {
    insta::assert_json_snapshot!(article(
        &ojs_2(),
        &ojs("http://rsm.example/index.php/rsm/oai", "2.4.2.0")
    ));
}

/// A thesis out of DSpace: dates of accession, a handle, contributors, notes among the descriptions.
#[test]
fn a_record_of_other_software() {
    let item = dublin_core(
        "oai:repo.example:10261/4711",
        &["com_10261_1", "col_10261_7"],
        r"<dc:title>Ladders of power</dc:title>
        <dc:creator>Doe, Jane</dc:creator>
        <dc:contributor>Roe, Richard</dc:contributor>
        <dc:contributor>Universidad de Zaragoza</dc:contributor>
        <dc:subject>Water</dc:subject><dc:subject>Power</dc:subject>
        <dc:description>214 p.</dc:description>
        <dc:description>This thesis asks who holds the ladder, and finds nobody.</dc:description>
        <dc:date>2015-03-04T12:00:00Z</dc:date><dc:date>2015-03-05T01:00:00Z</dc:date><dc:date>2014</dc:date>
        <dc:type>info:eu-repo/semantics/doctoralThesis</dc:type>
        <dc:identifier>http://hdl.handle.net/10261/4711</dc:identifier>
        <dc:identifier>10.1234/THESIS</dc:identifier>
        <dc:language>spa</dc:language>
        <dc:relation>https://doi.org/10.5678/data</dc:relation>
        <dc:relation>Part of a series</dc:relation>
        <dc:format>application/pdf</dc:format>
        <dc:publisher>Universidad de Zaragoza</dc:publisher>
        <dc:rights>info:eu-repo/semantics/openAccess</dc:rights>
        <dc:rights>http://creativecommons.org/licenses/by-nc-nd/4.0/</dc:rights>",
    );
    insta::assert_json_snapshot!(article(&item, &source("https://repo.example/oai/request")));
}

/// Derived articles are remembered by [`VERSION`]: who changes what the crosswalks give raises it, and puts
/// the new hash here.
#[test]
fn a_change_of_the_articles_raises_the_version() {
    const GOLDEN: (u32, &str) = (8, "2e6b3557c76f6079");
    let items = sample_items();
    let context = sample_context(&items);
    let lines: String = items
        .iter()
        .map(|item| serde_json::to_string(&normalize(item, &context)).unwrap() + "\n")
        .collect();
    let hash = format!("{:016x}", xxhash_rust::xxh3::xxh3_64(lines.as_bytes()));
    assert_eq!((VERSION, hash.as_str()), GOLDEN);
    assert_eq!(derivation(&context).len(), 64);
}
