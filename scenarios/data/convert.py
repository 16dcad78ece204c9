#!/usr/bin/env python3
"""Write the calibration tables of scenarios/data from the raw collection.

    convert.py SOURCE_DIRECTORY [OUTPUT_DIRECTORY]

SOURCE_DIRECTORY holds the raw tables named in scenarios/data/README.md. Only the Python standard
library is used. Every table written starts with comment lines that say where the numbers come
from; rows are sorted by their key; LF line ends. Running it twice gives the same bytes, apart from
zones.csv, which follows the time zone database of the machine it runs on.
"""

import csv
import datetime as dt
import decimal
import json
import sys
import zoneinfo
from collections import OrderedDict
from pathlib import Path

UTC = dt.timezone.utc
FX_FROM, FX_TO = "2016-01-01", "2026-04-13"
HOLIDAY_YEARS = (2020, 2030)
ZONE_FROM, ZONE_TO = dt.datetime(2015, 1, 1, tzinfo=UTC), dt.datetime(2031, 1, 1, tzinfo=UTC)
SIGNIFICANT_DIGITS = 6

# Countries that use one of our currencies without being the country that stands for it:
# ISO 3166 alpha-3 -> alpha-2 (XK is user-assigned), currency in 2026, main zone of the country.
SHARED_CURRENCY = {
    "AUT": ("AT", "EUR", "Europe/Vienna"),
    "BEL": ("BE", "EUR", "Europe/Brussels"),
    "BEN": ("BJ", "XOF", "Africa/Porto-Novo"),
    "BGR": ("BG", "EUR", "Europe/Sofia"),
    "CIV": ("CI", "XOF", "Africa/Abidjan"),
    "ECU": ("EC", "USD", "America/Guayaquil"),
    "ESP": ("ES", "EUR", "Europe/Madrid"),
    "EST": ("EE", "EUR", "Europe/Tallinn"),
    "FRA": ("FR", "EUR", "Europe/Paris"),
    "HRV": ("HR", "EUR", "Europe/Zagreb"),
    "ITA": ("IT", "EUR", "Europe/Rome"),
    "KIR": ("KI", "AUD", "Pacific/Tarawa"),
    "LTU": ("LT", "EUR", "Europe/Vilnius"),
    "LUX": ("LU", "EUR", "Europe/Luxembourg"),
    "LVA": ("LV", "EUR", "Europe/Riga"),
    "MLI": ("ML", "XOF", "Africa/Bamako"),
    "NLD": ("NL", "EUR", "Europe/Amsterdam"),
    "PAN": ("PA", "USD", "America/Panama"),
    "PRT": ("PT", "EUR", "Europe/Lisbon"),
    "PSE": ("PS", "ILS", "Asia/Hebron"),
    "SLV": ("SV", "USD", "America/El_Salvador"),
    "SVK": ("SK", "EUR", "Europe/Bratislava"),
    "TGO": ("TG", "XOF", "Africa/Lome"),
    "TUV": ("TV", "AUD", "Pacific/Funafuti"),
    "XKX": ("XK", "EUR", "Europe/Belgrade"),
}

# Stable ids of the settlement systems; a row of the raw table without an id here is an error.
RTGS_ID = {
    "UAEFTS": "AED-UAEFTS", "RITS": "AUD-RITS", "STR": "BRL-STR", "Lynx": "CAD-LYNX",
    "SIC RTGS": "CHF-SIC", "CIPS": "CNY-CIPS", "HVPS (CNAPS)": "CNY-HVPS",
    "T2 (Kronos2 until 2025-04)": "DKK-T2", "T2 RTGS": "EUR-T2", "CHAPS": "GBP-CHAPS",
    "CHATS": "HKD-CHATS", "BI-RTGS": "IDR-BIRTGS", "RTGS (RBI)": "INR-RTGS",
    "BOJ-NET Funds Transfer": "JPY-BOJNET", "BOK-Wire+": "KRW-BOKWIRE", "SPEI": "MXN-SPEI",
    "RENTAS": "MYR-RENTAS", "NBO": "NOK-NBO", "ESAS": "NZD-ESAS", "PhilPaSS Plus": "PHP-PHILPASS",
    "SORBNET3": "PLN-SORBNET", "SARIE": "SAR-SARIE", "RIX-RTGS": "SEK-RIX", "MEPS+": "SGD-MEPS",
    "BAHTNET": "THB-BAHTNET", "EFT": "TRY-EFT", "CHIPS": "USD-CHIPS",
    "Fedwire Funds": "USD-FEDWIRE", "SAMOS": "ZAR-SAMOS",
}

# Published figures the raw table does not hold, or holds for another date.
PUBLISHED_EXTRA = [
    ("swift_reach_beneficiary_bank_10min", "wholesale", 75, "pct", "2024-12-31", "published",
     "Swift 2024, through secondary reports"),
    ("gpi_share_at_most_one_intermediary", "retail", 84, "pct", "2022-02-08", "published",
     "BIS CPMI gpi study 2022"),
    ("rpw_bank_pct", "remittance", 14.99, "pct", "2025-09-30", "published",
     "World Bank RPW issue 54, through secondary reports"),
    ("rpw_digital_pct", "remittance", 4.59, "pct", "2025-09-30", "published",
     "World Bank RPW issue 54, through secondary reports"),
    ("rpw_mto_pct", "remittance", 5.22, "pct", "2022-06-30", "published",
     "World Bank RPW, through GSMA 2022"),
    ("rpw_post_pct", "remittance", 6.45, "pct", "2022-06-30", "published",
     "World Bank RPW, through GSMA 2022"),
    ("rpw_mobile_operator_pct", "remittance", 3.45, "pct", "2022-06-30", "published",
     "World Bank RPW, through GSMA 2022"),
    ("wholesale_cost_bp", "wholesale", 51, "bp", "2021-11-03", "published",
     "Oliver Wyman and J.P. Morgan 2021: 120 bn on 23.5 tn USD; excludes FX and trapped liquidity; "
     "self-interested"),
]


def read(source, name):
    """Rows of a raw table, blanks as empty text (so that NA stays Namibia)."""
    with open(source / name, encoding="utf-8", newline="") as handle:
        return list(csv.DictReader(handle))


def write(target, name, comments, header, rows):
    """One table: comments, header, rows; returns the row count."""
    rows = list(rows)
    with open(target / name, "w", encoding="utf-8", newline="") as handle:
        for line in comments:
            assert len(line) <= 110, line
            handle.write(f"# {line}\n")
        writer = csv.writer(handle, lineterminator="\n")
        writer.writerow(header)
        for row in rows:
            assert len(row) == len(header), row
            writer.writerow(row)
    print(f"{name:22} {len(rows):6} rows {(target / name).stat().st_size / 1000:8.1f} kB")
    return rows


def significant(text, digits=SIGNIFICANT_DIGITS):
    """A decimal text rounded to significant digits, without exponent; blank stays blank."""
    if text == "":
        return ""
    value = float(text)
    assert value > 0
    decimals = digits - len(str(int(value))) if value >= 1 else digits + _leading_zeros(value)
    out = f"{round(value, decimals):.{max(decimals, 0)}f}"
    return out.rstrip("0").rstrip(".") if "." in out else out


def _leading_zeros(value):
    zeros = 0
    while value < 0.1:
        value *= 10
        zeros += 1
    return zeros


def number(value):
    """Shortest decimal text of a figure."""
    out = f"{float(value):.10g}"
    assert "e" not in out
    return out


def offsets(zone):
    """[(from_utc, offset_s)] of a zone over the kept years, by bisection between daily probes."""
    info = zoneinfo.ZoneInfo(zone)

    def offset(seconds):
        moment = dt.datetime.fromtimestamp(seconds, UTC).astimezone(info)
        return int(moment.utcoffset().total_seconds())

    begin, end = int(ZONE_FROM.timestamp()), int(ZONE_TO.timestamp())
    out = [(begin, offset(begin))]
    for day in range(begin, end, 86400):
        low, high = day, day + 86400
        if offset(low) == offset(high):
            continue
        while high - low > 1:
            middle = (low + high) // 2
            if offset(middle) == offset(low):
                low = middle
            else:
                high = middle
        out.append((high, offset(high)))
    return out


def clock(text):
    """'HH:MM', 'HH:MM-1', 'HH:MM+1' or '24:00' as (day, 'HH:MM')."""
    day = 0
    if text[-2:] in ("-1", "+1"):
        day, text = int(text[-2:]), text[:-2]
    if text == "24:00":
        day, text = day + 1, "00:00"
    return day, text


def main(arguments):
    if len(arguments) not in (2, 3):
        print(__doc__, file=sys.stderr)
        return 2
    source = Path(arguments[1])
    target = Path(arguments[2]) if len(arguments) == 3 else Path(__file__).resolve().parent

    # --- currencies and countries -------------------------------------------------------------
    raw_currencies = sorted(read(source, "currencies.csv"), key=lambda r: r["code"])
    currency = OrderedDict((r["code"], r) for r in raw_currencies)
    write(target, "currencies.csv", [
        "Currencies of the model. observed: code, numeric, minor_unit, pegs; assumed: float/managed labels.",
        "source: ISO 4217 (datasets/currency-codes, PDDL); pegs lineofflight/frankfurter (MIT); weekends",
        "  Unicode CLDR supplemental weekData (Unicode v3); zones IANA tz database (public domain).",
        "selected: all 61; country stands for the currency (DE for EUR, SN for XOF, CM for XAF).",
        "peg_rate: units per 1 anchor. band_pct: +/- around peg_rate (DKK and HKD).",
        "flaws: regime float/managed and the weekends of BDT NPR INR UGX were not looked up.",
    ], ["code", "numeric", "minor_unit", "name", "country", "time_zone", "weekend", "regime",
        "peg_anchor", "peg_rate", "band_pct"], [
        [c, r["numeric"], r["minor_unit"], r["name"], r["iso2"], r["iana_time_zone"],
         r["weekend"], r["regime"], r["peg_anchor"], r["peg_rate"], r["band_pct"]]
        for c, r in currency.items()])

    country = {r["iso3"]: (r["iso2"], r["code"], r["iana_time_zone"]) for r in raw_currencies}
    country.update(SHARED_CURRENCY)
    raw_corridors = [r for r in read(source, "remittance_corridors.csv")
                     if r["sender_ccy"] in currency and r["receiver_ccy"] in currency]
    used = {r["iso3"] for r in raw_currencies}
    for row in raw_corridors:
        for side in ("sender", "receiver"):
            iso3 = row[f"{side}_iso3"]
            assert country[iso3][1] == row[f"{side}_ccy"], row
            used.add(iso3)
    assert used == set(country)
    banks = {r["iso2"]: r["distinct_bank_prefix4"] for r in read(source, "bic_counts.csv")}
    countries = write(target, "countries.csv", [
        "Countries of the model and their bank counts. observed: counts of 2019; derived: the zone.",
        "source: ISO 3166; banks = distinct first four letters of BICs, PeterNotenboom/SwiftCodes (MIT) and,",
        "  for GB and IT, maranemil/swift-bic-codes-allinone. Public facts, counts only, no BIC is kept.",
        "selected: countries of a corridor or a currency whose currency is in currencies.csv.",
        "time_zone: of the country that stands for the currency, or the country's own main zone.",
        "flaws: counts include passive BICs; blank = not in the source.",
    ], ["iso2", "iso3", "currency", "time_zone", "banks"], sorted(
        [iso2, iso3, code, zone, banks.get(iso2, "")]
        for iso3, (iso2, code, zone) in country.items()))
    known = {row[0] for row in countries}

    # --- time ---------------------------------------------------------------------------------
    raw_rtgs = [r for r in read(source, "rtgs_hours.csv") if r["currency"] in currency]
    zones = {row[3] for row in countries} | {r["iana_time_zone"] for r in raw_rtgs}
    write(target, "zones.csv", [
        "UTC offsets of the model's time zones, 2015-01-01 to 2031-01-01 UTC. derived.",
        "source: IANA time zone database (public domain), through Python zoneinfo.",
        "selected: zones of countries.csv and rtgs.csv; the first row of a zone holds from 2015-01-01.",
        "offset_s: local time minus UTC. flaws: future rules are those in force when it was made.",
    ], ["time_zone", "from_utc_s", "offset_s"],
        [[zone, start, shift] for zone in sorted(zones) for start, shift in offsets(zone)])

    first, last = HOLIDAY_YEARS
    write(target, "holidays.csv", [
        "Closing days of each currency's banks that are not in its own weekend. derived, partly estimated.",
        "source: vacanza/holidays (MIT): public and bank holidays of the country that stands for the currency;",
        "  EUR: T2; USD: Federal Reserve; AUD: RITS list; NOK: Norges Bank.",
        f"selected: {first} to {last}, dates without names.",
        "checked: EUR equals the weekdays without an ECB quote; every USD day lacks a Federal Reserve quote.",
        "flaws: public-holiday calendars outside EUR USD AUD NOK; Islamic, Hindu and Buddhist dates of future",
        "  years are estimates; weekend working days in China and ad-hoc closures are missing.",
    ], ["currency", "date"], sorted(
        {(r["currency"], r["date"]) for r in read(source, "holidays.csv")
         if first <= int(r["date"][:4]) <= last and r["currency"] in currency}))

    rtgs = []
    for row in raw_rtgs:
        open_day, open_time = clock(row["open_local"])
        close_day, close_time = clock(row["close_local"])
        cutoff = row["customer_cutoff_local"]
        rtgs.append([RTGS_ID[row["system"]], row["currency"], row["system"], open_day, open_time,
                     close_day, close_time, "" if cutoff == "24:00" else cutoff,
                     row["iana_time_zone"], row["days"], row["confidence"]])
    write(target, "rtgs.csv", [
        "Opening hours of large-value settlement systems, local time. observed, see confidence.",
        "source: central banks and operators (public facts): Reserve Bank of Australia, SIX, ECB and Eesti Pank,",
        "  Bank of England, Bank of Japan, PBoC notices, RBI, Norges Bank, Riksbank, Federal Reserve, The",
        "  Clearing House. confidence: verified / partly / remembered (nobody checked it: verify before use).",
        "open_day -1 and close_day 1: the day before and after the value date. 00:00 to 00:00 of the next day",
        "  = all day. customer_cutoff: of the value date; blank = at close or not known.",
        "selected: every system but CLS. A currency without a row has none known: the model then takes local",
        "  business hours 09:00 to 17:00 of its own business days (assumed).",
        "flaws: SAMOS and Lynx of low confidence; SAMOS Saturdays, FAST, NPP, PIX are not represented.",
    ], ["id", "currency", "system", "open_day", "open", "close_day", "close", "customer_cutoff",
        "time_zone", "days", "confidence"], sorted(rtgs))

    # --- corridors and prices -----------------------------------------------------------------
    corridors = write(target, "corridors.csv", [
        "Remittance corridors: flow and cost. derived (flows are model estimates), observed (cost).",
        "source: The World Bank: KNOMAD bilateral remittance matrix 2017; Remittance Prices Worldwide,",
        "  remittanceprices.worldbank.org; both CC BY 4.0.",
        "selected: pairs whose two currencies are in currencies.csv (same-currency pairs stay).",
        "flow_2017_musd: USD million. cost_200_pct: total cost of sending 200 USD, latest quarter known",
        "  (2020Q3 for nearly all); blank = unknown.",
        "flaws: flows are not reports; some costs are of 2011 to 2014; SGP-THA cost left the fee out.",
    ], ["sender", "receiver", "sender_currency", "receiver_currency", "flow_2017_musd",
        "cost_200_pct"], sorted(
        [country[r["sender_iso3"]][0], country[r["receiver_iso3"]][0], r["sender_ccy"],
         r["receiver_ccy"], number(r["flow_2017_musd"]) if r["flow_2017_musd"] else "",
         r["cost_200usd_pct_latest"]] for r in raw_corridors))
    assert len(corridors) >= 300
    assert len({c for r in corridors for c in r[2:4]}) >= 40

    by_pair = {}
    for row in read(source, "remittance_quotes.csv"):
        if row["sender_iso3"] in country and row["receiver_iso3"] in country:
            pair = (country[row["sender_iso3"]][0], country[row["receiver_iso3"]][0])
            by_pair.setdefault(pair, {}).setdefault(row["period"], []).append(row)
    quotes = []
    for pair, periods in by_pair.items():
        for row in periods[max(periods)]:
            quotes.append([*pair, row["firm_type"], row["product"], row["speed"],
                           *(row[f"{kind}_pct_{amount}"] for amount in ("200", "500")
                             for kind in ("fee", "fx_margin"))])
    write(target, "quotes.csv", [
        "Prices of remittance services, one row a quote, % of the amount sent. observed.",
        "source: The World Bank, Remittance Prices Worldwide (dataset 0037898), CC BY 4.0.",
        "selected: 2014Q2, or the latest earlier quarter where a corridor has none; corridors with both",
        "  countries in countries.csv; totals dropped (fee + FX margin); no firm names.",
        "flaws: twelve years old: scale the level with published.csv (suggested MTO x 0.78, bank x 1.15);",
        "  about 1 % of the sums are <= 0 (promotions, stale rates). Blank = not known.",
    ], ["sender", "receiver", "firm_type", "product", "speed", "fee_pct_200", "fx_margin_pct_200",
        "fee_pct_500", "fx_margin_pct_500"], sorted(quotes))

    # --- foreign exchange ---------------------------------------------------------------------
    raw_daily = [r for r in read(source, "fx_daily.csv") if FX_FROM <= r["date"] <= FX_TO]
    daily = sorted(c for c in currency if currency[c]["fx_daily_source"] not in ("", "base", "generated"))
    write(target, "fx_daily.csv", [
        "Daily rates, units of the currency per 1 USD. observed.",
        "source: European Central Bank euro reference rates (about 14:15 CET, crossed through EUR/USD; free with",
        "  acknowledgement); Federal Reserve H.10: LKR (public domain); central banks of the Republic of China",
        "  (Taiwan): TWD, VND; State Bank of Pakistan: PKR, KWD (through PKR); Central Bank of Kenya: KES.",
        f"selected: {FX_FROM} to {FX_TO}, {SIGNIFICANT_DIGITS} significant digits; ECB business days; no gap is filled.",
        "left out: fixed pegs (AED SAR QAR BHD OMR JOD XOF XAF NPR): they follow peg_rate in currencies.csv.",
        "flaws: sources fix at different hours; ISK from 2018-02, RUB to 2022-03, KES 2024-01 to 2026-03, LKR to",
        "  2025-12, TWD and VND to 2026-02; VND is an interbank quote, KWD is noisy.",
    ], ["date", *daily], [[r["date"], *(significant(r[c]) for c in daily)] for r in raw_daily])

    annual = {}
    for row in read(source, "fx_annual.csv"):
        code = row["currency"]
        if code in currency and not (currency[code]["regime"] == "peg") and (
                code not in annual or row["year"] > annual[code][1]):
            annual[code] = [code, row["year"], significant(row["units_per_usd"])]
    write(target, "fx_annual.csv", [
        "Annual average official rates, units per 1 USD: for days and currencies without a daily series.",
        "observed. source: The World Bank, World Development Indicators PA.NUS.FCRF, CC BY 4.0.",
        f"selected: latest year of each currency that is not a fixed peg, {SIGNIFICANT_DIGITS} significant digits.",
        "flaws: official rates hide parallel markets (NGN, ARS, EGP). No TWD.",
    ], ["currency", "year", "units_per_usd"], [annual[c] for c in sorted(annual)])

    intraday = read(source, "fx_intraday.csv")
    write(target, "fx_intraday.csv", [
        "Shape of the trading day by UTC hour, northern winter and summer time. derived.",
        "activity: share of ticks, mean 1; abs_return: mean absolute return, mean 1; spread: times the median.",
        "source: activity and returns from hourly data of 9 pairs 2015 to 2022 (ejtraderLabs/historical-data,",
        "  Apache-2.0); spread from one-minute bid and ask of GBPUSD 2012-02 and USDJPY 2013-02 (FXCM samples in",
        "  nautechsystems/nautilus_trader). Statistics only.",
        "flaws: the server clock was inferred; summer spreads are winter spreads shifted; use the shape only.",
    ], ["utc_hour", "activity", "spread", "abs_return", "activity_summer", "spread_summer",
        "abs_return_summer"], [
        [r["utc_hour"], r["relative_activity"], r["spread_multiplier"], r["relative_abs_return"],
         r["relative_activity_summer"], r["spread_multiplier_summer"],
         r["relative_abs_return_summer"]] for r in intraday])

    # --- network ------------------------------------------------------------------------------
    write(target, "latency.csv", [
        "Round trip times between countries, ms. observed where imputed = 0.",
        "source: RIPE NCC, RIPE Atlas, five days of 2025-03 and 04, through input-output-hk/ouroboros-leios.",
        "selected: pairs of countries.csv. imputed = 1: no or too few pings or faster than light in fibre; then",
        "  a line through the medians of the clean pairs by distance. Countries without a row: take the one",
        "  that stands for their currency. No rows within a country.",
        "flaws: 32 % imputed; KW LK QA SN OM EG NG almost wholly, MY KR PK JO MA mostly.",
    ], ["iso2_a", "iso2_b", "rtt_ms", "imputed"], [
        [r["iso2_a"], r["iso2_b"], r["rtt_ms"], r["imputed"]]
        for r in read(source, "latency_countries.csv")
        if r["iso2_a"] in known and r["iso2_b"] in known])

    with open(source / "aws_rtt_21x21_relab_hotstuff.csv", encoding="utf-8", newline="") as file:
        matrix = list(csv.reader(file))
    places = [label.split()[-1] for label in matrix[0][1:]]
    assert [row[0].split()[-1] for row in matrix[1:]] == places
    write(target, "cloud_latency.csv", [
        "Round trip times between data centres of one cloud provider, ms. observed.",
        "source: J. I. Olsen and H. E. Froyland, relab/hotstuff cmd/latencygen (MIT, 2020); their measurements.",
        "selected: all 21 regions by code, both directions (they differ by up to 23 ms); from = to: within one.",
        "flaws: one provider's backbone, better than the public internet.",
    ], ["from_region", "to_region", "rtt_ms"], sorted(
        [places[i], places[j], number(float(cell))]
        for i, row in enumerate(matrix[1:]) for j, cell in enumerate(row[1:])))

    # --- trust --------------------------------------------------------------------------------
    fbas = json.loads((source / "stellar_quorums.json").read_text(encoding="utf-8"))
    sets = []

    def flatten(quorum_set, parent):
        own = len(sets)
        sets.append([own, parent, quorum_set["threshold"],
                     " ".join(str(v) for v in sorted(quorum_set["validators"]))])
        for inner in quorum_set["inner"]:
            flatten(inner, own)
        return own

    tops = [flatten(quorum_set, "") for quorum_set in fbas["quorum_sets"]]
    write(target, "stellar_quorum_sets.csv", [
        "Quorum sets of the Stellar network's validators, 2025-07-20. observed.",
        "source: nano-o/python-fbas tests/test_data/pubnet (Apache-2.0); keys, names and addresses dropped.",
        "threshold: of the members named and the sets whose parent this is. members: node ids of stellar_nodes.csv.",
    ], ["set", "parent", "threshold", "members"], sets)
    write(target, "stellar_nodes.csv", [
        "Nodes named in the quorum sets of the Stellar network, 2025-07-20. observed.",
        "source: as stellar_quorum_sets.csv. quorum_set: blank = does not validate (named by others only).",
    ], ["node", "organisation", "country", "quorum_set"], [
        [n["id"], n["org"], n["cc"], tops[n["q"]] if "q" in n else ""] for n in fbas["nodes"]])
    stakes = [int(r["stake_lovelace"]) for r in read(source, "stake_pools.csv")]
    write(target, "stake.csv", [
        "Stake of the largest pools of a proof-of-stake network (Cardano, epoch 500), ada. observed.",
        "source: the public ledger, through input-output-hk/ouroboros-leios pseudo-mainnet.",
        f"selected: the first 1,000 of {len(stakes):,}; they hold {100 * sum(stakes[:1000]) / sum(stakes):.1f} % of the stake.",
    ], ["rank", "stake_ada"], [[i + 1, stake // 1000000] for i, stake in enumerate(stakes[:1000])])

    # --- channel and credit networks ----------------------------------------------------------
    def trim(rows):
        """Take nodes with one neighbour away until none is left."""
        while True:
            neighbours = {}
            for r in rows:
                neighbours.setdefault(r["node_a"], set()).add(r["node_b"])
                neighbours.setdefault(r["node_b"], set()).add(r["node_a"])
            kept = [r for r in rows
                    if len(neighbours[r["node_a"]]) > 1 and len(neighbours[r["node_b"]]) > 1]
            if len(kept) == len(rows):
                return rows
            rows = kept

    channels = [{k: int(v) for k, v in r.items()} for r in read(source, "lightning_channels.csv")]
    open_channels = [r for r in channels if r["enabled_ab"] or r["enabled_ba"]]
    kept = trim(open_channels)
    place = {node: i for i, node in
             enumerate(sorted({r[k] for r in kept for k in ("node_a", "node_b")}))}
    rows = []
    for r in kept:
        row = [place[r["node_a"]], place[r["node_b"]], r["capacity_sat"]]
        for side in ("ab", "ba"):
            least, most = r[f"htlc_min_msat_{side}"], r[f"htlc_max_msat_{side}"]
            row += [r[f"base_msat_{side}"], r[f"ppm_{side}"], r[f"cltv_{side}"],
                    -(-least // 1000) if least > 1000 else "",
                    most // 1000 if most < 990 * r["capacity_sat"] else ""] \
                if r[f"enabled_{side}"] else [""] * 5
        rows.append(row)
    write(target, "lightning.csv", [
        "Channels of the Lightning network as gossiped, 2026-02-03. observed.",
        "source: ElementsProject/lightning tests/data/gossip-store-2026-02-03 (BSD-MIT, Rusty Russell and",
        "  contributors); keys and names dropped, directions repaired from the nodes' own key order.",
        f"selected: {len(kept):,} of {len(channels):,} channels: some direction enabled, both ends with two neighbours or",
        f"  more among the {len(open_channels):,} so enabled; nodes renumbered, 0 = most channels.",
        "_ab is node_a to node_b; all five blank = disabled. htlc_min_sat blank = a satoshi or less;",
        "  htlc_max_sat blank = all of the capacity, or 99 % of it and more.",
        "flaws: balances are private and not here; prices of 100 % are real and mean do not use.",
    ], ["node_a", "node_b", "capacity_sat"] + [f"{name}_{side}" for side in ("ab", "ba") for name in
        ("base_msat", "ppm", "cltv", "htlc_min_sat", "htlc_max_sat")], rows)
    least = decimal.Decimal("0.000001")

    def limit(value):
        """Six decimals, none of them for nothing; what is there stays there."""
        return format(max(value, least).quantize(least).normalize(), "f") if value > 0 else "0"

    rows, clipped = [], 0
    for r in read(source, "credit_network.csv"):
        there, back = decimal.Decimal(r["upper"]), -decimal.Decimal(r["lower"])
        scale = min(decimal.Decimal(1), 10**6 / (there + back))
        clipped += scale < 1
        back = limit(back * scale)
        rows.append([int(r["src"]), int(r["dst"]), "-" + back if back != "0" else back,
                     limit(there * scale)])
    write(target, "credit_network.csv", [
        "Credit lines of the Ripple network, January 2013, worth US dollars at the source. observed.",
        "source: NetX-lab/Offchain-routing-traces-and-code sim/traces/ripple (MIT, 2019 NetX), from the data of",
        "  Roos et al., SpeedyMurmurs (NDSS 2018).",
        "selected: as Wang et al., Flash (CoNEXT 2019): capacity above 0, then nodes with two neighbours or more.",
        "src can owe dst up to upper, dst can owe src up to -lower; capacity = upper - lower. All start at 0.",
        f"flaws: {clipped} lines above a million were scaled down to it (some are junk tokens), limits",
        "  below a millionth raised to it; most have lower = 0.",
    ], ["src", "dst", "lower", "upper"], rows)

    # --- published figures --------------------------------------------------------------------
    published = [(r["metric"], r["segment"], float(r["value"]), r["unit"], r["date"], r["status"],
                  ("G20 target; " if r["kind"] in ("cost", "speed", "access") else "") + r["source"])
                 for r in read(source, "g20_targets.csv") if not r["metric"].startswith("statrys")]
    published += PUBLISHED_EXTRA
    levels = read(source, "rpw_cost_level.csv")
    quarter_end = {"Q1": "03-31", "Q2": "06-30", "Q3": "09-30", "Q4": "12-31"}
    for kind in ("bank", "mto", "mto_post"):
        row = [r for r in levels if r[f"{kind}_pct"]][-1]
        year, quarter = row["quarter"][:4], row["quarter"][4:]
        published.append((f"rpw_level_{kind}_pct", "remittance", float(row[f"{kind}_pct"]), "pct",
                          f"{year}-{quarter_end[quarter]}", "published",
                          "World Bank RPW, mean total cost of 200 USD by firm type, CC BY 4.0"))
    write(target, "published.csv", [
        "Published figures a run is set beside, and the G20 targets. observed; see status.",
        "source: Financial Stability Board G20 targets; World Bank Remittance Prices Worldwide (CC BY 4.0); BIS",
        "  CPMI gpi study 2022; Swift 2024. Typed facts, most of them from secondary reports.",
        "status remembered: nobody checked it. flaws: the bank level of 2025Q1 is driven by one corridor.",
    ], ["metric", "segment", "value", "unit", "date", "status", "source"], sorted(
        [m, segment, number(value), unit, date, status, origin]
        for m, segment, value, unit, date, status, origin in published))
    write(target, "currency_weights.csv", [
        "Weight of each currency in FX turnover and in payments. observed.",
        "source: BIS Triennial Central Bank Survey 2022 (shares of 200 %); Swift RMB Tracker, April 2025 (% of",
        "  value of international payments). Facts typed from secondary pages; blank = not listed.",
    ], ["currency", "bis_share_2022_pct", "swift_share_pct"], [
        [c, r["bis_share_2022_pct"], r["swift_share_2025_04_pct"]] for c, r in currency.items()
        if r["bis_share_2022_pct"] or r["swift_share_2025_04_pct"]])
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv))
