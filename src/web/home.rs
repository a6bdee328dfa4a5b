//! The pages of the collection and of one source.

use std::fmt::Write as _;

use super::view::{encoded, form, hit, link, page};
use crate::provider::{Provider, SourceLine, View};
use crate::report::{bdi, esc, number};
use crate::store::{Counts, ItemNo};

/// Sources on a page.
const SOURCES: usize = 50;
/// Sources up to which the search form lists each.
const CHOICES: usize = 200;
/// Articles of a source on a page.
pub(super) const ARTICLES: usize = 50;

/// Draws the first page: search, the sources in pages, and how to harvest.
pub(super) fn home(
    provider: &Provider,
    sources: &[(SourceLine, Counts)],
    name: &str,
    at: usize,
    prefixes: &[String],
) -> String {
    let choices = sources.iter().map(|(source, _)| source).take(CHOICES);
    let mut out = form("", None, choices);
    let total: u64 = sources.iter().map(|(_, counts)| counts.live).sum();
    let _ = writeln!(
        out,
        "<h2>Articles: {}, sources: {}</h2>",
        number(total),
        number(sources.len() as u64)
    );
    let wanted = name.to_lowercase();
    let found: Vec<&(SourceLine, Counts)> = sources
        .iter()
        .filter(|(source, _)| {
            wanted.is_empty()
                || source.name.to_lowercase().contains(&wanted)
                || source.title.to_lowercase().contains(&wanted)
        })
        .collect();
    if sources.len() > SOURCES {
        let _ = writeln!(
            out,
            "<form action=\"/\" method=\"get\"><input type=\"search\" name=\"name\" value=\"{}\" \
             aria-label=\"Part of the name of a source\" placeholder=\"Name of a source\"/>\n\
             <button>Find</button></form>",
            esc(name)
        );
    }
    table(&mut out, found.iter().skip(at * SOURCES).take(SOURCES));
    out.push_str("<p>");
    let other = |page: usize, rel: &str, text: &str| {
        format!(
            "<a rel=\"{rel}\" href=\"/?name={}&amp;page={}\">{text}</a> ",
            encoded(name),
            page + 1
        )
    };
    if at > 0 {
        out.push_str(&other(at - 1, "prev", "Earlier sources"));
    }
    if found.len() > (at + 1) * SOURCES {
        out.push_str(&other(at + 1, "next", "More sources"));
    }
    out.push_str("</p>\n");
    harvesting(&mut out, provider, prefixes);
    page(provider, &provider.settings().name, &out)
}

fn table<'a>(out: &mut String, sources: impl Iterator<Item = &'a &'a (SourceLine, Counts)>) {
    out.push_str(
        "<table>\n<thead><tr><th scope=\"col\">Source</th><th scope=\"col\">Address</th>\
         <th scope=\"col\" class=\"n\">Articles</th><th scope=\"col\" class=\"n\">Withdrawn</th></tr></thead>\n<tbody>\n",
    );
    for (source, counts) in sources {
        let _ = writeln!(
            out,
            "<tr><th scope=\"row\"><a href=\"/source?name={}\">{}</a><br/><span class=\"soft\">set <code>{}</code></span></th>\
             <td>{}</td><td class=\"n\">{}</td><td class=\"n\">{}</td></tr>",
            encoded(&source.name),
            bdi(&source.title),
            esc(&source.set),
            link(&source.base_url, &source.base_url),
            number(counts.live),
            number(counts.deleted),
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
         <table><thead><tr><th scope=\"col\">metadataPrefix</th><th scope=\"col\">Lists</th></tr></thead><tbody>\n",
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

/// Draws the page of a source, with some of its articles.
pub(super) fn source(
    provider: &Provider,
    source: &SourceLine,
    counts: Counts,
    views: &[View],
    next: Option<ItemNo>,
) -> String {
    let mut out = form("", Some(&source.name), std::iter::once(source));
    let _ = writeln!(
        out,
        "<dl><dt>Address</dt><dd>{}</dd><dt>Set</dt><dd><code>{}</code></dd><dt>Articles</dt><dd>{}</dd>\
         <dt>Withdrawn</dt><dd>{}</dd></dl>\n<h2>Articles</h2>\n<ul class=\"hits\">",
        link(&source.base_url, &source.base_url),
        esc(&source.set),
        number(counts.live),
        number(counts.deleted),
    );
    for view in views {
        hit(&mut out, view, "");
    }
    out.push_str("</ul>\n");
    if let Some(next) = next {
        let _ = writeln!(
            out,
            "<p><a rel=\"next\" href=\"/source?name={}&amp;after={next}\">More articles</a></p>",
            encoded(&source.name)
        );
    }
    page(provider, &source.title, &out)
}
