"""Reads a tar or zip file with Python's own libraries; prints its members' names and texts as JSON, in their order."""

import io
import json
import sys
import tarfile
import zipfile

data = sys.stdin.buffer.read()
if zipfile.is_zipfile(io.BytesIO(data)):
    with zipfile.ZipFile(io.BytesIO(data)) as archive:
        bad = archive.testzip()
        if bad is not None:
            sys.exit(f"{bad} is damaged")
        members = [(info.filename, archive.read(info).decode()) for info in archive.infolist()]
else:
    with tarfile.open(fileobj=io.BytesIO(data), mode="r:*") as archive:
        members = [(info.name, archive.extractfile(info).read().decode()) for info in archive]
json.dump(members, sys.stdout)
