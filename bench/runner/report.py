"""Renders medians and bars as Markdown tables, as docs/BENCHMARKS.md has them."""

import statistics

FANOUTS = {"fanout-1000": "1,000", "fanout-10000": "10,000"}
SSE_FANOUTS = {"sse-fanout-1000": "1,000", "sse-fanout-10000": "10,000", "events-fanout-1000": "1,000, stored"}
SOCKETIO_FANOUTS = {"sio-fanout": "1,000", "sio-poll": "1,000 polling"}


def render(result, judged):
    runs = [run for run in result["runs"] if "error" not in run["figures"]]
    failed = [run for run in result["runs"] if "error" in run["figures"]]
    parts = [fanout_table(runs, FANOUTS, "floor"), idle_table(runs, "idle"), single_table(runs),
             fanout_table(runs, SOCKETIO_FANOUTS, "socketio"), idle_table(runs, "sio-idle"), connect_table(runs),
             fanout_table(runs, SSE_FANOUTS, "nchan-sse"), idle_table(runs, "sse-idle"),
             payments_table(runs), files_table(runs), bar_table(judged)]
    parts += [f"round {run['round']} {run['job']} {run['server']}: {run['figures']['error']}" for run in failed]
    return "\n\n".join(part for part in parts if part)


def table(head, rows):
    if not rows:
        return ""
    lines = [head, ["---"] * len(head), *rows]
    return "\n".join("| " + " | ".join(line) + " |" for line in lines)


def median_of(runs, job, server, get):
    values = [get(run["figures"]) for run in runs if run["job"] == job and run["server"] == server]
    return statistics.median(values) if values else None


def names(runs, job):
    """The servers of a job in the order in which they ran."""
    return list(dict.fromkeys(run["server"] for run in runs if run["job"] == job))


def fanout_table(runs, jobs, reference):
    """`jobs`: how each is called in the table. `reference` is the server that the others are compared with."""
    rows = []
    for job, label in jobs.items():
        for index, in_flight in enumerate((1, 8)):
            def median(server, get, job=job, index=index):
                return median_of(runs, job, server, lambda figures: get(figures["runs"][index]))

            compared = median(reference, lambda run: run["server_cpu_ns_per_delivery"])
            for server in names(runs, job):
                cpu = median(server, lambda run: run["server_cpu_ns_per_delivery"])
                rate = median(server, lambda run: run["deliveries_per_s"])
                p50 = median(server, lambda run: run["latency_us"]["p50"]) / 1000
                p99 = median(server, lambda run: run["latency_us"]["p99"]) / 1000
                busy = median(server, lambda run: run["load_cpu_s"] / run["wall_s"])
                rows.append([label, str(in_flight), server, f"{cpu:,.0f}",
                             f"{cpu / compared:.2f}" if compared else "", f"{rate:,.0f}", f"{p50:.1f}", f"{p99:.1f}",
                             f"{busy:.0%}"])
    return table(["members", "in flight", "server", "CPU ns per delivery", f"× {reference}", "deliveries per s",
                  "p50 ms", "p99 ms", "generator busy"], rows)


def idle_table(runs, job):
    rows = [[server, f"{median_of(runs, job, server, lambda figures: figures['bytes_per_connection']):,.0f}"]
            for server in names(runs, job)]
    return table([f"{job}, joined", "bytes of user memory a connection"], rows)


def connect_table(runs):
    def median(server, figure):
        return median_of(runs, "sio-connect", server, lambda figures: figures[figure])

    rows = [[server, f"{median(server, 'server_cpu_us_per_connection'):,.0f}",
             f"{median(server, 'connections_per_cpu_s'):,.0f}"] for server in names(runs, "sio-connect")]
    return table(["made, joined, closed", "CPU µs per connection", "connections per CPU second"], rows)


def files_table(runs):
    rows = []
    for index, listeners in enumerate(("1", "500")):
        for server in names(runs, "files"):
            def median(figure, server=server, index=index):
                return median_of(runs, "files", server, lambda figures: figures["runs"][index][figure])

            rows.append([listeners, server, f"{median('server_cpu_s_per_gb'):.3f}", f"{median('gb_per_s'):.2f}",
                         f"{median('reference_cpu_s_per_gb'):.3f}", f"{median('reference_gb_per_s'):.2f}"])
    return table(["listeners", "server", "CPU s per GB", "GB per s", "nginx: CPU s per GB", "nginx: GB per s"], rows)


def payments_table(runs):
    rows = []
    for job, accounts in (("payments-1", "1"), ("payments-16", "16")):
        for server in names(runs, job):
            for index, at_once in enumerate(("1", "16")):
                def median(get, job=job, server=server, index=index):
                    return median_of(runs, job, server, lambda figures: get(figures["runs"][index]))

                rows.append([accounts, at_once, server, f"{median(lambda run: run['payments_per_s']):,.0f}",
                             *(f"{median(lambda run, what=what, part=part: run[what][part]):.1f}"
                               for what in ("answered_ms", "heard_ms") for part in ("p50", "p99"))])
    return table(["accounts", "at once", "server", "payments per s", "answered p50 ms", "p99 ms", "heard p50 ms",
                  "p99 ms"], rows)


def single_table(runs):
    figures = [
        ("contention", "a client's answer, p50 ms", lambda of: of["answer_us"]["p50"] / 1000),
        ("contention", "a client's answer, p99 ms", lambda of: of["answer_us"]["p99"] / 1000),
        ("contention", "a round of 1,000, p50 ms", lambda of: of["round_us"]["p50"] / 1000),
        ("storm", "half are back after s", lambda of: of["return_us"]["p50"] / 1e6),
        ("storm", "all are back after s", lambda of: of["all_back_s"]),
        ("sse-resume", "half of 10,000 event streams are back after s", lambda of: of["return_us"]["p50"] / 1e6),
        ("sse-resume", "99 % of them are back after s", lambda of: of["return_us"]["p99"] / 1e6),
        ("payments-1", "an insert by another application is heard, p50 ms",
         lambda of: of["inserted_heard_ms"]["p50"]),
        ("payments-1", "the same, p99 ms", lambda of: of["inserted_heard_ms"]["p99"]),
        ("slow-without", "p99 ms", lambda of: of["latency_us"]["p99"] / 1000),
        ("slow-with", "p99 ms", lambda of: of["latency_us"]["p99"] / 1000),
    ]
    rows = []
    for job, what, get in figures:
        server = {"sse-resume": "pulso-events", "payments-1": "pulso-ledger-cluster"}.get(job, "pulso")
        value = median_of(runs, job, server, get)
        if value is not None:
            rows.append([job, what, f"{value:,.2f}"])
    return table(["pulso", "figure", "median"], rows)


def bar_table(judged):
    rows = [[bar.name, f"≤ {bar.limit:g} {bar.unit}", "" if bar.value is None else f"{bar.value:,.3g}", bar.verdict]
            for bar in judged if bar.verdict != "not run"]
    return table(["bar (medians; 5 % tolerance)", "limit", "measured", "verdict"], rows)
