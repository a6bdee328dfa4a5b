//! Connections by client: one client does not keep the others out.

use std::collections::HashMap;
use std::net::IpAddr;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Arc, Mutex, PoisonError};

use tokio_util::sync::CancellationToken;

/// The identity of a client: its IPv4 address, or the /64 network that an IPv6 client has for itself.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub(super) struct Client(IpAddr);

impl Client {
    pub(super) fn of(address: IpAddr) -> Self {
        Self(match address.to_canonical() {
            IpAddr::V6(address) => {
                let [a, b, c, d, ..] = address.segments();
                IpAddr::from([a, b, c, d, 0, 0, 0, 0])
            }
            v4 @ IpAddr::V4(_) => v4,
        })
    }
}

/// One connection.
#[derive(Debug, Default)]
pub(super) struct Connection {
    /// Requests that are being answered, the sending of the answer included.
    pub(super) busy: AtomicUsize,
    /// Cancelled to close it.
    pub(super) close: CancellationToken,
}

/// Open connections, the oldest first.
type Open = Vec<Arc<Connection>>;

/// The open connections of every client.
#[derive(Debug, Default)]
pub(super) struct Clients(Mutex<HashMap<Client, Open>>);

/// A place among the connections of a client; given back when dropped.
#[derive(Debug)]
pub(super) struct Place {
    clients: Arc<Clients>,
    client: Client,
    pub(super) connection: Arc<Connection>,
}

impl Clients {
    /// A place for a new connection. Above `limit`, the client's oldest connection without a request closes for it;
    /// nothing when all of them are being answered.
    pub(super) fn enter(self: &Arc<Self>, client: Client, limit: usize) -> Option<Place> {
        let mut clients = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        let open = clients.entry(client).or_default();
        if open.len() >= limit.max(1) {
            let idle = open
                .iter()
                .position(|one| one.busy.load(Ordering::Relaxed) == 0)?;
            let closed = open.remove(idle);
            closed.close.cancel();
        }
        let connection = Arc::new(Connection::default());
        open.push(Arc::clone(&connection));
        Some(Place {
            clients: Arc::clone(self),
            client,
            connection,
        })
    }

    /// Closes the oldest connection without a request of the client that has most: there is room for no more.
    pub(super) fn make_room(&self) {
        let mut clients = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        let is_idle = |one: &Connection| one.busy.load(Ordering::Relaxed) == 0;
        let with_idle = clients
            .values_mut()
            .filter(|open| open.iter().any(|one| is_idle(one)));
        if let Some(open) = with_idle.max_by_key(|open| open.len())
            && let Some(at) = open.iter().position(|one| is_idle(one))
        {
            open.remove(at).close.cancel();
        }
    }
}

impl Drop for Place {
    fn drop(&mut self) {
        let mut clients = self
            .clients
            .0
            .lock()
            .unwrap_or_else(PoisonError::into_inner);
        if let Some(open) = clients.get_mut(&self.client) {
            open.retain(|one| !Arc::ptr_eq(one, &self.connection));
            if open.is_empty() {
                clients.remove(&self.client);
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn client(text: &str) -> Client {
        Client::of(text.parse().unwrap())
    }

    #[test]
    fn a_network_of_ipv6_is_one_client() {
        assert_eq!(client("2001:db8::1"), client("2001:db8::ffff:1"));
        assert_ne!(client("2001:db8::1"), client("2001:db8:0:1::1"));
        assert_eq!(client("::ffff:192.0.2.1"), client("192.0.2.1"));
        assert_ne!(client("192.0.2.1"), client("192.0.2.2"));
    }

    #[test]
    fn above_its_limit_a_client_closes_its_oldest_idle_connection() {
        let clients = Arc::new(Clients::default());
        let (one, other) = (client("192.0.2.1"), client("192.0.2.2"));
        let busy = clients.enter(one, 2).unwrap();
        busy.connection.busy.fetch_add(1, Ordering::Relaxed);
        let idle = clients.enter(one, 2).unwrap();
        let next = clients.enter(one, 2).unwrap();
        assert!(idle.connection.close.is_cancelled());
        assert!(!busy.connection.close.is_cancelled());
        next.connection.busy.fetch_add(1, Ordering::Relaxed);
        assert!(clients.enter(one, 2).is_none());
        assert!(clients.enter(other, 2).is_some());
        drop(busy);
        assert!(clients.enter(one, 2).is_some());
    }

    #[test]
    fn room_is_made_by_the_client_with_most_connections() {
        let clients = Arc::new(Clients::default());
        let (one, other) = (client("192.0.2.1"), client("192.0.2.2"));
        let few = clients.enter(other, 9).unwrap();
        let many: Vec<_> = (0..3).map(|_| clients.enter(one, 9).unwrap()).collect();
        clients.make_room();
        assert!(many[0].connection.close.is_cancelled());
        assert!(!few.connection.close.is_cancelled());
    }
}
