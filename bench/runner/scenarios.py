"""What is measured, on which servers, with which arguments of the generator."""

import dataclasses
from collections.abc import Callable

from runner import servers, tracks

NAMES = ["idle", "fanout", "contention", "storm", "slow", "sio-fanout", "sio-idle", "sio-connect", "sio-poll",
         "sse-fanout", "sse-idle", "sse-resume", "payments", "files"]

FANOUT_SERVERS = ["floor", "pulso", "ws", "socketio", "nchan"]
IDLE_SERVERS = ["pulso", "pulso-tls", "ws", "socketio", "nchan"]
# Each Pulso right before the Node that it is compared with.
SOCKETIO_SERVERS = ["pulso-sio", "socketio", "socketio-recovery", "pulso-sio-redis", "socketio-redis"]
LEDGER_SERVERS = ["pulso-ledger", "pulso-ledger-cluster"]
SSE_SERVERS = ["pulso-sse", "nchan-sse"]
# Makes each broadcast about 1 KB, so that the stalled member's share exceeds every kernel buffer.
SLOW_USER_INFO_BYTES = 900


@dataclasses.dataclass
class Job:
    """One call of the generator: `arguments` takes the running server."""

    name: str
    servers: list[str]
    arguments: Callable
    # Runs beside each of the servers, and is measured in turns with it.
    reference: str = ""
    # A script for Node below bench/ instead of `pulso_load`.
    script: str = ""


def fanout(members, deliveries, in_flight="1,8"):
    return lambda server: ["fanout", *server.dialect, "--members", str(members), "--deliveries", str(deliveries),
                           "--in-flight", in_flight]


def room_fanout(deliveries, *more):
    """Over Socket.IO, to the members of a room."""
    return lambda server: [*fanout(1000, deliveries)(server), "--room", "bench", *more]


def files(server):
    reference = server.reference
    return ["files", "--file", str(server.file), "--target", server.target, "--listeners", "1,500",
            "--reference-port", str(reference.port), "--reference-pid", str(reference.pid),
            "--reference-target", reference.target]


def payments(accounts):
    """A stream at the other instance, where there is one, hears of them."""
    return lambda server: ["--url", f"http://127.0.0.1:{server.port}",
                           "--other", f"http://127.0.0.1:{server.other_port or server.port}",
                           "--jwt-secret", tracks.SECRET, "--bank-secret", servers.BANK_SECRET,
                           "--accounts", str(accounts),
                           *(["--database", server.database_url] if server.database_url else [])]


def slow(*more):
    return lambda server: ["slow", *server.dialect, "--payload-bytes", str(SLOW_USER_INFO_BYTES), *more]


# Only asks how large a broadcast is: among so many, the publisher's own longer answers do not count.
PROBE = Job("probe", ["pulso"], fanout(members=100, deliveries=2000, in_flight="1"))

JOBS = {
    "idle": [Job("idle", IDLE_SERVERS, lambda server: ["idle", *server.dialect])],
    "fanout": [Job("fanout-1000", FANOUT_SERVERS, fanout(members=1000, deliveries=1_000_000)),
               Job("fanout-10000", FANOUT_SERVERS, fanout(members=10_000, deliveries=400_000))],
    "contention": [Job("contention", ["pulso"], lambda _: ["contention"])],
    "storm": [Job("storm", ["pulso"], lambda _: ["storm"])],
    # Side by side, since they are compared.
    "slow": [Job("slow-without", ["pulso"], slow("--without-stalled")), Job("slow-with", ["pulso"], slow())],
    "sio-fanout": [Job("sio-fanout", SOCKETIO_SERVERS, room_fanout(400_000))],
    "sio-idle": [Job("sio-idle", SOCKETIO_SERVERS[:3], lambda server: ["idle", *server.dialect])],
    "sio-connect": [Job("sio-connect", SOCKETIO_SERVERS[:3], lambda server: ["connect", *server.dialect])],
    "sio-poll": [Job("sio-poll", SOCKETIO_SERVERS[:3], room_fanout(200_000, "--polling"))],
    "sse-fanout": [Job("sse-fanout-1000", SSE_SERVERS, fanout(members=1000, deliveries=1_000_000)),
                   Job("sse-fanout-10000", SSE_SERVERS, fanout(members=10_000, deliveries=400_000)),
                   # Each event is stored before it is sent: not what nchan does.
                   Job("events-fanout-1000", ["pulso-events"], fanout(members=1000, deliveries=200_000))],
    "sse-resume": [Job("sse-resume", ["pulso-events"], lambda server: ["resume", *server.dialect])],
    "sse-idle": [Job("sse-idle", ["pulso-sse", "pulso-events", "nchan-sse"], lambda server: ["idle", *server.dialect])],
    "payments": [Job(f"payments-{accounts}", LEDGER_SERVERS, payments(accounts), script="ledger/measure.js")
                 for accounts in (1, 16)],
    "files": [Job("files", ["pulso-tracks", "pulso-files"], files, reference="nginx")],
}


def jobs(names):
    return [job for name in names for job in JOBS[name]]
