"""What the figures were taken on."""

import json
import os
import platform
import subprocess


def describe(bench):
    return {"cpu": cpu_model(), "cores": os.cpu_count(), "kernel": platform.release(),
            "commit": output_of(["git", "-C", str(bench), "describe", "--always", "--dirty"]),
            "node": output_of(["node", "--version"]), "nginx": output_of(["nginx", "-v"]),
            "peers": json.loads((bench / "package.json").read_text())["dependencies"]}


def cpu_model():
    with open("/proc/cpuinfo", encoding="utf-8") as file:
        return next((line.split(":", 1)[1].strip() for line in file if line.startswith("model name")), "unknown")


def output_of(command):
    try:
        finished = subprocess.run(command, capture_output=True, text=True, check=False)
    except FileNotFoundError:
        return "absent"
    return (finished.stdout or finished.stderr).strip()
