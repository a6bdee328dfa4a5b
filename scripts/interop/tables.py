"""Reads a.parquet, a.csv, a.mrc and a.ris of the working directory, and prints FORMAT|RECEIVER|WHAT for each."""
import csv

import duckdb
import pyarrow.csv
import pyarrow.parquet
import pymarc
import rispy

table = pyarrow.parquet.read_table("a.parquet")
assert table.num_rows == 265, table.num_rows
assert table.column("journal").to_pylist()[0]["title"] == "CENTRAL ASIA AND THE CAUCASUS"
print(f"parquet|pyarrow {pyarrow.__version__}|265 rows with nested columns")

articles, authors = duckdb.sql(
    "SELECT count(*), sum(len(contributors)) FROM 'a.parquet' WHERE status = 'live'"
).fetchall()[0]
assert articles == 265 and authors > 265, (articles, authors)
print(f"parquet|DuckDB {duckdb.__version__}|265 rows, lists counted")
rows = duckdb.sql("SELECT count(*), count(DISTINCT journal) FROM 'a.csv'").fetchall()[0]
assert rows == (265, 1), rows
print(f"csv|DuckDB {duckdb.__version__}|265 rows of one journal, columns found by name")

csv.field_size_limit(1 << 24)
table = pyarrow.csv.read_csv("a.csv", parse_options=pyarrow.csv.ParseOptions(newlines_in_values=True))
assert table.num_rows == 265, table.num_rows
for row in csv.DictReader(open("a.csv", newline="", encoding="utf-8")):
    names = row["authors"].replace("||", "").split(" | ")
    for column in ("orcids", "affiliations"):
        values = row[column].replace("||", "").split(" | ")
        assert not row[column] or len(values) == len(names), row["id"]
print(f"csv|pyarrow {pyarrow.__version__}|265 rows; authors, ORCID iDs and affiliations aligned")

with open("a.mrc", "rb") as file:
    records = list(pymarc.MARCReader(file))
assert len(records) == 265 and all(record and record["245"] and record["773"]["t"] for record in records)
assert len({record["773"]["t"] for record in records}) == 1
print("marc|pymarc 5.4.0|265 records with title and one journal")

with open("a.ris", encoding="utf-8") as file:
    items = rispy.load(file)
assert len(items) == 265 and all(item["title"] and item["year"] for item in items)
print("ris|rispy 0.10.0|265 items with title and year")
