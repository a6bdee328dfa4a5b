//! A data scientist with many journals: `OFFPRINT_JOURNALS=3000` sets how many, otherwise there are 60.

use std::fmt::Write as _;

use testkit::repository::Repository;
use testkit::script::{Fault, Place, Rule, Times};
use testkit::server::Server;

use super::machine::User;

const PAGE: &str = "docs/many-journals.md";
/// Of so many journals one is down.
const DOWN: usize = 20;
/// Records of a journal, one of which is deleted.
const RECORDS: u32 = 10;
/// Lines of a terminal.
const SCREEN: usize = 40;
/// Largest page of a report that a browser shows at once, bytes.
const MAX_PAGE: u64 = 3_000_000;

fn journals() -> usize {
    let count = std::env::var("OFFPRINT_JOURNALS");
    count.map_or(60, |count| count.parse().unwrap())
}

/// One host with so many journals.
fn host(count: usize) -> Server {
    let site = |number: usize| {
        let mut repository = Repository::new(RECORDS);
        repository.journal = format!("journal{number:04}").leak();
        for record in &mut repository.records {
            record.identifier = format!("oai:{}:{}", repository.journal, record.number);
        }
        let down = Rule::new(Place::Everywhere, Times::Always, Fault::Status(500, vec![]));
        let is_down = number % DOWN == DOWN - 1;
        (repository, if is_down { vec![down] } else { vec![] })
    };
    Server::start_many((0..count).map(site).collect())
}

#[test]
fn harvests_many_journals_and_sees_what_fails_on_one_screen() {
    let count = journals();
    let (failing, complete) = (count / DOWN, count - count / DOWN);
    let host = host(count);
    let user = User::new();
    let mut list = "name,oai_url\n".to_owned();
    for number in 0..count {
        writeln!(list, "j{number:04},{}", host.url_of(number)).unwrap();
    }
    user.appends("journals.csv", list.trim_end());

    let run = user.tries(PAGE, "offprint init");
    assert_eq!(run.code, Some(4), "{run:?}");
    assert!(
        run.stderr.lines().count() < 2 * failing + 20,
        "{}",
        run.stderr
    );

    let status = user.types(PAGE, "offprint status  ");
    let expected = format!("{count} sources: {failing} failing, {complete} complete");
    assert!(status.stdout.starts_with(&expected), "{status:?}");
    assert!(status.stdout.lines().count() <= SCREEN, "{status:?}");
    let failed = user.types(PAGE, "status --failing");
    assert_eq!(failed.stdout.matches("status 500").count(), failing);

    let findings = user.types(PAGE, "offprint findings");
    assert!(findings.stdout.lines().count() < 100, "{findings:?}");

    let report = user.types(PAGE, "report -o report/");
    assert_eq!(report.code, Some(0), "{report:?}");
    let overview = user.path("report/index.html").metadata().unwrap().len();
    assert!(overview < MAX_PAGE, "{overview} bytes");
    assert_eq!(user.list("report/sources").len(), complete);

    user.types("docs/exports.md", "parquet -o articles.parquet");
    assert!(
        std::fs::read(user.path("articles.parquet"))
            .unwrap()
            .starts_with(b"PAR1")
    );
    let lines = user.types("docs/comparison.md", "jq -r '.titles[0].value'");
    assert_eq!(lines.code, Some(0), "{lines:?}");
    assert_eq!(lines.stdout.lines().count(), complete * RECORDS as usize);

    user.follows(
        "docs/monitoring.md",
        "> /var/lib/node_exporter/offprint.prom\n",
    );
    let figures = user.read("/var/lib/node_exporter/offprint.prom");
    assert!(figures.contains(&format!(
        "offprint_sources{{state=\"failing\"}} {failing}\n"
    )));
}
