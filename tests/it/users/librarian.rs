//! A librarian: Koha and VuFind, kept up to date by cron.

use std::path::Path;

use super::machine::User;
use crate::cli_support::SampleJournal;

/// The end of a record of ISO 2709.
const RECORD_END: u8 = 0x1d;

struct Library {
    journal: SampleJournal,
    user: User,
}

/// A machine as `docs/cron.md` sets it up, but for the user, which only root may create.
fn library() -> Library {
    let journal = SampleJournal::start();
    let mut user = User::new();
    let url = journal.page();
    user.says("https://journal.example.org/index.php/journal", url);
    user.says("sudo --user=offprint ", "");
    user.writes("/etc/offprint/offprint.toml", "docs/cron.md", "contact = ");
    user.writes(
        "/etc/offprint/offprint.toml",
        "docs/cron.md",
        "schedule = \"weekly\"",
    );
    Library { journal, user }
}

/// Number of MARC records in a file.
fn records(user: &User, path: &str) -> usize {
    let bytes = std::fs::read(user.path(path)).unwrap_or_else(|error| panic!("{path}: {error}"));
    bytes.split(|byte| *byte == RECORD_END).count() - 1
}

#[test]
fn cron_keeps_koha_up_to_date_and_prints_nothing() {
    let Library { journal, user } = &library();
    user.writes("/etc/offprint/offprint.toml", "docs/koha.md", "[[export]]");

    let without_folder = user.cron("docs/cron.md", "offprint run --quiet");
    assert_eq!(without_folder.code, Some(1), "{without_folder:?}");
    assert!(
        without_folder.stderr.contains("hint: mkdir -p "),
        "{without_folder:?}"
    );
    std::fs::create_dir_all(user.path("/srv/koha")).unwrap();
    // The harvest is not lost: only the export is still to be written.
    let first = user.cron("docs/cron.md", "offprint run --quiet");
    assert_eq!(
        (first.code, &*first.stdout, &*first.stderr),
        (Some(0), "", "")
    );
    assert!(user.path("/var/lib/offprint/offprint.db").is_file());
    let folder = "/srv/koha";
    assert_eq!(
        user.list(folder),
        ["changed.000001.mrc", "changed.deleted.000001.mrc"]
    );
    assert_eq!(records(user, &format!("{folder}/changed.000001.mrc")), 265);
    assert_eq!(
        records(user, &format!("{folder}/changed.deleted.000001.mrc")),
        6
    );

    // Nothing is due before the week is over; the librarian does not wait.
    assert_eq!(user.cron("docs/cron.md", "offprint run --quiet").stderr, "");
    assert_eq!(user.list(folder).len(), 2);
    journal.journal.publish_changes();
    let all = "offprint run --all --quiet --config /etc/offprint/offprint.toml";
    assert_eq!(user.shell(Path::new("/"), all).code, Some(0));
    assert_eq!(records(user, &format!("{folder}/changed.000002.mrc")), 2);
    assert_eq!(
        records(user, &format!("{folder}/changed.deleted.000002.mrc")),
        1
    );

    let backup = user.cron("docs/cron.md", "offprint store backup");
    assert_eq!((backup.code, &*backup.stderr), (Some(0), ""));
    assert!(user.path("/srv/backup/offprint.db").is_file());
}

#[test]
fn cron_writes_the_figures_for_prometheus() {
    let Library { user, .. } = &library();
    std::fs::create_dir_all(user.path("/var/lib/node_exporter")).unwrap();
    let done = user.cron("docs/monitoring.md", "offprint run --quiet");
    assert_eq!((done.code, &*done.stderr), (Some(0), ""));
    let figures = user.read("/var/lib/node_exporter/offprint.prom");
    assert!(figures.contains("offprint_sources{state=\"complete\"} 1\n"));
}

#[test]
fn the_line_of_the_package_does_the_same() {
    let Library { user, .. } = &library();
    let crontab = include_str!("../../../examples/cron/offprint.cron");
    let line = crontab.lines().find(|line| !line.starts_with('#')).unwrap();
    let command: Vec<&str> = line.split_whitespace().skip(6).collect();
    let done = user.shell(Path::new("/"), &command.join(" "));
    assert_eq!((done.code, &*done.stdout, &*done.stderr), (Some(0), "", ""));
    assert!(user.path("/var/lib/offprint/offprint.db").is_file());
}

/// The unit is run as systemd does: in its working directory, with its variables and nothing else.
#[test]
fn the_service_harvests_and_its_store_can_be_read() {
    let Library { user, .. } = &library();
    let unit = include_str!("../../../examples/systemd/offprint.service");
    let setting = |name: &str| {
        let line = unit.lines().find_map(|line| line.strip_prefix(name));
        line.and_then(|line| line.strip_prefix('=')).unwrap()
    };
    let command = format!("{} {}", setting("Environment"), setting("ExecStart"));
    let folder = user.path(setting("WorkingDirectory"));
    let done = user.shell(&folder, &command);
    assert_eq!(done.code, Some(0), "{done:?}");
    assert!(done.stderr.contains("265 new"), "{done:?}");
    let looked = user.types("docs/systemd.md", "offprint.db status");
    assert_eq!(looked.code, Some(0), "{looked:?}");
    assert!(
        looked.stdout.starts_with("1 source: 1 complete\n"),
        "{looked:?}"
    );
}

#[test]
fn vufind_receives_articles_and_deletions_as_the_page_says() {
    let Library { user, .. } = &library();
    user.cron("docs/cron.md", "offprint run --quiet");
    user.shell(
        Path::new("/"),
        "ln -s /var/lib/offprint/offprint.db $HOME/offprint.db",
    );

    user.follows("docs/vufind.md", "--profile vufind");
    assert_eq!(user.read("articles.xml").matches("<record").count(), 265);
    assert_eq!(user.read("articles.deleted.txt").lines().count(), 6);

    user.follows("docs/vufind.md", "vufind -o journal/\n265");
    let files = user.list("journal");
    let count = |ending: &str| files.iter().filter(|name| name.ends_with(ending)).count();
    assert_eq!((count(".xml"), count(".delete")), (265, 6));
}

#[test]
fn koha_receives_the_first_load_and_the_changes_as_the_page_says() {
    let Library { user, .. } = &library();
    user.cron("docs/cron.md", "offprint run --quiet");
    user.shell(
        Path::new("/"),
        "ln -s /var/lib/offprint/offprint.db $HOME/offprint.db",
    );

    user.follows("docs/koha.md", "-o articles.mrc\ndeletions");
    assert_eq!(records(user, "articles.mrc"), 265);
    assert_eq!(records(user, "articles.deleted.mrc"), 6);
    user.follows("docs/koha.md", "-o linked.mrc");
    assert_eq!(records(user, "linked.mrc"), 265);
    user.follows("docs/koha.md", "--changed-since 1");
    assert_eq!(records(user, "changed.mrc"), 0);
}
