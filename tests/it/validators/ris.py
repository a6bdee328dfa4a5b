"""Reads RIS from stdin with rispy and writes it as JSON."""

import json
import sys

import rispy

text = sys.stdin.buffer.read().decode("utf-8")
json.dump(rispy.loads(text), sys.stdout)
