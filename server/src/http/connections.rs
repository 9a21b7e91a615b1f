//! The open connections. When there are as many as may be, the oldest that has not authenticated makes room for a new
//! one: silent ones first, then those whose request is still pending.

use std::{
    collections::BTreeMap,
    net::{IpAddr, Ipv6Addr},
    sync::{Arc, Mutex, MutexGuard, PoisonError},
    time::{Duration, Instant},
};

use tokio_util::sync::CancellationToken;

use super::Limits;

/// All open connections. Clones share them.
#[derive(Debug, Clone)]
pub(crate) struct Connections(Arc<Shared>);

#[derive(Debug)]
struct Shared {
    limits: Limits,
    open: Mutex<Open>,
}

#[derive(Debug, Default)]
struct Open {
    next: u64,
    /// Oldest first.
    entries: BTreeMap<u64, Entry>,
}

#[derive(Debug)]
struct Entry {
    network: IpAddr,
    authenticated: bool,
    /// Requests without a response yet.
    pending: usize,
    /// When it was opened, or its last response was ready.
    idle_since: Instant,
    evict: CancellationToken,
}

/// The place of one connection. Dropping the last handle frees it.
#[derive(Debug)]
pub(crate) struct Slot {
    id: u64,
    shared: Arc<Shared>,
    evicted: CancellationToken,
}

/// A request without a response; dropping it ends it.
#[derive(Debug)]
pub(crate) struct Pending(Arc<Slot>);

impl Connections {
    pub(crate) fn new(limits: Limits) -> Self {
        Connections(Arc::new(Shared {
            limits,
            open: Mutex::default(),
        }))
    }

    /// Takes a new connection in; `None` when there is no room and none that may be evicted.
    pub(crate) fn admit(&self, address: IpAddr, now: Instant) -> Option<Slot> {
        let limits = &self.0.limits;
        let network = network(address);
        let mut open = self.0.open();
        if !limits.trusted_proxies.contains(&address) {
            let from = |entry: &Entry| entry.network == network;
            let count = open.entries.values().filter(|entry| from(entry)).count();
            if count >= limits.connections_per_address && !open.evict(from) {
                return None;
            }
        }
        if open.entries.len() >= limits.connections && !open.evict(|_| true) {
            return None;
        }
        let id = open.next;
        open.next += 1;
        let evicted = CancellationToken::new();
        let entry = Entry {
            network,
            authenticated: false,
            pending: 0,
            idle_since: now,
            evict: evicted.clone(),
        };
        open.entries.insert(id, entry);
        Some(Slot {
            id,
            shared: Arc::clone(&self.0),
            evicted,
        })
    }

    /// Closes the oldest connection that has not authenticated.
    pub(crate) fn evict(&self) {
        self.0.open().evict(|_| true);
    }
}

impl Shared {
    fn open(&self) -> MutexGuard<'_, Open> {
        self.open.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Open {
    /// Evicts one of the connections that `may` names; `false` when all of them are authenticated.
    fn evict(&mut self, may: impl Fn(&Entry) -> bool) -> bool {
        let oldest = |pending: bool| {
            self.entries
                .iter()
                .find(|(_, entry)| {
                    !entry.authenticated && (entry.pending > 0) == pending && may(entry)
                })
                .map(|(&id, _)| id)
        };
        let Some(id) = oldest(false).or_else(|| oldest(true)) else {
            return false;
        };
        if let Some(entry) = self.entries.remove(&id) {
            entry.evict.cancel();
        }
        true
    }
}

impl Slot {
    pub(crate) fn limits(&self) -> &Limits {
        &self.shared.limits
    }

    /// The client has proved who it is: it is not evicted any more.
    pub(crate) fn authenticated(&self) {
        self.update(|entry| entry.authenticated = true);
    }

    pub(super) fn begin_request(self: &Arc<Self>) -> Pending {
        self.update(|entry| entry.pending += 1);
        Pending(Arc::clone(self))
    }

    /// Resolves when the connection has to make room for another.
    pub(crate) async fn evicted(&self) {
        self.evicted.cancelled().await;
    }

    /// Resolves when the client has been silent for too long without authenticating.
    pub(super) async fn overdue(&self) {
        let timeout = self.limits().unauthenticated_timeout;
        loop {
            let wait = match self.update(|entry| entry.remaining(timeout, Instant::now())) {
                Some(Some(wait)) if wait.is_zero() => return,
                Some(Some(wait)) => wait,
                // It is busy or authenticated; that may change.
                Some(None) => timeout,
                None => return,
            };
            tokio::time::sleep(wait).await;
        }
    }

    fn update<T>(&self, update: impl FnOnce(&mut Entry) -> T) -> Option<T> {
        self.shared.open().entries.get_mut(&self.id).map(update)
    }
}

impl Entry {
    /// How long it may still be silent; `None` without a limit.
    fn remaining(&self, timeout: Duration, now: Instant) -> Option<Duration> {
        (!self.authenticated && self.pending == 0)
            .then(|| (self.idle_since + timeout).saturating_duration_since(now))
    }
}

impl Drop for Slot {
    fn drop(&mut self) {
        self.shared.open().entries.remove(&self.id);
    }
}

impl Drop for Pending {
    fn drop(&mut self) {
        self.0.update(|entry| {
            entry.pending = entry.pending.saturating_sub(1);
            entry.idle_since = Instant::now();
        });
    }
}

/// What one client can choose its addresses from: an IPv4 address, or a /64 network in IPv6.
pub(crate) fn network(address: IpAddr) -> IpAddr {
    match address.to_canonical() {
        IpAddr::V4(address) => address.into(),
        IpAddr::V6(address) => {
            let [a, b, c, d, ..] = address.segments();
            Ipv6Addr::new(a, b, c, d, 0, 0, 0, 0).into()
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn connections(connections: usize, connections_per_address: usize) -> Connections {
        Connections::new(Limits {
            connections,
            connections_per_address,
            trusted_proxies: vec![address(9)],
            ..Limits::default()
        })
    }

    fn address(last: u8) -> IpAddr {
        IpAddr::from([192, 0, 2, last])
    }

    fn is_evicted(slot: &Slot) -> bool {
        slot.evicted.is_cancelled()
    }

    #[test]
    fn when_all_places_are_taken_the_oldest_silent_connection_makes_room() {
        let open = connections(3, 3);
        let admit = |last| {
            let slot = open.admit(address(last), Instant::now());
            Arc::new(slot.expect("a place"))
        };
        let (signed_in, busy, silent) = (admit(1), admit(2), admit(3));
        signed_in.authenticated();
        let pending = busy.begin_request();
        let fourth = admit(4);
        assert!(is_evicted(&silent) && !is_evicted(&busy) && !is_evicted(&signed_in));
        let fifth = admit(5);
        assert!(is_evicted(&fourth) && !is_evicted(&busy));
        fifth.authenticated();
        let sixth = admit(6);
        assert!(is_evicted(&busy), "who never finishes a request goes last");
        sixth.authenticated();
        assert!(open.admit(address(7), Instant::now()).is_none());
        drop((signed_in, pending));
        assert!(open.admit(address(7), Instant::now()).is_some());
    }

    #[test]
    fn one_address_takes_no_more_than_its_share_and_a_proxy_has_no_share() {
        let open = connections(10, 2);
        let admit = |last| open.admit(address(last), Instant::now());
        let other = admit(2).expect("a place");
        let mut mine: Vec<_> = (0..2).map(|_| admit(1).expect("a place")).collect();
        let third = admit(1).expect("a place");
        assert!(is_evicted(&mine[0]) && !is_evicted(&mine[1]) && !is_evicted(&other));
        mine.push(third);
        mine.iter().for_each(Slot::authenticated);
        assert!(admit(1).is_none(), "all of its own have signed in");
        let proxied: Vec<_> = (0..5).map(|_| admit(9)).collect();
        assert!(proxied.iter().all(Option::is_some));
    }

    #[test]
    fn a_client_has_a_whole_network_of_ipv6_addresses() {
        let parse = |text: &str| network(text.parse().expect("an address"));
        assert_eq!(parse("2001:db8:1:2::3"), parse("2001:db8:1:2:ffff::9"));
        assert_ne!(parse("2001:db8:1:2::3"), parse("2001:db8:1:3::3"));
        assert_eq!(parse("::ffff:192.0.2.1"), parse("192.0.2.1"));
        assert_ne!(parse("192.0.2.1"), parse("192.0.2.2"));
    }
}
