//! The scripted server itself: that it answers well by default, and badly as told.

use crate::harvesting;

use std::time::{Duration, Instant};

use harvesting::damage::Damage;
use harvesting::repository::{ListSize, Repository, TokenStyle, identifier};
use harvesting::script::{Coding, Fault, Nth, Place, Rule, Times, To, TokenFault, Wire};
use harvesting::server::Server;
use harvesting::walls::Wall;

/// A client without any wisdom.
fn client() -> reqwest::Client {
    // A second test in the same process finds it installed.
    let _ = rustls::crypto::ring::default_provider().install_default();
    reqwest::Client::builder()
        .no_proxy()
        .redirect(reqwest::redirect::Policy::none())
        .timeout(Duration::from_millis(800))
        .build()
        .unwrap()
}

async fn get(server: &Server, query: &str) -> reqwest::Result<(u16, String)> {
    let response = client()
        .get(format!("{}?{query}", server.url()))
        .send()
        .await?;
    let status = response.status().as_u16();
    Ok((
        status,
        String::from_utf8_lossy(&response.bytes().await?).into_owned(),
    ))
}

const ALL: &str = "verb=ListRecords&metadataPrefix=oai_dc";

fn count(page: &str, what: &str) -> usize {
    page.matches(what).count()
}

fn token(page: &str) -> Option<String> {
    let from = page.find("<resumptionToken")?;
    let text = page[from..]
        .split_once('>')?
        .1
        .split_once("</resumptionToken>")?
        .0;
    let text = text.replace("&lt;", "<").replace("&amp;", "&");
    (!text.trim().is_empty()).then(|| text.trim().to_owned())
}

/// Identifiers of a whole list, and its pages.
async fn walk(server: &Server, query: &str) -> (Vec<String>, usize) {
    let mut identifiers = Vec::new();
    let mut query = query.to_owned();
    for pages in 1.. {
        let (_, page) = get(server, &query).await.unwrap();
        for part in page.split("<identifier>").skip(1) {
            identifiers.push(part.split_once('<').unwrap().0.to_owned());
        }
        let Some(token) = token(&page) else {
            return (identifiers, pages);
        };
        let token: String = url::form_urlencoded::byte_serialize(token.as_bytes()).collect();
        let verb = query.split('&').next().unwrap().to_owned();
        query = format!("{verb}&resumptionToken={token}");
        assert!(pages < 50, "the list has an end");
    }
    unreachable!()
}

#[tokio::test]
async fn lists_are_complete_and_in_pages() {
    let server = Server::start(Repository::new(47), Vec::new());
    let (identifiers, pages) = walk(&server, ALL).await;
    assert_eq!(identifiers, (0..47).map(identifier).collect::<Vec<_>>());
    assert_eq!(pages, 5);
    let (headers, _) = walk(&server, "verb=ListIdentifiers&metadataPrefix=oai_dc").await;
    assert_eq!(headers, identifiers);
    assert_eq!(server.healthy().len(), 47);
    assert!(server.refused().is_empty());
}

#[tokio::test]
async fn tokens_survive_escaping() {
    for style in [TokenStyle::Awkward, TokenStyle::Padded] {
        let repository = Repository {
            token_style: style,
            ..Repository::new(25)
        };
        let server = Server::start(repository, Vec::new());
        assert_eq!(walk(&server, ALL).await.0.len(), 25);
    }
}

#[tokio::test]
async fn windows_are_inclusive_and_sets_are_hierarchies() {
    let server = Server::start(Repository::new(47), Vec::new());
    // Record 4 at 08:04 and record 5 at 17:05 of 2019-06-25.
    let day = format!("{ALL}&from=2019-06-25&until=2019-06-25");
    assert_eq!(walk(&server, &day).await.0, [identifier(4), identifier(5)]);
    let second = format!("{ALL}&from=2019-06-25T08:04:07Z&until=2019-06-25T08:04:07Z");
    assert_eq!(walk(&server, &second).await.0, [identifier(4)]);
    assert_eq!(walk(&server, &format!("{ALL}&set=jcs")).await.0.len(), 47);
    assert_eq!(
        walk(&server, &format!("{ALL}&set=jcs:REV")).await.0.len(),
        16
    );

    server.edit(|repository| repository.whole_days = true);
    assert_eq!(
        walk(&server, &second).await.0,
        [identifier(4), identifier(5)]
    );
}

#[tokio::test]
async fn errors_are_those_of_the_specification() {
    let server = Server::start(Repository::new(3), Vec::new());
    for (query, code) in [
        ("verb=Nothing", "badVerb"),
        ("verb=ListRecords", "badArgument"),
        (
            "verb=ListRecords&metadataPrefix=oai_dc&metadataPrefix=oai_dc",
            "badArgument",
        ),
        (
            "verb=ListRecords&metadataPrefix=oai_dc&resumptionToken=x",
            "badArgument",
        ),
        (
            "verb=ListRecords&metadataPrefix=oai_dc&from=2020-01-01&until=2020-01-02T00:00:00Z",
            "badArgument",
        ),
        (
            "verb=ListRecords&metadataPrefix=oai_dc&from=2021-01-01&until=2020-01-01",
            "badArgument",
        ),
        (
            "verb=ListRecords&metadataPrefix=marc21",
            "cannotDisseminateFormat",
        ),
        ("verb=ListRecords&resumptionToken=x", "badResumptionToken"),
        (
            "verb=ListRecords&metadataPrefix=oai_dc&from=2031-01-01",
            "noRecordsMatch",
        ),
        (
            "verb=ListRecords&metadataPrefix=oai_dc&set=none",
            "noRecordsMatch",
        ),
        (
            "verb=GetRecord&metadataPrefix=oai_dc&identifier=none",
            "idDoesNotExist",
        ),
    ] {
        let (status, page) = get(&server, query).await.unwrap();
        assert_eq!(status, 200);
        assert!(
            page.contains(&format!("<error code=\"{code}\">")),
            "{query}: {page}"
        );
    }
    server.edit(|repository| repository.seconds = false);
    let (_, page) = get(&server, &format!("{ALL}&from=2020-01-01T00:00:00Z"))
        .await
        .unwrap();
    assert!(page.contains("badArgument"));
    let (_, page) = get(&server, "verb=Identify").await.unwrap();
    assert!(page.contains("<granularity>YYYY-MM-DD</granularity>"));
}

#[tokio::test]
async fn a_fault_fires_at_its_place_as_often_as_scripted() {
    for (nth, expected) in [(Nth::First, 0), (Nth::Middle, 2), (Nth::Last, 4)] {
        let rule = Rule::new(
            Place::Page(nth),
            Times::Once,
            Fault::Headers(vec![("X-Fault", "1".into())]),
        );
        let server = Server::start(Repository::new(47), vec![rule]);
        walk(&server, ALL).await;
        walk(&server, ALL).await;
        let faulty: Vec<bool> = server.hits().iter().map(|hit| hit.faulty).collect();
        let places: Vec<usize> = (0..faulty.len()).filter(|at| faulty[*at]).collect();
        assert_eq!(places, [expected]);
        assert_eq!(server.fired(), [1]);
    }
}

#[tokio::test]
async fn a_poisoned_record_fails_what_would_hold_it() {
    let rule = Rule::new(
        Place::Holding(identifier(3)),
        Times::Always,
        Fault::Status(500, Vec::new()),
    );
    let server = Server::start(Repository::new(25), vec![rule]);
    assert_eq!(get(&server, ALL).await.unwrap().0, 500);
    assert_eq!(
        get(&server, "verb=ListIdentifiers&metadataPrefix=oai_dc")
            .await
            .unwrap()
            .0,
        200
    );
    let one = |n| {
        format!(
            "verb=GetRecord&metadataPrefix=oai_dc&identifier={}",
            identifier(n)
        )
    };
    assert_eq!(get(&server, &one(3)).await.unwrap().0, 500);
    assert_eq!(get(&server, &one(4)).await.unwrap().0, 200);
    assert_eq!(
        get(&server, &format!("{ALL}&from=2019-06-25"))
            .await
            .unwrap()
            .0,
        200
    );
}

#[tokio::test]
async fn wide_windows_are_refused() {
    let rule = Rule::new(
        Place::WiderThan(31),
        Times::Always,
        Fault::Status(413, Vec::new()),
    );
    let server = Server::start(Repository::new(25), vec![rule]);
    assert_eq!(get(&server, ALL).await.unwrap().0, 413);
    assert_eq!(
        get(&server, &format!("{ALL}&from=2019-06-01"))
            .await
            .unwrap()
            .0,
        413
    );
    assert_eq!(
        get(&server, &format!("{ALL}&from=2019-06-01&until=2019-06-30"))
            .await
            .unwrap()
            .0,
        200
    );
}

#[tokio::test]
async fn damage_is_in_the_bytes() {
    let place = Place::Holding(identifier(0));
    for (damage, mark) in [
        (Damage::text(b"\x08"), &b"\x08We observe"[..]),
        (
            Damage::InMetadata(b"<?xml version=\"1.0\"?>".to_vec()),
            b"<metadata>\n<?xml",
        ),
        (
            Damage::Longer(30),
            b"all work and no play all work We observe",
        ),
        (
            Damage::Windows1251,
            b"\xCD\xE0\xE1\xEB\xFE\xE4\xE5\xED\xE8\xE5",
        ),
    ] {
        let rule = Rule::new(place.clone(), Times::Always, Fault::Damage(damage));
        let server = Server::start(Repository::new(2), vec![rule]);
        let page = client()
            .get(format!("{}?{ALL}", server.url()))
            .send()
            .await
            .unwrap()
            .bytes()
            .await
            .unwrap();
        assert!(
            memchr::memmem::find(&page, mark).is_some(),
            "{}",
            String::from_utf8_lossy(&page)
        );
        let sent = server.damaged()[&identifier(0)][0].clone();
        assert!(memchr::memmem::find(&page, &sent).is_some());
        assert_eq!(server.damaged().len(), 1);
    }
    for (damage, gone) in [
        (Damage::NoMetadata, "<metadata>"),
        (Damage::NoDatestamp, "<datestamp>"),
    ] {
        let rule = Rule::new(place.clone(), Times::Always, Fault::Damage(damage));
        let server = Server::start(Repository::new(2), vec![rule]);
        assert_eq!(count(&get(&server, ALL).await.unwrap().1, gone), 1);
    }
}

#[tokio::test]
async fn bodies_are_cut_stalled_and_dripped() {
    for wire in [
        Wire::Cut,
        Wire::CutChunks,
        Wire::Reset,
        Wire::StallHead,
        Wire::StallBody,
    ] {
        let rule = Rule::new(Place::AnyPage, Times::Once, Fault::Wire(wire.clone()));
        let server = Server::start(Repository::new(12), vec![rule]);
        assert!(get(&server, ALL).await.is_err(), "{wire:?}");
        assert!(get(&server, ALL).await.is_ok(), "{wire:?} comes once");
        assert!(
            server.hits().iter().all(|hit| hit.in_flight == 1),
            "{wire:?}"
        );
    }
    let rule = Rule::new(Place::AnyPage, Times::Once, Fault::Wire(Wire::CutUnframed));
    let server = Server::start(Repository::new(12), vec![rule]);
    assert!(!get(&server, ALL).await.unwrap().1.contains("</OAI-PMH>"));

    let slow = Wire::Drip {
        piece: 1000,
        pause: Duration::from_millis(20),
    };
    let server = Server::start(
        Repository::new(5),
        vec![Rule::new(Place::AnyPage, Times::Once, Fault::Wire(slow))],
    );
    let begun = Instant::now();
    assert!(get(&server, ALL).await.unwrap().1.ends_with("</OAI-PMH>\n"));
    assert!(begun.elapsed() >= Duration::from_millis(40));

    let flood = Fault::Wire(Wire::Flood(3_000_000));
    let server = Server::start(
        Repository::new(5),
        vec![Rule::new(Place::Holding(identifier(1)), Times::Once, flood)],
    );
    let page = get(&server, ALL).await.unwrap().1;
    assert!(page.len() > 3_000_000 && page.ends_with("</OAI-PMH>\n"));

    let server = Server::start(
        Repository::new(5),
        vec![Rule::new(
            Place::AnyPage,
            Times::Once,
            Fault::Wire(Wire::Vanish),
        )],
    );
    assert!(get(&server, ALL).await.is_err());
    assert!(get(&server, ALL).await.unwrap_err().is_connect());
}

#[tokio::test]
async fn codings_are_not_what_they_say() {
    let fetch = async |coding| {
        let server = Server::start(
            Repository::new(5),
            vec![Rule::new(
                Place::AnyPage,
                Times::Once,
                Fault::Coding(coding),
            )],
        );
        let response = client()
            .get(format!("{}?{ALL}", server.url()))
            .send()
            .await
            .unwrap();
        let announced = response.headers().contains_key("content-encoding");
        let body = response.bytes().await.unwrap();
        (announced, body.starts_with(b"\x1f\x8b"))
    };
    assert_eq!(fetch(Coding::Gzip).await, (true, true));
    assert_eq!(fetch(Coding::Unannounced).await, (false, true));
    assert_eq!(fetch(Coding::OnlyAnnounced).await, (true, false));
    assert_eq!(fetch(Coding::Truncated).await, (true, true));
}

#[tokio::test]
async fn tokens_go_astray() {
    let at = |fault| Rule::new(Place::Page(Nth::Middle), Times::Always, Fault::Token(fault));
    // 25 records are three pages; the middle is the second.
    let second_page = async |fault| {
        let server = Server::start(Repository::new(25), vec![at(fault)]);
        let first = token(&get(&server, ALL).await.unwrap().1).unwrap();
        let query = format!("verb=ListRecords&resumptionToken={first}");
        let page = get(&server, &query).await.unwrap().1;
        let again = get(&server, &query).await.unwrap().1;
        (first, page, again)
    };
    let (first, page, _) = second_page(TokenFault::Back(0)).await;
    assert_eq!(token(&page), Some(first));
    let (first, page, again) = second_page(TokenFault::BackAnew(0)).await;
    assert!(token(&page).is_some() && token(&page) != Some(first) && token(&page) != token(&again));
    let (_, page, _) = second_page(TokenFault::Empty).await;
    assert!(page.contains("<resumptionToken completeListSize=\"25\" cursor=\"10\" />"));
    let (_, page, _) = second_page(TokenFault::Missing).await;
    assert!(!page.contains("resumptionToken>") && !page.contains("<resumptionToken"));

    let server = Server::start(Repository::new(25), vec![at(TokenFault::Endless)]);
    let mut query = ALL.to_owned();
    for records in [10, 10, 0, 0, 0] {
        let page = get(&server, &query).await.unwrap().1;
        assert_eq!(count(&page, "<record>"), records);
        query = format!("verb=ListRecords&resumptionToken={}", token(&page).unwrap());
    }
}

#[tokio::test]
async fn redirects_walls_and_sizes() {
    let rules = vec![
        Rule::new(
            Place::PathNot("/en/oai"),
            Times::Always,
            Fault::Redirect(To::Locale),
        ),
        Rule::new(Place::Identify, Times::Once, Fault::Wall(Wall::Cloudflare)),
    ];
    let repository = Repository {
        list_size: ListSize::Off(13),
        ..Repository::new(25)
    };
    let server = Server::start(repository, rules);
    let response = client()
        .get(format!("{}?{ALL}", server.url()))
        .send()
        .await
        .unwrap();
    assert_eq!(response.status(), 302);
    let location = response.headers()["location"].to_str().unwrap().to_owned();
    assert!(
        location.ends_with(&format!("/jcs/en/oai?{ALL}")),
        "{location}"
    );
    let page = client()
        .get(location)
        .send()
        .await
        .unwrap()
        .text()
        .await
        .unwrap();
    assert!(page.contains("completeListSize=\"38\""));
    let wall = client()
        .get(server.url().replace("/oai", "/en/oai?verb=Identify"))
        .send()
        .await
        .unwrap();
    assert_eq!(
        (
            wall.status().as_u16(),
            wall.headers()["cf-mitigated"].to_str().unwrap()
        ),
        (403, "challenge")
    );
}

#[tokio::test]
async fn an_edit_in_mid_list_moves_a_record_to_its_end() {
    let rule = Rule::new(
        Place::Page(Nth::First),
        Times::Once,
        Fault::Touch(identifier(2)),
    );
    let server = Server::start(Repository::new(25), vec![rule]);
    let (identifiers, _) = walk(&server, ALL).await;
    assert_eq!(
        identifiers.len(),
        24 + 1 - 1 + 1,
        "as many come as were promised"
    );
    assert!(
        !identifiers.contains(&identifier(10)),
        "the first of the second page has slipped away"
    );
    assert_eq!(
        identifiers
            .iter()
            .filter(|id| **id == identifier(2))
            .count(),
        2
    );
}

#[tokio::test]
async fn an_answer_is_held_back_until_released() {
    let rule = Rule::new(
        Place::Request(1),
        Times::Once,
        Fault::Wire(Wire::Hold { half: true }),
    );
    let server = Server::start(Repository::new(5), vec![rule]);
    let whole = get(&server, "verb=Identify").await.unwrap().1;
    let url = format!("{}?verb=Identify", server.url());
    let held = tokio::spawn(client().get(url).send());
    let server = tokio::task::spawn_blocking(move || {
        assert_eq!(server.wait_held(), Some(1));
        server.release();
        server
    })
    .await
    .unwrap();
    let page = held.await.unwrap().unwrap().text().await.unwrap();
    assert_eq!(page.len(), whole.len());
    drop(server);
}
