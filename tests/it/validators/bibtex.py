"""Reads BibTeX from stdin with bibtexparser and writes its entries and comments as JSON; a block that fails, fails."""

import json
import sys

import bibtexparser
from bibtexparser.middlewares import LatexDecodingMiddleware

text = sys.stdin.buffer.read().decode("utf-8")
library = bibtexparser.parse_string(text, append_middleware=[LatexDecodingMiddleware()])
for block in library.failed_blocks:
    print(block.start_line, block.error, block.raw[:300], file=sys.stderr)
entries = [
    {"type": entry.entry_type, "key": entry.key, **{field.key: field.value for field in entry.fields}}
    for entry in library.entries
]
json.dump({"entries": entries, "comments": [comment.comment for comment in library.comments]}, sys.stdout)
sys.exit(bool(library.failed_blocks))
