#!/usr/bin/env bash
# Routers on worlds whose truth is known, as their users meet them.
# shellcheck source=tests/cli/lib.sh
. tests/cli/lib.sh

cat >"$work/small.yaml" <<'YAML'
lineup: 1
worlds: [well_specified, adversarial]
routers: [R3, learned, O1]
seeds: 2
payments: 200
YAML
small=("$work/small.yaml")
expect 0 "$herstatt" lineup scenarios/routing/lineup.yaml --seeds 2 --payments 20
says out "balance_dynamic: 2 worlds"
expect 0 "$herstatt" lineup "${small[@]}" --threads 1
says out "M3   learned"
says out "well_specified: 2 worlds of 400 positions, 200 payments each; digest"
says out "adversarial: 2 worlds"
grep -o 'digest [0-9a-f]*' "$work/out" > "$work/one"
expect 0 "$herstatt" lineup "${small[@]}" --threads 3
grep -o 'digest [0-9a-f]*' "$work/out" > "$work/three"
holds "results do not depend on threads" cmp "$work/one" "$work/three"
expect 0 "$herstatt" lineup "${small[@]}" --json
says out '"window_ratio"'
expect 0 "$herstatt" lineup "${small[@]}" -o "$work/l.h5"
says out "Result: $work/l.h5"
grep -o 'digest [0-9a-f]*' "$work/out" > "$work/with"
holds "a result changes nothing" cmp "$work/one" "$work/with"
expect 0 "$herstatt" verify "$work/l.h5"
says out "2 studies or worlds run again"
expect 0 "$herstatt" inspect "$work/l.h5"
says out "well_specified.learned.ratio"
expect 0 "$herstatt" report "$work/l.h5" -o "$work/l.html"
holds "the report has a line of each world" grep -q "Regret over time, adversarial world" "$work/l.html"
echo mine > "$work/notes.txt"
expect 3 "$herstatt" lineup "${small[@]}" -o "$work/notes.txt"
says err "is not a result of herstatt"
# A log of choices changes no result; each line has what was drawn with which chance.
expect 0 "$herstatt" lineup "${small[@]}" --log "$work/choices.csv"
grep -o 'digest [0-9a-f]*' "$work/out" > "$work/logged"
holds "a log changes no result" cmp "$work/one" "$work/logged"
holds "every first attempt of the learned router is logged" \
    [ "$(grep -c -E ',learned,' "$work/choices.csv")" -ge 700 ]
holds "costs and propensities are there" \
    grep -q -E '^adversarial,learned,2,[0-9]+,3,[123],0\.[0-9]+,' "$work/choices.csv"
expect 3 "$herstatt" lineup "${small[@]}" --log "$work/absent/choices.csv"
says err "cannot be written"
expect 0 "$herstatt" lineup scenarios/routing/assets.yaml --seeds 2 --payments 20
says out "asset_market: 2 worlds of 500 positions, 20 payments each"
says out "R15x convex-split"
printf 'lineup: 1\nworlds: [asset_market]\nassets: 20\nhubs: 20\n' > "$work/mine.yaml"
expect 2 "$herstatt" lineup "$work/mine.yaml"
says err "mine.yaml:2:10: worlds[0]: expected fewer hubs than assets"
cat > "$work/mine.yaml" <<'YAML'
lineup: 1
worlds: [well_specifid]
YAML
expect 2 "$herstatt" lineup "$work/mine.yaml"
says err "mine.yaml:2:10: worlds[0]: expected a kind of world"
says err "did you mean 'well_specified'?"
printf 'lineup: 1\nrouters: [learnd]\n' > "$work/mine.yaml"
expect 2 "$herstatt" lineup "$work/mine.yaml"
says err "did you mean 'learned'?"
printf 'lineup: 1\nseed: 3\n' > "$work/mine.yaml"
expect 2 "$herstatt" lineup "$work/mine.yaml"
says err "unknown key 'seed', did you mean 'seeds'?"
expect 2 "$herstatt" lineup
expect 2 "$herstatt" lineup "$work/absent.yaml"
expect 0 "$herstatt" scenarios --lineups
says out "| \`worlds\` |"
finish
