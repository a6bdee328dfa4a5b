//! The plan of a harvest: every setting of every source, decided before the first request.

use std::path::{Path, PathBuf};

use super::HarvestArgs;
use crate::cli::bounds::Bounds;
use crate::cli::config::{Config, SourceConfig};
use crate::cli::connection::credentials;
use crate::cli::exit::Failure;
use crate::cli::values::{Endpoint, Enrich, FailOn};
use crate::harvest::source_plan::{BEST, Extent};
use crate::harvest::{self, ListedFormats, SourcePlan};
use crate::http::{Options, host_of};
use crate::oai::Datestamp;
use crate::redact::redact;

/// The plan of a harvest, with every setting decided.
#[derive(Clone, Debug)]
pub struct Plan {
    /// The sources.
    pub jobs: Vec<Job>,
    /// Connection settings.
    pub options: Options,
    /// The gaps that make a finished harvest exit with 4.
    pub fail_on: FailOn,
}

/// One source.
#[derive(Clone, Debug)]
pub struct Job {
    /// Saved responses to read, instead of asking an endpoint.
    pub saved: Option<PathBuf>,
    /// The source plan.
    pub plan: SourcePlan,
    /// True if the source is configured or was added, and so has settings.
    pub is_configured: bool,
    /// True if its schedule made it due. An attempt that a person made and that failed leaves the schedule as it is.
    pub is_scheduled: bool,
    /// Host or group of hosts whose turn it takes; those of different host groups go side by side.
    pub host_group: String,
    /// Sources of its host group that may be under way at the same time.
    pub concurrency: usize,
}

impl Job {
    /// Returns whether the endpoint is on another machine.
    pub(super) fn is_remote(&self) -> bool {
        let host = url::Url::parse(&self.plan.url)
            .ok()
            .and_then(|url| url.host_str().map(str::to_owned));
        host.is_some_and(|host| host != "localhost" && !host.starts_with("127.") && host != "[::1]")
    }
}

impl HarvestArgs {
    /// Decides every setting: flag and environment, then the source's own table, then the file, then defaults.
    ///
    /// # Errors
    /// Wrong usage: no source, an unknown one, one twice, dates that exclude each other, a name for several.
    pub fn plan(&self, config: &Config) -> Result<Plan, Failure> {
        if self
            .from
            .zip(self.until)
            .is_some_and(|(from, until)| from.time > until.time)
        {
            return Err(Failure::usage("--from is later than --until"));
        }
        let chosen = self.targets(config)?;
        self.check(&chosen)?;
        let named = chosen.iter().filter_map(|target| match target {
            Target::Named(source) => Some(*source),
            _ => None,
        });
        Ok(Plan {
            options: self.connection.options(config, named),
            jobs: chosen
                .iter()
                .map(|target| self.job(config, target))
                .collect::<Result<_, _>>()?,
            fail_on: self.fail_on.or(config.fail_on).unwrap_or_default(),
        })
    }

    /// The sources given, else those of the configuration.
    fn targets<'a>(&'a self, config: &'a Config) -> Result<Vec<Target<'a>>, Failure> {
        if self.sources.is_empty() {
            return Ok(config.source.iter().map(Target::Named).collect());
        }
        let found = self
            .sources
            .iter()
            .map(|text| find(text, config))
            .collect::<Result<Vec<_>, _>>()?;
        let found = found.into_iter().map(each);
        Ok(found.collect::<Result<Vec<_>, _>>()?.concat())
    }

    /// Refuses flags that the sources given cannot have.
    fn check(&self, chosen: &[Target<'_>]) -> Result<(), Failure> {
        if chosen.is_empty() {
            return Err(
                Failure::usage("no source given, and the configuration has none")
                    .hint("offprint harvest https://journal.example.org/index.php/journal/oai"),
            );
        }
        if self.name.is_some() && chosen.len() != 1 {
            return Err(Failure::usage("--name takes one SOURCE"));
        }
        if chosen
            .iter()
            .any(|target| matches!(target, Target::Saved(_)))
            && let Some(flag) = self.flag_for_endpoints()
        {
            return Err(Failure::usage(format!(
                "{flag} has no effect on saved responses"
            )));
        }
        if (self.base_url.is_some() || self.identifiers.is_some())
            && !matches!(chosen, [Target::Saved(_)])
        {
            return Err(Failure::usage(
                "--base-url and --identifiers are of one folder or file of saved records",
            ));
        }
        if !self.sources.is_empty()
            && let Some(at) = (1..chosen.len()).find(|&at| chosen[..at].contains(&chosen[at]))
        {
            let given = self
                .sources
                .get(at)
                .map_or_else(String::new, |text| redact(text));
            return Err(Failure::usage(format!("the source {given} is given twice")));
        }
        Ok(())
    }

    /// The first flag given that is of use with an endpoint alone.
    fn flag_for_endpoints(&self) -> Option<&'static str> {
        [
            (self.from.is_some(), "--from"),
            (self.until.is_some(), "--until"),
            (self.full, "--full"),
            (self.reconcile, "--reconcile"),
            (self.limit.is_some(), "--limit"),
            (
                self.prefixes.iter().any(|prefix| prefix.as_str() == BEST),
                "--prefix best",
            ),
        ]
        .into_iter()
        .find_map(|(given, flag)| given.then_some(flag))
    }

    fn job(&self, config: &Config, target: &Target<'_>) -> Result<Job, Failure> {
        let source = match target {
            Target::Named(source) => Some(*source),
            _ => None,
        };
        let saved = match target {
            Target::Saved(path) => Some(path.clone()),
            _ => None,
        };
        let (host_group, concurrency) = match target {
            Target::Named(source) => host_group(config, &source.url),
            Target::Endpoint(endpoint) => host_group(config, endpoint),
            // What one harvester kept may be of one source.
            Target::Saved(path) => (path.parent().unwrap_or(path).display().to_string(), 1),
        };
        let is_listed = source.is_some_and(|source| !source.is_adhoc);
        let plan = SourcePlan {
            name: self
                .name
                .as_ref()
                .or(source.map(|source| &source.name))
                .map(ToString::to_string),
            url: self.base_url_of(config, target),
            sets: given(&self.sets)
                .or_else(|| source.and_then(|source| source.sets.as_deref()))
                .unwrap_or_default()
                .iter()
                .map(ToString::to_string)
                .collect(),
            identifiers: self.identifiers.clone(),
            extent: self.extent(),
            keep_all: self.keep_all || config.keep_all == Some(true),
            enrich: self.enrichment(config, source),
            budget: self.bounds.or(Bounds::configured(config, source)).budget(),
            is_configured: is_listed && self.name.is_none(),
            credentials: source.map(credentials).transpose()?.unwrap_or_default(),
            ..self.formats(config, source, saved.is_some())?
        };
        Ok(Job {
            saved,
            plan,
            is_configured: is_listed,
            is_scheduled: false, // that is for `run` to say
            host_group,
            concurrency,
        })
    }

    /// The base URL to ask, or that saved responses came from.
    fn base_url_of(&self, config: &Config, target: &Target<'_>) -> String {
        let endpoint = match target {
            Target::Named(source) => Some(&source.url),
            Target::Endpoint(endpoint) => Some(endpoint),
            Target::Saved(_) => self.base_url.as_ref().or_else(|| {
                let mut sources = config.source.iter();
                let known = sources.find(|source| Some(&source.name) == self.name.as_ref());
                known.map(|source| &source.url)
            }),
        };
        endpoint.map_or_else(String::new, |endpoint| endpoint.url().to_string())
    }

    /// A plan with the formats to harvest, and which of the formats of earlier runs are harvested again.
    fn formats(
        &self,
        config: &Config,
        source: Option<&SourceConfig>,
        is_saved: bool,
    ) -> Result<SourcePlan, Failure> {
        let prefixes = given(&self.prefixes)
            .or_else(|| source.and_then(|source| source.prefixes.as_deref()))
            .or(config.prefixes.as_deref())
            .unwrap_or_default();
        if prefixes.len() > 1 && prefixes.iter().any(|prefix| prefix.as_str() == BEST) {
            return Err(
                Failure::usage("`best` cannot be combined with other formats")
                    .hint("name the formats, or `best` alone"),
            );
        }
        let is_configured = source.is_some_and(|source| !source.is_adhoc) && self.name.is_none();
        Ok(SourcePlan {
            // None is oai_dc to the library. Which format is best is for an endpoint to say.
            prefixes: if prefixes.is_empty() && !is_saved {
                vec![BEST.to_owned()]
            } else {
                prefixes
                    .iter()
                    .filter(|prefix| !is_saved || prefix.as_str() != BEST)
                    .map(ToString::to_string)
                    .collect()
            },
            listed: if prefixes.is_empty() {
                ListedFormats::Default
            } else if is_configured && self.prefixes.is_empty() {
                ListedFormats::All
            } else {
                ListedFormats::Further
            },
            ..SourcePlan::default()
        })
    }

    /// Returns the part of the list that is requested.
    fn extent(&self) -> Extent {
        let written = |stamp: Datestamp| stamp.granularity.format(stamp.time);
        Extent {
            from: self.from.map(written),
            until: self.until.map(written),
            full: self.full,
            reconcile: self.reconcile,
            full_list_due: false, // that is for `run` to say
            allow_shrink: self.allow_shrink,
            limit: self.limit,
        }
    }

    /// Returns which landing pages are fetched beside the records.
    fn enrichment(&self, config: &Config, source: Option<&SourceConfig>) -> harvest::Enrich {
        let enrich = given(&self.enrich)
            .or_else(|| source.and_then(|source| source.enrich.as_deref()))
            .or(config.enrich.as_deref())
            .unwrap_or_default();
        if enrich.contains(&Enrich::LandingPage) {
            harvest::Enrich::All
        } else {
            harvest::Enrich::None
        }
    }
}

/// The host whose turn an endpoint takes, or the group it belongs to; and how many requests that it accepts in
/// parallel.
fn host_group(config: &Config, endpoint: &Endpoint) -> (String, usize) {
    let host = host_of(endpoint.url());
    let bare = endpoint.url().host_str().unwrap_or_default();
    let table = config.host.get(&host).or_else(|| config.host.get(bare));
    let group = table
        .and_then(|table| table.group.as_ref())
        .map(|group| format!("group {group}"));
    let concurrency: u32 = table
        .and_then(|table| table.concurrency)
        .unwrap_or_default()
        .into();
    (
        group.unwrap_or(host),
        usize::try_from(concurrency).unwrap_or(1),
    )
}

/// The kind of a SOURCE argument.
#[derive(Clone, Debug, PartialEq)]
enum Target<'a> {
    /// A source of the configuration.
    Named(&'a SourceConfig),
    /// An endpoint.
    Endpoint(Endpoint),
    /// Saved responses.
    Saved(PathBuf),
}

/// The flag's values, when there are any.
fn given<T>(flag: &[T]) -> Option<&[T]> {
    (!flag.is_empty()).then_some(flag)
}

/// Finds a SOURCE: a URL, a name, then a path.
fn find<'a>(text: &str, config: &'a Config) -> Result<Target<'a>, Failure> {
    if text.contains("://") {
        let endpoint: Endpoint = text.parse().map_err(Failure::usage)?;
        let known = config.source.iter().find(|source| source.url == endpoint);
        return Ok(known.map_or(Target::Endpoint(endpoint), Target::Named));
    }
    if let Some(source) = config
        .source
        .iter()
        .find(|source| source.name.as_str() == text)
    {
        return Ok(Target::Named(source));
    }
    if Path::new(text).exists() {
        return Ok(Target::Saved(PathBuf::from(text)));
    }
    let hint = if text.contains('.') && text.contains('/') {
        "a URL begins with https:// or http://"
    } else {
        "a name is that of a [[source]] in offprint.toml, or of a source in the store: offprint source list"
    };
    Err(Failure::usage(format!(
        "no source {text:?}: neither a URL, nor a name, nor a path"
    ))
    .hint(hint))
}

/// The collections that saved responses are.
fn each(target: Target<'_>) -> Result<Vec<Target<'_>>, Failure> {
    let Target::Saved(path) = target else {
        return Ok(vec![target]);
    };
    let found = harvest::collections(&path).map_err(|error| Failure::usage(error.to_string()))?;
    Ok(found.into_iter().map(Target::Saved).collect())
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::cli::values::datestamp;

    const FILE: &str = r#"
        prefixes = ["oai_dc", "marcxml"]
        enrich = ["landing-page"]
        fail_on = "new"
        [[source]]
        name = "a"
        url = "https://a.example/oai"
        [[source]]
        name = "b"
        url = "https://b.example/oai"
        sets = ["b:ART"]
        prefixes = ["jats"]
        enrich = []
    "#;

    fn plan(sources: &[&str], change: impl FnOnce(&mut HarvestArgs)) -> Result<Plan, Failure> {
        let config = Config::parse(FILE).unwrap();
        let sources = sources.iter().map(|&text| text.to_owned()).collect();
        let mut args = HarvestArgs {
            sources,
            ..HarvestArgs::default()
        };
        change(&mut args);
        args.plan(&config)
    }

    #[test]
    fn settings_of_a_source_go_before_those_of_the_file() {
        let plan = plan(&[], |_| {}).unwrap();
        let [a, b] = &plan.jobs[..] else {
            panic!("two sources")
        };
        assert_eq!(a.plan.name.as_deref(), Some("a"));
        assert_eq!(a.plan.prefixes, ["oai_dc", "marcxml"]);
        assert_eq!(a.plan.enrich, harvest::Enrich::All);
        assert!(a.plan.sets.is_empty());
        assert_eq!(b.plan.prefixes, ["jats"]);
        assert_eq!(b.plan.enrich, harvest::Enrich::None);
        assert_eq!(b.plan.sets, ["b:ART"]);
        assert_eq!(plan.fail_on, FailOn::New);
    }

    #[test]
    fn flags_go_before_all() {
        let plan = plan(&["b"], |args| {
            args.prefixes = vec!["oai_dc".parse().unwrap()];
            args.sets = vec!["b:ED".parse().unwrap()];
            args.from = Some(datestamp("2024-01-01T10:00:00Z").unwrap());
            args.fail_on = Some(FailOn::None);
        })
        .unwrap();
        let [job] = &plan.jobs[..] else {
            panic!("one source")
        };
        assert_eq!(job.plan.prefixes, ["oai_dc"]);
        assert_eq!(job.plan.sets, ["b:ED"]);
        assert_eq!(
            job.plan.extent.from.as_deref(),
            Some("2024-01-01T10:00:00Z")
        );
        assert_eq!(plan.fail_on, FailOn::None);
    }

    #[test]
    fn a_url_of_the_file_is_its_source() {
        let plan = plan(
            &[
                "https://b.example/oai?verb=Identify",
                "https://c.example/oai",
            ],
            |_| {},
        )
        .unwrap();
        assert_eq!(plan.jobs[0].plan.name.as_deref(), Some("b"));
        assert_eq!(plan.jobs[1].plan.name, None);
        assert_eq!(plan.jobs[1].plan.url, "https://c.example/oai");
    }

    #[test]
    fn a_source_given_twice_is_refused() {
        assert!(plan(&["a", "https://a.example/oai"], |_| {}).is_err());
        assert!(plan(&["https://c.example/oai", "https://c.example/oai"], |_| {}).is_err());
    }
}
