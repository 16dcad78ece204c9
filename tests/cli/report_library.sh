#!/usr/bin/env bash
# The chart library while building: without npm, with a broken npm, and when npm comes back.
# shellcheck source=tests/cli/lib.sh
. tests/cli/lib.sh
assets=$PWD/sim/report/assets

# make NPM: as sim/report/CMakeLists.txt does.
# shellcheck disable=SC2317 # called through expect
make() {
    "${HST_CMAKE:-cmake}" -DHST_NPM="$1" -DSOURCE="$assets" -DWORK="$work/npm" \
        -DOUTPUT="$work/library.js" -P "$assets/assets.cmake"
}
expect 0 make no-such-npm
says err "npm not found"
holds "an empty library" test -e "$work/library.js" -a ! -s "$work/library.js"
holds "which the next build makes again" grep -q never-there "$work/library.js.d"

printf '#!/bin/sh\necho no network >&2\nexit 1\n' >"$work/broken"
chmod +x "$work/broken"
expect 0 make "$work/broken"
says err "no network"
says err "npm ci failed"
holds "an empty library" test ! -s "$work/library.js"
holds "which the next build makes again" grep -q never-there "$work/library.js.d"

cat >"$work/works" <<'NPM'
#!/bin/sh
mkdir -p node_modules/echarts/dist node_modules/topojson-client/dist node_modules/world-atlas
echo 'charts("a;b[c]")' >node_modules/echarts/dist/echarts.min.js
echo 'topology()' >node_modules/topojson-client/dist/topojson-client.min.js
echo '{"world":[1,2]}' >node_modules/world-atlas/countries-110m.json
NPM
chmod +x "$work/works"
expect 0 make "$work/works"
holds "charts are inside, unchanged" grep -qF 'charts("a;b[c]")' "$work/library.js"
holds "the world is inside" grep -qF 'var herstattWorld={"world":[1,2]};' "$work/library.js"
holds "and stays until the pinned versions change" grep -q package-lock.json "$work/library.js.d"
finish
