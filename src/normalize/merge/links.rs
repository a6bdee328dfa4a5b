//! Links from several formats.

use super::{Kind, Merger};
use crate::article::{Code, Link, LinkRel};
use crate::normalize::identifier;

/// The link's place in the index: one for all download addresses of a galley of OJS, else the URL.
fn index_key(url: &str) -> String {
    identifier::ojs_download_key(url).unwrap_or_else(|| url.to_owned())
}

impl Merger<'_> {
    /// Each URL once. The richer formats and the page name the type of each file, Dublin Core but counts them:
    /// their word holds, also for the galley that the file belongs to.
    pub(super) fn link(&mut self, link: &Link, kind: Kind) {
        let from_page = kind != Kind::DublinCore;
        let links = &mut self.article.links;
        if link.rel == LinkRel::Landing
            && let Some(known) = self.landing.and_then(|at| links.get(at))
        {
            if !same_page(&known.url, &link.url) {
                self.add_finding(Code::Conflict, "links", &link.url);
            }
            return;
        }
        let key = index_key(&link.url);
        let Some(at) = self.link_index.get(&key).copied() else {
            self.link_index.insert(key, links.len());
            // the viewer of a galley comes before its file: its media type is told of the file
            if let Some(file) = identifier::ojs_galley_download(&link.url) {
                self.viewers.entry(index_key(&file)).or_insert(links.len());
            }
            if link.rel == LinkRel::Landing {
                self.landing = Some(links.len());
            }
            links.push(link.clone());
            return;
        };
        let Some(media_type) = &link.media_type else {
            return;
        };
        let mut wrong = None;
        let viewer = self
            .viewers
            .get(&key)
            .copied()
            .filter(|viewer| *viewer != at);
        for at in [Some(at), viewer].into_iter().flatten() {
            let Some(known) = links.get_mut(at) else {
                continue;
            };
            if known.media_type.as_ref() == Some(media_type) {
                continue;
            }
            if known.media_type.is_none() || from_page {
                wrong = known.media_type.replace(media_type.clone()).or(wrong);
            } else {
                wrong = Some(media_type.clone());
            }
        }
        if let Some(wrong) = wrong {
            self.add_finding(Code::Conflict, "links.media_type", &wrong);
        }
    }
}

/// Returns whether two URLs are of one page: scheme and last slash say nothing.
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
