"""What counts as passed. Run in bench/: python3 -m unittest tests.test_bars"""

import unittest

from runner import bars


def fanout_run(number, server, one, eight=100):
    runs = [{"in_flight": 1, "server_cpu_ns_per_delivery": one}, {"in_flight": 8, "server_cpu_ns_per_delivery": eight}]
    return {"round": number, "job": "fanout-1000", "server": server, "figures": {"runs": runs}}


def judged(runs, unit, name):
    return next(bar for bar in bars.judge(runs) if bar.unit == unit and name in bar.name)


class Bars(unittest.TestCase):
    def test_the_median_of_the_ratios_within_each_round_is_judged(self):
        runs = [fanout_run(1, "pulso", 1000), fanout_run(1, "floor", 1000),
                fanout_run(2, "pulso", 4200), fanout_run(2, "floor", 4000),
                fanout_run(3, "pulso", 9000), fanout_run(3, "floor", 1000)]
        bar = judged(runs, "× floor", "1000 members")
        self.assertAlmostEqual(bar.value, 1.05)
        self.assertEqual((bar.rounds, bar.verdict), (3, "pass"))

    def test_five_percent_are_tolerated_and_named(self):
        for measured, verdict in ((1.10, "pass"), (1.15, "pass within tolerance"), (1.16, "FAIL")):
            runs = [fanout_run(1, "pulso", measured * 1000), fanout_run(1, "floor", 1000)]
            self.assertEqual(judged(runs, "× floor", "1000 members").verdict, verdict)

    def test_one_failed_run_fails_its_bar(self):
        runs = [fanout_run(1, "pulso", 1000), fanout_run(1, "floor", 1000), fanout_run(2, "floor", 1000),
                {"round": 2, "job": "fanout-1000", "server": "pulso", "figures": {"error": "client 7 was lost"}}]
        self.assertEqual(judged(runs, "× floor", "1000 members").verdict, "FAIL")

    def test_what_was_not_chosen_is_not_judged(self):
        self.assertEqual(judged([fanout_run(1, "pulso", 1000)], "× Node ws", "1000 members").verdict, "not run")

    def test_a_broken_invariant_fails_however_many_rounds_kept_it(self):
        kept = {"one_winner_each_round": True}
        runs = [{"round": number, "job": "contention", "server": "pulso", "figures": kept} for number in range(1, 5)]
        self.assertEqual(judged(runs, "rounds", "winner").verdict, "pass")
        runs.append({"round": 5, "job": "contention", "server": "pulso", "figures": {"error": "contention broken"}})
        self.assertEqual(judged(runs, "rounds", "winner").verdict, "FAIL")

    def test_files_are_compared_by_the_number_of_listeners(self):
        def run(listeners, server, reference):
            return {"listeners": listeners, "server_cpu_s_per_gb": server, "reference_cpu_s_per_gb": reference}

        figures = {"runs": [run(1, 0.30, 0.30), run(500, 0.36, 0.30)]}
        runs = [{"round": 1, "job": "files", "server": "pulso-files", "figures": figures}]
        self.assertEqual(judged(runs, "× nginx", " 1 listeners").verdict, "pass")
        self.assertEqual(judged(runs, "× nginx", "500 listeners").verdict, "FAIL")

    def test_a_third_of_the_cpu_time_is_three_times_the_connection_rate(self):
        def connect_run(server, microseconds):
            figures = {"server_cpu_us_per_connection": microseconds}
            return {"round": 1, "job": "sio-connect", "server": server, "figures": figures}

        runs = [connect_run("pulso-sio", 100), connect_run("socketio", 301)]
        self.assertEqual(judged(runs, "× Node socket.io", "connection made").verdict, "pass")


if __name__ == "__main__":
    unittest.main()
