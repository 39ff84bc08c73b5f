"""Starts the servers that are measured: each alone, pinned to one core, in an empty directory of its own."""

import array
import contextlib
import dataclasses
import os
import pathlib
import signal
import socket
import struct
import subprocess
import tempfile
import time

from runner import postgres, tracks

NAMES = ["floor", "pulso", "pulso-tls", "ws", "socketio", "nchan", "pulso-sio", "pulso-sio-redis", "socketio-recovery",
         "socketio-redis", "pulso-sse", "pulso-events", "nchan-sse", "pulso-ledger",
         "pulso-ledger-cluster", "pulso-tracks", "pulso-files"]
NODE_NAMES = ["ws", "socketio", "socketio-recovery", "socketio-redis"]
BANK_SECRET = "benchmarks-only-bank-benchmarks-only-bank"
FILE_NAMES = ["pulso-tracks", "pulso-files", "nginx"]

START_SECONDS_MAX = 20
STOP_SECONDS_MAX = 20
FILE_BYTES = 64 * 1024 * 1024

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

    @property
    def files(self):
        """The folder that the file servers serve."""
        return self.directory / "files"

    @property
    def large_file(self):
        return self.files / "large.wav"


@dataclasses.dataclass
class Place:
    """Where one server runs: a port of its own, and a directory that was empty."""

    port: int
    directory: pathlib.Path
    # Of the engines that were started for it; empty where it needs none.
    redis_url: str = ""
    database_url: str = ""


@dataclasses.dataclass
class Server:
    """A running server and how the generator speaks to it."""

    port: int
    pid: int
    dialect: list[str]
    # What the file servers serve, and its request target; the others have none.
    file: pathlib.Path
    target: str = "/"
    tls: bool = False
    # The server that is measured in turns with this one.
    reference: "Server | None" = None
    # Of the other instance, where there are two.
    other_port: int = 0
    database_url: str = ""


def programs(setup, names):
    """What must be there to start these servers."""
    return ["taskset", *(program for name in names for program in needs(setup, name))]


def needs(setup, name):
    if name in NODE_NAMES:
        programs_of = ["node", "npm"]
    elif name in ("nchan", "nchan-sse", "nginx"):
        programs_of = ["nginx"]
    elif name == "floor":
        programs_of = [setup.build / "bench" / "pulso_floor"]
    elif name in ("pulso", "pulso-tls", "pulso-tracks", "pulso-events") or name.startswith("pulso-ledger"):
        programs_of = [setup.build / "pulso", *(["openssl"] if name == "pulso-tls" else [])]
    else:
        programs_of = [setup.build / "pulso_echo"]
    return [*programs_of, *(["redis-server"] if name.endswith(("-redis", "-cluster")) else []),
            *([postgres.program("postgres")] if name.endswith("-cluster") else [])]


@contextlib.contextmanager
def started(setup, name):
    """Runs the server `name` for the length of a `with` block, and before it the engines that it needs."""
    with contextlib.ExitStack() as stack:
        directory = pathlib.Path(stack.enter_context(tempfile.TemporaryDirectory(dir=setup.directory)))
        place = Place(port=free_port(), directory=directory)
        if name in FILE_NAMES:
            make_large_file(setup)
        # Engines are not on the server's core: it is the server's own work that is measured.
        if name.endswith(("-redis", "-cluster")):
            port = free_port()
            stack.enter_context(running(redis_command(port), {}, setup.load_core, directory / "redis", port))
            place.redis_url = f"redis://127.0.0.1:{port}"
        other_port = 0
        if name.endswith("-cluster"):
            folder, port = stack.enter_context(postgres.data_folder()), free_port()
            stack.enter_context(running(postgres.command(folder, port), {}, setup.load_core, directory / "pg", port,
                                        stop_signal=signal.SIGINT))  # on SIGTERM it waits for its clients
            place.database_url = postgres.url(port)
            other = Place(free_port(), directory / "other", place.redis_url, place.database_url)
            other.directory.mkdir()
            other_port = other.port
            stack.enter_context(running(*ledger_command(setup, other), setup.load_core, other.directory, other_port))
        command, variables = COMMANDS[name](setup, place)
        process = stack.enter_context(running(command, variables, setup.server_core, directory, place.port))
        yield Server(port=place.port, pid=process.pid, dialect=dialect(setup, name), file=setup.large_file,
                     target=file_target(setup, name, place), tls=name == "pulso-tls", other_port=other_port,
                     database_url=place.database_url)


@contextlib.contextmanager
def running(command, variables, core, directory, port, stop_signal=signal.SIGTERM):
    """A process that has opened its port; `directory` is its working directory, made where it is absent."""
    directory.mkdir(exist_ok=True)
    log = directory / "log"
    with log.open("wb") as output:
        process = subprocess.Popen(["taskset", "-c", str(core), *map(str, command)], cwd=directory,
                                   env=os.environ | variables, stdout=output, stderr=output, stdin=subprocess.DEVNULL)
    try:
        wait_for_port(process, port, log)
        yield process
    finally:
        stop(process, stop_signal)


def make_large_file(setup):
    """Once, so that the kernel has it cached for all file servers. It is audio (WAV, stereo, 16 bits): a library takes
    nothing else. No eight bytes of it are like others: a range from another place shows itself."""
    if not setup.large_file.exists():
        setup.files.mkdir()
        head = struct.pack("<4sI4s4sIHHIIHH4sI", b"RIFF", 36 + FILE_BYTES, b"WAVE", b"fmt ", 16, 1, 2, 44100,
                           44100 * 4, 4, 16, b"data", FILE_BYTES)
        setup.large_file.write_bytes(head + array.array("Q", range(FILE_BYTES // 8)).tobytes())
        cache_anew(setup.large_file)


def cache_anew(file):
    """Lets the kernel read the file from the disk into its cache, as after a start. How a file that was just written
    lies there depends on who wrote it, and decides what it costs to send: twice as much in the worst case."""
    os.sync()  # what is not on the disk yet stays where it is
    with file.open("rb") as opened:
        os.posix_fadvise(opened.fileno(), 0, 0, os.POSIX_FADV_DONTNEED)
        while opened.read(1024 * 1024):
            pass


def file_target(setup, name, place):
    """Of the large file, on a running file server."""
    if name == "pulso-tracks":
        return tracks.audio_url(place.port, setup.large_file.stem)
    return f"/{setup.large_file.name}" if name in FILE_NAMES else "/"


def dialect(setup, name):
    """The generator's arguments for the protocol of `name`."""
    if name in ("pulso", "pulso-tls"):
        return ["--dialect", "seats"]
    arguments = ["--payload-bytes", str(setup.payload_bytes)]
    if name.startswith(("socketio", "pulso-sio")):
        return ["--dialect", "socketio", *arguments]
    if name == "pulso-sse":
        return ["--dialect", "sse", "--target", "/sse?topic=bench", "--publish-target", "/sse?topic=bench",
                "--publish-json", *arguments]
    if name == "pulso-events":
        token = tracks.user_token(account_id=1, scope="events:write")
        return ["--dialect", "sse", "--target", f"/events/stream?token={token}", "--publish-target",
                f"/events/publish?token={token}", "--publish-events", *arguments]
    if name == "nchan-sse":
        return ["--dialect", "sse", "--target", "/sse", "--publish-target", "/publish", *arguments]
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


def stop(process, stop_signal):
    process.send_signal(stop_signal)
    try:
        process.wait(STOP_SECONDS_MAX)
    except subprocess.TimeoutExpired:
        process.kill()
        process.wait()


def floor_command(setup, place):
    return [setup.build / "bench" / "pulso_floor", place.port, setup.payload_bytes], {}


def pulso_command(setup, place):
    configuration = place.directory / "pulso.toml"
    configuration.write_text(PULSO_CONFIGURATION)
    command = [setup.build / "pulso", "serve", "--demo", "--config", configuration, "--listen", listen(place)]
    return command, {"DATABASE_URL": f"sqlite:///{place.directory}/pulso.db"}


def pulso_tls_command(setup, place):
    certificate, key = place.directory / "certificate.pem", place.directory / "key.pem"
    subprocess.run(["openssl", "req", "-x509", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:P-256", "-nodes",
                    "-subj", "/CN=localhost", "-days", "1", "-keyout", key, "-out", certificate],
                   check=True, capture_output=True)
    command, variables = pulso_command(setup, place)
    return [*command, "--tls-cert", certificate, "--tls-key", key], variables


def tracks_command(setup, place):
    """The product's own way to a listener: signed URLs of a library that has the large file."""
    command, variables = pulso_command(setup, place)
    variables["JWT_SECRET"] = tracks.SECRET
    tracks.import_folder(setup.build / "pulso", place.directory / "pulso.toml", setup.files, variables)
    for file in place.directory.rglob("*.wav"):
        cache_anew(file)
    return command, variables


def events_command(setup, place):
    """The product's own streams: a credential, a log on disk, a welcome."""
    command, variables = pulso_command(setup, place)
    return command, variables | {"JWT_SECRET": tracks.SECRET}


def ledger_command(setup, place):
    """Payments by a bank that signs: in SQLite, or in what `place` names."""
    command, variables = pulso_command(setup, place)
    engines = {"DATABASE_URL": place.database_url, "REDIS_URL": place.redis_url} if place.database_url else {}
    return command, variables | engines | {"JWT_SECRET": tracks.SECRET, "PULSO_EVENTS_BANK_SECRET": BANK_SECRET}


def socketio_command(setup, place):
    """Pulso's Socket.IO with the events that the Node peer has too."""
    redis = ["--redis", place.redis_url] if place.redis_url else []
    return [setup.build / "pulso_echo", "--listen", listen(place), "--socketio", "app", "--measured",
            *redis], {}


def sse_command(setup, place):
    return [setup.build / "pulso_echo", "--listen", listen(place), "--sse", "--measured"], {}


def files_command(setup, place):
    return [setup.build / "pulso_echo", "--listen", listen(place), "--files", setup.files], {}


def listen(place):
    return f"127.0.0.1:{place.port}"


def node_command(script, **variables):
    return lambda setup, place: (["node", setup.bench / "peers" / script],
                                 {"PORT": str(place.port), "REDIS_URL": place.redis_url, **variables})


def nginx_command(configuration):
    def command(setup, place):
        text = (setup.bench / "peers" / configuration).read_text()
        for name, value in (("PORT", place.port), ("DIRECTORY", place.directory), ("FILES", setup.files)):
            text = text.replace(f"@{name}@", str(value))
        written = place.directory / "nginx.conf"
        written.write_text(text)
        return ["nginx", "-p", place.directory, "-c", written], {}

    return command


def redis_command(port):
    return ["redis-server", "--bind", "127.0.0.1", "--port", port, "--save", "", "--appendonly", "no"]


# Each: (setup, place) → (command, environment variables).
COMMANDS = {"floor": floor_command, "pulso": pulso_command, "pulso-tls": pulso_tls_command,
            "ws": node_command("ws.js"), "socketio": node_command("socketio.js"), "nchan": nginx_command("nchan.conf"),
            "pulso-sio": socketio_command, "pulso-sio-redis": socketio_command,
            "socketio-recovery": node_command("socketio.js", RECOVERY="1"),
            "socketio-redis": node_command("socketio.js"), "pulso-sse": sse_command,
            "pulso-events": events_command, "pulso-ledger": ledger_command, "pulso-ledger-cluster": ledger_command,
            "nchan-sse": nginx_command("nchan.conf"), "pulso-tracks": tracks_command,
            "pulso-files": files_command, "nginx": nginx_command("files.conf")}
