//! Probes an endpoint's software, capabilities and defects in about nine requests.
//!
//! Asked are Identify, ListMetadataFormats, ListSets, the first page of ListRecords, the page after it twice, and
//! the narrowest windows around one record. Failures are reported and the rest is requested all the same, unless the
//! source or its host has to be left.

use std::fmt::Write as _;

use chrono::{DateTime, TimeDelta, Timelike as _, Utc};
use serde::Serialize;
use url::Url;

use crate::harvest::contact::settled;
use crate::harvest::discovery::{Discovery, find_endpoint};
use crate::harvest::endpoint::{Endpoint, OaiResponse, RequestError};
use crate::harvest::plan::is_ojs;
use crate::harvest::quirks::{Quirk, quirks_of};
use crate::oai::ojs::{JournalPath, endpoint_locale, without_locale};
use crate::oai::{
    Datestamp, DeletedRecord, ErrorCode, Granularity, Identify, ListArgs, ListEnd, MetadataFormat,
    Page, Request, Set, Verb,
};
use crate::values::DisplaySafeUrl;

/// Tries of each request: what fails three times is worth telling.
const TRIES: u32 = 3;
/// Pages of ListSets that are read.
const SET_PAGES: usize = 3;
/// The same where a whole site is wanted.
const SITE_SET_PAGES: usize = 1000;

/// The result of probing an endpoint.
#[derive(Clone, Debug, Serialize)]
// shape: one field for each key of `offprint probe --json`
pub struct Probe {
    /// The base URL to harvest, without secrets: the one given, or where it redirects to.
    pub url: DisplaySafeUrl,
    /// The endpoint that was found, where the URL given is that of a page.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub found: Option<DisplaySafeUrl>,
    /// The same in full.
    #[serde(skip)]
    pub base_url: Url,
    /// The response to Identify; absent if it was refused.
    pub identify: Option<Identify>,
    /// True if it is Open Journal Systems, by its word or its address.
    pub ojs: bool,
    /// Formats it offers.
    pub formats: Vec<MetadataFormat>,
    /// Sets it offers.
    pub sets: Vec<Set>,
    /// True if there are more sets than were read.
    pub more_sets: bool,
    /// The journals of a site-wide endpoint, by the sets; none of one journal.
    pub journals: Vec<String>,
    /// The way it lists records.
    pub list: ListProbe,
    /// The requests, each with its time.
    pub requests: Vec<Asked>,
    /// The error.
    pub problems: Vec<String>,
    /// Known defects of its software version.
    pub quirks: Vec<&'static Quirk>,
    /// Advice before harvesting it.
    pub advice: Vec<String>,
}

/// The way an endpoint lists records.
#[derive(Clone, Debug, Default, Serialize)]
pub struct ListProbe {
    /// metadataPrefix requested.
    pub prefix: String,
    /// completeListSize; of a list of one page, its records.
    pub total: Option<u64>,
    /// Records on the first page.
    pub page_size: u64,
    /// Tombstones among them.
    pub deleted: u64,
    /// The use of resumptionTokens.
    pub token: Token,
    /// The use of `from` and `until`.
    pub dates: Dates,
    /// True if the page came as gzip.
    pub gzip: bool,
    /// Repairs the first page needed.
    pub repairs: u64,
}

/// The use of resumptionTokens.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Token {
    /// Not known: the list could not be fetched.
    #[default]
    Unknown,
    /// The list has one page and needs none.
    NotNeeded,
    /// There is more, and no token leads to it.
    Missing,
    /// It was refused, or led back.
    Broken,
    /// It leads on once.
    Once,
    /// Sent again, it gives the same page, as §3.5.1 demands.
    Repeatable,
}

/// The use of `from` and `until`.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Dates {
    /// Not known: there was nothing to tell it by.
    #[default]
    Unknown,
    /// Records outside of the window came.
    Ignored,
    /// Compared by day, although the granularity is seconds.
    ByDay,
    /// Kept to.
    Honoured,
    /// The record whose datestamp was requested did not come.
    Off,
}

/// One request.
#[derive(Clone, Debug, Serialize)]
pub struct Asked {
    /// The request, in words.
    pub what: &'static str,
    /// From sending to the last byte, milliseconds; the last try's.
    pub millis: u64,
    /// Size of the body, bytes after decoding.
    pub bytes: usize,
    /// Tries it took.
    pub tries: u32,
}

/// Probes an endpoint. An error only when Identify cannot be fetched, or when it was cancelled.
pub async fn probe(mut endpoint: Endpoint) -> Result<Probe, RequestError> {
    let mut requests = Vec::new();
    let given = endpoint.base_url().clone();
    let Discovery { answer, found, .. } = find_endpoint(&mut endpoint, TRIES).await?;
    note(&mut requests, "Identify", &answer);
    let mut prober = Prober {
        endpoint,
        requests,
        problems: Vec::new(),
        left: false,
    };
    if let Some(error) = answer.page.errors.first() {
        prober
            .problems
            .push(format!("Identify was refused: {error}"));
    }
    let identify = answer.page.identify;
    let formats = prober.formats().await?;
    let (sets, more_sets) = prober.sets(SET_PAGES).await?;
    let granularity = identify
        .as_ref()
        .map(|identify| identify.granularity)
        .unwrap_or_default();
    let list = prober.list(&formats, granularity).await?;
    let answered = prober.endpoint.base_url();
    let asked = found.as_ref().unwrap_or(&given);
    let url = settled(asked, answered, identify.as_ref());
    let ojs = is_ojs(&identify.clone().unwrap_or_default(), url.as_str());
    let mut probe = Probe {
        url: DisplaySafeUrl::from(&url),
        found: found.as_ref().map(DisplaySafeUrl::from),
        ojs,
        journals: if ojs {
            journals(&sets, &url)
        } else {
            Vec::new()
        },
        base_url: url,
        quirks: identify
            .as_ref()
            .and_then(|identify| identify.software.as_ref())
            .map(quirks_of)
            .unwrap_or_default(),
        identify,
        formats,
        sets,
        more_sets,
        list,
        requests: prober.requests,
        problems: prober.problems,
        advice: Vec::new(),
    };
    probe.advice = advice(&probe);
    Ok(probe)
}

/// The journals of a site, by the sets of its site-wide endpoint, and the base URL of each. Of an endpoint that is
/// not site-wide, or of other software, there are none.
pub async fn journals_of_site(mut endpoint: Endpoint) -> Result<Vec<(String, Url)>, RequestError> {
    let given = endpoint.base_url().clone();
    let Discovery { answer, found, .. } = find_endpoint(&mut endpoint, TRIES).await?;
    let asked = found.unwrap_or(given);
    let url = settled(&asked, endpoint.base_url(), answer.page.identify.as_ref());
    // In the locale of the site, a journal with another primary language would redirect to itself.
    let url = match endpoint_locale(&url) {
        Some(locale) => without_locale(&url, locale),
        None => url.clone(),
    };
    let Some((before, after)) = url.path().split_once("/index/") else {
        return Ok(Vec::new());
    };
    let (before, after) = (before.to_owned(), after.to_owned());
    let mut prober = Prober {
        endpoint,
        requests: Vec::new(),
        problems: Vec::new(),
        left: false,
    };
    let (sets, _) = prober.sets(SITE_SET_PAGES).await?;
    let journals = journals(&sets, &url).into_iter().filter_map(|journal| {
        // A setSpec is made of the journal's path; one that is no part of an address is none.
        let plain = journal
            .chars()
            .all(|c| c.is_ascii_alphanumeric() || "-_.~".contains(c));
        let mut own = url.clone();
        own.set_path(&format!("{before}/{journal}/{after}"));
        plain.then_some((journal, own))
    });
    Ok(journals.collect())
}

struct Prober {
    endpoint: Endpoint,
    requests: Vec<Asked>,
    problems: Vec<String>,
    /// Nothing more is to be asked.
    left: bool,
}

impl Prober {
    /// Asks; none when it failed, which is then among the problems.
    async fn request(
        &mut self,
        what: &'static str,
        request: &Request,
    ) -> Result<Option<OaiResponse>, RequestError> {
        if self.left {
            return Ok(None);
        }
        match self.endpoint.request_at_most(request, TRIES).await {
            Ok(answer) => {
                note(&mut self.requests, what, &answer);
                Ok(Some(answer))
            }
            Err(error) if error.is_cancelled() => Err(error),
            Err(error) => {
                // The endpoint has answered Identify: one verb that is forbidden or missing says nothing of the others.
                self.left = if what == "ListSets" || what == "ListMetadataFormats" {
                    error.stops_host() || error.is_unreachable()
                } else {
                    error.stops_source()
                };
                self.problems.push(format!("{what}: {error}"));
                Ok(None)
            }
        }
    }

    /// The same, where an error of the protocol is a problem too.
    async fn page(
        &mut self,
        what: &'static str,
        request: &Request,
    ) -> Result<Option<OaiResponse>, RequestError> {
        let answer = self.request(what, request).await?;
        Ok(answer.filter(|answer| {
            if let Some(error) = answer.page.errors.first() {
                self.problems.push(format!("{what} was refused: {error}"));
            }
            answer.page.errors.is_empty()
        }))
    }

    async fn formats(&mut self) -> Result<Vec<MetadataFormat>, RequestError> {
        let request = Request::ListMetadataFormats { identifier: None };
        let answer = self.page("ListMetadataFormats", &request).await?;
        Ok(answer.map(|answer| answer.page.formats).unwrap_or_default())
    }

    async fn sets(&mut self, pages: usize) -> Result<(Vec<Set>, bool), RequestError> {
        let mut sets = Vec::new();
        let mut request = Request::ListSets;
        for _ in 0..pages {
            let Some(answer) = self.request("ListSets", &request).await? else {
                return Ok((sets, false));
            };
            // A repository without sets is fine.
            if let Some(error) = answer
                .page
                .errors
                .iter()
                .find(|error| error.code != ErrorCode::NoSetHierarchy)
            {
                self.problems.push(format!("ListSets was refused: {error}"));
            }
            let before = sets.len();
            sets.extend(
                answer
                    .page
                    .sets
                    .into_iter()
                    .filter(|set| !set.spec.is_empty()),
            );
            match answer.page.end {
                ListEnd::More(token) if sets.len() > before => {
                    request = Request::Resume {
                        verb: Verb::ListSets,
                        token: token.value,
                        metadata_prefix: None,
                    };
                }
                _ => return Ok((sets, false)),
            }
        }
        Ok((sets, true))
    }

    async fn list(
        &mut self,
        formats: &[MetadataFormat],
        granularity: Granularity,
    ) -> Result<ListProbe, RequestError> {
        // Every repository must have oai_dc; one that says it has not is requested what it has.
        let has_dc = formats.is_empty() || formats.iter().any(|format| format.prefix == "oai_dc");
        let prefix = if has_dc {
            "oai_dc"
        } else {
            formats[0].prefix.as_str()
        };
        let args = ListArgs {
            metadata_prefix: prefix.to_owned(),
            ..ListArgs::default()
        };
        let mut list = ListProbe {
            prefix: prefix.to_owned(),
            ..ListProbe::default()
        };
        let Some(first) = self
            .request("ListRecords", &Request::ListRecords(args.clone()))
            .await?
        else {
            return Ok(list);
        };
        if first.page.has_error(&ErrorCode::NoRecordsMatch) {
            list.total = Some(0);
            list.token = Token::NotNeeded;
            return Ok(list);
        }
        if let Some(error) = first.page.errors.first() {
            self.problems
                .push(format!("ListRecords was refused: {error}"));
            return Ok(list);
        }
        let page = &first.page;
        list.page_size = page.records.len() as u64;
        list.deleted = page.records.iter().filter(|record| record.deleted).count() as u64;
        list.gzip = first.response.wire_coding == "gzip";
        list.repairs = page.repairs.0.values().map(|count| u64::from(*count)).sum();
        list.total = page.complete_list_size;
        list.token = match &page.end {
            ListEnd::More(token) => self.token(&first, &token.value).await?,
            _ => match list.total {
                Some(total) if total > list.page_size => Token::Missing,
                // A last page is seldom as full as a page can be.
                None if list.page_size >= 100 && list.page_size.is_multiple_of(100) => {
                    Token::Missing
                }
                _ => Token::NotNeeded,
            },
        };
        if list.token == Token::NotNeeded {
            list.total = list.total.or(Some(list.page_size));
        }
        list.dates = self.dates(page, args, granularity).await?;
        Ok(list)
    }

    /// Sends a token, and sends it again.
    async fn token(&mut self, first: &OaiResponse, token: &str) -> Result<Token, RequestError> {
        let request = Request::Resume {
            verb: Verb::ListRecords,
            token: token.to_owned(),
            metadata_prefix: None,
        };
        let hash = |answer: &OaiResponse| answer.page.list_hash(&answer.response.body);
        let Some(second) = self.page("the second page", &request).await? else {
            return Ok(Token::Broken);
        };
        if second.page.records.is_empty() || hash(&second) == hash(first) {
            self.problems
                .push("the resumptionToken leads nowhere".to_owned());
            return Ok(Token::Broken);
        }
        let again = self.page("the second page again", &request).await?;
        Ok(match again {
            Some(again) if hash(&again) == hash(&second) => Token::Repeatable,
            _ => Token::Once,
        })
    }

    /// Asks for the one granule of a record's datestamp; where that is a second, for another of the same day too,
    /// since a day is what some servers compare.
    async fn dates(
        &mut self,
        page: &Page,
        args: ListArgs,
        granularity: Granularity,
    ) -> Result<Dates, RequestError> {
        let times: Vec<DateTime<Utc>> = live_times(page);
        // One in the middle, so that most of the page lies outside of the window.
        let Some(&time) = times.get(times.len() / 2) else {
            return Ok(Dates::Unknown);
        };
        let Some(came) = self.window(&args, granularity, time).await? else {
            return Ok(Dates::Unknown);
        };
        if came.is_empty() {
            return Ok(Dates::Off);
        }
        let other_day =
            |came: &[DateTime<Utc>]| came.iter().any(|it| it.date_naive() != time.date_naive());
        if other_day(&came) {
            return Ok(Dates::Ignored);
        }
        if granularity == Granularity::Second {
            let away = TimeDelta::hours(if time.hour() < 12 { 6 } else { -6 });
            let Some(came) = self.window(&args, granularity, time + away).await? else {
                return Ok(Dates::Unknown);
            };
            if other_day(&came) {
                return Ok(Dates::Ignored);
            }
            if came.iter().any(|it| *it != time + away) {
                return Ok(Dates::ByDay);
            }
            return Ok(Dates::Honoured);
        }
        let first = times.first().map(DateTime::date_naive);
        let several = times.iter().any(|it| Some(it.date_naive()) != first);
        Ok(if several {
            Dates::Honoured
        } else {
            Dates::Unknown
        })
    }

    /// Datestamps of the live records in a window of one granule; none when it was refused. Tombstones that come
    /// whatever is requested are a fault of their own.
    async fn window(
        &mut self,
        args: &ListArgs,
        granularity: Granularity,
        time: DateTime<Utc>,
    ) -> Result<Option<Vec<DateTime<Utc>>>, RequestError> {
        let bound = Some(granularity.format(time));
        let args = ListArgs {
            from: bound.clone(),
            until: bound,
            ..args.clone()
        };
        let Some(answer) = self
            .request("a narrow window", &Request::ListRecords(args))
            .await?
        else {
            return Ok(None);
        };
        match answer.page.errors.first() {
            Some(error) if error.code != ErrorCode::NoRecordsMatch => {
                self.problems
                    .push(format!("a narrow window was refused: {error}"));
                Ok(None)
            }
            _ => Ok(Some(live_times(&answer.page))),
        }
    }
}

/// Datestamps of the live records of a page.
fn live_times(page: &Page) -> Vec<DateTime<Utc>> {
    let live = page.records.iter().filter(|record| !record.deleted);
    live.filter_map(|record| Datestamp::parse(&record.datestamp))
        .map(|stamp| stamp.time)
        .collect()
}

fn note(requests: &mut Vec<Asked>, what: &'static str, answer: &OaiResponse) {
    requests.push(Asked {
        what,
        millis: u64::try_from(answer.response.took.as_millis()).unwrap_or(u64::MAX),
        bytes: answer.response.body.len(),
        tries: answer.tries,
    });
}

/// The journals of a site-wide OJS endpoint: sets without a section. None where the endpoint is a journal's own.
fn journals(sets: &[Set], url: &Url) -> Vec<String> {
    let found: Vec<String> = sets
        .iter()
        .filter(|set| !set.spec.contains(':') && JournalPath::of_set(&set.spec).is_some())
        .map(|set| set.spec.clone())
        .collect();
    let site_wide = url.path().contains("/index/");
    if site_wide || found.len() > 1 {
        found
    } else {
        Vec::new()
    }
}

/// Returns what the resumptionTokens of an endpoint mean for a harvest.
fn of_token(token: Token) -> Option<&'static str> {
    match token {
        Token::Missing => Some(
            "there are more records than the first page has, and no token leads to them: the harvest will be made \
             of small windows and take many requests",
        ),
        Token::Broken => Some(
            "its resumptionTokens do not lead on: the harvest will be made of small windows and take many requests",
        ),
        Token::Once => {
            Some("a token is good for one request: a harvest that is cut off begins its list again")
        }
        Token::Unknown | Token::NotNeeded | Token::Repeatable => None,
    }
}

/// Returns what the handling of from and until means for a harvest.
fn of_dates(dates: Dates, is_ojs: bool) -> Option<&'static str> {
    match dates {
        Dates::Ignored => Some("from and until are ignored: each harvest reads the whole list"),
        Dates::Off => Some(
            "a window of exactly one record's datestamp does not hold that record: its dates may be off by a time \
             zone, so run a full harvest (`harvest --full`) now and then",
        ),
        Dates::ByDay if !is_ojs => Some(
            "from and until are compared by day although seconds are advertised: what changes later on the day of a \
             harvest comes with the next",
        ),
        _ => None,
    }
}

/// Returns what Identify means for a harvest.
fn of_identify(identify: &Identify) -> impl Iterator<Item = &'static str> {
    let earliest = Datestamp::parse(&identify.earliest_datestamp).map(|stamp| stamp.time);
    let is_incredible =
        earliest.is_none_or(|earliest| earliest > Utc::now() - chrono::TimeDelta::days(1));
    let advice = [
        (
            identify.deleted_record == DeletedRecord::No,
            "deletions are not reported: run a full harvest (`harvest --full`) regularly to find vanished records",
        ),
        (
            is_incredible,
            "its earliestDatestamp is not to be believed; a first harvest does without",
        ),
    ];
    advice
        .into_iter()
        .filter_map(|(applies, advice)| applies.then_some(advice))
}

/// Returns advice before harvesting, most important first.
fn advice(probe: &Probe) -> Vec<String> {
    let mut advice = Vec::new();
    let list = &probe.list;
    if !probe.journals.is_empty() {
        advice.push(format!(
            "this endpoint is of a whole site with {} journals: `offprint add URL --all-journals` makes a source of \
             each",
            probe.journals.len()
        ));
    }
    advice.extend(of_token(list.token).map(str::to_owned));
    advice.extend(of_dates(list.dates, probe.ojs).map(str::to_owned));
    if let Some(identify) = &probe.identify {
        advice.extend(of_identify(identify).map(str::to_owned));
    }
    let others: Vec<&str> = probe
        .formats
        .iter()
        .map(|format| format.prefix.as_str())
        .filter(|prefix| *prefix != list.prefix)
        .collect();
    if !others.is_empty() {
        advice.push(format!("it also offers {}", others.join(", ")));
    }
    if !list.gzip && list.page_size > 0 {
        advice.push("its pages come uncompressed".to_owned());
    }
    advice
}

impl Probe {
    /// Requests of a full harvest in one format, as far as known.
    pub fn full_harvest_requests(&self) -> Option<u64> {
        let total = self.list.total?;
        Some(1 + total.div_ceil(self.list.page_size.max(1)).max(1))
    }

    /// Milliseconds of a request, the middle one of those made.
    pub fn latency(&self) -> u64 {
        let mut millis: Vec<u64> = self.requests.iter().map(|asked| asked.millis).collect();
        millis.sort_unstable();
        millis.get(millis.len() / 2).copied().unwrap_or_default()
    }

    /// A name for the source, made from its address.
    pub fn name(&self) -> String {
        crate::store::source_name(&self.url)
    }

    /// A `[[source]]` for the configuration file.
    pub fn source_block(&self, name: &str) -> String {
        let quoted = |text: &str| serde_json::Value::from(text).to_string();
        let mut block = format!(
            "[[source]]\nname = {}\nurl = {}\n",
            quoted(name),
            quoted(&self.url)
        );
        if self.list.prefix != "oai_dc" && !self.list.prefix.is_empty() {
            let _ = writeln!(block, "prefixes = [{}]", quoted(&self.list.prefix));
        }
        block
    }
}
