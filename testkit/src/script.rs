//! Faults, and when they come.

use std::time::Duration;

use chrono::TimeDelta;

use crate::damage::Damage;
use crate::repository::parse_stamp;
use crate::walls::Wall;

/// A fault bound to a place, for a number of responses.
#[derive(Clone, Debug)]
pub struct Rule {
    pub place: Place,
    pub times: Times,
    pub fault: Fault,
    /// The number of times it has fired.
    pub fired: usize,
    /// For [`Place::AfterPages`]: whether it has begun.
    begun: bool,
}

/// The number of times a fault fires.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Times {
    Once,
    Twice,
    Always,
}

/// A page of a ListRecords list that has several.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Nth {
    First,
    Middle,
    Last,
}

/// Where a fault comes.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Place {
    /// Any response.
    Everywhere,
    /// The request of this number; the first is 0.
    Request(usize),
    /// Identify.
    Identify,
    /// Each response to this verb.
    Verb(&'static str),
    /// A page of ListRecords, of whatever window.
    Page(Nth),
    /// Any page of ListRecords.
    AnyPage,
    /// A list request that carries a token.
    Resumption,
    /// Each ListRecords or GetRecord response that would hold this record's metadata.
    Holding(String),
    /// Each ListRecords page that would hold it; GetRecord is well.
    ListHolding(String),
    /// Each response that would hold as much as its header.
    Naming(String),
    /// All requests from the ListRecords request on that comes after so many pages were served.
    AfterPages(usize),
    /// Lists whose window is wider than so many days, or open.
    WiderThan(i64),
    /// Lists whose window is open at its end.
    OpenEnd,
    /// Lists whose window begins so.
    From(&'static str),
    /// Requests to a path that does not end so.
    PathNot(&'static str),
}

/// The fault.
#[derive(Clone, Debug)]
pub enum Fault {
    /// In the bytes of a record: the one the place names, else all on the page.
    Damage(Damage),
    /// These bytes stand before the prolog.
    Before(Vec<u8>),
    /// The declaration says this instead of UTF-8.
    Declares(&'static str),
    /// This stands after the declaration.
    Doctype(&'static str),
    /// The root is not closed.
    NoRootEnd,
    /// The page has no record, but its token.
    NoRecords,
    /// A status, headers, and a short body. In a header, `date+N` becomes the HTTP date in N
    /// seconds, and `epoch+N` the same as seconds since 1970.
    Status(u16, Vec<(&'static str, String)>),
    /// An HTML answer.
    Wall(Wall),
    /// A redirect.
    Redirect(To),
    /// An `<error>`, or several with `+` between their codes.
    Protocol(&'static str),
    /// The same under a status that is not a success.
    ProtocolAs(u16, &'static str),
    /// An `<error>` beside the list, which is all there.
    Beside(&'static str),
    /// A status with nothing behind it, not even a type.
    Nothing(u16),
    /// Records from this number on are counted, but left out of ListRecords.
    Unlisted(u32),
    /// The resumptionToken is wrong.
    Token(TokenFault),
    /// The way of the bytes is wrong.
    Wire(Wire),
    /// The content coding is wrong.
    Coding(Coding),
    /// Headers added to a healthy response.
    Headers(Vec<(&'static str, String)>),
    /// No fault: this record is edited once the response was made.
    Touch(String),
}

/// Where a redirect leads.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum To {
    /// The same repository under a path with the locale, as OJS 3.5 has it.
    Locale,
    /// The URL requested.
    Itself,
    /// The login page, which answers 200.
    Login,
    /// The journal's front page, which answers 200.
    FrontPage,
    /// The same path under another name of this machine.
    OtherHost,
}

/// The fault of a token.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum TokenFault {
    /// The element is empty.
    Empty,
    /// There is no element.
    Missing,
    /// It leads to a page so many back; 0 is its own.
    Back(usize),
    /// The same, under a new name each time.
    BackAnew(usize),
    /// It leads on, past as many pages as it likes: each page is empty and has a new token.
    Endless,
    /// In lists of several pages it leads round and round, never to the same page twice.
    Round,
    /// The last page has one too, which leads past the end.
    PastEnd,
    /// It stands behind the list instead of in it.
    Outside,
    /// Each full page has one, the last too, which then leads past the end.
    PastFullEnd,
    /// The last page has one too, which leads to an empty page without a token.
    ToEmptyPage,
    /// The last page has one too, which leads to empty pages with new tokens without end.
    ToEmptyPages,
    /// The last page has one too, which leads to an empty page with the same token.
    ToEmptyPageAgain,
}

/// The fault of the transport.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Wire {
    /// Half of the body promised by Content-Length comes.
    Cut,
    /// Half of the chunks come.
    CutChunks,
    /// Half of the body comes, and nothing promised more.
    CutUnframed,
    /// The connection is reset before a byte of the answer.
    Reset,
    /// The connection is reset, and nobody listens any more.
    Vanish,
    /// Not a byte comes, and the connection stays open.
    StallHead,
    /// Half of the body comes, then nothing.
    StallBody,
    /// The body comes in pieces with pauses.
    Drip { piece: usize, pause: Duration },
    /// So many bytes of text come in the abstract of the record the place names.
    Flood(u64),
    /// The test is told, and the answer waits for its release. With `half`, half of the body comes before.
    Hold { half: bool },
    /// The answer takes this long.
    Slow(Duration),
}

/// The fault of the content coding.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Coding {
    /// Compressed and announced, as it should be.
    Gzip,
    /// Compressed, not announced.
    Unannounced,
    /// Announced, not compressed.
    OnlyAnnounced,
    /// Compressed, announced, and a line break after it.
    Trailed,
    /// Compressed, announced, and half of it is missing while the framing agrees.
    Truncated,
    /// One that was not requested: `deflate` (`bare deflate` without the frame of zlib), `zstd`, `br`, or one that
    /// nobody reads.
    Other(&'static str),
    /// The same, and half of it is missing.
    OtherTruncated(&'static str),
}

/// Facts that a rule needs about the response it may change.
#[derive(Debug)]
pub struct Moment<'a> {
    pub request_no: usize,
    pub path: &'a str,
    pub verb: &'a str,
    pub from: Option<&'a str>,
    pub until: Option<&'a str>,
    pub resumed: bool,
    /// (page, pages) of a list.
    pub page: Option<(usize, usize)>,
    /// Identifiers of the records it holds.
    pub holds: &'a [String],
    /// ListRecords pages served so far, all told.
    pub pages_served: usize,
}

impl Fault {
    /// Returns whether the fault replaces the repository's own answer.
    pub fn replaces(&self) -> bool {
        match self {
            Self::Status(..)
            | Self::Nothing(_)
            | Self::Wall(_)
            | Self::Redirect(_)
            | Self::Protocol(_)
            | Self::ProtocolAs(..) => true,
            Self::Wire(wire) => matches!(wire, Wire::Reset | Wire::Vanish | Wire::StallHead),
            _ => false,
        }
    }

    /// Returns whether a response with it is lost. One such fault a response is enough.
    pub fn spoils(&self) -> bool {
        match self {
            Self::NoRootEnd | Self::NoRecords | Self::Damage(Damage::NoMetadata) => true,
            Self::Wire(wire) => {
                !matches!(wire, Wire::Drip { .. } | Wire::Hold { .. } | Wire::Slow(_))
            }
            Self::Coding(coding) => {
                matches!(
                    coding,
                    Coding::Truncated | Coding::OtherTruncated(_) | Coding::Other("compress")
                )
            }
            _ => self.replaces(),
        }
    }
}

impl Rule {
    pub fn new(place: Place, times: Times, fault: Fault) -> Self {
        Self {
            place,
            times,
            fault,
            fired: 0,
            begun: false,
        }
    }

    /// Returns whether the fault fires now, and counts it.
    pub fn fires(&mut self, moment: &Moment) -> bool {
        let spent = match self.times {
            Times::Once => self.fired >= 1,
            Times::Twice => self.fired >= 2,
            Times::Always => false,
        };
        if spent || !self.is_there(moment) {
            return false;
        }
        self.fired += 1;
        true
    }

    /// The record the place names.
    pub fn record(&self) -> Option<&str> {
        match &self.place {
            Place::Holding(identifier)
            | Place::ListHolding(identifier)
            | Place::Naming(identifier) => Some(identifier),
            _ => None,
        }
    }

    fn is_there(&mut self, moment: &Moment) -> bool {
        let list_records = moment.verb == "ListRecords";
        match &self.place {
            Place::Everywhere => true,
            Place::Request(number) => moment.request_no == *number,
            Place::Identify => moment.verb == "Identify",
            Place::Verb(verb) => moment.verb == *verb,
            Place::AnyPage => list_records && moment.page.is_some(),
            Place::Page(nth) => {
                list_records
                    && moment.page.is_some_and(|(page, pages)| {
                        pages > 1
                            && page
                                == match nth {
                                    Nth::First => 0,
                                    Nth::Middle => (pages - 1) / 2,
                                    Nth::Last => pages - 1,
                                }
                    })
            }
            Place::Resumption => moment.resumed,
            Place::Holding(identifier) => {
                (list_records || moment.verb == "GetRecord") && moment.holds.contains(identifier)
            }
            Place::ListHolding(identifier) => list_records && moment.holds.contains(identifier),
            Place::Naming(identifier) => moment.holds.contains(identifier),
            Place::AfterPages(pages) => {
                self.begun |= list_records && moment.pages_served >= *pages;
                self.begun
            }
            Place::WiderThan(days) => {
                matches!(moment.verb, "ListRecords" | "ListIdentifiers")
                    && moment.is_wider_than(*days)
            }
            Place::OpenEnd => {
                matches!(moment.verb, "ListRecords" | "ListIdentifiers") && moment.until.is_none()
            }
            Place::From(from) => !moment.resumed && moment.from == Some(*from),
            Place::PathNot(end) => !moment.path.ends_with(end),
        }
    }
}

impl Moment<'_> {
    /// Returns whether the window spans more than so many whole days, both ends counted.
    fn is_wider_than(&self, days: i64) -> bool {
        let Some((from, _)) = self.from.and_then(parse_stamp) else {
            return true;
        };
        let (until, is_day) = self
            .until
            .and_then(parse_stamp)
            .unwrap_or((chrono::Utc::now(), false));
        let granule = if is_day {
            TimeDelta::days(1)
        } else {
            TimeDelta::seconds(1)
        };
        until + granule - from > TimeDelta::days(days)
    }
}
