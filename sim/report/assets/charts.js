/* From a picture (columns, rows, kind) to an option of the chart library. */
var herstatt = {};
(function () {
'use strict';
var DAY = 86400, SHOWN = 3 * DAY;
herstatt.colors = ['#4c7bd9', '#e08a1e', '#2a9d8f', '#b5548a', '#8a6fd1', '#7f8c3a', '#c0504d', '#5f8ea8', '#b8860b', '#3a9d5d', '#d97fb0', '#6b7280'];
herstatt.dark = function () { return document.documentElement.classList.contains('dark'); };
function has(p, word) { return (' ' + p.kind + ' ').indexOf(' ' + word + ' ') >= 0; }
herstatt.has = has;
herstatt.show = function (v) {
    if (v === null) return '–';
    if (typeof v !== 'number') return v;
    if (Number.isInteger(v)) return v.toLocaleString('en');
    if (Math.abs(v) > 0 && Math.abs(v) < 1e-4) return v.toExponential(1);
    return v.toLocaleString('en', Math.abs(v) >= 100 ? {maximumFractionDigits: 1} : {maximumSignificantDigits: 4});
};
function clock(s) {
    var m = Math.round(s / 60), d = Math.floor(m / 1440), r = m - d * 1440;
    return (d ? 'day ' + (d + 1) + ' ' : '') + String(Math.floor(r / 60)).padStart(2, '0') + ':' + String(r % 60).padStart(2, '0');
}
function base(lanes) {
    return {animation: false, backgroundColor: 'transparent', aria: {enabled: true}, color: herstatt.colors,
        legend: {type: 'scroll', top: 0}, tooltip: {trigger: 'axis', confine: true, valueFormatter: herstatt.show},
        grid: {left: 12, right: 24, top: 40, bottom: lanes ? 60 + 18 * lanes : 36, containLabel: true}};
}
/* Bars below a time axis: when the busiest systems are open, cut-offs, holidays. */
function addLanes(option, lanes, end, left) {
    var text = herstatt.dark() ? '#9aa5b1' : '#57606a', bar = herstatt.dark() ? '#3f6b64' : '#9fd3cb', edge = herstatt.dark() ? '#e6edf3' : '#1b1f24';
    option.grid = [{left: left, right: 24, top: 40, bottom: 76 + 18 * lanes.length},
        {left: left, right: 24, height: 18 * lanes.length, bottom: 8}];
    option.xAxis = [option.xAxis, {type: 'value', gridIndex: 1, min: 0, max: end, show: false}];
    option.yAxis = [option.yAxis, {type: 'category', gridIndex: 1, inverse: true, axisLine: {show: false}, axisTick: {show: false},
        data: lanes.map(function (l) { return l.name; }), axisLabel: {color: text, fontSize: 11, width: left - 12, overflow: 'truncate', interval: 0}}];
    var data = [];
    lanes.forEach(function (l, i) {
        l.open.forEach(function (o) { if (o[0] < end) data.push([i, o[0], Math.min(o[1], end), 0]); });
        l.cutoffs.forEach(function (c) { if (c <= end) data.push([i, c, c, 1]); });
        l.holidays.forEach(function (h) { if (h < end) data.push([i, h, Math.min(h + DAY, end), 2]); });
    });
    option.series.push({type: 'custom', name: 'open hours', xAxisIndex: 1, yAxisIndex: 1, silent: true, tooltip: {show: false}, data: data, legendHoverLink: false,
        encode: {x: [1, 2], y: 0},
        renderItem: function (params, api) {
            var a = api.coord([api.value(1), api.value(0)]), b = api.coord([api.value(2), api.value(0)]), kind = api.value(3);
            if (kind === 1) return {type: 'rect', shape: {x: a[0] - 1, y: a[1] - 8, width: 2, height: 16}, style: {fill: edge}};
            var box = {type: 'rect', shape: {x: a[0], y: a[1] - 5, width: Math.max(1, b[0] - a[0]), height: 10},
                style: kind === 2 ? {fill: 'none', stroke: text, lineDash: [3, 3]} : {fill: bar}};
            if (kind !== 2) return box;
            return {type: 'group', children: [box, {type: 'text', style: {text: 'holiday', x: (a[0] + b[0]) / 2, y: a[1], fill: text, fontSize: 10, align: 'center', verticalAlign: 'middle'}}]};
        }});
    option.legend.data = option.series.slice(0, -1).map(function (s) { return s.name; });
}
function addMarks(series, marks, end) {
    if (!series.length) return;
    var seen = marks.filter(function (m) { return m[0] <= end; });
    series[0].markLine = {silent: true, symbol: 'none', lineStyle: {type: 'dashed', color: '#8a6fd1'},
        label: {formatter: function (m) { return m.name; }, position: 'insideEndTop', rotate: 0, distance: [4, 4], align: 'left', color: '#8a6fd1'},
        data: seen.map(function (m) { return {name: m[1], xAxis: m[0]}; })};
}
function below(p) {
    var least = Infinity;
    p.rows.forEach(function (r) { r.slice(1).forEach(function (v) { if (v > 0) least = Math.min(least, v); }); });
    return isFinite(least) ? Math.pow(10, Math.floor(Math.log10(least / 1.3))) : 1;
}
function columns(p, width) {
    var category = p.axis === 'category', line = has(p, 'line'), lying = has(p, 'bars'), time = p.axis === 'time';
    var calendar = herstatt.calendar || {lanes: [], marks: []}, lanes = time ? calendar.lanes : [];
    var o = base(0), last = has(p, 'hours') ? 3600 : 0, end = time && p.rows.length ? Math.min(SHOWN, p.rows[p.rows.length - 1][0] + last) : 0;
    var first = {type: category ? 'category' : p.axis === 'log' ? 'log' : 'value', name: category ? '' : p.columns[0],
        nameLocation: 'middle', nameGap: 28, axisLabel: {hideOverlap: true}};
    if (category) { first.data = p.rows.map(function (r) { return r[0]; }); first.inverse = lying; }
    if (lying) first.axisLabel = {interval: 0, width: Math.max(90, width * 0.3), overflow: 'truncate'};
    if (time) {
        first.axisLabel.formatter = clock; first.name = 'day and time, UTC'; first.min = 0; first.max = end;
        first.interval = end > 2 * DAY ? DAY / 2 : end > DAY / 2 ? DAY / 6 : DAY / 24;
    }
    var second = {type: has(p, 'log') ? 'log' : 'value', axisLabel: {hideOverlap: true}};
    if (p.most) second.max = p.most;
    if (p.end) first.max = p.end;
    /* Logarithmic bars have no zero to begin at: they begin at a power of ten below the least. */
    if (has(p, 'log') && lying) second.min = second.startValue = below(p);
    o.xAxis = lying ? second : first; o.yAxis = lying ? first : second;
    o.series = p.columns.slice(1).map(function (name, i) {
        return {name: name, type: line ? 'line' : 'bar', showSymbol: false, step: time ? 'end' : false,
            areaStyle: line && has(p, 'stack') ? {} : undefined, stack: has(p, 'stack') ? 'all' : undefined,
            data: p.rows.filter(function (r) { return !time || r[0] <= SHOWN; }).map(function (r) { return category ? r[i + 1] : [r[0], r[i + 1]]; })};
    });
    if (last && p.rows.length) o.series.forEach(function (s) { var d = s.data[s.data.length - 1]; if (d) s.data.push([d[0] + last, d[1]]); });
    if (o.series.length < 2) { o.legend.show = false; o.grid.top = 12; }
    if (p.band && o.series.length) o.series[0].markArea = {silent: true, itemStyle: {color: '#8a6fd1', opacity: 0.12}, data: [[{xAxis: p.band[0]}, {xAxis: p.band[1]}]]};
    if (time) addMarks(o.series, calendar.marks, end);
    if (lanes.length) addLanes(o, lanes, end, width < 600 ? 92 : 170);
    return o;
}
/* A point with whiskers for each row and series; columns are mean, low, high. */
function intervals(p) {
    var o = base(0), n = (p.columns.length - 1) / 3, long = p.rows.some(function (r) { return String(r[0]).length > 14; }) || p.rows.length > 8;
    var names = {type: 'category', data: p.rows.map(function (r) { return r[0]; }), axisLabel: {interval: 0, width: long ? 230 : 90, overflow: long ? 'truncate' : 'break'}, inverse: long};
    var values = {type: has(p, 'log') ? 'log' : 'value', scale: true, axisLabel: {hideOverlap: true}};
    if (has(p, 'log')) values.min = below(p);
    o.xAxis = long ? values : names; o.yAxis = long ? names : values;
    o.tooltip.trigger = 'item'; o.legend.show = n > 1; if (n < 2) o.grid.top = 16;
    o.series = [];
    for (var s = 0; s < n; s++) (function (s) {
        var name = p.columns[1 + 3 * s];
        o.series.push({type: 'custom', name: name, itemStyle: {color: herstatt.colors[s % herstatt.colors.length]},
            dimensions: ['row', 'mean', 'low', 'high'], encode: long ? {x: [1, 2, 3], y: 0} : {x: 0, y: [1, 2, 3]},
            data: p.rows.map(function (r, i) { return [i, r[1 + 3 * s], r[2 + 3 * s], r[3 + 3 * s]]; }).filter(function (r) { return r[1] !== null; }),
            tooltip: {formatter: function (a) { var r = p.rows[a.value[0]], d = document.createElement('div');
                d.textContent = r[0] + (n > 1 ? ', ' + name : '') + ': ' + herstatt.show(a.value[1]) + ' [' + herstatt.show(a.value[2]) + ', ' + herstatt.show(a.value[3]) + ']'; return d; }},
            renderItem: function (params, api) {
                var at = function (v) { return long ? api.coord([v, api.value(0)]) : api.coord([api.value(0), v]); };
                var band = long ? api.size([0, 1])[1] : api.size([1, 0])[0], off = (s - (n - 1) / 2) * Math.min(26, band / (n + 1));
                var known = isFinite(api.value(2)) && isFinite(api.value(3));
                var m = at(api.value(1)), a = known ? at(api.value(2)) : m, b = known ? at(api.value(3)) : m, c = api.visual('color'), style = {stroke: c, lineWidth: 2, fill: 'none'};
                var line = function (x1, y1, x2, y2) { return {type: 'line', shape: {x1: x1, y1: y1, x2: x2, y2: y2}, style: style}; };
                var dot = {type: 'circle', shape: {cx: m[0] + (long ? 0 : off), cy: m[1] + (long ? off : 0), r: 5}, style: {fill: c}};
                return {type: 'group', children: long ?
                    [line(a[0], a[1] + off, b[0], b[1] + off), line(a[0], a[1] + off - 5, a[0], a[1] + off + 5), line(b[0], b[1] + off - 5, b[0], b[1] + off + 5), dot] :
                    [line(a[0] + off, a[1], b[0] + off, b[1]), line(a[0] + off - 5, a[1], a[0] + off + 5, a[1]), line(b[0] + off - 5, b[1], b[0] + off + 5, b[1]), dot]};
            }});
    })(s);
    return o;
}
herstatt.option = function (p, width) {
    if (has(p, 'map')) return herstatt.map(p, width);
    return has(p, 'intervals') ? intervals(p) : columns(p, width);
};
/* Height in pixels. */
herstatt.height = function (p, width) {
    if (has(p, 'map')) return Math.max(220, Math.round(width * 0.46)) + 60;
    if (has(p, 'bars')) return Math.max(140, 60 + p.rows.length * (has(p, 'stack') ? 24 : Math.max(24, 11 * (p.columns.length - 1))));
    if (has(p, 'intervals') && p.rows.length > 8) return 80 + 26 * p.rows.length;
    return p.axis === 'time' && herstatt.calendar ? 380 + 18 * herstatt.calendar.lanes.length : 380;
};
})();
