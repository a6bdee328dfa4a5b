"""Servers that the tests harvest: the demo journal, and a repository with faults."""

import subprocess
import sys
import threading
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from urllib.parse import parse_qs, urlsplit

import pytest


@pytest.fixture(autouse=True)
def cache_folder(tmp_path, monkeypatch):
    """Keep the stores of a test in its own folder."""
    folder = tmp_path / "cache"
    monkeypatch.setenv("XDG_CACHE_HOME", str(folder))
    return folder


@pytest.fixture(scope="session")
def journal():
    """The URL of the demo journal: 265 articles and 6 deletions."""
    command = [sys.executable, "-m", "offprint", "demo", "--serve", "--quiet"]
    with subprocess.Popen(command, stdout=subprocess.PIPE, text=True) as server:
        yield server.stdout.readline().strip()
        server.terminate()


def record(number):
    return (
        f"<record><header><identifier>oai:repository.example:{number}</identifier>"
        f"<datestamp>2024-01-{number % 28 + 1:02}</datestamp></header><metadata>"
        '<oai_dc:dc xmlns:oai_dc="http://www.openarchives.org/OAI/2.0/oai_dc/" xmlns:dc="http://purl.org/dc/elements/1.1/">'
        f"<dc:title>Article {number}</dc:title></oai_dc:dc></metadata></record>"
    )


class Repository(ThreadingHTTPServer):
    """A repository of `pages` pages of ten records. `faults` maps the number of a page to a function that answers it."""

    def __init__(self, pages):
        super().__init__(("127.0.0.1", 0), Handler)
        self.pages = pages
        self.faults = {}
        self.requests = []
        self.url = f"http://127.0.0.1:{self.server_port}/oai"

    def answer(self, query):
        verb = query.get("verb")
        if verb == "Identify":
            return (
                "<Identify><repositoryName>A repository</repositoryName>"
                f"<baseURL>{self.url}</baseURL><protocolVersion>2.0</protocolVersion><adminEmail>a@b.example</adminEmail>"
                "<earliestDatestamp>2024-01-01</earliestDatestamp><deletedRecord>no</deletedRecord>"
                "<granularity>YYYY-MM-DD</granularity></Identify>"
            )
        if verb == "ListMetadataFormats":
            return (
                "<ListMetadataFormats><metadataFormat><metadataPrefix>oai_dc</metadataPrefix>"
                "<schema>http://www.openarchives.org/OAI/2.0/oai_dc.xsd</schema>"
                "<metadataNamespace>http://www.openarchives.org/OAI/2.0/oai_dc/</metadataNamespace>"
                "</metadataFormat></ListMetadataFormats>"
            )
        if verb == "ListRecords" and "from" not in query:
            page = int(query.get("resumptionToken", 0))
            records = "".join(record(number) for number in range(page * 10, page * 10 + 10))
            token = str(page + 1) if page + 1 < self.pages else ""
            return f"<ListRecords>{records}<resumptionToken>{token}</resumptionToken></ListRecords>"
        return '<error code="noRecordsMatch">no records</error>'


class Handler(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"

    def do_GET(self):
        query = {key: values[0] for key, values in parse_qs(urlsplit(self.path).query).items()}
        self.server.requests.append(query)
        fault = None
        if query.get("verb") == "ListRecords":
            fault = self.server.faults.get(int(query.get("resumptionToken", 0)))
        status, kind, body = fault(query) if fault else (200, "text/xml", None)
        if body is None:
            body = (
                '<OAI-PMH xmlns="http://www.openarchives.org/OAI/2.0/"><responseDate>2024-02-01T00:00:00Z</responseDate>'
                f"<request>{self.server.url}</request>{self.server.answer(query)}</OAI-PMH>"
            )
        body = body.encode()
        self.send_response(status)
        self.send_header("Content-Type", kind)
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, *_):
        pass


@pytest.fixture
def repository():
    """A repository of five pages of ten records, without faults."""
    server = Repository(pages=5)
    threading.Thread(target=server.serve_forever, daemon=True).start()
    yield server
    server.shutdown()
    server.server_close()
