//! `offprint snapshot`: sources as BagIt bags for an archive; and whether a bag is still what it was.

pub mod scheduled;

use std::path::{Path, PathBuf};
use std::str::FromStr as _;
use std::sync::Arc;
use std::time::Duration;

use chrono::Utc;
use clap::Args;

use crate::cli::config::Config;
use crate::cli::connection::{Connection, credentials};
use crate::cli::context::Context;
use crate::cli::exit::{Exit, Failure};
use crate::cli::export::{FormatSettings, check_folder};
use crate::cli::harvest::{self, HarvestArgs};
use crate::cli::journals;
use crate::cli::output::{self, plain};
use crate::cli::source::find;
use crate::cli::values::{ControlText, Endpoint, Enrich, FailOn, MetadataPrefix};
use crate::export::jats::Prefer;
use crate::harvest::{self as harvesting, HarvestError, Harvester};
use crate::http::{self, Client};
use crate::metadata;
use crate::normalize::derive::derive_all;
use crate::oai::Request;
use crate::redact::redact;
use crate::snapshot::{
    self, Bounds, Completeness, Files, Settings, SnapshotError, Staging, Written,
};
use crate::store::{Access, Location, Store, Time, source_name};

/// Missing files that are listed on stderr.
const LOSSES: usize = 10;

/// Arguments of `snapshot`.
#[derive(Clone, Debug, Default, Args)]
#[command(after_help = "Examples:
  offprint snapshot cac -o cac-2026-05
  offprint snapshot cac -o cac-2026-05.tar      one file
  offprint snapshot --all --tar -o snapshots/   one file for each source, snapshots/SOURCE-DATE.tar
  offprint snapshot https://journal.example.org/index.php/journal/oai -o journal.tar
  offprint snapshot cac --warc -o cac-2026-05
  offprint snapshot cac --with-files --max-total-bytes 5000000000 -o cac-2026-05
  offprint snapshot --verify snapshots/*
  offprint harvest journal.tar              import it into a store

A snapshot is a bag by BagIt 1.0 (RFC 8493): the pages as received, the articles, and a checksum
of every file. With a URL, everything is harvested first into a temporary store.")]
#[expect(
    clippy::struct_excessive_bools,
    reason = "each is a switch of the command line"
)]
// shape: one field for each option of `offprint snapshot`
pub struct SnapshotArgs {
    /// Names of sources in the store, or URLs of endpoints
    #[arg(value_name = "SOURCE|URL", required_unless_present_any = ["verify", "all"])]
    pub sources: Vec<String>,

    /// Every source of the store
    #[arg(long, conflicts_with_all = ["sources", "verify"])]
    pub all: bool,

    /// Output path: a new folder or .tar file; of several sources, a folder for SOURCE-DATE of each
    #[arg(long, short, value_name = "PATH", required_unless_present = "verify")]
    pub output: Option<PathBuf>,

    /// Write .tar files
    #[arg(long)]
    pub tar: bool,

    /// Also write the requests and responses as WARC, data/pages.warc.gz
    #[arg(long)]
    pub warc: bool,

    /// Also fetch the full texts from the host of the endpoint into data/files/
    #[arg(long)]
    pub with_files: bool,

    /// Maximum size of a file, bytes [default: 67108864]
    #[arg(long, value_name = "BYTES", requires = "with_files")]
    pub max_file_bytes: Option<u64>,

    /// Maximum size of all files together, bytes [default: 10737418240]
    #[arg(long, value_name = "BYTES", requires = "with_files")]
    pub max_total_bytes: Option<u64>,

    /// Maximum number of files [default: 10000]
    #[arg(long, value_name = "N", requires = "with_files")]
    pub max_files: Option<u64>,

    /// Maximum time for all files, minutes [default: 1440]
    #[arg(long, value_name = "MINUTES", requires = "with_files")]
    pub max_minutes: Option<u64>,

    /// Read snapshots, folders or .tar files, and compare every file with its checksum
    #[arg(long, value_name = "PATH", num_args = 1.., conflicts_with_all = ["sources", "output", "tar", "warc", "with_files"])]
    pub verify: Vec<PathBuf>,

    /// Name of your organization, for Source-Organization [default: that of offprint.toml]
    #[arg(long, value_name = "NAME")]
    pub source_organization: Option<ControlText>,

    /// Metadata formats to harvest from a URL [default: all readable ones]
    #[arg(long = "prefix", value_name = "PREFIX", value_delimiter = ',')]
    pub prefixes: Vec<MetadataPrefix>,

    /// Additional content to fetch from a URL
    #[arg(long, value_delimiter = ',')]
    pub enrich: Vec<Enrich>,

    /// Connection settings.
    #[command(flatten)]
    pub connection: Connection,
}

/// A snapshot to make.
struct Target {
    /// Name of a source, or URL of an endpoint.
    source: String,
    path: PathBuf,
    tar: bool,
}

/// Runs `snapshot`.
pub(super) async fn run(context: &Context, args: &SnapshotArgs) -> anyhow::Result<Exit> {
    if !args.verify.is_empty() {
        return verify_all(context, &args.verify).await;
    }
    let Some(output) = &args.output else {
        return Err(Failure::usage("a snapshot needs a place, -o").into());
    };
    let settings = args.settings(context)?;
    let targets = args.targets(context, output).await?;
    let mut exit = Exit::Done;
    for target in &targets {
        match one(context, args, target, &settings).await {
            Ok(written) if report(context, &written) == Exit::Incomplete => {
                exit = if exit == Exit::Done {
                    Exit::Incomplete
                } else {
                    exit
                };
            }
            Ok(_) => {}
            Err(error) if targets.len() == 1 || context.shutdown.token.is_cancelled() => {
                return Err(error);
            }
            Err(error) => {
                let why = redact(&format!("{}: {error:#}", target.source));
                output::to_stderr(&plain(&why));
                exit = Exit::Failed;
            }
        }
    }
    Ok(exit)
}

async fn one(
    context: &Context,
    args: &SnapshotArgs,
    target: &Target,
    settings: &Settings,
) -> anyhow::Result<Written> {
    if !target.source.contains("://") {
        return of_known(context, args, target, settings).await;
    }
    let endpoint: Endpoint = target.source.parse().map_err(Failure::usage)?;
    let staging = Staging::beside(&target.path, target.tar)?;
    of_endpoint(context, args, &endpoint, settings, staging).await
}

/// Says what was written, and what is missing.
fn report(context: &Context, written: &Written) -> Exit {
    context.progress.println(&format!(
        "{}: {} files, {} bytes, {}",
        written.path.display(),
        written.files,
        written.bytes,
        plain(&written.completeness.to_string())
    ));
    let Completeness::Incomplete(why) = &written.completeness else {
        return Exit::Done;
    };
    for file in written.missing.iter().take(LOSSES) {
        context.progress.println(&format!(
            "  missing {}: {}",
            plain(&redact(&file.url)),
            plain(&redact(&file.reason))
        ));
    }
    if written.missing.len() > LOSSES {
        let more = written.missing.len() - LOSSES;
        context.progress.println(&format!(
            "  missing {more} more; data/files.jsonl lists all"
        ));
    }
    if context.quiet {
        output::to_stderr(&format!(
            "the snapshot is incomplete: {}",
            plain(&why.join("; "))
        ));
    }
    Exit::Incomplete
}

/// A snapshot of a source that the store knows, with the connection settings of the configuration.
async fn of_known(
    context: &Context,
    args: &SnapshotArgs,
    target: &Target,
    settings: &Settings,
) -> anyhow::Result<Written> {
    let name = &target.source;
    let store = context.open_write().await?;
    let found = find(store.as_ref(), name).await?;
    let staging = Staging::beside(&target.path, target.tar)?;
    let sources = &context.config.source;
    let own = sources.iter().find(|own| own.name.as_str() == found.name);
    let client = match args.bounds() {
        Some(bounds) => {
            let mut options = args.connection.options(&context.config, own);
            options.max_body = bounds.file;
            Some((
                Client::new(options).map_err(HarvestError::from)?,
                own.map(credentials).transpose()?,
            ))
        }
        None => None,
    };
    of_stored(
        context,
        args,
        store.as_ref(),
        name,
        settings,
        staging,
        client,
    )
    .await
}

/// A snapshot of a source in the store, its articles brought up to date. Files are fetched by the client.
async fn of_stored(
    context: &Context,
    args: &SnapshotArgs,
    store: &dyn Store,
    name: &str,
    settings: &Settings,
    staging: Staging,
    client: Option<(Client, Option<http::Credentials>)>,
) -> anyhow::Result<Written> {
    journals::apply_all(context, store).await?;
    derive_all(store).await?;
    let source = find(store, name).await?;
    let mut files = None;
    if let (Some((client, access)), Some(bounds)) = (client, args.bounds()) {
        let url = url::Url::parse(&source.base_url)?;
        let observer = Arc::clone(&context.progress) as _;
        let cancel = context.shutdown.token.clone();
        let endpoint = harvesting::Endpoint::new(client, url, &source.name, observer, cancel);
        files = Some(Files {
            endpoint: endpoint.with_credentials(access.unwrap_or_default()),
            bounds,
        });
    }
    snapshot::write(store, &source, settings, files.as_ref(), staging)
        .await
        .map_err(|error| match error {
            SnapshotError::Interrupted => HarvestError::Interrupted.into(),
            other => other.into(),
        })
}

/// Returns the settings of snapshots, as far as the configuration has them.
fn settings_of(config: &Config) -> Result<Settings, Failure> {
    let organization = config.organization.as_ref();
    let contact = config.contact.as_ref();
    Ok(Settings {
        organization: organization.map(|text| text.as_str().to_owned()),
        contact: contact.map(|contact| contact.as_str().to_owned()),
        warc: false,
        jats: FormatSettings {
            prefer: Some(Prefer::Own),
            ..FormatSettings::default()
        }
        .jats(config)?,
    })
}

/// Returns the name of a snapshot among others in a folder: `cac-2026-05-31`, or with `.tar`.
fn dated(source: &str, now: Time, tar: bool) -> String {
    let ending = if tar { ".tar" } else { "" };
    format!("{source}-{}{ending}", now.format("%Y-%m-%d"))
}

impl SnapshotArgs {
    /// Returns the settings of the snapshots.
    fn settings(&self, context: &Context) -> anyhow::Result<Settings> {
        let mut settings = settings_of(&context.config)?;
        if let Some(organization) = &self.source_organization {
            settings.organization = Some(organization.as_str().to_owned());
        }
        if let Some(contact) = &self.connection.contact {
            settings.contact = Some(contact.as_str().to_owned());
        }
        settings.warc = self.warc;
        Ok(settings)
    }

    /// Returns the snapshots to make. A name that the store does not have is reported before the work.
    async fn targets(&self, context: &Context, output: &Path) -> anyhow::Result<Vec<Target>> {
        check_folder(output)?;
        if let ([source], false) = (&self.sources[..], self.all) {
            return Ok(vec![Target {
                source: source.clone(),
                path: output.to_owned(),
                tar: self.tar || output.extension().is_some_and(|ending| ending == "tar"),
            }]);
        }
        let mut sources = self.sources.clone();
        if self.all {
            let known = context.open_read().await?.sources().await?;
            sources.extend(known.into_iter().map(|source| source.name));
        } else if sources.iter().any(|source| !source.contains("://")) {
            let store = context.open_read().await?;
            for source in sources.iter().filter(|source| !source.contains("://")) {
                find(store.as_ref(), source).await?;
            }
        }
        std::fs::create_dir_all(output)
            .map_err(|error| SnapshotError::io("create", output, error))?;
        let now = Utc::now();
        let target = |source: String| {
            let name = match Endpoint::from_str(&source) {
                Ok(endpoint) if source.contains("://") => source_name(endpoint.url().as_str()),
                _ => source.clone(),
            };
            Target {
                path: output.join(dated(&name, now, self.tar)),
                source,
                tar: self.tar,
            }
        };
        Ok(sources.into_iter().map(target).collect())
    }

    /// Returns the bounds on full texts, if they are fetched.
    fn bounds(&self) -> Option<Bounds> {
        let default = Bounds::default();
        self.with_files.then(|| Bounds {
            file: self.max_file_bytes.unwrap_or(default.file),
            total: self.max_total_bytes.unwrap_or(default.total),
            files: self.max_files.unwrap_or(default.files),
            time: self.max_minutes.map_or(default.time, |minutes| {
                Duration::from_secs(minutes.saturating_mul(60))
            }),
        })
    }
}

/// A snapshot of an endpoint, harvested into a store beside the snapshot, which goes with the staging place.
async fn of_endpoint(
    context: &Context,
    args: &SnapshotArgs,
    endpoint: &Endpoint,
    settings: &Settings,
    staging: Staging,
) -> anyhow::Result<Written> {
    let plan = plan(context, args, endpoint).await?;
    let place = Location::File(staging.scratch("store.db"));
    let store = place.open(Access::Write { create: true }).await?;
    let harvester = Harvester {
        run_no: store.begin_run("snapshot").await?,
        store: Arc::clone(&store),
        client: Client::new(plan.options).map_err(HarvestError::from)?,
        observer: Arc::clone(&context.progress) as _,
        cancel: context.shutdown.token.clone(),
    };
    let (reports, stopped) = harvest::harvest_all(&harvester, &plan.jobs, Utc::now(), None).await;
    let outcome = harvest::outcome(&reports, stopped.is_some());
    let report =
        serde_json::json!({"run": harvester.run_no, "outcome": outcome, "sources": reports});
    store
        .end_run(harvester.run_no, outcome.as_str(), &report.to_string())
        .await?;
    if let Some(error) = stopped {
        return Err(error.into());
    }
    harvest::print_report(context, &reports, harvest::exit(&reports, FailOn::Any));
    if context.shutdown.token.is_cancelled() {
        return Err(HarvestError::Interrupted.into());
    }
    // Of nothing there is no snapshot.
    let source = store.sources().await?.into_iter().next();
    let Some(source) = source.filter(|_| outcome != harvesting::Outcome::Failed) else {
        let why = reports
            .first()
            .and_then(|report| report.error.clone())
            .unwrap_or_default();
        return Err(
            Failure::refused(format!("nothing could be harvested from {endpoint}: {why}")).into(),
        );
    };
    let client = Some((
        harvester.client.clone(),
        plan.jobs.first().map(|job| job.plan.credentials.clone()),
    ));
    of_stored(
        context,
        args,
        store.as_ref(),
        &source.name,
        settings,
        staging,
        client,
    )
    .await
}

/// The harvest that the snapshot of an endpoint needs.
async fn plan(
    context: &Context,
    args: &SnapshotArgs,
    endpoint: &Endpoint,
) -> anyhow::Result<harvest::Plan> {
    let prefixes = match args.prefixes.as_slice() {
        [] => offered(context, args, endpoint).await?,
        given => given.to_vec(),
    };
    let wanted = HarvestArgs {
        sources: vec![endpoint.url().to_string()],
        prefixes,
        enrich: args.enrich.clone(),
        connection: args.connection.clone(),
        ..HarvestArgs::default()
    };
    let mut plan = wanted.plan(&context.config)?;
    if let Some(bounds) = args.bounds() {
        plan.options.max_body = plan.options.max_body.max(bounds.file);
    }
    Ok(plan)
}

/// The formats an endpoint offers that are read here; Dublin Core, which every repository has, in any case and first.
async fn offered(
    context: &Context,
    args: &SnapshotArgs,
    endpoint: &Endpoint,
) -> anyhow::Result<Vec<MetadataPrefix>> {
    let client =
        Client::new(args.connection.options(&context.config, None)).map_err(HarvestError::from)?;
    let observer = Arc::clone(&context.progress) as _;
    let cancel = context.shutdown.token.clone();
    let asked = harvesting::Endpoint::new(
        client,
        endpoint.url().clone(),
        &endpoint.to_string(),
        observer,
        cancel,
    );
    // One that cannot say what it offers is requested what all have.
    let formats = match asked
        .request(&Request::ListMetadataFormats { identifier: None })
        .await
    {
        Ok(answer) => answer.page.formats,
        Err(error) if error.is_cancelled() || error.stops_host() => {
            return Err(HarvestError::from(error).into());
        }
        Err(_) => Vec::new(),
    };
    let others = metadata::readable(&formats)
        .into_iter()
        .filter(|prefix| prefix != "oai_dc");
    let prefixes = std::iter::once("oai_dc".to_owned()).chain(others);
    Ok(prefixes.filter_map(|prefix| prefix.parse().ok()).collect())
}

/// Verifies snapshots; the first that is not whole does not stop the others.
async fn verify_all(context: &Context, paths: &[PathBuf]) -> anyhow::Result<Exit> {
    let mut exit = Exit::Done;
    for path in paths {
        match verify(context, path).await {
            Ok(_) => {}
            Err(error) if paths.len() == 1 || context.shutdown.token.is_cancelled() => {
                return Err(error);
            }
            Err(error) => {
                output::to_stderr(&plain(&error.to_string()));
                exit = Exit::Failed;
            }
        }
    }
    if paths.len() > 1 && exit == Exit::Done {
        let count = paths.len();
        context
            .progress
            .println(&format!("all {count} snapshots are whole"));
    }
    Ok(exit)
}

/// Says what is wrong with a snapshot.
async fn verify(context: &Context, path: &Path) -> anyhow::Result<Exit> {
    if !path.exists() {
        return Err(Failure::usage(format!("no snapshot at {}", path.display())).into());
    }
    let shown = path.display().to_string();
    let path = path.to_owned();
    let found = tokio::task::spawn_blocking(move || snapshot::verify(&path))
        .await
        .map_err(|error| anyhow::anyhow!("{shown}: checking it stopped: {error}"))??;
    if found.complaints.is_empty() {
        context.progress.println(&format!(
            "{shown} is whole: {} files, {} bytes",
            found.files, found.bytes
        ));
        if let Some(completeness) = &found.completeness {
            context.progress.println(&format!(
                "its source when it was made: {}",
                plain(completeness)
            ));
        }
        return Ok(Exit::Done);
    }
    for complaint in &found.complaints {
        output::to_stderr(&plain(complaint));
    }
    Err(Failure::refused(format!("{shown} is not whole")).into())
}
