"""The bars that Pulso is held to, and how a set of runs stands against them.

A ratio is taken within each round, where its two runs stood minutes apart, and the median of the rounds is judged: a
machine that gets slower over the hour moves both sides.
"""

import dataclasses
import statistics
from collections.abc import Callable

TOLERANCE = 0.05
MIB = 1024 * 1024


@dataclasses.dataclass
class Bar:
    """`value` of one round, from `get(job, server)` → figures; at most `limit`."""

    name: str
    unit: str
    limit: float
    value: Callable


@dataclasses.dataclass
class Judged:
    """`value` is None where no round has what the bar needs."""

    name: str
    unit: str
    limit: float
    value: float | None
    rounds: int
    verdict: str

    def as_json(self):
        return dataclasses.asdict(self)


class Missing(Exception):
    """The round has no such run: it was not chosen."""


def cpu(figures, in_flight):
    return next(run for run in figures["runs"] if run["in_flight"] == in_flight)["server_cpu_ns_per_delivery"]


def over_floor(job):
    return lambda get: cpu(get(job, "pulso"), 1) / cpu(get(job, "floor"), 1)


def eight_over_one(job):
    return lambda get: cpu(get(job, "pulso"), 8) / cpu(get(job, "pulso"), 1)


def over_ws(job):
    return lambda get: cpu(get(job, "pulso"), 1) / cpu(get(job, "ws"), 1)


def stalled_latency(get):
    return get("slow-with", "pulso")["latency_us"]["p99"] / get("slow-without", "pulso")["latency_us"]["p99"]


def stalled_memory(get):
    def growth(job):
        figures = get(job, "pulso")
        return figures["user_memory_peak_bytes"] - figures["user_memory_before_bytes"]

    return (growth("slow-with") - growth("slow-without")) / MIB


def socketio_fanout(in_flight):
    return lambda get: cpu(get("sio-fanout", "pulso-sio"), in_flight) / cpu(get("sio-fanout", "socketio"), in_flight)


def over_socketio(job, figure):
    return lambda get: get(job, "pulso-sio")[figure] / get(job, "socketio")[figure]


def over_nchan(job, in_flight):
    return lambda get: cpu(get(job, "pulso-sse"), in_flight) / cpu(get(job, "nchan-sse"), in_flight)


def over_nginx(server, listeners):
    def ratio(get):
        run = next(run for run in get("files", server)["runs"] if run["listeners"] == listeners)
        return run["server_cpu_s_per_gb"] / run["reference_cpu_s_per_gb"]

    return ratio


def broken_rounds(job, proof):
    """0 where the invariant held; the generator ends with an error where it does not."""
    return lambda get: 0 if get(job, "pulso")[proof] else 1


BARS = [
    *(Bar(f"CPU per delivery, {members} members, {in_flight} in flight", unit, limit, ratio(f"fanout-{members}"))
      for in_flight, unit, limit, ratio in ((1, "× floor", 1.10, over_floor),
                                            (8, "× 1 in flight", 0.17, eight_over_one),
                                            (1, "× Node ws", 0.65, over_ws))
      for members in (1000, 10000)),
    Bar("User memory of an idle connection", "bytes", 1500, lambda get: get("idle", "pulso")["bytes_per_connection"]),
    Bar("1,000 clients select one seat: not exactly one winner", "rounds", 0,
        broken_rounds("contention", "one_winner_each_round")),
    Bar("9,000 connections reset: all back, state exact", "s", 15, lambda get: get("storm", "pulso")["all_back_s"]),
    Bar("p99 of the others beside a stalled member", "× without", 1.10, stalled_latency),
    Bar("Server memory beside a stalled member", "MiB more", 1.0, stalled_memory),
    *(Bar(f"Socket.IO: CPU per delivery, 1000 members, {in_flight} in flight", "× Node socket.io", limit,
          socketio_fanout(in_flight)) for in_flight, limit in ((1, 0.55), (8, 0.10))),
    Bar("Socket.IO: user memory of an idle connection", "× Node socket.io", 0.15,
        over_socketio("sio-idle", "bytes_per_connection")),
    # Three times as many connections for the same CPU time.
    Bar("Socket.IO: CPU per connection made", "× Node socket.io", 1 / 3,
        over_socketio("sio-connect", "server_cpu_us_per_connection")),
    *(Bar(f"SSE: CPU per delivery, {members} streams, {in_flight} in flight", "× nchan", limit,
          over_nchan(f"sse-fanout-{members}", in_flight))
      for in_flight, limit in ((1, 0.88), (8, 0.16)) for members in (1000, 10000)),
    Bar("SSE: user memory of an idle stream", "bytes", 1500,
        lambda get: get("sse-idle", "pulso-sse")["bytes_per_connection"]),
    Bar("Account events: user memory of an idle stream", "bytes", 1500,
        lambda get: get("sse-idle", "pulso-events")["bytes_per_connection"]),
    Bar("Account events: 10,000 streams come back, p99", "s", 5,
        lambda get: get("sse-resume", "pulso-events")["return_us"]["p99"] / 1e6),
    *(Bar(f"{what}: CPU per GB, {listeners} listeners", "× nginx", 1.05, over_nginx(server, listeners))
      for what, server in (("Files", "pulso-files"), ("Tracks", "pulso-tracks")) for listeners in (1, 500)),
]


def judge(runs):
    return [judge_one(bar, runs) for bar in BARS]


def judge_one(bar, runs):
    values = []
    for number in sorted({run["round"] for run in runs}):
        figures = {(run["job"], run["server"]): run["figures"] for run in runs if run["round"] == number}
        try:
            values.append(bar.value(lambda job, server, of=figures: find(of, job, server)))
        except Missing:
            continue
        except KeyError:
            # A run without figures has failed, and with it the bar: no median may hide that.
            return Judged(bar.name, bar.unit, bar.limit, None, len(values), "FAIL")
    if not values:
        return Judged(bar.name, bar.unit, bar.limit, None, 0, "not run")
    value = statistics.median(values)
    return Judged(bar.name, bar.unit, bar.limit, value, len(values), verdict(value, bar.limit))


def find(figures, job, server):
    if (job, server) not in figures:
        raise Missing
    return figures[job, server]


def verdict(value, limit):
    if value <= limit:
        return "pass"
    return "pass within tolerance" if value <= limit * (1 + TOLERANCE) else "FAIL"
