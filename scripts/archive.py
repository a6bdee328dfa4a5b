#!/usr/bin/env python3
"""Packs a folder as .tar.gz or .zip, with the same bytes for the same content: `scripts/archive.py FOLDER ARCHIVE SECONDS`.

SECONDS is the time of every file, since 1970. For systems without GNU tar.
"""

import gzip
import sys
import tarfile
import time
import zipfile
from pathlib import Path


def is_program(path):
    return path.name in ("offprint", "offprint.exe")


def main(folder, archive, seconds):
    folder, archive, seconds = Path(folder), Path(archive), int(seconds)
    files = sorted(path for path in folder.rglob("*") if path.is_file())
    if archive.suffix == ".zip":
        date = time.gmtime(max(seconds, 315532800))[:6]
        with zipfile.ZipFile(archive, "w", zipfile.ZIP_DEFLATED, compresslevel=9) as packed:
            for path in files:
                info = zipfile.ZipInfo(path.relative_to(folder.parent).as_posix(), date)
                info.compress_type = zipfile.ZIP_DEFLATED
                info.external_attr = (0o755 if is_program(path) else 0o644) << 16
                packed.writestr(info, path.read_bytes())
        return
    with open(archive, "wb") as out, gzip.GzipFile("", "wb", 9, out, mtime=seconds) as zipped:
        with tarfile.open(fileobj=zipped, mode="w", format=tarfile.PAX_FORMAT) as packed:
            for path in files:
                info = packed.gettarinfo(path, path.relative_to(folder.parent).as_posix())
                info.uid = info.gid = 0
                info.uname = info.gname = ""
                info.mtime = seconds
                info.mode = 0o755 if is_program(path) else 0o644
                with open(path, "rb") as content:
                    packed.addfile(info, content)


if len(sys.argv) != 4:
    sys.exit("archive: name the folder, the archive and the seconds since 1970")
main(*sys.argv[1:])
