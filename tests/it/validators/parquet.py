"""Reads a Parquet file with DuckDB and holds each row against the line of JSON Lines beside it.

Arguments: the Parquet file, the JSON Lines. Says how many rows, in how many row groups, compressed how.
"""

import json
import sys

import duckdb


def present(value):
    """The value without what is null in it: JSON Lines leave that out."""
    if isinstance(value, dict):
        return {key: present(inner) for key, inner in value.items() if inner is not None}
    if isinstance(value, list):
        return [present(inner) for inner in value]
    return value


parquet, lines = sys.argv[1:]
rows = duckdb.execute("SELECT * FROM read_parquet(?)", [parquet])
names = [column[0] for column in rows.description]
count = 0
with open(lines, encoding="utf-8") as lines:
    for line in lines:
        row = rows.fetchone()
        if row is None:
            sys.exit(f"{count} rows, and more lines")
        found, expected = present(dict(zip(names, row))), json.loads(line)
        if found != expected:
            sys.exit(f"row {count}:\n{json.dumps(found, indent=1)}\nis not\n{json.dumps(expected, indent=1)}")
        count += 1
if rows.fetchone() is not None:
    sys.exit(f"more than {count} rows")
groups, codecs = duckdb.execute(
    "SELECT count(DISTINCT row_group_id), list(DISTINCT compression) FROM parquet_metadata(?)", [parquet]
).fetchone()
print(f"{count} rows, {groups} row groups, {codecs}")
