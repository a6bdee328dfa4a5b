#!/usr/bin/env python3
"""Harvests the same list with sickle and with offprint, and prints what each costs and what it does at a fault.

Run by `make bench-python` in an environment that has both. The server is a process of its own; its time does not count.
"""

import argparse
import os
import re
import resource
import subprocess
import sys
import tempfile
import threading
import time
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from urllib.parse import parse_qs, urlsplit

SAMPLE = Path(__file__).resolve().parent.parent / "samples/ojs-3.4-cac/cac-listrecords-oai_dc-page1.xml"
PAGE = 100
# Longer than any client needs for a list that ends.
PATIENCE = 60

CLIENTS = {
    "sickle": """
import sys
from sickle import Sickle
count = 0
try:
    for record in Sickle(sys.argv[1]).ListRecords(metadataPrefix="oai_dc"):
        record.header.deleted or record.metadata
        count += 1
finally:
    print(count)
""",
    "offprint.records": """
import sys
import offprint
seen = set()
try:
    for record in offprint.records(sys.argv[1], "oai_dc", store=sys.argv[2], rate=None):
        record.xml
        seen.add(record.identifier)
finally:
    print(len(seen))
""",
    "offprint.harvest": """
import sys
import offprint
count = 0
try:
    for article in offprint.harvest(sys.argv[1], formats="oai_dc", store=sys.argv[2], rate=None, deleted=True):
        count += 1
finally:
    print(count)
""",
}


def envelope(content):
    return (
        '<?xml version="1.0" encoding="UTF-8"?><OAI-PMH xmlns="http://www.openarchives.org/OAI/2.0/">'
        f"<responseDate>2026-01-01T00:00:00Z</responseDate><request>http://localhost/oai</request>{content}</OAI-PMH>"
    ).encode()


IDENTIFY = envelope(
    "<Identify><repositoryName>A journal</repositoryName><baseURL>http://localhost/oai</baseURL>"
    "<protocolVersion>2.0</protocolVersion><adminEmail>a@b.example</adminEmail>"
    "<earliestDatestamp>2000-01-01T00:00:00Z</earliestDatestamp><deletedRecord>persistent</deletedRecord>"
    "<granularity>YYYY-MM-DDThh:mm:ssZ</granularity></Identify>"
)
NOTHING = envelope('<error code="noRecordsMatch">No records match</error>')


class Journal:
    """A list of records made from the sample, with one fault in its middle."""

    def __init__(self, records, fault):
        template = re.findall(r"<record>.*?</record>", SAMPLE.read_text(encoding="utf-8"), re.S)
        live = [record for record in template if 'status="deleted"' not in record]
        self.records = [
            re.sub(
                r"<identifier>.*?</identifier>\s*<datestamp>.*?</datestamp>",
                f"<identifier>oai:journal.example:{number}</identifier>"
                f"<datestamp>2020-01-{number * 28 // records + 1:02}T{number % 24:02}:00:00Z</datestamp>",
                live[number % len(live)],
                count=1,
                flags=re.S,
            )
            for number in range(records)
        ]
        self.fault = fault
        self.spent = False

    def pages(self):
        return -(-len(self.records) // PAGE)

    def page(self, chosen, number, key):
        at = number * PAGE
        token = f"{number + 1}{key}" if at + PAGE < len(chosen) else ""
        token = f'<resumptionToken completeListSize="{len(chosen)}" cursor="{at}">{token}</resumptionToken>'
        return envelope(f"<ListRecords>{''.join(chosen[at:at + PAGE])}{token}</ListRecords>")

    def chosen(self, start, end):
        """Records from one datestamp to another, both inclusive."""
        def stamp(record):
            return re.search(r"<datestamp>(.*?)<", record)[1]
        return [record for record in self.records if start <= stamp(record) <= end] if start or end else self.records

    def answer(self, query):
        verb = query.get("verb")
        if verb == "Identify":
            return 200, IDENTIFY
        if verb == "GetRecord":
            found = [record for record in self.records if f">{query['identifier']}<" in record]
            if self.fault == "record" and found and f":{self.bad}<" in found[0]:
                return 500, b"Internal Server Error"
            return 200, envelope(f"<GetRecord>{found[0]}</GetRecord>" if found else '<error code="idDoesNotExist">-</error>')
        if verb not in ("ListRecords", "ListIdentifiers"):
            return 200, envelope('<error code="noSetHierarchy">no sets</error>')
        number, start, end = 0, query.get("from", ""), query.get("until", "~" if query.get("from") else "")
        if "resumptionToken" in query:
            number, start, end = query["resumptionToken"].split("|") if "|" in query["resumptionToken"] else (query["resumptionToken"], "", "")
            number = int(number)
        if len(end) == 10:
            end += "T23:59:59Z"
        chosen = self.chosen(start, end)
        if not chosen:
            return 200, NOTHING
        body = self.page(chosen, number, f"|{start}|{end}" if start or end else "")
        if verb == "ListIdentifiers":
            headers = re.findall(r"<header.*?</header>", body.decode(), re.S)
            token = re.search(r"<resumptionToken.*?</resumptionToken>", body.decode())[0]
            return 200, envelope(f"<ListIdentifiers>{''.join(headers)}{token}</ListIdentifiers>")
        return self.faulty(body, number, start or end)

    @property
    def bad(self):
        """Number of the record in the middle of the list."""
        return self.pages() // 2 * PAGE + 50

    def faulty(self, body, number, narrowed):
        is_middle = number == self.pages() // 2 and not narrowed
        if self.fault == "record":
            return (500, b"Internal Server Error") if f":{self.bad}<".encode() in body else (200, body)
        if self.fault == "byte" and is_middle:
            return 200, body.replace(b"<dc:title", b"<dc:title>\xff\x08</dc:title><dc:title", 1)
        if self.fault == "early" and is_middle:
            return 200, re.sub(rb"<resumptionToken.*?</resumptionToken>", b"", body)
        if self.fault == "back" and is_middle:
            return 200, re.sub(rb">\d+</resumptionToken>", f">{number - 1}</resumptionToken>".encode(), body)
        if is_middle and not self.spent:
            self.spent = True
            if self.fault == "html":
                return 200, b"<html><head><title>Maintenance</title></head><body>Back soon</body></html>"
            if self.fault == "token":
                return 200, envelope('<error code="badResumptionToken">expired</error>')
            if self.fault == "busy":
                return 503, b"Service Unavailable"
            if self.fault == "cut":
                return 0, body
        return 200, body


FAULTS = {
    "html": "an HTML page with status 200, once",
    "busy": "503 without Retry-After, once",
    "cut": "a connection that breaks in mid-body, once",
    "token": "badResumptionToken, once",
    "early": "a page without a resumptionToken, so that the list seems to end",
    "back": "a token that leads back one page",
    "byte": "a byte that is not UTF-8 and a control character",
    "record": "a record that the server fails at, every time",
}


class Server(ThreadingHTTPServer):
    daemon_threads = True

    def __init__(self, journals):
        super().__init__(("127.0.0.1", 0), Handler)
        self.journals = journals


class Handler(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"

    def do_GET(self):
        url = urlsplit(self.path)
        query = {key: values[0] for key, values in parse_qs(url.query).items()}
        status, body = self.server.journals[url.path.split("/")[1]].answer(query)
        self.send_response(status or 200)
        self.send_header("Content-Type", "text/xml" if status in (0, 200) else "text/plain")
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        if status == 0:
            self.wfile.write(body[: len(body) // 2])
            self.close_connection = True
        else:
            self.wfile.write(body)

    def log_message(self, *_):
        pass


def serve(records):
    """Serves until its standard input closes; prints the address."""
    journals = {"whole": Journal(records, None)}
    for fault in FAULTS:
        for client in CLIENTS:
            journals[f"{fault}-{client}"] = Journal(1000, fault)
    server = Server(journals)
    threading.Thread(target=server.serve_forever, daemon=True).start()
    print(f"http://127.0.0.1:{server.server_port}", flush=True)
    sys.stdin.read()


def run(client, url, folder):
    """Runs a client: count, error, wall and processor seconds."""
    store = Path(folder) / f"{client}-{time.monotonic_ns()}.db"
    before = resource.getrusage(resource.RUSAGE_CHILDREN)
    started = time.monotonic()
    try:
        done = subprocess.run(
            [sys.executable, "-c", CLIENTS[client], url, str(store)], capture_output=True, text=True, timeout=PATIENCE,
            env={**os.environ, "XDG_CACHE_HOME": folder},
        )
    except subprocess.TimeoutExpired:
        return None, "never ends", PATIENCE, 0
    after = resource.getrusage(resource.RUSAGE_CHILDREN)
    cpu = after.ru_utime + after.ru_stime - before.ru_utime - before.ru_stime
    lines = [line for line in done.stderr.splitlines() if re.match(r"[\w.]+(Error|Exception|Token|Match|Argument)\w*\b", line)]
    error = "" if done.returncode == 0 else (lines or ["an error"])[-1].split(":")[0].rsplit(".", 1)[-1]
    count = done.stdout.strip().splitlines()
    return int(count[-1]) if count else 0, error, time.monotonic() - started, cpu


def cell(count, error, total):
    if count is None:
        return "never ends"
    if error:
        return f"{error}, {count:,}"
    if count == total:
        return "all"
    return f"**silent, {count:,}**"


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--records", type=int, default=10_000)
    parser.add_argument("--runs", type=int, default=3)
    parser.add_argument("--serve", action="store_true", help=argparse.SUPPRESS)
    arguments = parser.parse_args()
    if arguments.serve:
        return serve(arguments.records)
    command = [sys.executable, __file__, "--serve", "--records", str(arguments.records)]
    with subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True) as server, \
            tempfile.TemporaryDirectory() as folder:
        root = server.stdout.readline().strip()
        print(f"| {arguments.records:,} records | wall s | CPU s | records |\n|---|---|---|---|")
        for client in CLIENTS:
            runs = sorted((run(client, f"{root}/whole/oai", folder) for _ in range(arguments.runs)), key=lambda each: each[3])
            count, error, wall, cpu = runs[len(runs) // 2]
            print(f"| `{client}` | {wall:.1f} | {cpu:.1f} | {cell(count, error, arguments.records)} |", flush=True)
        print(f"\n| fault in the middle of 1,000 records | {' | '.join(f'`{client}`' for client in CLIENTS)} |")
        print("|---" * (len(CLIENTS) + 1) + "|")
        for fault, words in FAULTS.items():
            cells = []
            for client in CLIENTS:
                count, error, _, _ = run(client, f"{root}/{fault}-{client}/oai", folder)
                cells.append(cell(count, error, 1000))
            print(f"| {words} | {' | '.join(cells)} |", flush=True)
        server.stdin.close()


if __name__ == "__main__":
    main()
