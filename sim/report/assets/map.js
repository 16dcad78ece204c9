/* Corridors as arcs over the outline of the world. Columns: from, to, value, payments, % not arrived, % cost, ... */
(function () {
'use strict';
var registered = false;
herstatt.lenses = [
    {name: 'cost', column: 5, limits: [0.25, 1, 3, 6], unit: ' %'},
    {name: 'payments that did not arrive', column: 4, limits: [1, 5, 10, 25], unit: ' %'}];
var scale = ['#2166ac', '#67a9cf', '#a8a29a', '#ef8a62', '#b2182b'];
function words(l, i) {
    if (i === 0) return 'up to ' + l.limits[0] + l.unit;
    return i === l.limits.length ? 'over ' + l.limits[i - 1] + l.unit : l.limits[i - 1] + ' to ' + l.limits[i] + l.unit;
}
/* A coast that crosses 180 degrees goes on beyond it, instead of back across the whole picture. */
function unwrap(ring) {
    var shift = 0, sum = 0, last = null;
    var out = ring.map(function (at) {
        if (last !== null && Math.abs(at[0] - last) > 180) shift += at[0] < last ? 360 : -360;
        last = at[0];
        sum += at[0] + shift;
        return [at[0] + shift, at[1]];
    });
    if (shift !== 0) return ring; /* around a pole */
    return sum / ring.length < -180 ? out.map(function (at) { return [at[0] + 360, at[1]]; }) : out;
}
function world() {
    var land = topojson.feature(herstattWorld, herstattWorld.objects.countries);
    land.features = land.features.filter(function (f) { return f.id !== '010'; }); /* Antarctica */
    land.features.forEach(function (f) {
        var g = f.geometry;
        if (g.type === 'Polygon') g.coordinates = g.coordinates.map(unwrap);
        if (g.type === 'MultiPolygon') g.coordinates = g.coordinates.map(function (p) { return p.map(unwrap); });
    });
    return land;
}
herstatt.map = function (p, width) {
    var dark = herstatt.dark(), lens = herstatt.lenses[p.lens || 0], most = 0;
    if (!registered) {
        echarts.registerMap('world', world());
        registered = true;
    }
    p.rows.forEach(function (r) { most = Math.max(most, r[2]); });
    var series = scale.map(function (color, i) {
        return {type: 'lines', coordinateSystem: 'geo', name: words(lens, i), color: color, z: 3 + i, polyline: false, data: []};
    });
    series.push({type: 'lines', coordinateSystem: 'geo', name: 'none arrived', color: dark ? '#e6edf3' : '#1b1f24', z: 9, data: []});
    p.rows.slice().reverse().forEach(function (r) {
        var a = p.places && p.places[r[0]], b = p.places && p.places[r[1]], v = r[lens.column], i = 0;
        if (!a || !b) return;
        while (i < lens.limits.length && v !== null && v > lens.limits[i]) i++;
        series[v === null ? scale.length : i].data.push({coords: [a, b], row: r,
            lineStyle: {width: (i > 1 ? 1.2 : 0.6) + 5 * Math.sqrt(r[2] / most) * Math.min(1, width / 900), curveness: 0.25, opacity: (i > 1 ? 0.6 : 0.3) + 0.4 * Math.sqrt(r[2] / most)}});
    });
    series = series.filter(function (s) { return s.data.length; });
    return {animation: false, backgroundColor: 'transparent', aria: {enabled: true}, legend: {top: 0, type: 'scroll', data: series.map(function (s) { return s.name; })},
        color: series.map(function (s) { return s.color; }),
        tooltip: {confine: true, formatter: function (x) {
            var d = document.createElement('div'), r = x.data && x.data.row;
            d.textContent = r ? r[0] + ' > ' + r[1] + ': ' + herstatt.show(r[2]) + ' USD, ' + r[3] + ' payments, cost ' + herstatt.show(r[5]) + ' %, not arrived ' + herstatt.show(r[4]) + ' %' : x.name || '';
            return d; }},
        geo: {map: 'world', roam: false, silent: true, boundingCoords: [[-170, 75], [180, -56]], left: 0, right: 0, top: 40, bottom: 4,
            itemStyle: {areaColor: dark ? '#232b34' : '#eef1f4', borderColor: dark ? '#39424c' : '#c8d0d8', borderWidth: 0.5}},
        series: series.map(function (s) { s.symbol = ['none', 'none']; s.lineStyle = {color: s.color}; return s; })};
};
})();
