//! The first page: the sources, those that fail, and how to harvest the collection.

use std::fmt::Write as _;

use super::source_lines::{Line, Sources};

use super::view::{encoded, form, link, page};
use crate::provider::Provider;
use crate::report::{FailingSource, bdi, esc, failing_list, number};

/// Sources on a page.
const SOURCES: usize = 50;

/// Failing sources that are listed.
const FAILING: usize = 10;

/// What of the sources is listed.
pub(super) struct Shown<'a> {
    /// Part of their names.
    pub(super) name: &'a str,
    /// The page, from 0.
    pub(super) page: usize,
}

/// Draws the first page: search, the sources in pages, and how to harvest.
pub(super) fn home(
    provider: &Provider,
    sources: &Sources,
    shown: &Shown<'_>,
    prefixes: &[String],
) -> String {
    let choices: Vec<_> = sources.lines.iter().map(|line| &line.source).collect();
    let mut out = form("", None, choices, []);
    let total: u64 = sources.lines.iter().map(|line| line.counts.live).sum();
    failing_sources(&mut out, sources);
    let _ = writeln!(
        out,
        "<h2>Articles: {}, sources: {}</h2>",
        number(total),
        number(sources.lines.len() as u64)
    );
    let wanted = shown.name.to_lowercase();
    let is_wanted = |line: &&Line| {
        let source = &line.source;
        wanted.is_empty()
            || source.name.to_lowercase().contains(&wanted)
            || source.title.to_lowercase().contains(&wanted)
    };
    let found: Vec<&Line> = sources.lines.iter().filter(is_wanted).collect();
    if sources.lines.len() > SOURCES {
        let _ = writeln!(
            out,
            "<form action=\"/\" method=\"get\"><input type=\"search\" name=\"name\" value=\"{}\" \
             aria-label=\"Part of the name of a source\" placeholder=\"Name of a source\"/>\n\
             <button>Find</button></form>",
            esc(shown.name)
        );
    }
    table(
        &mut out,
        found.iter().skip(shown.page * SOURCES).take(SOURCES),
    );
    out.push_str("<p class=\"turn\">");
    let mut turn = |page: usize, rel: &str, text: &str| {
        let name = encoded(shown.name);
        let _ = write!(
            out,
            "<a rel=\"{rel}\" href=\"/?name={name}&amp;page={}\">{text}</a> ",
            page + 1
        );
    };
    if shown.page > 0 {
        turn(shown.page - 1, "prev", "Previous sources");
    }
    if found.len() > (shown.page + 1) * SOURCES {
        turn(shown.page + 1, "next", "More sources");
    }
    out.push_str("</p>\n");
    harvesting(&mut out, provider, prefixes);
    page(provider, &provider.settings().name, &out)
}

/// Writes the sources that fail, and why.
fn failing_sources(out: &mut String, sources: &Sources) {
    let of_lines = sources
        .lines
        .iter()
        .filter_map(|line| line.failing.as_ref());
    let all: Vec<&FailingSource> = of_lines.chain(&sources.unanswered).collect();
    if all.is_empty() {
        return;
    }
    let _ = writeln!(
        out,
        "<section class=\"card\"><h2>Failing sources: {}</h2>",
        number(all.len() as u64)
    );
    failing_list(out, &all, FAILING, |one| {
        let is_known = sources
            .lines
            .iter()
            .any(|line| line.source.name == one.name);
        if is_known {
            let link = encoded(&one.name);
            format!("<a href=\"/source?name={link}\">{}</a>", bdi(&one.name))
        } else {
            bdi(&one.name)
        }
    });
    out.push_str("</section>\n");
}

fn table<'a>(out: &mut String, lines: impl Iterator<Item = &'a &'a Line>) {
    out.push_str(
        "<table class=\"stacked\">\n<thead><tr><th scope=\"col\">Source</th><th scope=\"col\">Address</th>\
         <th scope=\"col\" class=\"n\">Articles</th><th scope=\"col\" class=\"n\">Withdrawn</th></tr></thead>\n<tbody>\n",
    );
    for line in lines {
        let source = &line.source;
        let state = if line.failing.is_some() {
            "<br/><span class=\"attend\">failing</span>"
        } else {
            ""
        };
        let _ = writeln!(
            out,
            "<tr><th scope=\"row\"><a href=\"/source?name={}\">{}</a><br/><span class=\"soft\">set <code>{}</code></span>{state}</th>\
             <td>{}</td><td class=\"n\"><span class=\"label\">Articles </span>{}</td>\
             <td class=\"n\"><span class=\"label\">Withdrawn </span>{}</td></tr>",
            encoded(&source.name),
            bdi(&source.title),
            esc(&source.set),
            link(&source.base_url, &source.base_url),
            number(line.counts.live),
            number(line.counts.deleted),
        );
    }
    out.push_str("</tbody></table>\n");
}

fn harvesting(out: &mut String, provider: &Provider, prefixes: &[String]) {
    let base = &provider.settings().base_url;
    let _ = write!(
        out,
        "<h2>For harvesters</h2>\n<p>This collection can be harvested over \
         <a href=\"https://www.openarchives.org/OAI/openarchivesprotocol.html\">OAI-PMH 2.0</a> at \
         <code>{}</code>: <a href=\"/oai?verb=Identify\">Identify</a>, \
         <a href=\"/oai?verb=ListMetadataFormats\">ListMetadataFormats</a>, <a href=\"/oai?verb=ListSets\">ListSets</a>. \
         The searches are JSON too: <a href=\"/openapi.json\">OpenAPI</a>.</p>\n\
         <table class=\"stacked\"><thead><tr><th scope=\"col\">metadataPrefix</th><th scope=\"col\">Lists</th></tr></thead><tbody>\n",
        esc(base),
    );
    for prefix in prefixes {
        let _ = writeln!(
            out,
            "<tr><th scope=\"row\"><code>{0}</code></th><td><a href=\"/oai?verb=ListRecords&amp;metadataPrefix={0}\">\
             ListRecords</a>, <a href=\"/oai?verb=ListIdentifiers&amp;metadataPrefix={0}\">ListIdentifiers</a></td></tr>",
            esc(prefix),
        );
    }
    out.push_str("</tbody></table>\n");
}
