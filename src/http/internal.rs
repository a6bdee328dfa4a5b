//! Addresses inside a network: a public host must not lead a request to them.
//!
//! Host names are checked where they are resolved, so that no name can be resolved once for the check and again for
//! the connection. The hosts of the URLs that were requested themselves may be anywhere.

use std::collections::HashSet;
use std::fmt;
use std::net::{IpAddr, Ipv4Addr, Ipv6Addr, SocketAddr};
use std::sync::{Arc, PoisonError, RwLock};

use reqwest::dns::{Addrs, Name, Resolve, Resolving};
use url::{Host, Url};

/// Returns whether an address is loopback, private, link-local, or otherwise not on the public internet (RFC 6890).
pub fn is_internal(address: IpAddr) -> bool {
    match address {
        IpAddr::V4(address) => is_internal_v4(address),
        IpAddr::V6(address) => is_internal_v6(address),
    }
}

fn is_internal_v4(address: Ipv4Addr) -> bool {
    let [a, b, c, _] = address.octets();
    address.is_loopback()
        || address.is_private()
        || address.is_link_local()
        || address.is_broadcast()
        || a == 0
        // Shared address space (RFC 6598), benchmarking (RFC 2544), protocol assignments (RFC 6890).
        || (a == 100 && (64..128).contains(&b))
        || (a == 198 && matches!(b, 18 | 19))
        || (a == 192 && b == 0 && c == 0)
}

fn is_internal_v6(address: Ipv6Addr) -> bool {
    let segments = address.segments();
    // An IPv4 address inside: mapped (RFC 4291), of a translator (RFC 6052), of 6to4 (RFC 3056).
    let inner = |high: u16, low: u16| {
        let ([a, b], [c, d]) = (high.to_be_bytes(), low.to_be_bytes());
        is_internal_v4(Ipv4Addr::new(a, b, c, d))
    };
    address.is_loopback()
        || address.is_unspecified()
        || segments[0] & 0xFE00 == 0xFC00
        || segments[0] & 0xFFC0 == 0xFE80
        || segments[0] & 0xFFC0 == 0xFEC0
        || address.to_ipv4_mapped().is_some_and(is_internal_v4)
        || (segments[..6] == [0x64, 0xFF9B, 0, 0, 0, 0] && inner(segments[6], segments[7]))
        || (segments[0] == 0x2002 && inner(segments[1], segments[2]))
        || (segments[..6] == [0; 6] && inner(segments[6], segments[7]))
}

/// The hosts that a person named, by which a client tells what may be inside the network.
#[derive(Clone, Debug, Default)]
pub(crate) struct NamedHosts(Arc<RwLock<HashSet<String>>>);

impl NamedHosts {
    /// Adds the host of a URL.
    pub(crate) fn add(&self, url: &Url) {
        if let Some(host) = url.host_str() {
            let mut hosts = self.0.write().unwrap_or_else(PoisonError::into_inner);
            hosts.insert(host.to_ascii_lowercase());
        }
    }

    fn contains(&self, host: &str) -> bool {
        let hosts = self.0.read().unwrap_or_else(PoisonError::into_inner);
        hosts.contains(&host.to_ascii_lowercase())
    }

    /// Returns whether a URL names an internal address by number, and no person has named that host. Names are checked
    /// when they are resolved.
    pub(crate) fn forbids(&self, url: &Url) -> bool {
        let address = match url.host() {
            Some(Host::Ipv4(address)) => IpAddr::V4(address),
            Some(Host::Ipv6(address)) => IpAddr::V6(address),
            _ => return false,
        };
        is_internal(address) && !self.contains(url.host_str().unwrap_or_default())
    }

    /// The addresses of a host that may be connected to.
    fn allowed(
        &self,
        host: &str,
        addresses: impl Iterator<Item = SocketAddr>,
    ) -> Result<Vec<SocketAddr>, InternalAddress> {
        if self.contains(host) {
            return Ok(addresses.collect());
        }
        let mut internal = false;
        let public: Vec<SocketAddr> = addresses
            .filter(|address| {
                let is_internal = is_internal(address.ip());
                internal |= is_internal;
                !is_internal
            })
            .collect();
        if public.is_empty() && internal {
            return Err(InternalAddress);
        }
        Ok(public)
    }
}

impl Resolve for NamedHosts {
    fn resolve(&self, name: Name) -> Resolving {
        let hosts = self.clone();
        Box::pin(async move {
            let found = tokio::net::lookup_host((name.as_str(), 0)).await?;
            let addresses = hosts.allowed(name.as_str(), found)?;
            Ok(Box::new(addresses.into_iter()) as Addrs)
        })
    }
}

/// A host name leads to internal addresses alone, and no person has named it.
#[derive(Clone, Copy, Debug)]
pub(crate) struct InternalAddress;

impl fmt::Display for InternalAddress {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("the host is inside this network")
    }
}

impl std::error::Error for InternalAddress {}

#[cfg(test)]
mod tests {
    use super::*;

    #[rstest::rstest]
    #[case("127.0.0.1", true)]
    #[case("127.255.0.9", true)]
    #[case("10.1.2.3", true)]
    #[case("172.16.0.1", true)]
    #[case("172.32.0.1", false)]
    #[case("192.168.1.1", true)]
    #[case("169.254.169.254", true)]
    #[case("100.64.0.1", true)]
    #[case("0.0.0.0", true)]
    #[case("198.51.100.7", false)]
    #[case("8.8.8.8", false)]
    #[case("::1", true)]
    #[case("::", true)]
    #[case("fe80::1", true)]
    #[case("fd12:3456::1", true)]
    #[case("::ffff:127.0.0.1", true)]
    #[case("::ffff:8.8.8.8", false)]
    #[case("64:ff9b::a00:1", true)]
    #[case("2002:c0a8:101::1", true)]
    #[case("2001:db8::1", false)]
    fn knows_internal_addresses(#[case] address: &str, #[case] internal: bool) {
        assert_eq!(is_internal(address.parse().unwrap()), internal);
    }

    #[rstest::rstest]
    #[case("http://127.0.0.1:9/oai")]
    #[case("http://2130706433/oai")]
    #[case("http://0x7f.1/oai")]
    #[case("http://[::1]/oai")]
    #[case("http://169.254.169.254/latest/meta-data")]
    fn forbids_numbers_that_nobody_named(#[case] url: &str) {
        let url = Url::parse(url).unwrap();
        let hosts = NamedHosts::default();
        assert!(hosts.forbids(&url));
        hosts.add(&url);
        assert!(!hosts.forbids(&url));
    }

    #[test]
    fn a_name_may_be_inside_only_when_a_person_named_it() {
        let hosts = NamedHosts::default();
        let found = || {
            ["127.0.0.1:0", "203.0.113.5:0"]
                .iter()
                .map(|address| address.parse().unwrap())
        };
        assert_eq!(hosts.allowed("a.example", found()).unwrap().len(), 1);
        assert!(hosts.allowed("a.example", found().take(1)).is_err());
        hosts.add(&Url::parse("https://A.example/oai").unwrap());
        assert_eq!(hosts.allowed("a.example", found()).unwrap().len(), 2);
    }
}
