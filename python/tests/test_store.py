"""`offprint.Store` and its articles."""

import json

import offprint
import pytest


@pytest.fixture(scope="module")
def store(journal, tmp_path_factory):
    """A store of the demo journal."""
    store = offprint.Store(tmp_path_factory.mktemp("store") / "journal.db")
    list(store.harvest(journal, rate=None))
    return store


def test_articles_can_be_read_again(store):
    articles = store.articles()
    assert len(list(articles)) == 265
    assert len(list(articles)) == 265


def test_articles_are_narrowed(store):
    recent = list(store.articles(from_year=2004))
    assert 0 < len(recent) < 265
    assert all(int(article["published"]["date"][:4]) >= 2004 for article in recent if "published" in article)
    one = list(store.articles(id=recent[0]["id"]))
    assert [article["id"] for article in one] == [recent[0]["id"]]


def test_deletions_are_left_out_unless_they_are_wanted(store):
    assert len(list(store.articles(deleted=True))) == 271


def test_nothing_has_changed_since_the_last_run(store, journal):
    harvest = store.harvest(journal, rate=None)
    list(harvest)
    assert list(store.articles(changed_since=harvest.report.run)) == []


def test_records_of_a_store(store):
    records = list(store.records(prefix="oai_dc", deleted=False))
    assert len(records) == 265
    assert offprint.normalize(records[0].xml)["titles"]


def test_unknown_source_is_an_error(store):
    with pytest.raises(offprint.StoreError, match="no source 'elsewhere'|no source \"elsewhere\""):
        list(store.articles(source="elsewhere"))


def test_a_store_that_does_not_exist_is_an_error(tmp_path):
    with pytest.raises(offprint.StoreError) as raised:
        list(offprint.Store(tmp_path / "none.db").articles())
    assert "no store at" in raised.value.message
    assert raised.value.hint
    assert not (tmp_path / "none.db").exists()


def test_articles_are_written_in_export_formats(store, tmp_path):
    path = tmp_path / "articles.jsonl"
    assert store.articles().write("jsonl", path) == (265, 0)
    written = [json.loads(line) for line in path.read_text(encoding="utf-8").splitlines()]
    assert written == list(store.articles())


def test_unknown_format_is_an_error(store, tmp_path):
    with pytest.raises(offprint.ExportError, match="docx"):
        store.articles().write("docx", tmp_path / "a.docx")


def test_articles_are_an_arrow_stream(store):
    pyarrow = pytest.importorskip("pyarrow")
    table = pyarrow.table(store.articles())
    assert table.num_rows == 265
    titles = [titles[0]["value"] for titles in table.column("titles").to_pylist()]
    assert titles == [article["titles"][0]["value"] for article in store.articles()]


def test_arrow_stream_reads_in_batches(store):
    pyarrow = pytest.importorskip("pyarrow")
    reader = pyarrow.RecordBatchReader.from_stream(store.articles(from_year=2004))
    assert "contributors" in reader.schema.names
    assert sum(batch.num_rows for batch in reader) == len(list(store.articles(from_year=2004)))


def test_repr_hides_passwords():
    assert "secret" not in repr(offprint.Store("postgres://user:secret@localhost/offprint"))
