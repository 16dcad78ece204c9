#!/usr/bin/env bash
# A changed scenario changes what it should, in the direction it should, on the same payments.
# shellcheck source=tests/cli/lib.sh
. tests/cli/lib.sh

run() {
    local name=$1
    shift
    expect 0 "$herstatt" run scenarios/default.yaml --no-output --json --threads 2 \
        --set workload.payments=8000 "$@"
    cp "$work/out" "$work/$name.json"
}

run base
run router_static --set routing.router=static_table
run router_hops --set routing.router=fewest_hops
run tight --set liquidity.prefunding=0.05 --set liquidity.credit_line=0 --set liquidity.top_up=false \
    --set liquidity.rtgs_opening_balance=0.05 --set liquidity.rtgs_intraday_credit=0
run ample --set liquidity.prefunding=1000 --set liquidity.rtgs_opening_balance=1000
run dear --set liquidity.annual_rate=40%
run slow --set rails.correspondent.processing_median=1h
run wide --set charges.correspondent_fixed_usd=80
run weekend --set clock.date=2025-10-18
run held --set market.quote_validity=30d
run late --set market.quote_validity=1ns
run premium --set 'market.premia=[{of: NGN, mean: 30%, official: nobody}, {of: EGP, mean: 30%, official: nobody}]'
run shallow --set market.dealers.depth_usd=100k
run shifted --set 'market.realignments=[{of: INR, size: 20%, at: 1h}]' --set market.quote_validity=5min
run jumping --set market.model=garch --set market.quote_validity=1min \
    --set 'market.jumps=[{of: major, per_year: 2000, deviation: 2%}]'
run calm --set market.model=garch --set market.quote_validity=1min
run instant --set rails.beneficiary.instant_share=100%

python3 - "$work" <<'PYTHON' || failures=$((failures + 1))
import json, os, sys
d = {n[:-5]: json.load(open(os.path.join(sys.argv[1], n)))
     for n in os.listdir(sys.argv[1]) if n.endswith(".json")}
m = {k: {name: v["value"] for name, v in r["metrics"].items()} for k, r in d.items()}
checks = {
    "less liquidity, more failures": m["tight"]["all.failed"] > 2 * m["base"]["all.failed"],
    "less liquidity, more queues": m["tight"]["all.waited"] > m["base"]["all.waited"],
    "with liquidity without end nothing fails for want of it":
        m["ample"]["all.failed"] < m["base"]["all.failed"],
    "dearer money, dearer liquidity":
        m["dear"]["all.liquidity"] > 5 * m["base"]["all.liquidity"],
    "dearer money changes neither fees nor time":
        m["dear"]["all.fee"] == m["base"]["all.fee"] and
        m["dear"]["all.time_p50"] == m["base"]["all.time_p50"],
    "slower correspondents, fewer at the bank within ten minutes":
        m["slow"]["retail.bank_10min"] < m["base"]["retail.bank_10min"] / 2,
    "dearer correspondents, dearer retail payments": m["wide"]["retail.fee"] > m["base"]["retail.fee"],
    "on a Saturday banks wait for Monday": m["weekend"]["wholesale.time_p50"] > 86400,
    "instant crediting credits sooner":
        m["instant"]["retail.credited_1h"] > m["base"]["retail.credited_1h"],
    "the cheapest router is no dearer than the static table":
        m["base"]["retail.cost"] <= m["router_static"]["retail.cost"] * 1.001,
    "a quote that stands is never late, and its payer loses nothing":
        m["held"]["fx.quotes_late"] == 0 and m["held"]["fx.quotes_held"] > 0 and
        m["held"]["fx.slippage_size"] == 0,
    "a quote of an instant is always late, and slips as far as the market moves":
        m["late"]["fx.quotes_held"] == 0 and
        m["late"]["fx.quotes_late"] == m["held"]["fx.quotes_held"] and
        0 < abs(m["late"]["fx.slippage"]) <= m["late"]["fx.slippage_size"] < 50,
    "quotes change the price of a payment, not its way":
        m["late"]["all.fee"] == m["base"]["all.fee"] and
        m["late"]["all.time_p50"] == m["base"]["all.time_p50"],
    "premia are paid, and make payments dearer":
        m["premium"]["fx.premium_amount"] > 0 and
        m["premium"]["all.fx_margin"] > m["base"]["all.fx_margin"],
    "shallow dealers fill up, and quotes lean":
        m["shallow"]["fx.inventory_largest"] > 100 and
        m["shallow"]["wholesale.fx_margin"] != m["base"]["wholesale.fx_margin"],
    "jumps make late quotes slip further":
        m["jumping"]["fx.slippage_size"] > 2 * m["calm"]["fx.slippage_size"],
    "a devaluation after most payments of the day were priced moves what late ones receive":
        m["shifted"]["fx.slippage_size"] > 0,
    "without quotes, premia and depth the figures of dealing are zero":
        not any(v for k, v in m["base"].items() if k.startswith("fx.")),
    "every run submits the same payments":
        len({r["metrics"]["retail.submitted"]["value"] for k, r in d.items()}) == 1,
    "nothing is left pending": all(r["payments"]["pending"] == 0 for r in d.values()),
    "no invariant is broken": all(r["invariants"]["violated"] == 0 for r in d.values()),
}
for what, held in checks.items():
    if not held:
        print("FAILED:", what)
sys.exit(not all(checks.values()))
PYTHON
finish
