//! Links from several formats.

use super::{Kind, Merger};
use crate::article::{Code, Link, LinkRel};
use crate::normalize::identifier;

impl Merger<'_> {
    /// Each URL once. The richer formats and the page name the type of each file, Dublin Core but counts them:
    /// their word holds, also for the galley that the file belongs to.
    pub(super) fn link(&mut self, link: &Link, kind: Kind) {
        let from_page = kind != Kind::DublinCore;
        let links = &mut self.article.links;
        if link.rel == LinkRel::Landing
            && let Some(known) = links.iter().find(|known| known.rel == LinkRel::Landing)
        {
            if !same_page(&known.url, &link.url) {
                self.found(Code::Conflict, "links", &link.url);
            }
            return;
        }
        if !links.iter().any(|known| known.url == link.url) {
            links.push(link.clone());
            return;
        }
        let Some(media_type) = &link.media_type else {
            return;
        };
        let mut wrong = None;
        for known in links.iter_mut() {
            let of_file =
                identifier::ojs_galley_download(&known.url).is_some_and(|file| file == link.url);
            if (known.url != link.url && !of_file) || known.media_type.as_ref() == Some(media_type)
            {
                continue;
            }
            if known.media_type.is_none() || from_page {
                wrong = known.media_type.replace(media_type.clone()).or(wrong);
            } else {
                wrong = Some(media_type.clone());
            }
        }
        if let Some(wrong) = wrong {
            self.found(Code::Conflict, "links.media_type", &wrong);
        }
    }
}

/// Whether two URLs are of one page: scheme and last slash say nothing.
fn same_page(a: &str, b: &str) -> bool {
    let bare = |url: &str| {
        let url = url
            .strip_prefix("https://")
            .or_else(|| url.strip_prefix("http://"))
            .unwrap_or(url);
        url.trim_end_matches('/').to_owned()
    };
    bare(a) == bare(b)
}
