"""The command ``offprint``, which is the command line of the Rust program."""

from __future__ import annotations

import sys

from ._offprint import run_command


def main() -> int:
    """Run the command line of this process and return its exit code."""
    return run_command(["offprint", *sys.argv[1:]])


if __name__ == "__main__":
    sys.exit(main())
