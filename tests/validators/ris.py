"""Reads RIS from stdin with rispy, a reference at a time, and writes it as JSON.

At a time, since the reader's time grows with the square of its input.
"""

import json
import sys

import rispy

text = sys.stdin.buffer.read().decode("utf-8")
end = "ER  - \r\n"
parts = text.split(end)
if parts.pop().strip():
    sys.exit("something stands after the last reference")
references = []
for part in parts:
    read = rispy.loads(part + end)
    if len(read) != 1:
        sys.exit(f"{len(read)} references in {part[:300]}")
    references += read
json.dump(references, sys.stdout)
