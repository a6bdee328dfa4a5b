//! A throw-away PostgreSQL server for tests: nothing has to run beforehand, and nothing is left running.
//!
//! All tests of a build share one server, whether they are threads or processes: each holds a shared lock on a file,
//! and a watcher stops the server when nobody has held it for a while.

#![allow(dead_code, reason = "each test binary takes what it needs")]

use std::fs::{self, File};
use std::net::TcpListener;
use std::os::unix::process::CommandExt as _;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};
use std::sync::atomic::{AtomicU32, Ordering};

/// A server that is running.
pub(crate) struct Server {
    folder: PathBuf,
    port: u16,
    /// Held shared as long as it is used; none for a server of one's own.
    users: Option<File>,
}

/// A database of a server, dropped with this.
pub(crate) struct Database {
    pub(crate) server: std::sync::Arc<Server>,
    pub(crate) name: String,
}

impl Server {
    /// The server that all tests share. It does not wait for the disk.
    pub(crate) fn shared() -> Self {
        let folder = std::env::temp_dir().join(format!("offprint-postgres-{:016x}", place()));
        fs::create_dir_all(&folder).unwrap();
        let lock = |name: &str| {
            File::options()
                .create(true)
                .truncate(false)
                .write(true)
                .open(folder.join(name))
                .unwrap()
        };
        let starting = lock("starting");
        starting.lock().unwrap();
        let users = lock("users");
        users.lock_shared().unwrap();
        let data = folder.join("server");
        let known = fs::read_to_string(folder.join("port"))
            .ok()
            .and_then(|port| port.parse().ok());
        let port = known.filter(|&port| answers(port)).unwrap_or_else(|| {
            let _ = fs::remove_dir_all(&data);
            let port = start(
                &data,
                "fsync=off synchronous_commit=off full_page_writes=off",
            );
            fs::write(folder.join("port"), port.to_string()).unwrap();
            watch(&folder, &data);
            port
        });
        starting.unlock().unwrap();
        Self {
            folder: data,
            port,
            users: Some(users),
        }
    }

    /// A server of one's own, to be stopped and started, which keeps what it has committed.
    pub(crate) fn own(folder: &Path) -> Self {
        Self::own_set(folder, "")
    }

    /// The same, with settings of its own: `name=value`, apart by blanks.
    pub(crate) fn own_set(folder: &Path, settings: &str) -> Self {
        let data = folder.join("server");
        let port = start(&data, settings);
        Self {
            folder: data,
            port,
            users: None,
        }
    }

    /// Returns the port on this machine.
    pub(crate) fn port(&self) -> u16 {
        self.port
    }

    /// A new, empty database.
    pub(crate) fn database(self: &std::sync::Arc<Self>) -> Database {
        static NEXT: AtomicU32 = AtomicU32::new(0);
        let name = format!(
            "t{}_{}",
            std::process::id(),
            NEXT.fetch_add(1, Ordering::Relaxed)
        );
        self.run(
            "postgres",
            &format!("DROP DATABASE IF EXISTS {name} WITH (FORCE)"),
        );
        // Another encoding or order than C would be the machine's.
        self.run(
            "postgres",
            &format!("CREATE DATABASE {name} TEMPLATE template0"),
        );
        Database {
            server: std::sync::Arc::clone(self),
            name,
        }
    }

    /// Runs SQL, and gives what it prints.
    pub(crate) fn run(&self, database: &str, sql: &str) -> String {
        let port = self.port.to_string();
        let output = tool("psql")
            .args([
                "-h",
                "127.0.0.1",
                "-p",
                &port,
                "-U",
                "postgres",
                "-d",
                database,
            ])
            .args(["-v", "ON_ERROR_STOP=1", "-qtAX", "-c", sql])
            .output()
            .unwrap();
        assert!(
            output.status.success(),
            "{sql}: {}",
            String::from_utf8_lossy(&output.stderr)
        );
        String::from_utf8(output.stdout)
            .unwrap()
            .trim_end()
            .to_owned()
    }

    /// Stops it: at once and without ado, as a crash does, or in order.
    pub(crate) fn stop(&self, how: &str) {
        control(&self.folder, &["stop", "-m", how, "-w"]);
    }

    /// Starts it again, at the same port.
    pub(crate) fn start_again(&self) {
        control(
            &self.folder,
            &["start", "-w", "-t", "60", "-l", "server.log"],
        );
    }
}

impl Drop for Server {
    fn drop(&mut self) {
        if self.users.is_none() {
            let _ = as_owner(&mut tool("pg_ctl"))
                .args([
                    "-D",
                    &self.folder.display().to_string(),
                    "stop",
                    "-m",
                    "immediate",
                ])
                .stdout(Stdio::null())
                .stderr(Stdio::null())
                .status();
        }
    }
}

impl Database {
    /// A database of the shared server.
    pub(crate) fn new() -> Self {
        std::sync::Arc::new(Server::shared()).database()
    }

    pub(crate) fn url(&self) -> String {
        format!(
            "postgres://postgres@127.0.0.1:{}/{}",
            self.server.port, self.name
        )
    }

    /// Runs SQL in it.
    pub(crate) fn run(&self, sql: &str) -> String {
        self.server.run(&self.name, sql)
    }
}

impl Drop for Database {
    fn drop(&mut self) {
        if self.server.users.is_some() {
            self.server.run(
                "postgres",
                &format!("DROP DATABASE IF EXISTS {} WITH (FORCE)", self.name),
            );
        }
    }
}

/// Makes a server and starts it at a free port, for this machine alone.
fn start(data: &Path, settings: &str) -> u16 {
    fs::create_dir_all(data).unwrap();
    if is_root() {
        let status = Command::new("chown").arg(OWNER).arg(data).status().unwrap();
        assert!(
            status.success(),
            "the folder of the server cannot be given to {OWNER}"
        );
    }
    let shown = data.display().to_string();
    let made = as_owner(&mut tool("initdb"))
        .args([
            "-D",
            &shown,
            "-U",
            "postgres",
            "--auth=trust",
            "--encoding=UTF8",
            "--locale=C",
            "--no-sync",
        ])
        .output()
        .unwrap();
    assert!(
        made.status.success(),
        "initdb: {}",
        String::from_utf8_lossy(&made.stderr)
    );
    // The port may be taken between asking for one and using it.
    for _ in 0..5 {
        let port = TcpListener::bind("127.0.0.1:0")
            .unwrap()
            .local_addr()
            .unwrap()
            .port();
        let mut options = format!(
            "-c listen_addresses=127.0.0.1 -c port={port} -c unix_socket_directories= -c max_connections=300 \
             -c shared_buffers=256MB -c max_wal_size=4GB -c autovacuum_naptime=5s"
        );
        for setting in settings.split_whitespace() {
            options.push_str(" -c ");
            options.push_str(setting);
        }
        fs::write(data.join("postgresql.auto.conf"), config(&options)).unwrap();
        let status = as_owner(&mut tool("pg_ctl"))
            .args([
                "-D",
                &shown,
                "start",
                "-w",
                "-t",
                "60",
                "-l",
                &format!("{shown}/server.log"),
            ])
            .stdin(Stdio::null())
            .stdout(Stdio::null())
            .stderr(Stdio::null())
            .status()
            .unwrap();
        if status.success() {
            return port;
        }
    }
    panic!(
        "the server does not start: {}",
        fs::read_to_string(data.join("server.log")).unwrap_or_default()
    );
}

/// Settings as lines of a file, so that a restart finds them again.
fn config(options: &str) -> String {
    let settings = options
        .split("-c ")
        .filter_map(|setting| setting.trim().split_once('='));
    settings.fold(String::new(), |text, (key, value)| {
        text + key + " = '" + value + "'\n"
    })
}

fn control(data: &Path, arguments: &[&str]) {
    let output = as_owner(&mut tool("pg_ctl"))
        .args(["-D", &data.display().to_string()])
        .args(arguments)
        .current_dir("/tmp")
        .stdin(Stdio::null())
        .stdout(Stdio::null())
        .stderr(Stdio::null())
        .status()
        .unwrap();
    assert!(output.success(), "pg_ctl {arguments:?}");
}

/// Stops the server when nobody has used it for a while: nobody can begin meanwhile, for that takes the other lock.
fn watch(folder: &Path, data: &Path) {
    let script = "idle=0
        while sleep 1; do
            if flock -x starting flock -xn users true; then idle=$((idle+1)); else idle=0; fi
            if [ $idle -ge 5 ]; then
                exec flock -x starting flock -xn users \"$@\"
            fi
        done";
    let pg_ctl = tool("pg_ctl");
    let mut command = Command::new("sh");
    command.args(["-c", script, "watch"]);
    if is_root() {
        command.args([
            "setpriv",
            "--reuid",
            OWNER,
            "--regid",
            OWNER,
            "--clear-groups",
        ]);
    }
    command
        .arg(pg_ctl.get_program())
        .arg("-D")
        .arg(data)
        .args(["stop", "-m", "immediate"]);
    command
        .current_dir(folder)
        .stdin(Stdio::null())
        .stdout(Stdio::null())
        .stderr(Stdio::null());
    // Of a group of its own, so that the end of the tests is not its end.
    #[allow(
        clippy::zombie_processes,
        reason = "it outlives the tests by design, and ends by itself"
    )]
    command.process_group(0).spawn().unwrap();
}

/// The user who runs the server when the tests run as root, which it refuses.
const OWNER: &str = "postgres";

fn is_root() -> bool {
    Command::new("id")
        .arg("-u")
        .output()
        .is_ok_and(|output| output.stdout == b"0\n")
}

fn as_owner(command: &mut Command) -> Command {
    if !is_root() {
        return Command::new(command.get_program());
    }
    let mut outer = Command::new("setpriv");
    outer
        .args(["--reuid", OWNER, "--regid", OWNER, "--clear-groups"])
        .arg(command.get_program());
    outer.current_dir("/tmp");
    outer
}

/// A program of PostgreSQL: on Debian they are not in the path.
fn tool(name: &str) -> Command {
    let mut folders: Vec<PathBuf> = fs::read_dir("/usr/lib/postgresql")
        .into_iter()
        .flatten()
        .flatten()
        .map(|version| version.path().join("bin"))
        .filter(|folder| folder.join(name).exists())
        .collect();
    folders.sort();
    match folders.pop() {
        Some(folder) => Command::new(folder.join(name)),
        None => Command::new(name),
    }
}

fn answers(port: u16) -> bool {
    let port = port.to_string();
    let mut ask = tool("pg_isready");
    ask.args(["-q", "-h", "127.0.0.1", "-p", &port])
        .status()
        .is_ok_and(|status| status.success())
}

/// A number of this build's place and user, so that each has a server of its own.
fn place() -> u64 {
    let user = Command::new("id")
        .arg("-u")
        .output()
        .map(|output| output.stdout)
        .unwrap_or_default();
    xxhash_rust::xxh3::xxh3_64(&[env!("CARGO_MANIFEST_DIR").as_bytes(), &user].concat())
}
