"""Starts the servers that are measured: each alone, pinned to one core, in an empty directory of its own."""

import contextlib
import dataclasses
import os
import pathlib
import shutil
import socket
import subprocess
import tempfile
import time

NAMES = ["floor", "pulso", "pulso-tls", "ws", "socketio", "nchan"]
NODE_NAMES = ["ws", "socketio"]

START_SECONDS_MAX = 20
STOP_SECONDS_MAX = 20

# Without limits: ten thousand clients come from four addresses, and the publisher never pauses.
PULSO_CONFIGURATION = """\
[server]
shards = 1

[log]
level = "warning"

[limits]
connections_per_ip = 0
messages_per_second = 0
requests_per_second = 0

[auth]
anonymous = ["seats"]

[seats]
max_seats = 1000
"""


class StartFailure(Exception):
    """The server ended, or opened no port in time."""


@dataclasses.dataclass
class Setup:
    """Where things are and what they run on."""

    bench: pathlib.Path
    build: pathlib.Path
    directory: pathlib.Path
    server_core: int
    load_core: int
    # Of the messages that the floor and the peers send.
    payload_bytes: int = 230

    @property
    def load(self):
        return self.build / "bench" / "pulso_load"


@dataclasses.dataclass
class Server:
    """A running server and how the generator speaks to it."""

    port: int
    pid: int
    dialect: list[str]
    tls: bool = False


def programs(setup, names):
    """What must be there to start these servers."""
    needed = {"floor": [setup.build / "bench" / "pulso_floor"], "pulso": [setup.build / "pulso"],
              "pulso-tls": [setup.build / "pulso", "openssl"], "ws": ["node", "npm"], "socketio": ["node", "npm"],
              "nchan": ["nginx"]}
    return ["taskset", *(program for name in names for program in needed[name])]


@contextlib.contextmanager
def started(setup, name):
    """Runs the server `name` for the length of a `with` block."""
    directory = pathlib.Path(tempfile.mkdtemp(prefix=f"{name}-", dir=setup.directory))
    port = free_port()
    command, variables = COMMANDS[name](setup, directory, port)
    log = directory / "log"
    with log.open("wb") as output:
        process = subprocess.Popen(["taskset", "-c", str(setup.server_core), *map(str, command)], cwd=directory,
                                   env=os.environ | variables, stdout=output, stderr=output, stdin=subprocess.DEVNULL)
    try:
        wait_for_port(process, port, log)
        yield Server(port=port, pid=process.pid, dialect=dialect(setup, name), tls=name == "pulso-tls")
    finally:
        stop(process)
        shutil.rmtree(directory)


def dialect(setup, name):
    """The generator's arguments for the protocol of `name`."""
    if name.startswith("pulso"):
        return ["--dialect", "seats"]
    arguments = ["--payload-bytes", str(setup.payload_bytes)]
    if name == "socketio":
        return ["--dialect", "socketio", *arguments]
    return ["--dialect", "raw", "--target", "/bench", *arguments]


def free_port():
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return probe.getsockname()[1]


def wait_for_port(process, port, log):
    deadline = time.monotonic() + START_SECONDS_MAX
    while time.monotonic() < deadline and process.poll() is None:
        with socket.socket() as probe:
            if probe.connect_ex(("127.0.0.1", port)) == 0:
                return
        time.sleep(0.05)
    raise StartFailure(f"no port was opened: {log.read_text(errors='replace')[-500:].strip()}")


def stop(process):
    process.terminate()
    try:
        process.wait(STOP_SECONDS_MAX)
    except subprocess.TimeoutExpired:
        process.kill()
        process.wait()


def floor_command(setup, _directory, port):
    return [setup.build / "bench" / "pulso_floor", port, setup.payload_bytes], {}


def pulso_command(setup, directory, port):
    configuration = directory / "pulso.toml"
    configuration.write_text(PULSO_CONFIGURATION)
    command = [setup.build / "pulso", "serve", "--demo", "--config", configuration, "--listen", f"127.0.0.1:{port}"]
    return command, {"DATABASE_URL": f"sqlite:///{directory}/pulso.db"}


def pulso_tls_command(setup, directory, port):
    certificate, key = directory / "certificate.pem", directory / "key.pem"
    subprocess.run(["openssl", "req", "-x509", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:P-256", "-nodes",
                    "-subj", "/CN=localhost", "-days", "1", "-keyout", key, "-out", certificate],
                   check=True, capture_output=True)
    command, variables = pulso_command(setup, directory, port)
    return [*command, "--tls-cert", certificate, "--tls-key", key], variables


def node_command(script):
    return lambda setup, _directory, port: (["node", setup.bench / "peers" / script], {"PORT": str(port)})


def nchan_command(setup, directory, port):
    template = (setup.bench / "peers" / "nchan.conf").read_text()
    configuration = directory / "nginx.conf"
    configuration.write_text(template.replace("@PORT@", str(port)).replace("@DIRECTORY@", str(directory)))
    return ["nginx", "-p", directory, "-c", configuration], {}


# Each: (setup, directory, port) → (command, environment variables).
COMMANDS = {"floor": floor_command, "pulso": pulso_command, "pulso-tls": pulso_tls_command,
            "ws": node_command("ws.js"), "socketio": node_command("socketio.js"), "nchan": nchan_command}
