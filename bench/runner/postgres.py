"""A PostgreSQL of the benchmark's own, with its usual settings: a commit is on the disk before it is answered."""

import contextlib
import os
import pathlib
import shutil
import subprocess
import tempfile

INSTALLED = pathlib.Path("/usr/lib/postgresql")


def program(name):
    versions = sorted(INSTALLED.iterdir()) if INSTALLED.exists() else []
    return (versions[-1] if versions else INSTALLED) / "bin" / name


def lent_user():
    """It refuses to run as root, so root lends it Debian's user."""
    return ["setpriv", "--reuid=postgres", "--regid=postgres", "--clear-groups"] if os.geteuid() == 0 else []


@contextlib.contextmanager
def data_folder():
    """Where no folder above keeps that user out."""
    with tempfile.TemporaryDirectory(prefix="pulso-bench-postgres-") as directory:
        folder = pathlib.Path(directory)
        if os.geteuid() == 0:
            shutil.chown(folder, "postgres", "postgres")
        subprocess.run([*lent_user(), program("initdb"), "-D", folder / "data", "-U", "pulso", "--auth=trust"],
                       check=True, capture_output=True, cwd=folder)
        yield folder


def command(folder, port):
    return [*lent_user(), program("postgres"), "-D", folder / "data", "-h", "127.0.0.1", "-p", port, "-k", folder]


def url(port):
    return f"postgresql://pulso@127.0.0.1:{port}/postgres"
