//! The arguments of each verb, checked (§3.1, §4).

use crate::oai::{Datestamp, ErrorCode};
use crate::store::Time;

/// Names and values, in the order they came.
pub type Arguments = [(String, String)];

/// An error code of the protocol and the message with it.
pub(crate) type Refusal = (ErrorCode, String);

/// Longest value that is looked at, bytes.
const MAX_VALUE: usize = 4096;

/// A request that can be answered.
#[derive(Debug, PartialEq, Eq)]
pub(crate) enum Asked {
    Identify,
    ListMetadataFormats { identifier: Option<String> },
    ListSets { token: Option<String> },
    GetRecord { identifier: String, prefix: String },
    List(ListRequest),
}

/// ListRecords or ListIdentifiers.
#[derive(Debug, PartialEq, Eq)]
pub(crate) struct ListRequest {
    /// Whole records, not headers alone.
    pub(crate) records: bool,
    pub(crate) begin: Begin,
}

/// Where a list begins, or continues.
#[derive(Debug, PartialEq, Eq)]
pub(crate) enum Begin {
    New {
        prefix: String,
        set: Option<String>,
        from: Option<Time>,
        before: Option<Time>,
    },
    Token(String),
}

/// Reads requests.
pub(crate) struct Request;

impl Request {
    pub(crate) fn read(arguments: &Arguments) -> Result<Asked, Vec<Refusal>> {
        let mut verbs = arguments
            .iter()
            .filter(|(name, _)| name == "verb")
            .map(|(_, value)| value.as_str());
        let bad_verb = |message: &str| Err(vec![(ErrorCode::BadVerb, message.to_owned())]);
        let verb = match (verbs.next(), verbs.next()) {
            (None, _) => return bad_verb("the verb is missing"),
            (Some(_), Some(_)) => return bad_verb("the verb is given more than once"),
            (Some(verb), None) => verb,
        };
        let (required, optional): (&[&str], &[&str]) = match verb {
            "Identify" => (&[], &[]),
            "ListMetadataFormats" => (&[], &["identifier"]),
            "ListSets" => (&[], &["resumptionToken"]),
            "GetRecord" => (&["identifier", "metadataPrefix"], &[]),
            "ListRecords" | "ListIdentifiers" => (
                &["metadataPrefix"],
                &["set", "from", "until", "resumptionToken"],
            ),
            _ => return bad_verb("the verb is not one of OAI-PMH 2.0"),
        };
        let given = Given { arguments };
        let token = given.value("resumptionToken");
        let mut refusals = given.illegal(required, optional);
        if token.is_some() && optional.contains(&"resumptionToken") {
            if arguments.len() > 2 && refusals.is_empty() {
                refusals.push(bad("resumptionToken excludes all other arguments"));
            }
        } else {
            let missing = required.iter().filter(|name| given.value(name).is_none());
            refusals.extend(missing.map(|name| bad(&format!("{name} is missing"))));
        }
        if !refusals.is_empty() {
            return Err(refusals);
        }
        let owned = |name: &str| given.value(name).map(str::to_owned);
        Ok(match verb {
            "Identify" => Asked::Identify,
            "ListMetadataFormats" => Asked::ListMetadataFormats {
                identifier: owned("identifier"),
            },
            "ListSets" => Asked::ListSets {
                token: owned("resumptionToken"),
            },
            "GetRecord" => Asked::GetRecord {
                identifier: owned("identifier").unwrap_or_default(),
                prefix: owned("metadataPrefix").unwrap_or_default(),
            },
            _ => Asked::List(ListRequest {
                records: verb == "ListRecords",
                begin: match owned("resumptionToken") {
                    Some(token) => Begin::Token(token),
                    None => given.new_list().map_err(|refusal| vec![refusal])?,
                },
            }),
        })
    }
}

struct Given<'a> {
    arguments: &'a Arguments,
}

impl Given<'_> {
    fn value(&self, name: &str) -> Option<&str> {
        self.arguments
            .iter()
            .find(|(known, _)| known == name)
            .map(|(_, value)| value.as_str())
    }

    /// Returns arguments that the verb does not accept, repeated ones and empty ones.
    fn illegal(&self, required: &[&str], optional: &[&str]) -> Vec<Refusal> {
        let mut refusals: Vec<Refusal> = Vec::new();
        for (at, (name, value)) in self.arguments.iter().enumerate() {
            let message =
                if name != "verb" && !required.contains(&&**name) && !optional.contains(&&**name) {
                    let shown: String = name.chars().take(40).collect();
                    format!("{shown:?} is not an argument of this verb")
                } else if self.arguments[..at]
                    .iter()
                    .any(|(earlier, _)| earlier == name)
                {
                    format!("{name} is given more than once")
                } else if value.is_empty() {
                    format!("{name} has no value")
                } else if value.len() > MAX_VALUE {
                    format!("the value of {name} is too long")
                } else {
                    continue;
                };
            if refusals.len() < 10 {
                refusals.push(bad(&message));
            }
        }
        refusals
    }

    fn new_list(&self) -> Result<Begin, Refusal> {
        let set = self.value("set");
        if set.is_some_and(|set| !super::set::is_valid(set)) {
            return Err(bad("set is not a setSpec"));
        }
        let date = |name: &str| self.value(name).map(|text| date(name, text)).transpose();
        let (from, until) = (date("from")?, date("until")?);
        if let (Some(from), Some(until)) = (from, until) {
            if from.granularity != until.granularity {
                return Err(bad("from and until differ in granularity"));
            }
            if from.time > until.time {
                return Err(bad("from is later than until"));
            }
        }
        Ok(Begin::New {
            prefix: self.value("metadataPrefix").unwrap_or_default().to_owned(),
            set: set.map(str::to_owned),
            from: from.map(|from| from.time),
            before: until.map(|until| until.time + until.granularity.granule()),
        })
    }
}

/// `YYYY-MM-DD` or `YYYY-MM-DDThh:mm:ssZ`, and nothing else (§3.3).
fn date(name: &str, text: &str) -> Result<Datestamp, Refusal> {
    Datestamp::parse(text)
        .filter(|stamp| stamp.granularity.format(stamp.time) == text)
        .ok_or_else(|| {
            bad(&format!(
                "{name} is not a date of the form YYYY-MM-DD or YYYY-MM-DDThh:mm:ssZ"
            ))
        })
}

fn bad(message: &str) -> Refusal {
    (ErrorCode::BadArgument, message.to_owned())
}
