//! The first request of a run to an endpoint. Nothing is written to the store until it is answered with OAI-PMH.
//!
//! A known source is contacted where it answered last; where that fails, at the URL that was configured. A URL that no
//! source is known by is contacted first as given; then its endpoint is looked for ([`discovery`](super::discovery)).

use std::sync::Arc;

use chrono::{TimeDelta, Utc};
use url::Url;

use crate::harvest::base_url::base_url;
use crate::harvest::discovery::{Discovery, find_endpoint, is_endpoint};
use crate::harvest::endpoint::{Endpoint, OaiResponse, RequestError};
use crate::harvest::harvester::Harvester;
use crate::harvest::plan::is_ojs;
use crate::harvest::source_plan::{BEST, ListedFormats, SourcePlan};
use crate::harvest::{HarvestError, SourceReport};
use crate::normalize::LANDING_PAGE;
use crate::oai::ojs::{endpoint_locale, without_locale};
use crate::oai::{Identify, Request};
use crate::store::{Remembered, Source, SourceSpec, asks_elsewhere};
use crate::values::DisplaySafeUrl;

/// The time for which Identify is remembered.
const REMEMBER: TimeDelta = TimeDelta::hours(24);

/// URLs of pages that are remembered for a source.
const MAX_PAGES: usize = 10;

/// A source whose endpoint has answered, in this run or not long ago.
pub(super) struct Contact {
    pub(super) source: Source,
    pub(super) endpoint: Endpoint,
    pub(super) remembered: Remembered,
}

/// A source before its endpoint has answered.
pub(super) struct Located {
    /// URL as configured or given; that of the endpoint where a page is given that led to it before.
    url: Url,
    spec: SourceSpec,
    known: Option<Source>,
    /// The page that is given.
    page: Option<Url>,
}

impl Located {
    /// A URL that no source is known by.
    fn unknown(plan: &SourcePlan, url: Url) -> Self {
        Self {
            spec: SourceSpec {
                name: plan.name.clone(),
                base_url: crate::http::address(&url),
            },
            url,
            known: None,
            page: None,
        }
    }

    /// The name under which the source is known, or will be.
    pub(super) fn name(&self) -> String {
        let known = self.known.as_ref().map(|source| source.name.clone());
        known
            .or_else(|| self.spec.name.clone())
            .unwrap_or_else(|| crate::store::source_name(&self.spec.base_url))
    }

    /// The URL as given, without credentials.
    pub(super) fn base_url(&self) -> &str {
        &self.spec.base_url
    }

    /// Returns whether the source is requested at another URL than those it is known by.
    fn is_elsewhere(&self) -> bool {
        self.known.as_ref().is_some_and(|known| {
            asks_elsewhere(&known.base_url, &known.id_base, &self.spec.base_url)
        })
    }
}

impl Harvester {
    /// Finds a source in the store, without writing to it.
    pub(super) async fn locate(&self, plan: &SourcePlan) -> Result<Located, HarvestError> {
        let mut url = base_url(&plan.url)?;
        let mut spec = SourceSpec {
            name: plan.name.clone(),
            base_url: crate::http::address(&url),
        };
        let mut known = self.store.find_source(&spec).await?;
        if known.is_none() {
            known = self.find_by_page(&url).await?;
        }
        let mut page = None;
        if let Some(source) = known
            .as_ref()
            .filter(|known| is_page_of(known, &spec.base_url))
        {
            spec.base_url.clone_from(&source.base_url);
            let endpoint = Url::parse(&source.base_url).unwrap_or_else(|_| url.clone());
            page = Some(std::mem::replace(&mut url, endpoint));
        }
        if !plan.is_configured
            && let (Some(name), Some(known)) = (&plan.name, &known)
        {
            refuse_other_name(name, known, &spec.base_url)?;
        }
        Ok(Located {
            url,
            spec,
            known,
            page,
        })
    }

    /// Finds the source whose endpoint was found by the URL of a page.
    async fn find_by_page(&self, url: &Url) -> Result<Option<Source>, HarvestError> {
        if is_endpoint(url) {
            return Ok(None);
        }
        let page = crate::http::address(url);
        let sources = self.store.sources().await?;
        Ok(sources.into_iter().find(|source| is_page_of(source, &page)))
    }

    /// Sees that the endpoint answers, and opens the source.
    pub(super) async fn contact(
        &self,
        plan: &SourcePlan,
        located: Located,
        report: &mut SourceReport,
    ) -> Result<Contact, HarvestError> {
        if let Some(known) = &located.known {
            self.refuse_left_out_formats(plan, known).await?;
        }
        match &located.known {
            Some(known) if known.identify.is_some() => {
                let known = known.clone();
                let page = located.page.clone();
                let contact = self.contact_known(plan, located, known, report).await;
                match (contact, page) {
                    // The endpoint has moved; the page may lead to it.
                    (Err(HarvestError::Request(error)), Some(page))
                        if error.is_not_an_endpoint() =>
                    {
                        let located = Located::unknown(plan, page);
                        self.contact_new(plan, located, report).await
                    }
                    (contact, _) => contact,
                }
            }
            _ => self.contact_new(plan, located, report).await,
        }
    }

    /// Refuses a plan that lists all formats of a source, when the store has another: what is no longer harvested
    /// would grow old beside the rest.
    async fn refuse_left_out_formats(
        &self,
        plan: &SourcePlan,
        known: &Source,
    ) -> Result<(), HarvestError> {
        let wanted = plan.wanted_prefixes();
        if plan.listed != ListedFormats::All || wanted == [BEST] {
            return Ok(());
        }
        let streams = self.store.streams(known.source_id).await?;
        let left_out = streams
            .into_iter()
            .map(|stream| stream.metadata_prefix)
            .find(|prefix| prefix != LANDING_PAGE && !wanted.contains(prefix));
        match left_out {
            Some(prefix) => Err(HarvestError::FormatLeftOut {
                source_name: known.name.clone(),
                prefix,
            }),
            None => Ok(()),
        }
    }

    fn endpoint(&self, plan: &SourcePlan, name: &str, url: Url, has_answered: bool) -> Endpoint {
        Endpoint::new(
            self.client.clone(),
            url,
            name,
            Arc::clone(&self.observer),
            self.cancel.clone(),
        )
        .with_credentials(plan.credentials.clone())
        .with_history(has_answered)
    }

    /// Opens the source of an endpoint that has answered.
    async fn open(
        &self,
        spec: &SourceSpec,
        endpoint: Endpoint,
        remembered: Remembered,
    ) -> Result<Contact, HarvestError> {
        let source = self.store.open_source(spec).await?;
        Ok(Contact {
            source,
            endpoint,
            remembered,
        })
    }

    async fn contact_known(
        &self,
        plan: &SourcePlan,
        located: Located,
        known: Source,
        report: &mut SourceReport,
    ) -> Result<Contact, HarvestError> {
        let stored = Url::parse(&known.base_url).unwrap_or_else(|_| located.url.clone());
        let elsewhere = located.is_elsewhere();
        if !elsewhere
            && !plan.is_full()
            && let Some(remembered) = known.identify.clone().filter(is_fresh)
        {
            let endpoint = self.endpoint(plan, &known.name, stored, true);
            return self.open(&located.spec, endpoint, remembered).await;
        }
        let mut failure = None;
        for url in &urls_of_known(&known, &stored, &located.url, elsewhere) {
            let mut endpoint = self.endpoint(plan, &known.name, url.clone(), true);
            let answer = endpoint.request(&Request::Identify).await;
            report.requests += u64::from(tries(&answer));
            match answer {
                Ok(answer) => {
                    endpoint.pin(&answer);
                    let spec = SourceSpec {
                        name: Some(known.name.clone()),
                        base_url: crate::http::address(url),
                    };
                    return self
                        .accept(spec, url, None, endpoint, &answer, report)
                        .await;
                }
                // One that fails at this alone may list all the same; what it said the last time stands.
                Err(error) if error.is_request_specific() && !elsewhere => {
                    report.note(format!("Identify failed: {error}"));
                    let remembered = known.identify.clone().unwrap_or_else(unknown);
                    return self.open(&located.spec, endpoint, remembered).await;
                }
                Err(error) => {
                    let gives_way = if elsewhere {
                        error.is_not_an_endpoint()
                    } else {
                        error.stops_source() && !error.stops_host()
                    };
                    let error = failure.get_or_insert(error);
                    if !gives_way {
                        return Err(error.clone().into());
                    }
                }
            }
        }
        match failure {
            Some(error) => Err(error.into()),
            None => Err(HarvestError::Interrupted),
        }
    }

    async fn contact_new(
        &self,
        plan: &SourcePlan,
        located: Located,
        report: &mut SourceReport,
    ) -> Result<Contact, HarvestError> {
        let name = located.name();
        let mut endpoint = self.endpoint(plan, &name, located.url.clone(), false);
        let Discovery {
            answer,
            found,
            requests,
        } = match find_endpoint(&mut endpoint, u32::MAX).await {
            Ok(discovery) => discovery,
            Err(error) => {
                report.requests += u64::from(error.tries);
                return self
                    .without_identify(located, endpoint, error, report)
                    .await;
            }
        };
        report.requests += u64::from(requests);
        let mut spec = located.spec;
        let mut url = located.url;
        let page = found.as_ref().map(|_| crate::http::address(&url));
        if let Some(found) = found {
            self.observer
                .endpoint_found(&name, &DisplaySafeUrl::from(&found));
            report.note(format!(
                "the endpoint of {} is {}",
                DisplaySafeUrl::from(&url),
                DisplaySafeUrl::from(&found)
            ));
            spec.base_url = crate::http::address(&found);
            url = found;
        }
        // The endpoint may be known by the URL that redirects lead to.
        let settled = settled(&url, endpoint.base_url(), answer.page.identify.as_ref());
        if let Some(known) = self.find_by_url(&settled).await? {
            if !plan.is_configured
                && let Some(name) = &plan.name
            {
                refuse_other_name(name, &known, &known.base_url)?;
            }
            url = Url::parse(&known.base_url).unwrap_or(url);
            spec.name = Some(known.name);
            spec.base_url = known.base_url;
        }
        self.accept(spec, &url, page, endpoint, &answer, report)
            .await
    }

    /// Finds a source by the URL at which it answers, with or without the locale of OJS in it.
    async fn find_by_url(&self, url: &Url) -> Result<Option<Source>, HarvestError> {
        let bare = endpoint_locale(url).map(|locale| without_locale(url, locale));
        for url in [Some(url.clone()), bare].into_iter().flatten() {
            let spec = SourceSpec {
                name: None,
                base_url: crate::http::address(&url),
            };
            let found = self.store.find_source(&spec).await?;
            if found.is_some() {
                return Ok(found);
            }
        }
        Ok(None)
    }

    /// Goes on with a source that fails at Identify alone, where another request shows that it is an endpoint.
    async fn without_identify(
        &self,
        located: Located,
        endpoint: Endpoint,
        error: RequestError,
        report: &mut SourceReport,
    ) -> Result<Contact, HarvestError> {
        if !error.is_request_specific() {
            return Err(error.into());
        }
        let request = Request::ListMetadataFormats { identifier: None };
        let answer = endpoint.request_at_most(&request, 1).await;
        report.requests += u64::from(tries(&answer));
        if answer.is_err() {
            return Err(error.into());
        }
        report.note(format!("Identify failed: {error}"));
        self.open(&located.spec, endpoint, unknown()).await
    }

    /// Writes the source, now that its endpoint has answered at a URL, and what it said of itself.
    async fn accept(
        &self,
        spec: SourceSpec,
        url: &Url,
        page: Option<String>,
        endpoint: Endpoint,
        answer: &OaiResponse,
        report: &mut SourceReport,
    ) -> Result<Contact, HarvestError> {
        let source = self.store.open_source(&spec).await?;
        report.base_url = DisplaySafeUrl::from(endpoint.base_url());
        let Some(identify) = answer.page.identify.clone() else {
            // An endpoint that refuses Identify may list all the same.
            if let Some(error) = answer.page.errors.first() {
                report.note(format!("Identify was refused: {error}"));
            }
            return Ok(Contact {
                source,
                endpoint,
                remembered: unknown(),
            });
        };
        let settled = settled(url, endpoint.base_url(), Some(&identify));
        let known = source.identify.as_ref();
        let mut pages = known.map_or_else(Vec::new, |known| known.pages.clone());
        pages.extend(page.filter(|page| !pages.contains(page)));
        let pages = pages.split_off(pages.len().saturating_sub(MAX_PAGES));
        let remembered = Remembered {
            asked_at: answer.response.fetched_at,
            redirects: settled != *endpoint.base_url(),
            best: Vec::new(),
            identify,
            pages,
        };
        let base_url = crate::http::address(&settled);
        self.store
            .remember_identify(&source, &base_url, &remembered)
            .await?;
        Ok(Contact {
            source: Source { base_url, ..source },
            endpoint,
            remembered,
        })
    }
}

/// Where a known source may be, in the order in which it is asked: where it answered last, as configured or given, and
/// as it was first given. Where it is configured to be elsewhere, the new URL comes first.
fn urls_of_known(known: &Source, stored: &Url, given: &Url, elsewhere: bool) -> Vec<Url> {
    let mut urls = vec![stored.clone(), given.clone()];
    if elsewhere {
        urls.reverse();
    } else {
        let first = format!("{}://{}", stored.scheme(), known.id_base);
        urls.extend(Url::parse(&first).ok());
    }
    let mut keys = Vec::new();
    urls.retain(|url| {
        let key = url.as_str().trim_end_matches('/').to_owned();
        let is_new = !keys.contains(&key);
        keys.push(key);
        is_new
    });
    urls
}

/// Returns whether the URL of a page led to the endpoint of a source.
fn is_page_of(source: &Source, url: &str) -> bool {
    let identify = source.identify.as_ref();
    identify.is_some_and(|identify| identify.pages.iter().any(|page| page == url))
}

/// Returns a substitute for Identify, for endpoints that do not answer it.
pub(super) fn unknown() -> Remembered {
    Remembered {
        asked_at: Utc::now(),
        identify: Identify::default(),
        redirects: false,
        best: Vec::new(),
        pages: Vec::new(),
    }
}

/// Returns whether Identify need not be asked again. A time in the future comes from a clock that was ahead. An
/// endpoint that redirects from its URL is contacted in each run, so that the run follows it to where it leads now.
fn is_fresh(remembered: &Remembered) -> bool {
    let age = Utc::now() - remembered.asked_at;
    !remembered.redirects && age >= TimeDelta::zero() && age < REMEMBER
}

/// The URL by which an endpoint is remembered that was asked at one and answered at another: the latter, but without a
/// locale that OJS chose. It changes with the journal's primary language, and then no longer answers.
pub(crate) fn settled(asked: &Url, answered: &Url, identify: Option<&Identify>) -> Url {
    let is_ojs = identify.is_some_and(|identify| is_ojs(identify, answered.as_str()));
    match endpoint_locale(answered) {
        Some(locale) if is_ojs && endpoint_locale(asked) != Some(locale) => {
            let bare = without_locale(answered, locale);
            match endpoint_locale(asked) {
                Some(own) if without_locale(asked, own).path() == bare.path() => asked.clone(),
                _ => bare,
            }
        }
        _ => answered.clone(),
    }
}

fn tries(answer: &Result<OaiResponse, RequestError>) -> u32 {
    answer
        .as_ref()
        .map_or_else(|error| error.tries, |answer| answer.tries)
}

/// Refuses a name that a person gave with a URL, when the store has it otherwise.
pub(super) fn refuse_other_name(name: &str, known: &Source, url: &str) -> Result<(), HarvestError> {
    if known.name != *name {
        return Err(HarvestError::KnownAs {
            url: DisplaySafeUrl::from(url),
            name: name.to_owned(),
            known: known.name.clone(),
        });
    }
    if known.base_url.contains("://")
        && asks_elsewhere(&known.base_url, &known.id_base, url)
        && !is_upgrade(&known.base_url, url)
    {
        return Err(HarvestError::NameTaken {
            name: name.to_owned(),
            base_url: DisplaySafeUrl::from(&known.base_url),
            url: DisplaySafeUrl::from(url),
        });
    }
    Ok(())
}

/// Returns whether a URL differs from another by https in the place of http alone.
fn is_upgrade(from: &str, to: &str) -> bool {
    from.strip_prefix("http://")
        .zip(to.strip_prefix("https://"))
        .is_some_and(|(from, to)| from.trim_end_matches('/') == to.trim_end_matches('/'))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::oai::Software;

    #[rstest::rstest]
    #[case(
        "https://a.example/zap/oai",
        "https://a.example/zap/en/oai",
        "https://a.example/zap/oai"
    )]
    #[case(
        "http://a.example/zap/oai",
        "https://a.example/zap/en/oai",
        "https://a.example/zap/oai"
    )]
    #[case(
        "https://a.example/zap/es/oai",
        "https://a.example/zap/es/oai",
        "https://a.example/zap/es/oai"
    )]
    #[case(
        "https://a.example/zap/es/oai",
        "https://a.example/zap/en/oai",
        "https://a.example/zap/es/oai"
    )]
    #[case(
        "http://a.example/oai",
        "https://a.example/oai",
        "https://a.example/oai"
    )]
    fn a_locale_that_ojs_chose_is_not_remembered(
        #[case] asked: &str,
        #[case] answered: &str,
        #[case] expected: &str,
    ) {
        let identify = Identify {
            software: Some(Software {
                name: "Open Journal Systems".into(),
                version: Some("3.5.0.5".into()),
            }),
            ..Identify::default()
        };
        let url = |text: &str| Url::parse(text).unwrap();
        let settled = settled(&url(asked), &url(answered), Some(&identify));
        assert_eq!(settled.as_str(), expected);
    }

    #[test]
    fn a_time_in_the_future_is_not_fresh() {
        let at = |hours: i64| Remembered {
            asked_at: Utc::now() + TimeDelta::hours(hours),
            ..unknown()
        };
        assert!(is_fresh(&at(-1)));
        assert!(!is_fresh(&at(-25)));
        assert!(!is_fresh(&at(2)));
    }
}
