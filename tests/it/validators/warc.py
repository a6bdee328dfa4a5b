"""Reads a WARC file by warcio, which compares every digest.

Argument: the file. Prints a JSON array with an object a record.
"""

import hashlib
import json
import sys

from warcio.archiveiterator import ArchiveIterator

found = []
with open(sys.argv[1], "rb") as stream:
    for record in ArchiveIterator(stream, check_digests="raise"):
        field = record.rec_headers.get_header
        body = record.content_stream().read()
        found.append(
            {
                "type": record.rec_type,
                "version": record.rec_headers.protocol,
                "id": field("WARC-Record-ID"),
                "uri": field("WARC-Target-URI"),
                "concurrent": field("WARC-Concurrent-To"),
                "status": record.http_headers.get_statuscode() if record.rec_type == "response" else None,
                "sha256": hashlib.sha256(body).hexdigest(),
            }
        )
print(json.dumps(found))
