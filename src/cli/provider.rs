//! The table `[provider]` of the configuration file.

use std::collections::BTreeMap;
use std::net::SocketAddr;
use std::path::PathBuf;

use serde::{Deserialize, Serialize};

use crate::cli::values::{Contact, ControlText, Endpoint, Timeout};

/// Identity and limits of the provider.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct ProviderConfig {
    /// Address and port.
    pub listen: Option<SocketAddr>,
    /// The public URL.
    pub base_url: Option<Endpoint>,
    /// repositoryName.
    pub name: Option<ControlText>,
    /// adminEmail.
    pub email: Option<Contact>,
    /// Namespace of its OAI identifiers, a domain name.
    pub repository: Option<ControlText>,
    /// Records per page, 1 to 1000.
    pub page_size: Option<PageSize>,
    /// Lifetime of a resumptionToken, hours, 1 to 720.
    pub token_life: Option<TokenLife>,
    /// File whose first line signs resumptionTokens.
    pub token_key_file: Option<PathBuf>,
    /// Connections at the same time, 1 to 100000.
    pub connections: Option<Connections>,
    /// Connections of one client at the same time.
    pub client_connections: Option<ClientConnections>,
    /// Longest time to answer, seconds.
    pub answer_timeout: Option<Timeout>,
    /// Sets by what articles are, by setSpec.
    pub set: BTreeMap<String, SetConfig>,
}

/// A set by what articles are: each key given must hold.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct SetConfig {
    /// setName.
    pub title: Option<ControlText>,
    /// One of these languages, BCP 47; `en` takes `en-GB` too.
    pub language: Option<Vec<String>>,
    /// Published in one of these years, `2020` or `2015-2019`.
    pub year: Option<Vec<Years>>,
    /// Under one of these licences, by short name or address.
    pub license: Option<Vec<String>>,
}

impl SetConfig {
    /// The values that articles are chosen by, of each kind.
    pub fn facets(&self) -> BTreeMap<String, Vec<String>> {
        let years = self.year.as_ref().map(|years| {
            years
                .iter()
                .flat_map(|years| (years.first..=years.last).map(|year| year.to_string()))
                .collect()
        });
        let kinds = [
            ("language", self.language.clone()),
            ("year", years),
            ("license", self.license.clone()),
        ];
        kinds
            .into_iter()
            .filter_map(|(kind, values)| Some((kind.to_owned(), values?)))
            .collect()
    }
}

/// A year, or a span of years.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(try_from = "String", into = "String")]
pub struct Years {
    /// The first.
    pub first: u16,
    /// The last.
    pub last: u16,
}

impl TryFrom<String> for Years {
    type Error = String;

    fn try_from(text: String) -> Result<Self, String> {
        let (first, last) = text.split_once('-').unwrap_or((&text, &text));
        let year = |text: &str| {
            text.trim()
                .parse::<u16>()
                .ok()
                .filter(|year| (1000..=2999).contains(year))
        };
        match (year(first), year(last)) {
            (Some(first), Some(last)) if first <= last => Ok(Self { first, last }),
            _ => Err(format!(
                "invalid year or range of years {text:?}; use for example 2020 or 2015-2019"
            )),
        }
    }
}

impl From<Years> for String {
    fn from(years: Years) -> Self {
        if years.first == years.last {
            years.first.to_string()
        } else {
            format!("{}-{}", years.first, years.last)
        }
    }
}

/// Numbers that are checked when they are read.
macro_rules! bounded {
    ($(#[$doc:meta])* $name:ident, $range:expr, $default:expr, $message:expr) => {
        $(#[$doc])*
        #[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
        #[serde(try_from = "u32", into = "u32")]
        pub struct $name(u32);

        impl Default for $name {
            fn default() -> Self {
                Self($default)
            }
        }

        impl From<$name> for u32 {
            fn from(number: $name) -> Self {
                number.0
            }
        }

        impl TryFrom<u32> for $name {
            type Error = String;

            fn try_from(number: u32) -> Result<Self, String> {
                if ($range).contains(&number) { Ok(Self(number)) } else { Err($message.to_owned()) }
            }
        }

        impl std::str::FromStr for $name {
            type Err = String;

            fn from_str(text: &str) -> Result<Self, String> {
                text.parse().unwrap_or(u32::MAX).try_into()
            }
        }
    };
}

bounded!(
    /// Records on a page.
    PageSize, 1..=1000, 100, "a page has 1 to 1000 records"
);
bounded!(
    /// Hours that a resumptionToken holds.
    TokenLife, 1..=720, 24, "a token holds for 1 to 720 hours"
);
bounded!(
    /// Connections at the same time.
    Connections, 1..=100_000, 1024, "connections are 1 to 100000"
);
bounded!(
    /// Connections of one client at the same time.
    ClientConnections, 1..=100_000, 256, "connections of a client are 1 to 100000"
);
