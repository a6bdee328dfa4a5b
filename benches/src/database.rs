//! Measures the cost of a store in PostgreSQL: the client, and all processes of a server that runs for this alone.

use std::fs;
use std::io;
use std::path::Path;
use std::process::Command;
use std::sync::Arc;

use crate::measure::{Cost, cpu_of, cpu_of_ended, run};
use crate::postgres::Server;

/// A server with a database of its own.
pub(crate) struct Postgres {
    database: crate::postgres::Database,
    postmaster: u32,
}

impl Postgres {
    /// Starts a server that does not wait for its disk.
    pub(crate) fn start(folder: &Path) -> io::Result<Self> {
        let server = Arc::new(Server::own_set(folder, "fsync=off"));
        let file = fs::read_to_string(folder.join("server/postmaster.pid"))?;
        let number = file
            .lines()
            .next()
            .and_then(|line| line.trim().parse().ok());
        let postmaster = number.ok_or_else(|| io::Error::other("no number of the server"))?;
        Ok(Self {
            database: server.database(),
            postmaster,
        })
    }

    /// The URL of the store.
    pub(crate) fn url(&self) -> String {
        self.database.url()
    }

    /// Size of the database, bytes.
    pub(crate) fn bytes(&self) -> u64 {
        let sql = "SELECT pg_database_size(current_database())";
        self.database.run(sql).parse().unwrap_or_default()
    }

    /// Runs a command and adds what the server did meanwhile.
    pub(crate) fn run(&self, command: &mut Command) -> io::Result<Cost> {
        let before = self.cpu()?;
        let mut cost = run(command)?;
        cost.cpu += self.cpu()? - before;
        Ok(cost)
    }

    /// Processor time of the server: of the processes that run, and of those that have ended.
    fn cpu(&self) -> io::Result<f64> {
        let mut sum = cpu_of(self.postmaster)? + cpu_of_ended(self.postmaster)?;
        for entry in fs::read_dir("/proc")?.flatten() {
            let name = entry.file_name();
            let Some(id) = name.to_str().and_then(|name| name.parse::<u32>().ok()) else {
                continue;
            };
            let stat = fs::read_to_string(entry.path().join("stat")).unwrap_or_default();
            let parent = stat
                .rsplit_once(')')
                .and_then(|(_, rest)| rest.split_whitespace().nth(1)?.parse::<u32>().ok());
            if parent == Some(self.postmaster) {
                sum += cpu_of(id).unwrap_or_default();
            }
        }
        Ok(sum)
    }
}
