//! MARC: what the tools of library catalogs read, identical in both forms.

use crate::articles;
use crate::support;
use crate::validators;

use std::path::{Path, PathBuf};

use offprint::Entry;
use offprint::internals::export::Options;
use offprint::internals::export::marc::{MarcOptions, Profile};
use rstest::rstest;

use articles::{bare, deletion, full};
use support::samples;
use validators::{everything, live, python, run, stream};

fn options(profile: Profile) -> Options {
    let marc = MarcOptions {
        profile,
        organization: Some("DE-Test".to_owned()),
        id_prefix: "op-".to_owned(),
        host_records: [("2002-3839".to_owned(), "(DE-Test)77".to_owned())].into(),
    };
    Options {
        marc,
        ..Options::default()
    }
}

struct Files {
    _folder: tempfile::TempDir,
    marc: PathBuf,
    xml: PathBuf,
}

fn files(profile: Profile, entries: &[Entry]) -> Files {
    let folder = tempfile::tempdir().unwrap();
    let (marc, xml) = (folder.path().join("a.mrc"), folder.path().join("a.xml"));
    std::fs::write(&marc, stream("marc", &options(profile), entries.to_vec())).unwrap();
    std::fs::write(&xml, stream("marcxml", &options(profile), entries.to_vec())).unwrap();
    Files {
        _folder: folder,
        marc,
        xml,
    }
}

fn yaz(arguments: &[&str], file: &Path) -> Vec<u8> {
    let mut all = arguments.to_vec();
    all.push(file.to_str().unwrap());
    let output = run("yaz-marcdump", &all, b"");
    assert!(
        output.status.success(),
        "{}",
        String::from_utf8_lossy(&output.stderr)
    );
    output.stdout
}

/// Fields of a record as `245 10 $a Title / $c Author.`
fn lines(entry: Entry, options: &Options) -> Vec<String> {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("a.mrc");
    std::fs::write(&path, stream("marc", options, vec![entry])).unwrap();
    String::from_utf8(yaz(&[], &path))
        .unwrap()
        .lines()
        .map(str::to_owned)
        .collect()
}

#[rstest]
fn pymarc_and_pydantic_marc_read_synthetic_records(
    #[values(Profile::Generic, Profile::Koha, Profile::VuFind)] profile: Profile,
) {
    let entries = everything();
    let files = files(profile, &entries);
    let said = python("marc.py", &[&files.marc, &files.xml], b"");
    let records = entries.len() - usize::from(profile == Profile::VuFind);
    // The abstract of half a megabyte.
    assert_eq!(
        said.trim(),
        format!("{records} records, 1 beyond the limits of ISO 2709")
    );
}

#[rstest]
#[case(Profile::Generic, 271)]
#[case::no_deletions(Profile::VuFind, 265)]
fn the_sample_journal_is_read_by_pymarc_and_pydantic_marc(
    #[case] profile: Profile,
    #[case] records: usize,
) {
    let files = files(profile, &samples());
    let said = python("marc.py", &[&files.marc, &files.xml], b"");
    assert_eq!(
        said.trim(),
        format!("{records} records, 0 beyond the limits of ISO 2709")
    );
}

#[test]
fn yaz_makes_the_same_iso_2709_of_marcxml() {
    let mut entries = everything();
    // Only what fits: yaz has no way to shorten.
    entries.retain(|entry| {
        stream("marcxml", &options(Profile::Generic), vec![entry.clone()]).len() < 90_000
    });
    entries.extend(samples());
    assert!(entries.len() > 300);
    let files = files(Profile::Generic, &entries);
    let ours = std::fs::read(&files.marc).unwrap();
    assert!(
        yaz(&["-i", "marcxml", "-o", "marc"], &files.xml) == ours,
        "yaz-marcdump writes other bytes"
    );
    // And back: yaz fills in the lengths of the leader.
    let back = files.marc.with_extension("back.xml");
    std::fs::write(&back, yaz(&["-i", "marc", "-o", "marcxml"], &files.marc)).unwrap();
    assert!(
        yaz(&["-i", "marcxml", "-o", "marc"], &back) == ours,
        "the way back differs"
    );
}

#[rstest]
fn marclint_finds_no_fault(#[values(Profile::Generic, Profile::VuFind)] profile: Profile) {
    let mut entries = everything();
    entries.extend(samples());
    let files = files(profile, &entries);
    let is_live = |entry: &&Entry| matches!(entry, Entry::Live(_));
    let records = match profile {
        Profile::VuFind => entries.iter().filter(is_live).count(),
        _ => entries.len(),
    };
    let output = run("marclint", &[files.marc.to_str().unwrap()], b"");
    let said = String::from_utf8_lossy(&output.stdout).into_owned();
    let faults: Vec<&str> = said
        .lines()
        .map(str::trim)
        // A title may end with a question mark; a name may begin like an article of another language.
        .filter(|line| line.split_once(": ").is_some_and(|(tag, _)| tag.len() == 3))
        .filter(|line| !line.contains("allows ? or !"))
        .collect();
    assert_eq!(faults, Vec::<&str>::new(), "{said}");
    assert!(
        output.status.success() && said.contains(&records.to_string()),
        "{said}"
    );
}

#[test]
fn article_643() {
    let entry = samples()
        .into_iter()
        .find(|entry| entry.provenance().oai_identifier.ends_with("/643"))
        .unwrap();
    let lines = lines(entry, &options(Profile::Generic));
    for expected in [
        "003 DE-Test",
        "008 200223s2004    xx || poo||||||   ||eng d",
        "035    $a (OAI)oai:ojs.ca-c.test:article/643",
        "040    $a DE-Test $b eng $e rda $c DE-Test",
        "041    $a eng",
        "100 1  $a BURNASHEV, Igor, $e author. $4 aut",
        "245 10 $a SPECIFIC FEATURES OF KAZAKHSTAN-BELARUS RELATIONS IN POLITICS, ECONOMICS AND CULTURE / $c Igor BURNASHEV.",
        "264  1 $b CA&C Press AB, $c 2004.",
        "300    $a 1 online resource (pages 103-110)",
        "773 0  $t CENTRAL ASIA AND THE CAUCASUS $d CA&C Press AB $g vol. 5, no. 6 (2004), p. 103-110 $q 5:6<103 $x 2002-3839 $o ISSN 1404-6091 (print) $w (DE-Test)77 $7 nnas",
    ] {
        assert!(
            lines.iter().any(|line| line == expected),
            "{expected} is not in\n{}",
            lines.join("\n")
        );
    }
    assert!(
        lines[0].contains("nab a22") && lines[0].ends_with("7i 4500"),
        "{}",
        lines[0]
    );
}

#[test]
fn a_full_article_has_every_field_of_the_crosswalk() {
    let text = String::from_utf8(stream(
        "marcxml",
        &options(Profile::Koha),
        live([full(643)]),
    ))
    .unwrap();
    insta::assert_snapshot!("marcxml_full", text);
}

#[test]
fn profiles_differ_where_catalogs_do() {
    let of = |profile| lines(live([full(1)]).remove(0), &options(profile));
    let (generic, koha, vufind) = (of(Profile::Generic), of(Profile::Koha), of(Profile::VuFind));
    assert!(generic[0].contains("nab a22"));
    assert!(vufind[0].contains("naa a22"));
    assert!(
        koha.contains(&"942    $c CR".to_owned()) && !generic.contains(&"942    $c CR".to_owned())
    );
    assert!(vufind.contains(&"856 40 $u https://doi.org/10.37178/ca-c.00.1.01 $3 DOI".to_owned()));
}

#[test]
fn a_deletion_is_marked_in_the_leader() {
    let lines = lines(Entry::Deleted(deletion(7)), &options(Profile::Generic));
    assert!(lines[0].contains("dab a22"), "{}", lines[0]);
    let rest: Vec<&str> = lines[1..]
        .iter()
        .map(String::as_str)
        .filter(|line| !line.is_empty())
        .collect();
    assert_eq!(
        rest,
        [
            format!("001 op-{}", bare(7).id).as_str(),
            "003 DE-Test",
            "005 20240229235959.0",
            "245 00 $a [Deleted record oai:journals.example.org:article/7].",
        ]
    );
}

#[test]
fn splits_long_summaries_in_iso_2709_only() {
    let mut article = full(1);
    let sentence = "Предложение о трубопроводах и границах. ";
    article.abstracts = vec![articles::summary(&sentence.repeat(400), Some("ru"))];
    let marc = lines(live([article.clone()]).remove(0), &Options::default());
    let parts: Vec<&String> = marc.iter().filter(|line| line.starts_with("520")).collect();
    assert_eq!(parts.len(), 3);
    assert!(parts[0].starts_with("520 3  $a Предложение") && parts[0].ends_with(". (Part 1 of 3)"));
    assert!(parts[2].starts_with("520 8  $a (Part 3 of 3) Предложение"));
    let xml = String::from_utf8(stream("marcxml", &Options::default(), live([article]))).unwrap();
    assert_eq!(xml.matches("tag=\"520\"").count(), 1);
}
