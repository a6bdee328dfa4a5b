"""Harvest article metadata over OAI-PMH.

>>> import offprint
>>> for article in offprint.harvest("https://journal.example.org/index.php/journal/oai"):
...     print(article["titles"][0]["value"])

``harvest`` gives articles, ``records`` the records as they were received, ``Store`` reads what was harvested, and
``normalize`` makes an article of a record that you have. Errors are subclasses of ``Error``.
"""

from ._errors import (
    EndpointError,
    Error,
    ExportError,
    IncompleteError,
    ProtocolError,
    ReadError,
    StoreError,
)
from ._offprint import (
    Articles,
    Harvest,
    Record,
    Records,
    Report,
    Store,
    harvest,
    normalize,
    records,
)

__all__ = [
    "Articles",
    "EndpointError",
    "Error",
    "ExportError",
    "Harvest",
    "IncompleteError",
    "ProtocolError",
    "ReadError",
    "Record",
    "Records",
    "Report",
    "Store",
    "StoreError",
    "harvest",
    "normalize",
    "records",
]
