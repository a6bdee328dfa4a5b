//! The report as a browser shows it: whole, at any width, and without a request to anyone.

#![expect(clippy::unwrap_used, reason = "a test may stop at once")]

use crate::cli_support;

use std::fs;
use std::path::Path;
use std::process::Command;

use cli_support::offprint;
use serde_json::Value;
use tempfile::TempDir;

/// Looks at a page in a frame of some width, and writes what it finds as text.
const LOOK: &str = r#"<!DOCTYPE html><meta charset="utf-8"><body style="margin:0">
<iframe id="page" src="PAGE" style="border:0" width="WIDTH" height="900"></iframe><pre id="found"></pre>
<script>
page.onload = () => {
  const doc = page.contentDocument, win = page.contentWindow;
  const drawn = rect => { const box = rect.getBoundingClientRect(); return box.width > 0 && box.height > 0; };
  const colour = what => win.getComputedStyle(what).backgroundColor;
  found.textContent = JSON.stringify({
    title: doc.title,
    figures: [...doc.querySelectorAll("figure svg")].filter(drawn).length,
    bars: [...doc.querySelectorAll("figure rect.data")].filter(drawn).length,
    sideways: Math.max(0, doc.documentElement.scrollWidth - win.innerWidth),
    requests: win.performance.getEntriesByType("resource").length,
    background: colour(doc.body),
  });
};
</script>"#;

/// Returns the browser's findings and its console messages.
fn look(folder: &Path, page: &str, width: u32, dark: bool) -> (Value, Vec<String>) {
    let frame = folder.join(format!("look-{width}-{dark}.html"));
    fs::write(
        &frame,
        LOOK.replace("PAGE", page)
            .replace("WIDTH", &width.to_string()),
    )
    .unwrap();
    let profile = TempDir::new().unwrap();
    let output = Command::new("chromium")
        .args([
            "--headless",
            "--no-sandbox",
            "--disable-gpu",
            "--disable-quic",
            "--disable-dev-shm-usage",
        ])
        .args([
            "--no-first-run",
            "--disable-background-networking",
            "--disable-component-update",
            "--disable-sync",
        ])
        // The frame may look into the page; the browser itself reaches nobody.
        .args([
            "--allow-file-access-from-files",
            "--host-resolver-rules=MAP * ~NOTFOUND",
        ])
        .arg(format!(
            "--blink-settings=preferredColorScheme={}",
            u8::from(!dark)
        ))
        .arg(format!("--user-data-dir={}", profile.path().display()))
        .args([
            "--enable-logging=stderr",
            "--virtual-time-budget=5000",
            "--dump-dom",
        ])
        .arg(format!("file://{}", frame.display()))
        .output()
        .unwrap_or_else(|error| panic!("chromium: {error}; see scripts/setup.sh"));
    let text = String::from_utf8_lossy(&output.stdout);
    let log = String::from_utf8_lossy(&output.stderr);
    let found = text
        .split_once("<pre id=\"found\">")
        .and_then(|(_, rest)| rest.split_once("</pre>"));
    let (found, _) = found.unwrap_or_else(|| panic!("the browser shows nothing: {text}\n{log}"));
    let console = log
        .lines()
        .filter(|line| line.contains("CONSOLE"))
        .map(str::to_owned)
        .collect();
    (serde_json::from_str(found).unwrap(), console)
}

#[test]
fn the_page_fits_any_width_and_loads_nothing() {
    let directory = TempDir::new().unwrap();
    let here = directory.path();
    let samples = Path::new(env!("CARGO_MANIFEST_DIR")).join("samples/ojs-3.4-cac");
    offprint(here)
        .args(["harvest", "--quiet", samples.to_str().unwrap()])
        .assert()
        .success();
    offprint(here)
        .args(["report", "-o", "report.html"])
        .assert()
        .success();
    let mut backgrounds = Vec::new();
    for (width, dark) in [(1280, false), (390, false), (1280, true)] {
        let (found, console) = look(here, "report.html", width, dark);
        assert_eq!(console, Vec::<String>::new());
        assert!(
            found["title"].as_str().unwrap().contains("CENTRAL ASIA"),
            "{found}"
        );
        assert!(found["figures"].as_u64().unwrap() >= 3, "{found}");
        assert!(found["bars"].as_u64().unwrap() > 10, "{found}");
        assert_eq!(found["sideways"], 0, "at {width} it scrolls sideways");
        assert_eq!(found["requests"], 0, "{found}");
        backgrounds.push(found["background"].clone());
    }
    assert_eq!(backgrounds[0], backgrounds[1]);
    assert_ne!(backgrounds[0], backgrounds[2], "dark is dark");

    // The look itself sees what it should not find.
    let page = fs::read_to_string(here.join("report.html")).unwrap();
    let other = "<img src=\"https://elsewhere.example/x.png\"/><div style=\"width:3000px\">.</div></header>";
    fs::write(here.join("other.html"), page.replace("</header>", other)).unwrap();
    let (found, console) = look(here, "other.html", 1280, false);
    assert_eq!(found["requests"], 1);
    assert!(found["sideways"].as_u64().unwrap() > 0);
    assert!(
        console
            .iter()
            .any(|line| line.contains("Content Security Policy")),
        "{console:?}"
    );
}
