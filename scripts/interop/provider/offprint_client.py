"""Questions answered by offprint itself, each by a harvest into a new store."""
import json
import os
import subprocess
import sys

url, offprint, work = sys.argv[1:4]
for number, line in enumerate(sys.stdin):
    prefix, chosen, since, until = line.split()
    store = os.path.join(work, f"client-{number}.db")
    command = [offprint, "--store", store, "harvest", url, "--prefix", prefix, "--rate", "unlimited", "--quiet"]
    for flag, value in (("--set", chosen), ("--from", since), ("--until", until)):
        if value != "-":
            command += [flag, value]
    subprocess.run(command, check=True)
    told = json.loads(subprocess.run([offprint, "--store", store, "status", "--json"], check=True, capture_output=True).stdout)
    records = told["sources"][0]["records"]
    print(line.strip(), records["live"] + records["deleted"], records["deleted"])
