#!/usr/bin/env python3
"""Writes the table of receivers into docs/exports.md: table.py RESULTS, lines of FORMAT, RECEIVER and WHAT, with tabs between."""
import sys
from pathlib import Path

BEGIN, END = "<!-- receivers: make interop -->", "<!-- receivers: end -->"
rows = sorted({tuple(line.rstrip("\n").split("\t")) for line in open(sys.argv[1], encoding="utf-8")})
lines = ["| format | receiver | what was checked | result |", "|---|---|---|---|"]
lines += [f"| `{form}` | {receiver} | {checked} | passed |" for form, receiver, checked in rows]
page = Path("docs/exports.md")
text = page.read_text(encoding="utf-8")
head, rest = text.split(BEGIN)
_, tail = rest.split(END)
page.write_text(f"{head}{BEGIN}\n\n" + "\n".join(lines) + f"\n\n{END}{tail}", encoding="utf-8")
