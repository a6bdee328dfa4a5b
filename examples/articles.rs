//! Harvests a journal and prints its articles: `cargo run --example articles -- URL`.

use futures_util::TryStreamExt as _;
use offprint::{Collection, Entry};

#[tokio::main]
async fn main() -> offprint::Result<()> {
    match std::env::args().nth(1) {
        Some(url) => print_articles(&url).await,
        None => print_articles("https://journal.example.org/index.php/journal/oai").await,
    }
}

/// Harvests what has changed and prints one line for each article and deletion.
pub async fn print_articles(url: &str) -> offprint::Result<()> {
    let collection = Collection::open("journal.db").await?;
    let harvest = collection.harvest(url).contact("you@example.org");
    println!("{}", harvest.run().await?);

    let mut entries = collection.entries();
    while let Some(entry) = entries.try_next().await? {
        match entry {
            Entry::Live(article) => println!("{} {:?}", article.id, article.doi),
            Entry::Deleted(deletion) => println!("{} was deleted", deletion.id),
        }
    }
    Ok(())
}
