"""Tests of off_policy.py on logs whose truth is known.

    python3 analysis/test_off_policy.py
"""

import io
import os
import random
import sys
import unittest

sys.path.insert(0, os.path.dirname(os.path.abspath(__file__)))
import off_policy as op  # noqa: E402

LOGS = 60
TITLES = (
    "world,router,seed,payment,count,taken,propensity,cost_bps,completed,"
    + ",".join(f"{name}_{i}" for name in ("expected_bps", "propensity", "true_bps") for i in (1, 2, 3))
)


def toy_log(seed, count=400, explored=0.3, bias=0.0):
    """Choices among three plans that mostly cost little and now and then 40 more; what is believed of
    them is the truth and `bias` times a plan's number."""
    dice = random.Random(seed)
    lines = [TITLES]
    for payment in range(count):
        base = dice.uniform(5, 30)
        chances = [dice.uniform(0, 0.3) for _ in range(3)]
        fees = [base, base + dice.uniform(0, 5), base + dice.uniform(0, 5)]
        true = [fee + 40 * chance for fee, chance in zip(fees, chances)]
        propensity = [1 - explored + explored / 3, explored / 3, explored / 3]
        taken = dice.choices(range(3), propensity)[0]
        cost = fees[taken] + (40 if dice.random() < chances[taken] else 0)
        believed = [value + bias * i for i, value in enumerate(true)]
        cells = ["w", "r", 1, payment, 3, taken + 1, propensity[taken], cost, 1]
        lines.append(",".join(str(cell) for cell in cells + believed + propensity + true))
    return op.read_log(io.StringIO("\n".join(lines)))


class OffPolicyTest(unittest.TestCase):
    def coverage(self, policy, bias):
        covered = {"ips": 0, "dr": 0}
        width = {"ips": 0.0, "dr": 0.0}
        for seed in range(LOGS):
            got = op.estimate(toy_log(seed, bias=bias), op.POLICIES[policy])
            for name in covered:
                mean, half = got[name]
                covered[name] += abs(mean - got["true"]) <= half
                width[name] += half / LOGS
        return covered, width

    def test_intervals_cover_the_true_cost_of_another_policy(self):
        for policy in ("second", "even"):
            covered, width = self.coverage(policy, bias=0.0)
            self.assertGreaterEqual(covered["ips"], 0.85 * LOGS, policy)
            self.assertGreaterEqual(covered["dr"], 0.85 * LOGS, policy)
            self.assertLess(width["dr"], width["ips"], policy)

    def test_wrong_beliefs_do_not_make_the_doubly_robust_one_wrong(self):
        covered, _ = self.coverage("second", bias=-25.0)
        self.assertGreaterEqual(covered["dr"], 0.85 * LOGS)

    def test_believing_without_looking_would_be_wrong(self):
        choices = toy_log(1, bias=-25.0)
        got = op.estimate(choices, op.POLICIES["second"])
        believed = sum(one["expected"][1] for one in choices) / len(choices)
        self.assertGreater(got["true"] - believed, 20)

    def test_its_own_policy_costs_what_was_paid(self):
        choices = toy_log(2, explored=0.3)
        own = lambda count: [0.8, 0.1, 0.1]  # noqa: E731
        paid = sum(one["cost"] for one in choices) / len(choices)
        self.assertAlmostEqual(op.estimate(choices, own)["ips"][0], paid, places=9)

    def test_what_is_no_log_is_told_with_its_line(self):
        good = "w,r,1,0,1,1,1,3,1,2,,,1,,,3,,"
        for line, text in (
            ("w,r,1,0,one,1,1,3,1,2,,,1,,,3,,", "log:3"),
            ("w,r,1,0,1,2,1,3,1,2,,,1,,,3,,", "could be taken"),
            ("w,r,1,0,1,1,1,3,1,2,,,0.5,,,3,,", "add up"),
        ):
            with self.assertRaisesRegex(op.LogError, text):
                op.read_log(io.StringIO("\n".join((TITLES, good, line))))
        with self.assertRaisesRegex(op.LogError, "no choices"):
            op.read_log(io.StringIO(TITLES))


if __name__ == "__main__":
    unittest.main()
