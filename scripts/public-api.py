#!/usr/bin/env python3
"""Lists the public items of the library with their signatures, as rustdoc shows them.

Run `cargo doc --no-deps --all-features` first. `scripts/public-api.py` writes docs/reference/library-api.txt;
`scripts/public-api.py --check` fails where the file differs. Hidden items and implementations of foreign traits are left out.
"""

import html
import os
import re
import sys
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
RECORD = ROOT / "docs/reference/library-api.txt"
DOC = Path(os.environ.get("CARGO_TARGET_DIR", ROOT / "target")) / "doc/offprint"
PAGE = re.compile(r"(struct|enum|trait|type|fn|constant|macro)\.(\w+)\.html")


def text(fragment):
    """Visible text on one line."""
    fragment = re.sub(r"<details.*?<summary.*?</summary>|</details>", "", fragment, flags=re.S)
    fragment = re.sub(r"<[^>]+>", "", fragment)
    return re.sub(r"\s+", " ", html.unescape(fragment)).replace("\u200b", "").strip()


def items(page):
    """The declaration on a page, and the methods of the type itself."""
    content = page.read_text()
    module = "::".join(["offprint", *page.relative_to(DOC).parts[:-1]])
    name = PAGE.fullmatch(page.name)[2]
    declaration = re.search(r'<pre class="rust item-decl"><code>(.*?)</code></pre>', content, re.S)
    if declaration is None:
        return  # the old address of an item that is re-exported elsewhere
    yield f"{module}::{name}: {text(declaration[1])}"
    for heading in ("trait-implementations", "synthetic-implementations"):
        content = content.split(f'<h2 id="{heading}"')[0]
    for header in re.findall(r'<h4 class="code-header">(.*?)</h4>', content, re.S):
        yield f"{module}::{name}: {text(header)}"


def main():
    if not DOC.is_dir():
        sys.exit(f"public-api: {DOC} is missing: run cargo doc --no-deps --all-features")
    pages = [page for page in DOC.rglob("*.html") if PAGE.fullmatch(page.name)]
    listed = "".join(f"{item}\n" for page in pages for item in items(page))
    listed = "".join(sorted(set(listed.splitlines(keepends=True))))
    if "--check" not in sys.argv:
        RECORD.write_text(listed)
    elif listed != RECORD.read_text():
        sys.exit("public-api: the public items differ from docs/reference/library-api.txt: run `make api` and commit the file")


main()
