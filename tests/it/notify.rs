//! Messages when a source begins to fail, and when it answers again.

use std::fs;
use std::io::{Read as _, Write as _};
use std::net::{TcpListener, TcpStream};
use std::thread::JoinHandle;

use serde_json::Value;
use tempfile::TempDir;
use testkit::repository::Repository;
use testkit::script::{Fault, Place, Rule, Times};
use testkit::server::Server;

use crate::cli_support::run;

/// Answers one request with this status; returns its first line and its body.
fn receive(listener: TcpListener, status: &'static str) -> JoinHandle<(String, String)> {
    std::thread::spawn(move || {
        let (mut stream, _) = listener.accept().unwrap();
        let (head, body) = request(&mut stream);
        write!(
            stream,
            "HTTP/1.1 {status}\r\nContent-Length: 0\r\nConnection: close\r\n\r\n"
        )
        .unwrap();
        (head, body)
    })
}

fn request(stream: &mut TcpStream) -> (String, String) {
    let (mut text, mut bytes) = (String::new(), [0; 4096]);
    loop {
        let read = stream.read(&mut bytes).unwrap();
        text.push_str(std::str::from_utf8(&bytes[..read]).unwrap());
        let Some((head, body)) = text.split_once("\r\n\r\n") else {
            continue;
        };
        let length = head.lines().find_map(|line| {
            let (name, value) = line.split_once(": ")?;
            name.eq_ignore_ascii_case("content-length")
                .then(|| value.parse().unwrap())
        });
        if read == 0 || body.len() >= length.unwrap_or(0) {
            return (head.lines().next().unwrap().to_owned(), body.to_owned());
        }
    }
}

/// A journal that answers, a configuration with its messages, and the place where they go.
struct World {
    journal: Server,
    here: TempDir,
}

impl World {
    fn new() -> Self {
        Self {
            journal: Server::start(Repository::new(5), Vec::new()),
            here: TempDir::new().unwrap(),
        }
    }

    fn configure(&self, notify: &str) {
        let url = self.journal.url();
        let config = format!("[[source]]\nname = \"jcs\"\nurl = \"{url}\"\n[notify]\n{notify}\n");
        fs::write(self.here.path().join("offprint.toml"), config).unwrap();
    }

    fn fails(&self, is_down: bool) {
        let rule = Rule::new(Place::Everywhere, Times::Always, Fault::Status(500, vec![]));
        self.journal
            .script(if is_down { vec![rule] } else { vec![] });
    }

    fn run(&self) -> String {
        let output = run(self.here.path(), &["run", "--all"]);
        String::from_utf8(output.stderr).unwrap()
    }

    /// Runs with a webhook; returns the request that it received, and what the run printed.
    fn run_with_webhook(&self, status: &'static str) -> (String, String, String) {
        let listener = TcpListener::bind("127.0.0.1:0").unwrap();
        let address = listener.local_addr().unwrap();
        self.configure(&format!("webhook = \"http://{address}/hooks/SECRET\""));
        let received = receive(listener, status);
        let stderr = self.run();
        let (head, body) = received.join().unwrap();
        (head, body, stderr)
    }
}

#[test]
fn a_webhook_hears_of_a_new_failure_and_of_the_recovery() {
    let world = World::new();
    world.fails(true);
    let (head, body, stderr) = world.run_with_webhook("204 No Content");
    assert_eq!(head, "POST /hooks/SECRET HTTP/1.1");
    let body: Value = serde_json::from_str(&body).unwrap();
    assert_eq!(body["text"], "offprint: 1 source began to fail");
    assert_eq!(body["failing"][0]["name"], "jcs");
    assert!(
        body["failing"][0]["error"]
            .as_str()
            .unwrap()
            .contains("500"),
        "{body}"
    );
    assert!(body["failing"][0]["since"].is_string(), "{body}");
    assert!(!stderr.contains("SECRET"), "{stderr}");

    // One that goes on failing is not reported again: a request would be refused, and so warned of.
    world.configure("webhook = \"http://127.0.0.1:9/hooks/SECRET\"");
    assert!(
        !world.run().contains("warning: the message"),
        "no message was due"
    );

    world.fails(false);
    let (_, body, _) = world.run_with_webhook("200 OK");
    let body: Value = serde_json::from_str(&body).unwrap();
    assert_eq!(body["text"], "offprint: 1 source answers again");
    assert_eq!(body["recovered"][0]["name"], "jcs");
}

#[rstest::rstest]
#[case("500 Internal Server Error", "status 500")]
#[case("302 Found\r\nLocation: http://127.0.0.1:9/", "status 302")]
fn a_webhook_that_refuses_is_reported_without_its_secret(
    #[case] status: &'static str,
    #[case] expected: &str,
) {
    let world = World::new();
    world.fails(true);
    let (_, _, stderr) = world.run_with_webhook(status);
    assert!(
        stderr.contains("warning: the message to 127.0.0.1:"),
        "{stderr}"
    );
    assert!(stderr.contains(expected), "{stderr}");
    assert!(!stderr.contains("SECRET"), "{stderr}");
}

#[test]
fn a_command_reads_the_message() {
    let world = World::new();
    world.fails(true);
    world.configure("command = \"cat > message.txt\"");
    world.run();
    let message = fs::read_to_string(world.here.path().join("message.txt")).unwrap();
    assert!(
        message.starts_with("offprint: 1 source began to fail\n"),
        "{message}"
    );
    assert!(
        message.contains("failing\n  jcs  http://127.0.0.1:"),
        "{message}"
    );
}

#[test]
fn a_wrong_webhook_is_a_mistake_of_the_configuration() {
    let world = World::new();
    world.configure("webhook = \"ftp://chat.example.org/SECRET\"");
    let output = run(world.here.path(), &["config", "check"]);
    let text =
        String::from_utf8(output.stderr).unwrap() + &String::from_utf8(output.stdout).unwrap();
    assert_eq!(output.status.code(), Some(3), "{text}");
    assert!(
        text.contains("the webhook is an http or https URL"),
        "{text}"
    );
    assert!(!text.contains("SECRET"), "{text}");
}
