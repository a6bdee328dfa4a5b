"""The exceptions of offprint."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from ._offprint import Report


class Error(Exception):
    """An error of offprint: what failed, where, and after how many attempts.

    ``hint`` says what to do, where that is known.
    """

    message: str
    hint: str | None

    def __init__(self, message: str, hint: str | None = None) -> None:
        super().__init__(message if hint is None else f"{message}\nhint: {hint}")
        self.message = message
        self.hint = hint


class EndpointError(Error):
    """The endpoint gave no usable response."""


class ProtocolError(Error):
    """The repository answered with an error of the protocol."""


class ReadError(Error):
    """A record could not be read."""


class StoreError(Error):
    """The store failed, does not exist, or is in use by another process."""


class ExportError(Error):
    """An export failed."""


class IncompleteError(Error):
    """A harvest ended, but records are missing.

    It is raised behind the last article or record, so that everything that was harvested has been given by then. The
    ``report`` lists what is missing.
    """

    report: Report
