//! Asking the endpoints of a list who they are: hosts side by side, those of one host one after another.

use std::collections::HashMap;
use std::sync::Arc;

use futures_util::stream::{self, StreamExt as _};

use crate::cli::add::list::Wanted;
use crate::cli::context::Context;
use crate::cli::output::{self, plain};
use crate::harvest::discovery::{Discovery, find_endpoint};
use crate::harvest::{self, NoObserver, settled};
use crate::http::{Client, host_of};
use crate::redact::redact;

/// Hosts contacted in parallel.
const AT_ONCE: usize = 32;
/// Tries for each: a list has dead ones, and patience with them is wasted.
const TRIES: u32 = 2;

/// Those that answer, in their order and at the address where redirects ended; the others are reported with the reason.
pub(super) async fn all(context: &Context, client: &Client, wanted: Vec<Wanted>) -> Vec<Wanted> {
    let mut host_groups: HashMap<String, Vec<(usize, Wanted)>> = HashMap::new();
    for (number, one) in wanted.into_iter().enumerate() {
        host_groups
            .entry(host_of(one.url.url()))
            .or_default()
            .push((number, one));
    }
    let host_groups = host_groups.into_values().map(|host_group| {
        stream::iter(host_group)
            .then(|(number, one)| async move { (number, ask(context, client, one).await) })
            .boxed()
    });
    let mut answers = stream::iter(host_groups).flatten_unordered(AT_ONCE);
    let mut found = Vec::new();
    while let Some((number, answer)) = answers.next().await {
        match answer {
            Ok((one, who)) => {
                context.progress.println(&format!(
                    "{}: ok, {}",
                    plain(&one.url.to_string()),
                    plain(&who)
                ));
                found.push((number, one));
            }
            Err(why) => output::to_stderr(&plain(&redact(&why))),
        }
    }
    found.sort_by_key(|(number, _)| *number);
    found.into_iter().map(|(_, one)| one).collect()
}

/// One endpoint and what it says it is, or why it is not taken.
async fn ask(
    context: &Context,
    client: &Client,
    mut one: Wanted,
) -> Result<(Wanted, String), String> {
    let url = one.url.to_string();
    let cancel = context.shutdown.token.clone();
    let mut endpoint = harvest::Endpoint::new(
        client.clone(),
        one.url.url().clone(),
        &url,
        Arc::new(NoObserver),
        cancel,
    );
    let Discovery { answer, found, .. } = find_endpoint(&mut endpoint, TRIES)
        .await
        .map_err(|error| format!("{url}: {}", error.cause))?;
    let asked = found.unwrap_or_else(|| one.url.url().clone());
    let Some(identify) = &answer.page.identify else {
        let refusal = answer
            .page
            .errors
            .first()
            .map(ToString::to_string)
            .unwrap_or_default();
        return Err(format!("{url}: Identify was refused: {refusal}"));
    };
    let settled = settled(&asked, endpoint.base_url(), Some(identify));
    one.url = settled.as_str().parse()?;
    let software = identify
        .software
        .as_ref()
        .map_or_else(String::new, |software| {
            format!(
                ", {} {}",
                software.name,
                software.version.as_deref().unwrap_or_default()
            )
        });
    Ok((one, format!("{}{software}", identify.repository_name)))
}
