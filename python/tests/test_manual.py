"""The examples of the manual's page on Python run as they stand."""

import os
import re
from pathlib import Path

import pytest

PAGE = Path(os.environ.get("OFFPRINT_MANUAL", "")) / "python.md"
# Addresses in the examples.
URL = re.compile(r'"https://(journal|repository)\.example\.org/[^"]*"')


def blocks():
    if not PAGE.is_file():
        return []
    return re.findall(r"```python\n(.*?)```", PAGE.read_text(encoding="utf-8"), re.S)


@pytest.mark.skipif(not PAGE.is_file(), reason="the manual is not here")
@pytest.mark.parametrize("number", range(len(blocks())))
def test_example_runs(number, journal, tmp_path, monkeypatch):
    code = blocks()[number]
    for module in ("sickle", "duckdb", "pyarrow"):
        if f"import {module}" in code or f"from {module}" in code or f", {module}" in code:
            pytest.importorskip(module)
    monkeypatch.chdir(tmp_path)
    import offprint

    first = offprint.Store("journal.db").harvest(journal, rate=None)
    list(first)
    names = {
        "offprint": offprint,
        "url": journal,
        "store": offprint.Store("journal.db"),
        "last_run": first.report.run,
        "load": lambda identifier, xml: None,
        "remove": lambda identifier: None,
        "update": lambda entry: None,
    }
    # The demo journal is in place of the addresses; it wants no pause.
    code = URL.sub(repr(journal), code).replace("rate=0.5", "rate=None").replace('sets=["journal:ART"]', 'sets=["cac:RP"]')
    exec(compile(code, f"python.md, block {number + 1}", "exec"), names)
