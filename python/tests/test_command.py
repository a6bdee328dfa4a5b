"""The command `offprint`, and the types of the module."""

import re
import shutil
import subprocess
import sys
from pathlib import Path

import offprint
import pytest


def command():
    found = shutil.which("offprint", path=str(Path(sys.executable).parent))
    assert found, "the console script is not installed"
    return found


def run(*arguments):
    return subprocess.run([command(), *arguments], capture_output=True, text=True, check=False, timeout=120)


def test_version():
    assert re.fullmatch(r"offprint \d+\.\d+\.\d+\n", run("--version").stdout)


def test_exit_code_of_wrong_usage():
    done = run("harvest", "--rate", "never")
    assert done.returncode == 2
    assert "--rate" in done.stderr


def test_command_and_module_share_a_store(journal, tmp_path):
    store = str(tmp_path / "a.db")
    assert run("--store", store, "harvest", journal, "--rate", "unlimited").returncode == 0
    assert len(list(offprint.Store(store).articles())) == 265


def test_stubs_agree_with_the_module():
    pytest.importorskip("mypy")
    done = subprocess.run(
        [sys.executable, "-m", "mypy.stubtest", "offprint", "--ignore-missing-stub"],
        capture_output=True, text=True, check=False, timeout=300,
    )
    assert done.returncode == 0, done.stdout
