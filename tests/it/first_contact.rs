//! The first request to an endpoint: quick to fail, able to find it from a page, and without a trace in the store until
//! it is answered.

use std::path::Path;
use std::sync::atomic::{AtomicBool, Ordering::SeqCst};
use std::sync::{Arc, Mutex};
use std::time::{Duration, Instant};

use serde_json::Value;

use crate::cli_support::offprint;
use crate::harvesting::tls::Front;
use crate::scripted::{Asked, Reply, Server, error, identify, journal, list, record};

/// Fast enough for a person who waits: no pause between tries is as short.
const QUICK: Duration = Duration::from_secs(20);

struct Finished {
    code: Option<i32>,
    stdout: String,
    stderr: String,
}

fn run(folder: &Path, arguments: &[&str]) -> Finished {
    let output = offprint(folder)
        .args(["--store", "s.db"])
        .args(arguments)
        .output()
        .unwrap();
    let text = |bytes: &[u8]| String::from_utf8_lossy(bytes).into_owned();
    Finished {
        code: output.status.code(),
        stdout: text(&output.stdout),
        stderr: text(&output.stderr),
    }
}

fn harvest(folder: &Path, arguments: &[&str]) -> Finished {
    let rate = ["harvest", "--rate", "unlimited", "--backoff", "0.05"];
    run(folder, &[&rate[..], arguments].concat())
}

/// `status --json` without its runs.
fn status(folder: &Path) -> Value {
    let mut status: Value =
        serde_json::from_str(&run(folder, &["status", "--json"]).stdout).unwrap();
    status.as_object_mut().unwrap().remove("runs");
    status
}

fn live(folder: &Path) -> u64 {
    status(folder)["sources"][0]["records"]["live"]
        .as_u64()
        .unwrap_or(0)
}

#[test]
fn refused_connections_and_unknown_hosts_fail_at_once() {
    let folder = tempfile::tempdir().unwrap();
    let free = std::net::TcpListener::bind("127.0.0.1:0").unwrap();
    let refused = format!("http://{}/oai", free.local_addr().unwrap());
    drop(free);
    for url in [refused.as_str(), "http://nothing.invalid/oai"] {
        let begun = Instant::now();
        let finished = run(folder.path(), &["harvest", url]);
        assert_eq!(finished.code, Some(1), "{}", finished.stderr);
        assert!(begun.elapsed() < QUICK, "{url}: {:?}", begun.elapsed());
        assert!(!finished.stderr.contains("tries"), "{}", finished.stderr);
    }
    assert_eq!(status(folder.path())["sources"], serde_json::json!([]));
}

#[test]
fn https_to_a_plain_port_names_http() {
    let folder = tempfile::tempdir().unwrap();
    let server = Server::start(|asked| journal(asked, "/index.php/cac/oai"));
    let url = server
        .url("/index.php/cac/oai")
        .replace("http://", "https://");
    let begun = Instant::now();
    let finished = run(folder.path(), &["harvest", &url]);
    assert_eq!(finished.code, Some(1));
    assert!(begun.elapsed() < QUICK);
    assert!(
        finished.stderr.contains("hint:") && finished.stderr.contains("http:// instead"),
        "{}",
        finished.stderr
    );
}

#[test]
fn http_to_a_port_with_tls_names_https() {
    let folder = tempfile::tempdir().unwrap();
    let server = Server::start(|asked| journal(asked, "/oai"));
    let front = Front::start(server.port());
    let url = front
        .url(&server.url("/oai"))
        .replace("https://", "http://");
    let begun = Instant::now();
    let finished = run(folder.path(), &["harvest", &url]);
    assert_eq!(finished.code, Some(1));
    assert!(begun.elapsed() < QUICK);
    assert!(
        finished.stderr.contains("https:// instead"),
        "{}",
        finished.stderr
    );
}

/// A certificate that nobody vouches for.
#[test]
fn a_bad_certificate_fails_at_once() {
    let folder = tempfile::tempdir().unwrap();
    let server = Server::start(|asked| journal(asked, "/oai"));
    let front = Front::start(server.port());
    let begun = Instant::now();
    let finished = run(folder.path(), &["harvest", &front.url(&server.url("/oai"))]);
    assert_eq!(finished.code, Some(1));
    assert!(begun.elapsed() < QUICK);
    assert!(
        finished.stderr.contains("certificates are always checked"),
        "{}",
        finished.stderr
    );
    let trusted = [
        &front.url(&server.url("/oai")),
        "--ca-file",
        front.ca_file(),
    ];
    let finished = harvest(folder.path(), &trusted);
    assert_eq!(finished.code, Some(0), "{}", finished.stderr);
}

/// Where redirects lead is remembered as long as it answers.
#[test]
fn a_redirect_that_leads_nowhere_any_more_is_dropped() {
    let folder = tempfile::tempdir().unwrap();
    let moved = Arc::new(AtomicBool::new(true));
    let is_moved = Arc::clone(&moved);
    let server = Server::start(move |asked| match &*asked.path {
        "/old/oai" if is_moved.load(SeqCst) => Reply::Redirect(format!("/new/oai?{}", asked.query)),
        "/new/oai" if !is_moved.load(SeqCst) => Reply::Status(404),
        path => journal(asked, path),
    });
    let old = server.url("/old/oai");
    assert_eq!(
        harvest(folder.path(), &[&old, "--name", "cac"]).code,
        Some(0)
    );
    moved.store(false, SeqCst);
    for arguments in [&["cac", "--full"][..], &[&old, "--full"]] {
        let finished = harvest(folder.path(), arguments);
        assert_eq!(finished.code, Some(0), "{arguments:?}: {}", finished.stderr);
    }
    assert_eq!(status(folder.path())["sources"][0]["base_url"], *old);
}

#[test]
fn pages_of_a_journal_lead_to_its_endpoint() {
    for page in [
        "/index.php/cac",
        "/index.php/cac/index",
        "/index.php/cac/issue/view/3",
        "/index.php/cac/en/article/view/7/9",
    ] {
        let folder = tempfile::tempdir().unwrap();
        let server = Server::start(|asked| match journal(asked, "/index.php/cac/oai") {
            Reply::Status(404) => Reply::Html("<title>A page</title><input type=\"password\">"),
            reply => reply,
        });
        let finished = harvest(folder.path(), &[&server.url(page)]);
        assert_eq!(finished.code, Some(0), "{page}: {}", finished.stderr);
        assert_eq!(live(folder.path()), 3);
        assert!(
            finished.stderr.contains(&format!(
                "using the endpoint {}",
                server.url("/index.php/cac/oai")
            )),
            "{}",
            finished.stderr
        );
        assert_eq!(
            server.paths()[..2],
            [page, "/index.php/cac/oai"],
            "the URL as given is asked first"
        );
    }
}

#[test]
fn the_links_of_a_front_page_lead_to_the_endpoint() {
    let folder = tempfile::tempdir().unwrap();
    let server = Server::start(|asked| match &*asked.path {
        "/" => Reply::Html(
            "<a href='/journals/cac/issue/current'>x</a><a href='/journals/cac/about'>y</a>",
        ),
        _ => journal(asked, "/journals/cac/oai"),
    });
    let asked = |command: &str| {
        run(
            folder.path(),
            &[command, &server.url("/"), "--rate", "unlimited"],
        )
    };
    let identified = asked("identify");
    assert_eq!(identified.code, Some(0), "{}", identified.stderr);
    assert!(identified.stdout.contains("/journals/cac/oai"));
    let probed = asked("probe");
    assert_eq!(probed.code, Some(0), "{}", probed.stderr);
    assert!(
        probed
            .stdout
            .contains(&format!("url = \"{}\"", server.url("/journals/cac/oai")))
    );
    let added = asked("add");
    assert_eq!(added.code, Some(0), "{}", added.stderr);
    let config = std::fs::read_to_string(folder.path().join("offprint.toml")).unwrap();
    assert!(config.contains("/journals/cac/oai\""), "{config}");
}

#[test]
fn a_list_of_front_pages_is_added_by_their_endpoints() {
    let folder = tempfile::tempdir().unwrap();
    let server = Server::start(|asked| match journal(asked, "/index.php/cac/oai") {
        Reply::Status(404) => Reply::Html("<title>A page</title>"),
        reply => reply,
    });
    let front = server.url("/index.php/cac/index");
    std::fs::write(folder.path().join("list.csv"), format!("url\n{front}\n")).unwrap();
    let arguments = [
        "add",
        "--from-list",
        "list.csv",
        "--probe",
        "--to-store",
        "--rate",
        "unlimited",
    ];
    let added = run(folder.path(), &arguments);
    assert_eq!(added.code, Some(0), "{}", added.stderr);
    let waiting = status(folder.path());
    assert_eq!(waiting["sources"], serde_json::json!([]));
    assert_eq!(
        waiting["unanswered"][0]["base_url"],
        server.url("/index.php/cac/oai")
    );
    let listed = run(folder.path(), &["source", "list"]).stdout;
    assert!(listed.contains("not yet harvested"), "{listed}");
    assert_eq!(
        run(folder.path(), &["run", "--rate", "unlimited"]).code,
        Some(0)
    );
    assert_eq!(live(folder.path()), 3);
}

#[test]
fn at_most_six_other_urls_are_tried() {
    let folder = tempfile::tempdir().unwrap();
    let server = Server::start(|asked| {
        if asked.path == "/" {
            Reply::Html(
                "<a href='/a/oai'>1</a><a href='/b/oai'>2</a><a href='/c/oai'>3</a><a href='/d/oai'>4</a>\
                         <a href='/e/oai'>5</a><a href='/f/oai'>6</a><a href='/g/oai'>7</a><a href='/h/oai'>8</a>",
            )
        } else {
            Reply::Status(404)
        }
    });
    let finished = harvest(folder.path(), &[&server.url("/")]);
    assert_eq!(finished.code, Some(1));
    assert_eq!(server.paths().len(), 7);
    assert_eq!(status(folder.path())["sources"], serde_json::json!([]));
}

#[test]
fn a_mistyped_url_leaves_the_store_unchanged() {
    let folder = tempfile::tempdir().unwrap();
    let server = Server::start(|asked| match journal(asked, "/index.php/cac/oai") {
        Reply::Oai(_) if asked.argument("set").is_some() => error("badArgument"),
        reply => reply,
    });
    let url = server.url("/index.php/cac/oai");
    assert_eq!(
        harvest(folder.path(), &[&url, "--name", "cac"]).code,
        Some(0)
    );
    let before = status(folder.path());
    let https = url.replace("http://", "https://");
    let elsewhere = server.url("/index.php/other/oai");
    for arguments in [
        &["cac", "--prefix", "jtas"][..],
        &["cac", "--set", "cac:NONE"],
        &["cac", "--prefix", "jtas", "--limit", "1"],
        &[&https],
        &[&https, "--name", "cac"],
        &[&elsewhere],
    ] {
        let finished = harvest(folder.path(), arguments);
        assert_eq!(finished.code, Some(1), "{arguments:?}: {}", finished.stderr);
        assert_eq!(status(folder.path()), before, "{arguments:?}");
    }
    let again = harvest(folder.path(), &["cac"]);
    assert_eq!(again.code, Some(0), "{}", again.stderr);
    assert_eq!(status(folder.path())["sources"][0]["base_url"], *url);
}

#[test]
fn a_name_that_contradicts_the_store_is_refused() {
    let folder = tempfile::tempdir().unwrap();
    let one = Server::start(|asked| journal(asked, "/oai"));
    let other = Server::start(|asked| journal(asked, "/oai"));
    assert_eq!(
        harvest(folder.path(), &[&one.url("/oai"), "--name", "cac"]).code,
        Some(0)
    );
    let before = status(folder.path());
    let moved = harvest(folder.path(), &[&other.url("/oai"), "--name", "cac"]);
    assert_eq!(moved.code, Some(1));
    assert!(
        moved.stderr.contains("offprint source move cac"),
        "{}",
        moved.stderr
    );
    let renamed = harvest(folder.path(), &[&one.url("/oai"), "--name", "caucasus"]);
    assert_eq!(renamed.code, Some(1));
    assert!(
        renamed
            .stderr
            .contains("offprint source rename cac caucasus"),
        "{}",
        renamed.stderr
    );
    assert_eq!(status(folder.path()), before);
    assert_eq!(other.take(), []);
}

#[test]
fn a_configured_source_that_never_answered_has_its_attempts() {
    let folder = tempfile::tempdir().unwrap();
    let answers = Arc::new(AtomicBool::new(false));
    let does = Arc::clone(&answers);
    let server = Server::start(move |asked| {
        if does.load(SeqCst) {
            journal(asked, "/index.php/cac/oai")
        } else {
            Reply::Status(404)
        }
    });
    let url = server.url("/index.php/cac/oai");
    std::fs::write(
        folder.path().join("offprint.toml"),
        format!("rate = \"unlimited\"\n[[source]]\nname = \"cac\"\nurl = \"{url}\"\n"),
    )
    .unwrap();
    assert_eq!(run(folder.path(), &["run"]).code, Some(1));
    let waiting = status(folder.path());
    assert_eq!(waiting["sources"], serde_json::json!([]));
    assert_eq!(waiting["unanswered"][0]["name"], "cac");
    assert_eq!(waiting["unanswered"][0]["failures"], 1);
    assert!(
        waiting["unanswered"][0]["error"]
            .as_str()
            .unwrap()
            .contains("404")
    );
    server.take();
    assert_eq!(run(folder.path(), &["run"]).code, Some(0));
    assert_eq!(server.take(), [], "it is not due");
    answers.store(true, SeqCst);
    assert_eq!(run(folder.path(), &["run", "--all"]).code, Some(0));
    assert_eq!(live(folder.path()), 3);
    assert_eq!(status(folder.path()).get("unanswered"), None);
    answers.store(false, SeqCst);
    assert_eq!(run(folder.path(), &["run", "--all"]).code, Some(1));
    let failed = &status(folder.path())["sources"][0]["attempts"];
    assert_eq!(failed["failures"], 1, "{failed}");
    assert_eq!(live(folder.path()), 3);
}

/// A repository that offers Dublin Core and MARCXML.
fn two_formats(asked: &Asked) -> Reply {
    match (&*asked.verb(), asked.argument("metadataPrefix")) {
        ("ListMetadataFormats", _) => {
            let formats = [
                ("oai_dc", "http://www.openarchives.org/OAI/2.0/oai_dc/"),
                ("marcxml", "http://www.loc.gov/MARC21/slim"),
            ];
            let formats = formats.map(|(prefix, namespace)| {
                format!(
                    "<metadataFormat><metadataPrefix>{prefix}</metadataPrefix><schema>x</schema>\
                     <metadataNamespace>{namespace}</metadataNamespace></metadataFormat>"
                )
            });
            let formats = formats.concat();
            Reply::Oai(format!(
                "<ListMetadataFormats>{formats}</ListMetadataFormats>"
            ))
        }
        ("ListRecords", Some(prefix)) if prefix == "marcxml" => list(&[1, 2, 3].map(|number| {
            record(number, "cac:ART")
                .replace(
                    "<oai_dc:dc ",
                    "<record xmlns=\"http://www.loc.gov/MARC21/slim\" ",
                )
                .replace("</oai_dc:dc>", "</record>")
        })),
        _ => journal(asked, "/oai"),
    }
}

#[test]
fn leaves_no_source_when_its_first_list_is_refused() {
    let folder = tempfile::tempdir().unwrap();
    let server = Server::start(|asked| match &*asked.verb() {
        "ListRecords" => error("cannotDisseminateFormat"),
        _ => two_formats(asked),
    });
    let refused = harvest(folder.path(), &[&server.url("/oai"), "--prefix", "marc"]);
    assert_eq!(refused.code, Some(1), "{}", refused.stderr);
    assert_eq!(status(folder.path())["sources"], serde_json::json!([]));
    assert_eq!(run(folder.path(), &["store", "check"]).code, Some(0));
}

/// A format that is taken out of `prefixes` would grow old in the store, unseen.
#[test]
fn refuses_settings_that_leave_out_a_stored_format() {
    let folder = tempfile::tempdir().unwrap();
    let server = Server::start(two_formats);
    let configure = |prefixes: &str| {
        let file = format!(
            "[[source]]\nname = \"cac\"\nurl = \"{}\"\nprefixes = [{prefixes}]\n",
            server.url("/oai")
        );
        std::fs::write(folder.path().join("offprint.toml"), file).unwrap();
    };
    configure("\"oai_dc\", \"marcxml\"");
    assert_eq!(harvest(folder.path(), &[]).code, Some(0));

    configure("\"oai_dc\"");
    let refused = harvest(folder.path(), &[]);
    assert_eq!(refused.code, Some(1));
    assert!(
        refused
            .stderr
            .contains("offprint source drop-format cac marcxml"),
        "{}",
        refused.stderr
    );
    // One harvest of one format is a choice of its own.
    let narrowed = harvest(folder.path(), &["cac", "--prefix", "oai_dc"]);
    assert_eq!(narrowed.code, Some(0), "{}", narrowed.stderr);

    run(folder.path(), &["source", "drop-format", "cac", "marcxml"]);
    assert_eq!(harvest(folder.path(), &[]).code, Some(0));
}

/// A repository that comes to offer a second format.
#[test]
fn best_takes_effect_on_a_source_that_exists() {
    let folder = tempfile::tempdir().unwrap();
    let server = Server::start(two_formats);
    let url = server.url("/oai");
    assert_eq!(
        harvest(folder.path(), &[&url, "--name", "cac"]).code,
        Some(0)
    );
    assert_eq!(
        harvest(folder.path(), &["cac", "--prefix", "best"]).code,
        Some(0)
    );
    let prefixes = |status: &Value| -> Vec<String> {
        let streams = status["sources"][0]["streams"].as_array().unwrap();
        streams
            .iter()
            .map(|stream| stream["prefix"].as_str().unwrap().to_owned())
            .collect()
    };
    assert_eq!(prefixes(&status(folder.path())), ["oai_dc", "marcxml"]);
    let both = harvest(folder.path(), &["cac", "--prefix", "best,oai_dc"]);
    assert_eq!(both.code, Some(2), "{}", both.stderr);

    let refused = run(folder.path(), &["source", "drop-format", "cac", "jats"]);
    assert_eq!(refused.code, Some(2), "{}", refused.stderr);
    let dropped = run(folder.path(), &["source", "drop-format", "cac", "marcxml"]);
    assert_eq!(dropped.code, Some(0), "{}", dropped.stderr);
    assert_eq!(prefixes(&status(folder.path())), ["oai_dc"]);
    assert_eq!(run(folder.path(), &["store", "check"]).code, Some(0));
}

#[test]
fn credentials_stay_at_the_configured_origin() {
    let folder = tempfile::tempdir().unwrap();
    let other = Arc::new(Server::start(|asked| journal(asked, "/oai")));
    let to = other.url("/oai");
    let server = Server::start(move |asked| Reply::Redirect(format!("{to}?{}", asked.query)));
    std::fs::write(
        folder.path().join("offprint.toml"),
        format!(
            "rate = \"unlimited\"\n[[source]]\nname = \"cac\"\nurl = \"{}\"\nuser = \"me\"\npassword_env = \"PASSWORD\"\n",
            server.url("/oai")
        ),
    )
    .unwrap();
    let output = offprint(folder.path())
        .env("PASSWORD", "s3cret")
        .args(["--store", "s.db", "harvest"])
        .output()
        .unwrap();
    assert_eq!(
        output.status.code(),
        Some(0),
        "{}",
        String::from_utf8_lossy(&output.stderr)
    );
    assert!(server.take().iter().all(|asked| asked.authorization));
    assert!(other.take().iter().all(|asked| !asked.authorization));
}

/// A server under another name of this machine is another host, and inside the network besides.
#[test]
fn a_redirect_into_the_network_is_refused() {
    let folder = tempfile::tempdir().unwrap();
    let server =
        Server::start(|asked| Reply::Redirect(format!("http://[::1]:1/oai?{}", asked.query)));
    let finished = harvest(folder.path(), &[&server.url("/oai")]);
    assert_eq!(finished.code, Some(1));
    assert!(
        finished.stderr.contains("redirected to http://[::1]:1/oai"),
        "{}",
        finished.stderr
    );
}

/// ListSets is forbidden, missing, or behind a login: the rest is probed all the same.
#[test]
fn a_refused_verb_does_not_end_a_probe() {
    for refusal in [403, 404, 200] {
        let folder = tempfile::tempdir().unwrap();
        let server = Server::start(move |asked| match &*asked.verb() {
            "ListSets" if refusal == 200 => Reply::Html("<form><input type=\"password\"></form>"),
            "ListSets" => Reply::Status(refusal),
            _ => journal(asked, "/oai"),
        });
        let arguments = [
            "probe",
            &server.url("/oai"),
            "--rate",
            "unlimited",
            "--backoff",
            "0.05",
            "--json",
        ];
        let probed = run(folder.path(), &arguments);
        assert_eq!(probed.code, Some(0), "{refusal}: {}", probed.stderr);
        let probe: Value = serde_json::from_str(&probed.stdout).unwrap();
        assert_eq!(probe["list"]["total"], 3, "{refusal}");
        let problems = probe["problems"].to_string();
        assert!(problems.contains("ListSets"), "{problems}");
    }
}

/// Requests made while the clock was ahead do not keep a source from being due.
#[test]
fn a_run_with_a_clock_that_is_ahead_disables_nothing() {
    let folder = tempfile::tempdir().unwrap();
    let server = Server::start(|asked| journal(asked, "/oai"));
    std::fs::write(
        folder.path().join("offprint.toml"),
        format!(
            "rate = \"unlimited\"\n[[source]]\nname = \"cac\"\nurl = \"{}\"\n",
            server.url("/oai")
        ),
    )
    .unwrap();
    assert_eq!(run(folder.path(), &["run"]).code, Some(0));
    let store = rusqlite::Connection::open(folder.path().join("s.db")).unwrap();
    store
        .execute_batch(
            "UPDATE source SET last_start = last_start + 86400000000 * 3650, last_listing = last_start,
                 identify = json_set(identify, '$.asked_at', '2199-01-01T00:00:00Z');
             UPDATE source_setting SET last_attempt = last_attempt + 86400000000 * 3650;",
        )
        .unwrap();
    drop(store);
    server.take();
    assert_eq!(run(folder.path(), &["run"]).code, Some(0));
    let verbs: Vec<String> = server.take().iter().map(Asked::verb).collect();
    assert_eq!(verbs.first().map(String::as_str), Some("Identify"));
    assert!(verbs.contains(&"ListRecords".to_owned()));
    server.take();
    assert_eq!(run(folder.path(), &["run"]).code, Some(0));
    assert_eq!(server.take(), [], "and the day after a run counts again");
}

/// The folder of another format names that format.
#[test]
fn an_import_in_another_format_names_it() {
    let folder = tempfile::tempdir().unwrap();
    let saved = folder.path().join("saved");
    std::fs::create_dir(&saved).unwrap();
    let page = concat!(
        env!("CARGO_MANIFEST_DIR"),
        "/samples/ojs-3.4-cac/cac-listrecords-marcxml-page3.xml"
    );
    std::fs::copy(page, saved.join("page.xml")).unwrap();
    let finished = run(folder.path(), &["harvest", "saved"]);
    assert_eq!(finished.code, Some(1));
    assert!(
        finished.stderr.contains("marcxml") && finished.stderr.contains("--prefix marcxml"),
        "{}",
        finished.stderr
    );
    assert_eq!(status(folder.path())["sources"], serde_json::json!([]));
    assert_eq!(
        run(folder.path(), &["harvest", "saved", "--prefix", "marcxml"]).code,
        Some(0)
    );
    let useless = run(folder.path(), &["harvest", "saved", "--full"]);
    assert_eq!(useless.code, Some(2), "{}", useless.stderr);
}

/// Saved pages do not move a source that is known under the name given.
#[test]
fn an_import_does_not_move_a_known_source() {
    let folder = tempfile::tempdir().unwrap();
    let server = Server::start(|asked| journal(asked, "/oai"));
    let url = server.url("/oai");
    assert_eq!(
        harvest(folder.path(), &[&url, "--name", "cac"]).code,
        Some(0)
    );
    let page = concat!(
        env!("CARGO_MANIFEST_DIR"),
        "/samples/ojs-3.4-cac/cac-listrecords-oai_dc-page3.xml"
    );
    let refused = run(folder.path(), &["harvest", page, "--name", "cac"]);
    assert_eq!(refused.code, Some(1), "{}", refused.stderr);
    assert_eq!(status(folder.path())["sources"][0]["base_url"], *url);
    let taken = ["harvest", page, "--name", "cac", "--base-url", &url];
    assert_eq!(run(folder.path(), &taken).code, Some(0));
    assert_eq!(status(folder.path())["sources"][0]["base_url"], *url);
}

/// OJS 3.5: `/j/oai` redirects to the primary locale, a URL in another locale to itself.
fn ojs_35(asked: &Asked, primary: &str) -> Reply {
    let query = &asked.query;
    let prefix = "/index.php/cac";
    match asked.path.strip_prefix(prefix) {
        Some("/oai") => Reply::Redirect(format!("{prefix}/{primary}/oai?{query}")),
        Some(path) if path == format!("/{primary}/oai") || path == "/es/oai" => {
            let own = path == format!("/{primary}/oai");
            if !own && asked.language.as_deref() != Some("es") {
                return Reply::Redirect(format!("{prefix}{path}?{query}"));
            }
            match &*asked.verb() {
                "Identify" => identify("3.5.0.5"),
                "ListRecords" => list(&[1, 2, 3].map(|number| record(number, "cac:ART"))),
                _ => error("badVerb"),
            }
        }
        _ => Reply::Status(404),
    }
}

#[test]
fn a_url_in_another_locale_is_harvested() {
    let folder = tempfile::tempdir().unwrap();
    let server = Server::start(|asked| ojs_35(asked, "en"));
    let finished = harvest(folder.path(), &[&server.url("/index.php/cac/es/oai")]);
    assert_eq!(finished.code, Some(0), "{}", finished.stderr);
    assert_eq!(live(folder.path()), 3);
    assert!(
        server
            .take()
            .iter()
            .all(|asked| asked.path.ends_with("/es/oai"))
    );
}

#[test]
fn a_journal_that_changes_its_primary_locale_is_followed() {
    let folder = tempfile::tempdir().unwrap();
    let primary = Arc::new(Mutex::new("en"));
    let now = Arc::clone(&primary);
    let server = Server::start(move |asked| {
        let primary = *now.lock().unwrap();
        // A locale that is no longer in use is gone.
        if asked.path.contains("/en/") && primary != "en" {
            return Reply::Status(404);
        }
        ojs_35(asked, primary)
    });
    let given = server.url("/index.php/cac/oai");
    assert_eq!(
        harvest(folder.path(), &[&given, "--name", "cac"]).code,
        Some(0)
    );
    assert_eq!(status(folder.path())["sources"][0]["base_url"], *given);
    *primary.lock().unwrap() = "fr";
    for arguments in [&["cac"][..], &["cac", "--full"], &[&given]] {
        let finished = harvest(folder.path(), arguments);
        assert_eq!(finished.code, Some(0), "{arguments:?}: {}", finished.stderr);
    }
    // The URL that a browser shows is the same source.
    let shown = server.url("/index.php/cac/fr/oai");
    assert_eq!(harvest(folder.path(), &[&shown]).code, Some(0));
    assert_eq!(
        status(folder.path())["sources"].as_array().unwrap().len(),
        1
    );
}

#[test]
fn all_journals_are_added_without_the_locale_of_the_site() {
    let folder = tempfile::tempdir().unwrap();
    let server = Server::start(|asked| match &*asked.path {
        "/index.php/index/oai" => {
            Reply::Redirect(format!("/index.php/index/en/oai?{}", asked.query))
        }
        "/index.php/index/en/oai" if asked.verb() == "Identify" => identify("3.5.0.5"),
        "/index.php/index/en/oai" => Reply::Oai(
            ["cac", "cac:ART", "zap", "zap:ART", "driver"]
                .map(|set| format!("<set><setSpec>{set}</setSpec><setName>S</setName></set>"))
                .concat()
                .replacen("<set>", "<ListSets><set>", 1)
                + "</ListSets>",
        ),
        _ => Reply::Status(404),
    });
    let arguments = [
        "add",
        &server.url("/index.php/index/oai"),
        "--all-journals",
        "--rate",
        "unlimited",
    ];
    let added = run(folder.path(), &arguments);
    assert_eq!(added.code, Some(0), "{}", added.stderr);
    let config = std::fs::read_to_string(folder.path().join("offprint.toml")).unwrap();
    for journal in ["cac", "zap"] {
        let url = server.url(&format!("/index.php/{journal}/oai"));
        assert!(config.contains(&format!("url = \"{url}\"")), "{config}");
    }
    assert!(!config.contains("/en/"), "{config}");
}

/// The journal `duo` as it was recorded, in Russian and Kazakh.
fn recorded(asked: &Asked) -> Reply {
    let query = &asked.query;
    match asked.path.strip_prefix("/index.php/duo") {
        Some("/oai") => Reply::Redirect(format!("/index.php/duo/ru/oai?{query}")),
        Some("/kk/oai") if asked.language.as_deref() != Some("kk") => {
            Reply::Redirect(format!("/index.php/duo/kk/oai?{query}"))
        }
        Some("/ru/oai" | "/kk/oai") => Reply::Xml(match &*asked.verb() {
            "Identify" => include_str!("../fixtures/ojs-3.5/duo-identify.xml"),
            "ListSets" => include_str!("../fixtures/ojs-3.5/duo-listsets.xml"),
            "ListMetadataFormats" => {
                include_str!("../fixtures/ojs-3.5/duo-listmetadataformats.xml")
            }
            _ => include_str!("../fixtures/ojs-3.5/duo-listrecords-oai_dc-page1.xml"),
        }),
        _ => Reply::Status(404),
    }
}

#[test]
fn a_recorded_journal_of_ojs_35_is_the_same_in_each_locale() {
    let titles = |path: &str| {
        let folder = tempfile::tempdir().unwrap();
        let server = Server::start(recorded);
        let finished = harvest(folder.path(), &[&server.url(path), "--name", "duo"]);
        assert_eq!(finished.code, Some(0), "{path}: {}", finished.stderr);
        assert_eq!(run(folder.path(), &["store", "check"]).code, Some(0));
        let exported = run(folder.path(), &["export", "csv", "--quiet"]).stdout;
        (live(folder.path()), exported.lines().count())
    };
    let given = titles("/index.php/duo/oai");
    assert_eq!(given.0, 3, "the tombstones of another journal are dropped");
    assert_eq!(titles("/index.php/duo/ru/oai"), given);
    assert_eq!(titles("/index.php/duo/kk/oai"), given);
}
