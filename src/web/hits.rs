//! One page of the hits of a search, with the articles to show.

use super::app::App;
use crate::provider::View;
use crate::store::{ArticleSearch, SearchHits, StoreResult};

/// One page of the hits of a search, and whether there is another.
pub(super) struct HitPage {
    pub(super) hits: SearchHits,
    pub(super) views: Vec<View>,
    pub(super) has_more: bool,
}

/// Reads a page of so many hits, from 0.
pub(super) async fn hit_page(
    app: &App,
    search: ArticleSearch,
    page: usize,
    per_page: usize,
) -> StoreResult<HitPage> {
    let search = ArticleSearch {
        skip: page * per_page,
        limit: per_page + 1,
        ..search
    };
    let mut hits = app.provider.store().search(&search).await?;
    let has_more = hits.items.len() > per_page;
    let mut views = Vec::new();
    for key in std::mem::take(&mut hits.items).into_iter().take(per_page) {
        views.extend(app.provider.view_at(key).await?);
    }
    Ok(HitPage {
        hits,
        views,
        has_more,
    })
}
