//! The server: listens on loopback, keeps a log of what came when, and goes wrong by script.

use std::collections::{BTreeSet, HashMap};
use std::net::SocketAddr;
use std::sync::atomic::{AtomicUsize, Ordering::SeqCst};
use std::sync::mpsc;
use std::sync::{Arc, Mutex, MutexGuard};
use std::thread::JoinHandle;
use std::time::Instant;

use tokio::net::TcpListener;
use tokio::sync::Notify;

use crate::answer::{Site, State};
use crate::repository::Repository;
use crate::script::{Rule, Wire};
use crate::wire::{Connection, PATIENCE, Sent};

/// One request, as it arrived.
#[derive(Clone, Debug)]
pub struct Hit {
    pub at: Instant,
    pub path: String,
    pub query: String,
    /// Names in lower case.
    pub headers: Vec<(String, String)>,
    pub connection: usize,
    /// Requests not fully answered at this moment, this one among them.
    pub in_flight: usize,
    /// Status answered; 200 when there was none.
    pub status: u16,
    /// True if a rule spoilt the answer.
    pub faulty: bool,
}

impl Hit {
    pub fn header(&self, name: &str) -> Option<&str> {
        self.headers
            .iter()
            .find(|(key, _)| key == name)
            .map(|(_, value)| value.as_str())
    }

    pub fn is(&self, verb: &str) -> bool {
        self.query
            .split('&')
            .any(|part| part.strip_prefix("verb=") == Some(verb))
    }

    pub fn is_resumption(&self) -> bool {
        self.query.contains("resumptionToken=")
    }
}

struct Shared {
    state: Mutex<State>,
    hits: Mutex<Vec<Hit>>,
    in_flight: AtomicUsize,
    connections: AtomicUsize,
    stop: Notify,
    vanish: Notify,
    /// Told of each answer held back.
    held: mpsc::Sender<usize>,
    release: Notify,
}

/// A running server; it stops when dropped.
pub struct Server {
    shared: Arc<Shared>,
    addr: SocketAddr,
    held: Mutex<mpsc::Receiver<usize>>,
    thread: Option<JoinHandle<()>>,
}

impl Server {
    /// Serves one repository.
    pub fn start(repository: Repository, rules: Vec<Rule>) -> Self {
        Self::start_many(vec![(repository, rules)])
    }

    /// Serves several journals on one host.
    pub fn start_many(sites: Vec<(Repository, Vec<Rule>)>) -> Self {
        let sites = sites
            .into_iter()
            .map(|(repository, rules)| Site {
                repository: Arc::new(repository),
                rules,
            })
            .collect();
        let (tell, held) = mpsc::channel();
        let shared = Arc::new(Shared {
            state: Mutex::new(State::new(sites)),
            hits: Mutex::default(),
            in_flight: AtomicUsize::new(0),
            connections: AtomicUsize::new(0),
            stop: Notify::new(),
            vanish: Notify::new(),
            held: tell,
            release: Notify::new(),
        });
        let listener =
            std::net::TcpListener::bind("127.0.0.1:0").expect("loopback has a free port");
        listener
            .set_nonblocking(true)
            .expect("a listener can be non-blocking");
        let addr = listener
            .local_addr()
            .expect("a bound listener has an address");
        let serving = Arc::clone(&shared);
        let thread = std::thread::spawn(move || {
            let runtime = tokio::runtime::Builder::new_current_thread()
                .enable_all()
                .build()
                .expect("a runtime can be built");
            runtime.block_on(serve(listener, serving));
        });
        Self {
            shared,
            addr,
            held: Mutex::new(held),
            thread: Some(thread),
        }
    }

    /// Base URL of the first repository.
    pub fn url(&self) -> String {
        self.url_of(0)
    }

    /// Base URL of a repository.
    pub fn url_of(&self, site: usize) -> String {
        format!(
            "http://{}{}",
            self.addr,
            self.state().sites[site].repository.path()
        )
    }

    pub fn port(&self) -> u16 {
        self.addr.port()
    }

    /// The log so far.
    pub fn hits(&self) -> Vec<Hit> {
        self.shared.hits.lock().expect("no handler panics").clone()
    }

    /// The log so far, which begins again.
    pub fn take_hits(&self) -> Vec<Hit> {
        std::mem::take(&mut *self.shared.hits.lock().expect("no handler panics"))
    }

    /// The first repository as it is now.
    pub fn repository(&self) -> Repository {
        Repository::clone(&self.state().sites[0].repository)
    }

    /// Changes the first repository.
    pub fn edit(&self, change: impl FnOnce(&mut Repository)) {
        change(Arc::make_mut(&mut self.state().sites[0].repository));
    }

    /// Replaces the script of the first repository.
    pub fn script(&self, rules: Vec<Rule>) {
        self.state().sites[0].rules = rules;
    }

    /// Returns the number of times each rule of the first repository fired.
    pub fn fired(&self) -> Vec<usize> {
        self.state().sites[0]
            .rules
            .iter()
            .map(|rule| rule.fired)
            .collect()
    }

    /// Identifiers of the records sent in responses that could be read to the end.
    pub fn healthy(&self) -> BTreeSet<String> {
        self.state().healthy.clone()
    }

    /// Damaged records as sent.
    pub fn damaged(&self) -> HashMap<String, Vec<Vec<u8>>> {
        self.state().damaged.clone()
    }

    /// Requests the repository had to refuse by its own rules, each with the error.
    pub fn refused(&self) -> Vec<String> {
        self.state().refused.clone()
    }

    /// Waits for an answer that is held back; the number of its request.
    pub fn wait_held(&self) -> Option<usize> {
        self.held
            .lock()
            .expect("no test panics with it")
            .recv_timeout(PATIENCE)
            .ok()
    }

    /// The number of the request whose answer is held back, if one is.
    pub fn is_held(&self) -> Option<usize> {
        self.held
            .lock()
            .expect("no test panics with it")
            .try_recv()
            .ok()
    }

    /// Lets a held answer go.
    pub fn release(&self) {
        self.shared.release.notify_one();
    }

    fn state(&self) -> MutexGuard<'_, State> {
        self.shared.state.lock().expect("no handler panics")
    }
}

impl Drop for Server {
    fn drop(&mut self) {
        self.shared.stop.notify_one();
        if let Some(thread) = self.thread.take() {
            let _ = thread.join();
        }
    }
}

async fn serve(listener: std::net::TcpListener, shared: Arc<Shared>) {
    let listener = TcpListener::from_std(listener).expect("the listener is non-blocking");
    loop {
        tokio::select! {
            () = shared.stop.notified() => return,
            () = shared.vanish.notified() => break,
            accepted = listener.accept() => {
                if let Ok((stream, _)) = accepted {
                    tokio::spawn(converse(Connection::new(stream), Arc::clone(&shared)));
                }
            }
        }
    }
    drop(listener);
    shared.stop.notified().await;
}

/// Counts a request as in flight while it lives.
struct Flight<'a>(&'a AtomicUsize);

impl<'a> Flight<'a> {
    fn begin(counter: &'a AtomicUsize) -> (Self, usize) {
        (Self(counter), counter.fetch_add(1, SeqCst) + 1)
    }
}

impl Drop for Flight<'_> {
    fn drop(&mut self) {
        self.0.fetch_sub(1, SeqCst);
    }
}

async fn converse(mut connection: Connection, shared: Arc<Shared>) {
    let connection_no = shared.connections.fetch_add(1, SeqCst);
    while let Ok(Some(request)) = connection.request().await {
        let at = Instant::now();
        // Connections the client has just given up are noticed before this request is counted.
        for _ in 0..4 {
            tokio::task::yield_now().await;
        }
        let (_flight, in_flight) = Flight::begin(&shared.in_flight);
        let reply = shared
            .state
            .lock()
            .expect("no handler panics")
            .answer(&request);
        let hit_no = {
            let mut hits = shared.hits.lock().expect("no handler panics");
            hits.push(Hit {
                at,
                path: request.path.clone(),
                query: request.query.clone(),
                headers: request.headers.clone(),
                connection: connection_no,
                in_flight,
                status: reply.status,
                faulty: reply.faulty,
            });
            hits.len() - 1
        };
        if let Some((Wire::Hold { half }, middle)) = reply.wire {
            if half && connection.send_half(&reply, middle).await.is_err() {
                return;
            }
            let _ = shared.held.send(hit_no);
            tokio::select! {
                () = shared.release.notified() => {}
                () = connection.gone() => return,
            }
        }
        if matches!(reply.wire, Some((Wire::Vanish, _))) {
            shared.vanish.notify_one();
        }
        let gone = match connection.send(&reply).await {
            Ok(Sent::Open) => false,
            Ok(Sent::Closed) | Err(_) => true,
        };
        if gone {
            return;
        }
    }
}
