//! Lists while the collection changes, and what is told of what is no more.

use super::ALL;
use std::sync::Arc;

use offprint::internals::provider::{Provider, Settings};
use offprint::internals::store::Store as _;

use crate::providing::{self, answer_of, empty, encode, recorded, served, settings};

#[tokio::test]
async fn items_of_a_removed_source_are_deletions() {
    let mut served = served(settings(), &[]).await;
    let english = "<dc:title>A word</dc:title><dc:language>en</dc:language>";
    served
        .bring("oai_dc", &answer_of("x:1", &["a:b"], Some(english)))
        .await;
    served.bring("oai_dc", &answer_of("x:2", &[], None)).await;
    served.source = served.open_source("other").await;
    served
        .bring(
            "oai_dc",
            &answer_of("x:1", &["a"], Some("<dc:title>Two</dc:title>")),
        )
        .await;
    served.derive().await;
    served.spread();
    let ids = |found: Vec<(String, String, bool)>| {
        found
            .into_iter()
            .map(|(id, _, deleted)| (id, deleted))
            .collect::<Vec<_>>()
    };
    let gone = |number: u32| (format!("oai:catalog.example.org:cac:x:{number}"), true);
    let other = ("oai:catalog.example.org:other:x:1".to_owned(), false);

    served.store.remove_source("cac").await.unwrap();
    served.sql("UPDATE departed SET at = strftime('%s', '2026-03-01') * 1000000");
    let provider = Provider::open(Arc::clone(&served.store) as _, settings())
        .await
        .unwrap();
    served.provider = Arc::new(provider);
    let walk = async |list: &str| ids(served.walk(&format!("verb=ListRecords&{list}")).await);
    let all = "metadataPrefix=oai_dc";
    assert_eq!(walk(all).await, [other.clone(), gone(1), gone(2)]);
    assert_eq!(
        walk(&format!("{all}&from=2026-03-01")).await,
        [gone(1), gone(2)]
    );
    assert_eq!(
        walk(&format!("{all}&until=2026-02-28")).await,
        std::slice::from_ref(&other)
    );
    // In the sets it was in, which are there as long as it has to be told.
    assert_eq!(walk(&format!("{all}&set=cac")).await, [gone(1), gone(2)]);
    assert_eq!(walk(&format!("{all}&set=cac:a")).await, [gone(1)]);
    assert_eq!(walk(&format!("{all}&set=english")).await, [gone(1)]);
    assert_eq!(
        walk(&format!("{all}&set=other")).await,
        std::slice::from_ref(&other)
    );
    let sets = served.ask("verb=ListSets").await;
    let sets = sets.texts("setSpec");
    assert!(
        sets.contains(&"cac") && sets.contains(&"cac:a:b") && sets.contains(&"other"),
        "{sets:?}"
    );
    let list = served
        .ask("verb=ListIdentifiers&metadataPrefix=oai_dc&set=cac:a")
        .await;
    assert_eq!(list.texts("setSpec"), ["cac", "cac:a:b", "english"]);
    let one = served
        .ask("verb=GetRecord&metadataPrefix=oai_dc&identifier=oai:catalog.example.org:cac:x:1")
        .await;
    assert_eq!(
        one.headers(),
        [(gone(1).0, "2026-03-01T00:00:00Z".to_owned(), true)]
    );
    let never = served
        .ask("verb=GetRecord&metadataPrefix=oai_dc&identifier=oai:catalog.example.org:cac:x:3")
        .await;
    assert_eq!(never.errors(), ["idDoesNotExist"]);

    // A page a record: each once.
    let brief = Settings {
        page_size: 1,
        identifiers_size: 1,
        ..settings()
    };
    let paged = Provider::open(Arc::clone(&served.store) as _, brief)
        .await
        .unwrap();
    served.provider = Arc::new(paged);
    let walk = async |list: &str| ids(served.walk(&format!("verb=ListIdentifiers&{list}")).await);
    assert_eq!(walk(all).await, [other.clone(), gone(1), gone(2)]);
    assert_eq!(walk(&format!("{all}&set=cac")).await, [gone(1), gone(2)]);
}

#[tokio::test]
async fn a_list_stays_right_while_records_change() {
    let mut settings = settings();
    settings.page_size = 2;
    let mut served = empty(settings).await;
    served.source = served.open_source("s").await;
    for n in 1..=5 {
        served
            .bring(
                "oai_dc",
                &answer_of(&format!("x:{n}"), &["a"], Some("<dc:title>One</dc:title>")),
            )
            .await;
    }
    served.derive().await;
    served.spread();
    let first = served.ask("verb=ListRecords&metadataPrefix=oai_dc").await;
    let token = encode(&first.token().unwrap().text);
    // One already listed, one to come; both are later than the list now.
    for n in [1, 3] {
        served
            .bring(
                "oai_dc",
                &answer_of(&format!("x:{n}"), &["a"], Some("<dc:title>Two</dc:title>")),
            )
            .await;
    }
    served.derive().await;
    let second = served
        .ask(&format!("verb=ListRecords&resumptionToken={token}"))
        .await;
    let identifiers: Vec<String> = second
        .headers()
        .into_iter()
        .map(|(identifier, ..)| identifier)
        .collect();
    assert_eq!(
        identifiers,
        [
            "oai:catalog.example.org:s:x:4",
            "oai:catalog.example.org:s:x:5"
        ]
    );
    assert_eq!(
        second.token().unwrap().attribute("completeListSize"),
        Some("4"),
        "what was listed in fact"
    );
    served.sql("UPDATE article SET changed_at = strftime('%s', '2026-03-01') * 1000000 WHERE changed_at > strftime('%s', '2026-02-01') * 1000000");
    let next = served
        .walk("verb=ListRecords&metadataPrefix=oai_dc&from=2026-02-01")
        .await;
    assert_eq!(next.len(), 2, "they come the next time");

    // All that was to come changes: the list ends with a record, as the schema wants, and promises no more.
    for n in [4, 5] {
        served
            .bring("oai_dc", &answer_of(&format!("x:{n}"), &["a"], None))
            .await;
    }
    served.derive().await;
    let rest = served
        .ask(&format!("verb=ListRecords&resumptionToken={token}"))
        .await;
    assert_eq!(rest.headers().len(), 2, "{:?}", rest.errors());
}

#[tokio::test]
async fn changes_are_listed_after_their_second_is_over() {
    let served = recorded().await;
    served
        .bring(
            "oai_dc",
            &answer_of("oai:new:1", &["a"], Some("<dc:title>New</dc:title>")),
        )
        .await;
    served.derive().await;
    let listed = served
        .walk("verb=ListIdentifiers&metadataPrefix=oai_dc")
        .await;
    let answer = served.ask("verb=Identify").await;
    let now = answer.text_of("responseDate").to_owned();
    let query =
        "verb=GetRecord&metadataPrefix=oai_dc&identifier=oai:catalog.example.org:cac:oai:new:1";
    let stamp = served.ask(query).await.headers()[0].1.clone();
    if listed.len() == ALL {
        assert!(
            stamp >= now || stamp > listed[ALL - 1].1,
            "{stamp} is to come after {now}"
        );
    } else {
        assert!(stamp <= now, "{stamp} was listed at {now}");
    }
    assert!(listed.iter().all(|(_, datestamp, _)| *datestamp <= now));
}

#[tokio::test]
async fn a_change_of_one_format_is_a_change() {
    let served = recorded().await;
    let (identifier, before, _) = served
        .walk("verb=ListIdentifiers&metadataPrefix=raw_jats")
        .await
        .into_iter()
        .find(|(.., d)| !d)
        .unwrap();
    let original = identifier
        .strip_prefix("oai:catalog.example.org:cac:")
        .unwrap();
    let page = providing::sample("ojs-3.4-cac/cac-listrecords-jats-page1.xml");
    let at = page.find(&format!("<identifier>{original}<")).unwrap();
    let begin = page[..at].rfind("<record>").unwrap();
    let end = at + page[at..].find("</record>").unwrap() + "</record>".len();
    // A comment changes the bytes and nothing of the article.
    let record = page[begin..end].replace("<front>", "<front><!-- changed -->");
    let list = page.find("<ListRecords>").unwrap() + "<ListRecords>".len();
    served
        .bring(
            "jats",
            &format!("{}{record}</ListRecords></OAI-PMH>", &page[..list]),
        )
        .await;
    served.derive().await;
    let query = format!(
        "verb=GetRecord&metadataPrefix=raw_jats&identifier={}",
        encode(&identifier)
    );
    let answer = served.ask(&query).await;
    assert!(answer.headers()[0].1 > before, "its datestamp moved");
    assert_eq!(answer.headers()[0].0, identifier);
}

#[tokio::test]
async fn deletions_persist() {
    let served = recorded().await;
    let (identifier, ..) = served
        .walk("verb=ListIdentifiers&metadataPrefix=oai_dc&set=cac:cac:ECO")
        .await
        .into_iter()
        .find(|(.., d)| !d)
        .unwrap();
    let original = identifier
        .strip_prefix("oai:catalog.example.org:cac:")
        .unwrap()
        .to_owned();
    served.forget(&original).await;
    for list in [
        "metadataPrefix=oai_dc",
        "metadataPrefix=raw_jats",
        "metadataPrefix=oai_dc&set=cac",
        "metadataPrefix=jats&set=cac:cac:ECO",
    ] {
        let found = served.walk(&format!("verb=ListRecords&{list}")).await;
        let entry = found
            .iter()
            .find(|(one, ..)| *one == identifier)
            .unwrap_or_else(|| panic!("{list}"));
        assert_eq!(
            (&*entry.1, entry.2),
            ("2026-05-01T00:00:00Z", true),
            "{list}"
        );
    }
    let query = format!(
        "verb=GetRecord&metadataPrefix=oai_dc&identifier={}",
        encode(&identifier)
    );
    assert!(served.ask(&query).await.headers()[0].2);
    let formats = format!(
        "verb=ListMetadataFormats&identifier={}",
        encode(&identifier)
    );
    assert_eq!(served.ask(&formats).await.errors(), ["noMetadataFormats"]);
}

#[tokio::test]
async fn a_deleted_record_stays_in_the_sets_it_was_in() {
    let mut served = empty(settings()).await;
    served.source = served.open_source("s").await;
    let elements = "<dc:title>A word</dc:title><dc:language>en</dc:language>";
    served
        .bring("oai_dc", &answer_of("x:1", &["a:b"], Some(elements)))
        .await;
    served.derive().await;
    served.bring("oai_dc", &answer_of("x:1", &[], None)).await;
    served.derive().await;
    served.spread();
    for set in ["s", "s:a", "s:a:b", "english"] {
        let found = served
            .walk(&format!("verb=ListRecords&metadataPrefix=oai_dc&set={set}"))
            .await;
        assert_eq!(found.len(), 1, "{set}");
        assert!(found[0].2, "{set}");
    }
}
