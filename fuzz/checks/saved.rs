//! Saved responses of others: files, archives, metha's cache, bags. The first byte chooses which; what it reaches is written
//! in C in part: zstd, SQLite.

use std::fs;
use std::path::Path;
use std::sync::Arc;

use offprint::internals::harvest::{Harvester, NoObserver, SourcePlan, import};
use offprint::internals::http::{Client, Options};
use offprint::internals::snapshot::verify;
use offprint::internals::store::{Access, SqliteStore, Store as _};
use tokio_util::sync::CancellationToken;

/// Folder of a list in metha's cache: base64url of `#oai_dc#https://a.example/oai`.
const METHA: &str = "I29haV9kYyNodHRwczovL2EuZXhhbXBsZS9vYWk";
/// Files by their names, the same bytes in each.
const FILES: [&str; 10] = [
    "a.xml",
    "a.xml.gz",
    "a.tar",
    "a.tar.gz",
    "a.tar.zst",
    "metha/2024-01-01-00000001.xml",
    "metha/2024-01-01-00000001.xml.gz",
    "metha/2024-01-01-00000001.xml.zst",
    "bag/manifest-sha512.txt",
    "bag/data/requests.tsv",
];

/// Whatever comes: no panic, a sound store, and nothing outside of the folder.
pub fn check(bytes: &[u8]) {
    let Some((choice, content)) = bytes.split_first() else {
        return;
    };
    let folder = tempfile::tempdir().unwrap();
    let name = FILES[usize::from(*choice) % FILES.len()].replace("metha", METHA);
    let input = folder.path().join("input");
    let path = input.join(&name);
    fs::create_dir_all(path.parent().unwrap()).unwrap();
    if name.starts_with("bag/") {
        bag(&input.join("bag"));
    }
    fs::write(&path, content).unwrap();
    let place = if name.starts_with("bag/") {
        input.join("bag")
    } else if name.contains('/') {
        input.clone()
    } else {
        path
    };
    if name.contains("bag") || name.contains("tar") {
        let _ = verify(&place);
    }
    let store = folder.path().join("store.db");
    let runtime = tokio::runtime::Builder::new_current_thread()
        .enable_all()
        .build()
        .unwrap();
    runtime.block_on(async {
        let store =
            Arc::new(SqliteStore::create_or_open(&store, Access::Write { create: true }).unwrap());
        let harvester = Harvester {
            run_no: store.begin_run("harvest").await.unwrap(),
            store: store.clone(),
            client: Client::new(Options::default()).unwrap(),
            observer: Arc::new(NoObserver),
            cancel: CancellationToken::new(),
        };
        let _ = import(&harvester, &SourcePlan::default(), &place).await;
        assert_eq!(store.check().await.unwrap(), Vec::<String>::new());
    });
    let names = fs::read_dir(folder.path()).unwrap();
    let foreign = names
        .map(|entry| entry.unwrap().file_name().into_string().unwrap())
        .filter(|name| name != "input" && !name.starts_with("store.db"))
        .collect::<Vec<_>>();
    assert_eq!(foreign, Vec::<String>::new());
}

/// A bag around one file.
fn bag(root: &Path) {
    fs::create_dir_all(root.join("data/pages")).unwrap();
    fs::write(
        root.join("bagit.txt"),
        "BagIt-Version: 1.0\nTag-File-Character-Encoding: UTF-8\n",
    )
    .unwrap();
    fs::write(root.join("bag-info.txt"), "Payload-Oxum: 1.1\n").unwrap();
    fs::write(
        root.join("data/source.json"),
        "{\"name\":\"a\",\"base_url\":\"https://a.example/oai\"}",
    )
    .unwrap();
}
