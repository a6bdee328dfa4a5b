"""`offprint.harvest` and `offprint.records`."""

import itertools
import os
import signal
import subprocess
import sys
import threading

import offprint
import pytest


def test_harvest_gives_articles_as_dicts(journal):
    harvest = offprint.harvest(journal, rate=None)
    articles = list(harvest)
    assert len(articles) == 265
    article = next(article for article in articles if article["provenance"]["oai_identifier"].endswith("/643"))
    assert article["status"] == "live"
    assert article["titles"][0]["value"]
    assert str(harvest.report).startswith(f"{harvest.report.source}: 265 new, 0 changed, 6 deleted")


def test_second_harvest_requests_only_changes(journal, tmp_path):
    store = tmp_path / "journal.db"
    list(offprint.harvest(journal, store=store, rate=None))
    again = offprint.harvest(journal, store=store, rate=None)
    assert len(list(again)) == 265
    assert again.report.new == 0
    assert again.report.requests <= 2


def test_deletions_are_given_on_request(journal):
    deleted = [entry for entry in offprint.harvest(journal, rate=None, deleted=True) if entry["status"] == "deleted"]
    assert len(deleted) == 6


def test_formats_are_chosen(journal):
    article = next(offprint.harvest(journal, rate=None, formats=["oai_dc"]))
    assert article["schema_version"] == "1.0"


def test_store_without_a_path_is_kept_per_host(journal, cache_folder):
    next(offprint.harvest(journal, rate=None))
    assert [path.name for path in cache_folder.glob("offprint/*/*.db")] == ["offprint.db"]


def test_records_have_header_and_xml(journal):
    records = list(offprint.records(journal, rate=None))
    assert len(records) == 271
    live = next(record for record in records if not record.deleted)
    assert live.identifier.startswith("oai:")
    assert live.prefix == "oai_dc"
    assert live.xml.startswith("<record")
    assert "<oai_dc:dc" in live.xml
    assert live.sets
    assert sum(record.deleted for record in records) == 6


def test_records_leave_deletions_out(journal):
    assert not any(record.deleted for record in offprint.records(journal, rate=None, deleted=False))


def test_records_of_a_range_of_dates(repository):
    records = offprint.records(repository.url, rate=None)
    dates = {record.datestamp for record in records}
    assert "2024-01-05" in dates
    store = next(iter(offprint.records(repository.url, rate=None)))
    assert store.source


def test_records_come_while_the_harvest_goes_on(repository):
    reached = threading.Event()
    release = threading.Event()

    def wait(_query):
        reached.set()
        release.wait(timeout=30)
        return 200, "text/xml", None

    repository.faults[3] = wait
    records = offprint.records(repository.url, rate=None)
    first = list(itertools.islice(records, 20))
    assert len({record.identifier for record in first}) == 20
    assert reached.wait(timeout=30)
    release.set()
    assert len(list(records)) == 30


def test_a_page_that_fails_once_is_requested_again(repository):
    answers = iter([(200, "text/html", "<html><body>Maintenance</body></html>")])
    repository.faults[2] = lambda _query: next(answers, (200, "text/xml", None))
    records = list(offprint.records(repository.url, rate=None))
    assert len({record.identifier for record in records}) == 50


def test_missing_records_are_an_error_behind_the_last_article(repository):
    repository.faults[2] = lambda _query: (404, "text/html", "<html><body>Not Found</body></html>")
    articles = []
    with pytest.raises(offprint.IncompleteError) as raised:
        for article in offprint.harvest(repository.url, rate=None):
            articles.append(article)
    assert len(articles) == 20
    assert "404" in str(raised.value)
    assert "hint: " in str(raised.value)


def test_the_next_harvest_fetches_what_was_missing(repository, tmp_path):
    store = offprint.Store(tmp_path / "a.db")
    repository.faults[2] = lambda _query: (404, "text/html", "<html><body>Not Found</body></html>")
    with pytest.raises(offprint.IncompleteError):
        list(store.harvest(repository.url, rate=None))
    repository.faults.clear()
    harvest = store.harvest(repository.url, rate=None)
    assert len(list(harvest)) == 50
    assert harvest.report.is_complete


def test_an_endpoint_that_does_not_answer_is_an_error_with_a_hint():
    with pytest.raises(offprint.EndpointError) as raised:
        next(offprint.harvest("http://127.0.0.1:9/oai", rate=None))
    assert "127.0.0.1:9" in raised.value.message
    assert raised.value.hint
    assert isinstance(raised.value, offprint.Error)


def test_an_invalid_url_is_an_error():
    with pytest.raises(offprint.EndpointError, match="ftp"):
        next(offprint.harvest("ftp://journal.example.org/oai"))


@pytest.mark.parametrize("rate", [0, -1, float("nan")])
def test_rejects_invalid_rates(rate):
    with pytest.raises(ValueError, match="invalid rate"):
        offprint.harvest("http://127.0.0.1:9/oai", rate=rate)


def test_progress_is_reported(repository):
    seen = []
    list(offprint.harvest(repository.url, rate=None, progress=lambda records, total: seen.append((records, total))))
    assert seen[-1] == (50, None)


def test_an_exception_in_progress_ends_the_harvest(repository):
    def stop(_records, _total):
        raise KeyError("enough")

    with pytest.raises(KeyError):
        list(offprint.harvest(repository.url, rate=None, progress=stop))


def test_other_threads_run_while_it_waits(repository):
    release = threading.Event()

    def wait(_query):
        release.wait(timeout=30)
        return 200, "text/xml", None

    repository.faults[1] = wait
    harvest = offprint.harvest(repository.url, rate=None)
    # The server is written in Python too: it could not answer a harvest that held the interpreter.
    threading.Timer(0.2, release.set).start()
    assert len(list(harvest)) == 50


@pytest.mark.skipif(os.name == "nt", reason="signals of POSIX")
@pytest.mark.parametrize("call", ["harvest", "records"])
def test_ctrl_c_stops_and_the_next_harvest_continues(repository, tmp_path, call):
    reached = threading.Event()
    release = threading.Event()

    def wait(_query):
        reached.set()
        release.wait(timeout=30)
        return 200, "text/xml", None

    repository.faults[3] = wait
    store = tmp_path / "a.db"
    code = f"import offprint\nfor _ in offprint.{call}({repository.url!r}, store={str(store)!r}, rate=None): pass"
    with subprocess.Popen([sys.executable, "-c", code], stderr=subprocess.PIPE, text=True) as process:
        assert reached.wait(timeout=30)
        process.send_signal(signal.SIGINT)
        assert "KeyboardInterrupt" in process.stderr.read()
    assert process.returncode != 0
    release.set()
    repository.faults.clear()
    before = len(repository.requests)
    records = list(offprint.records(repository.url, store=store, rate=None))
    assert len({record.identifier for record in records}) == 50
    tokens = [query.get("resumptionToken") for query in repository.requests[before:]]
    assert "3" in tokens
    assert "1" not in tokens
