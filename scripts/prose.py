#!/usr/bin/env python3
"""Measures the English of the manual and of doc comments.

`scripts/prose.py` prints the figures; `--check` prints nothing and fails when one is out of its bounds; `--list` names the doc
comments that open as a fragment. Generated pages, tables, headings and code are left out of the prose.
"""

import re
import sys
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
GENERATED = {"faults.md", "SUMMARY.md"}
FRAGMENT = re.compile(r"(What|Whether|Who|Whose|Of|Its|How)\b")
COMMENT = re.compile(r"\s*//[/!] ?(.*)")
# name -> (lowest, highest); per 1,000 words of the manual, except for the share of fragments, in per cent.
BOUNDS = {"fragments": (0, 2), "what/who/whose": (0, 3), "you": (8, None), "code blocks": (20, None)}


def openings():
    """Yields place and text of the first line of each doc comment."""
    for folder in ("src", "testkit/src", "python/src"):
        for path in sorted((ROOT / folder).rglob("*.rs")):
            inside = False
            for number, line in enumerate(path.read_text(encoding="utf-8").splitlines(), 1):
                match = COMMENT.match(line)
                text = match[1].strip() if match else ""
                if text and not inside:
                    yield f"{path.relative_to(ROOT)}:{number}", text
                inside = bool(text)


def pages():
    """Yields the text of each page written by hand."""
    for path in [*(ROOT / "docs").glob("*.md"), ROOT / "README.md", ROOT / "ARCHITECTURE.md"]:
        if path.name not in GENERATED:
            yield path.read_text(encoding="utf-8")


def words(page):
    """Returns the words of the prose, lower case."""
    page = re.sub(r"```.*?```", "", page, flags=re.S)
    page = re.sub(r"^(    .*|\|.*|#.*|!\[.*)$", "", page, flags=re.M)
    page = re.sub(r"<[^>]+>", "", page)
    page = re.sub(r"\[([^\]]*)\]\([^)]*\)", r"\1", page)
    page = re.sub(r"`[^`]*`", "X", page)
    return re.findall(r"[a-z']+", page.lower())


def main():
    comments = list(openings())
    fragments = [(place, text) for place, text in comments if FRAGMENT.match(text)]
    if "--list" in sys.argv:
        for place, text in fragments:
            print(f"{place}: {text}")
        return 0
    texts = list(pages())
    prose = [word for text in texts for word in words(text)]
    per_thousand = 1000 / len(prose)
    figures = {
        "fragments": 100 * len(fragments) / len(comments),
        "what/who/whose": per_thousand * sum(word in {"what", "whoever", "who", "whose"} for word in prose),
        "you": per_thousand * sum(word in {"you", "your"} for word in prose),
        "code blocks": per_thousand * sum(text.count("```") for text in texts) / 2,
    }
    failed = False
    for name, value in figures.items():
        lowest, highest = BOUNDS[name]
        wrong = value < lowest or (highest is not None and value > highest)
        failed |= wrong
        if wrong or "--check" not in sys.argv:
            bound = f"at least {lowest}" if highest is None else f"at most {highest}"
            print(f"prose: {name} {value:.1f} ({bound})")
    return int(failed and "--check" in sys.argv)


if __name__ == "__main__":
    sys.exit(main())
