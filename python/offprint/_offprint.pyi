"""The part of offprint that is written in Rust."""

from collections.abc import Callable, Iterator, Sequence
from datetime import date, datetime
from os import PathLike
from typing import Any, final

__all__ = [
    "Articles",
    "Harvest",
    "Record",
    "Records",
    "Report",
    "Store",
    "harvest",
    "normalize",
    "records",
    "run_command",
]

def harvest(
    url: str,
    *,
    store: str | PathLike[str] | None = None,
    formats: str | Sequence[str] | None = None,
    sets: str | Sequence[str] | None = None,
    since: str | date | datetime | None = None,
    until: str | date | datetime | None = None,
    rate: float | None = ...,
    contact: str | None = None,
    deleted: bool = False,
    changed_since: int | None = None,
    progress: Callable[[int, int | None], object] | None = None,
) -> Harvest:
    """Harvest an OAI-PMH endpoint, and return an iterator over its articles as dicts.

    Nothing is requested before the first article is. The harvest then runs to its end, because what a journal is called
    and how it writes names is learned from all of its records; the articles follow. Their keys are those of the JSON
    Lines export.

    The records are kept in ``store``, a file or a ``postgres://`` URL; without one, in the store that ``offprint get``
    keeps for the host in the user's cache folder. The next harvest continues where this one stopped, and requests only
    changes.

    Args:
        url: The endpoint, or a page of the journal.
        store: Where the records are kept.
        formats: metadataPrefixes; without any the richest one that is offered, beside ``oai_dc``.
        sets: setSpecs; the whole repository without any.
        since: Only records with this datestamp or a later one.
        until: Only records with this datestamp or an earlier one.
        rate: Requests per second to the host; None for no limit.
        contact: A mail address for the operator of the endpoint to write to.
        deleted: Give deletions too: dicts whose ``status`` is ``deleted``.
        changed_since: Only what has changed since the end of this run (``Report.run``), deletions included.
        progress: Called with the number of records so far and in the list, where that is known.

    Raises:
        EndpointError: The endpoint gave no usable response, so that nothing could be harvested.
        IncompleteError: Behind the last article, when records are missing.
        StoreError: The store failed, or another process writes to it.
    """

def records(
    url: str,
    prefix: str = "oai_dc",
    *,
    store: str | PathLike[str] | None = None,
    sets: str | Sequence[str] | None = None,
    since: str | date | datetime | None = None,
    until: str | date | datetime | None = None,
    rate: float | None = ...,
    contact: str | None = None,
    deleted: bool = True,
    progress: Callable[[int, int | None], object] | None = None,
) -> Records:
    """Harvest an OAI-PMH endpoint, and return an iterator over its records as they were received.

    The first harvest of an endpoint gives the records page by page; it does not wait for the reader. A later one
    requests the changes first, then gives all records. A record that changes while it is harvested is given again.

    The arguments and errors are those of ``harvest``.
    """

def normalize(xml: str | bytes, prefix: str | None = None) -> dict[str, Any]:
    """Normalize one record to an article.

    ``xml`` is a GetRecord response, a ``<record>``, or the metadata alone. Without ``prefix`` the format is recognized
    by the elements. A deleted record gives a dict whose ``status`` is ``deleted``.

    Raises:
        ReadError: The XML cannot be read, or does not hold exactly one record.
    """

def run_command(arguments: Sequence[str]) -> int:
    """Run the command line, the name of the program first, and return its exit code."""

@final
class Harvest(Iterator[dict[str, Any]]):
    """The articles of an endpoint: an iterator of dicts. The harvest begins with the first ``next()``."""

    @property
    def report(self) -> Report | None:
        """The report of the harvest; None before the first article."""
    def __iter__(self) -> Harvest: ...
    def __next__(self) -> dict[str, Any]: ...
    def close(self) -> None:
        """End the iteration. The records that were harvested stay in the store."""

@final
class Records(Iterator[Record]):
    """The records of an endpoint or store: an iterator of ``Record``."""

    @property
    def report(self) -> Report | None:
        """The report of the harvest; None before its end."""
    def __iter__(self) -> Records: ...
    def __next__(self) -> Record: ...
    def close(self) -> None:
        """End the iteration, and the harvest. The records that were harvested stay in the store."""

@final
class Record:
    """A record as it was received."""

    @property
    def identifier(self) -> str:
        """OAI identifier."""
    @property
    def datestamp(self) -> str:
        """Datestamp, as received."""
    @property
    def sets(self) -> list[str]:
        """setSpecs."""
    @property
    def deleted(self) -> bool:
        """True if the record was deleted, or is missing in a complete list."""
    @property
    def prefix(self) -> str:
        """metadataPrefix."""
    @property
    def xml(self) -> str:
        """The ``<record>`` element; repaired only where it was not well-formed."""
    @property
    def source(self) -> str:
        """Name of the source in the store."""
    @property
    def harvested_at(self) -> str:
        """Time of the response that the record was received in, as ISO 8601."""

@final
class Report:
    """The report of a harvest."""

    @property
    def run(self) -> int:
        """Number of the run, for ``changed_since``."""
    @property
    def source(self) -> str:
        """Name of the source in the store."""
    @property
    def outcome(self) -> str:
        """The outcome: ``complete``, ``incomplete``, ``interrupted`` or ``failed``."""
    @property
    def is_complete(self) -> bool:
        """True if every record was harvested, in this run or an earlier one."""
    @property
    def new(self) -> int:
        """Number of live records that were not known before."""
    @property
    def changed(self) -> int:
        """Number of live records that have changed."""
    @property
    def deleted(self) -> int:
        """Number of records that became deleted, or were first seen deleted."""
    @property
    def requests(self) -> int:
        """Number of requests sent, retries included."""
    @property
    def gaps(self) -> int:
        """Number of records and date ranges that could not be fetched. The next harvest requests them again."""
    @property
    def losses(self) -> list[dict[str, str]]:
        """Losses of this run: dicts with ``what`` and ``reason``."""
    @property
    def error(self) -> str | None:
        """Why the harvest stopped early, or None."""

@final
class Store:
    """A store: a file, or the URL of a PostgreSQL database.

    It is opened when it is read or harvested into. Reading is possible while another process writes.
    """

    def __new__(cls, path: str | PathLike[str]) -> Store: ...
    def harvest(
        self,
        url: str,
        *,
        formats: str | Sequence[str] | None = None,
        sets: str | Sequence[str] | None = None,
        since: str | date | datetime | None = None,
        until: str | date | datetime | None = None,
        rate: float | None = ...,
        contact: str | None = None,
        deleted: bool = False,
        changed_since: int | None = None,
        progress: Callable[[int, int | None], object] | None = None,
    ) -> Harvest:
        """Harvest an endpoint into this store, and return an iterator over its articles as dicts.

        See ``offprint.harvest``.
        """
    def articles(
        self,
        *,
        source: str | Sequence[str] | None = None,
        set: str | Sequence[str] | None = None,
        language: str | Sequence[str] | None = None,
        id: str | Sequence[str] | None = None,
        from_year: int | None = None,
        changed_since: int | None = None,
        deleted: bool = False,
    ) -> Articles:
        """Return articles of the store: an iterable of dicts, and an Arrow stream.

        Args:
            source: Only of these sources.
            set: Only in these sets or their subsets.
            language: Only in these languages, as BCP 47 tags.
            id: Only with these ids or OAI identifiers.
            from_year: Only published in this year or later.
            changed_since: Only what has changed since the end of this run (``Report.run``).
            deleted: Give deletions too: dicts whose ``status`` is ``deleted``.
        """
    def records(
        self,
        *,
        source: str | Sequence[str] | None = None,
        set: str | Sequence[str] | None = None,
        prefix: str | None = None,
        deleted: bool = True,
    ) -> Records:
        """Return an iterator over the records of the store, as they were received."""

@final
class Articles:
    """Articles of a store. Each iteration reads the store again.

    ``pyarrow.table(articles)``, and every other program that takes an Arrow stream, reads them without a copy.
    """

    def __iter__(self) -> Iterator[dict[str, Any]]: ...
    def __arrow_c_stream__(self, requested_schema: object | None = None) -> object:
        """The Arrow PyCapsule interface: a stream of record batches."""
    def write(self, format: str, path: str | PathLike[str]) -> tuple[int, int]:
        """Write the articles in an export format, and return the numbers of articles and deletions.

        A path that ends in a slash receives one file per article; one that ends in ``.gz``, ``.zst``, ``.tar`` or
        ``.zip`` is compressed or archived.
        """
