/* Draws the pages from the JSON in the file. A picture and its table come from the same rows. */
(function () {
'use strict';
var pages = JSON.parse(document.getElementById('data').textContent);
var root = document.documentElement, drawn = [];
function make(tag, parent, text, name) {
    var e = document.createElement(tag);
    if (text !== undefined) e.textContent = text;
    if (name) e.className = name;
    if (parent) parent.appendChild(e);
    return e;
}
function show(v) {
    if (v === null) return '–';
    if (typeof v !== 'number') return v;
    if (Number.isInteger(v)) return v.toLocaleString('en');
    return v.toLocaleString('en', Math.abs(v) >= 100 ? {maximumFractionDigits: 1} : {maximumSignificantDigits: 4});
}
function clock(s) {
    var m = Math.round(s / 60), d = Math.floor(m / 1440), r = m - d * 1440;
    return (d ? 'day ' + (d + 1) + ' ' : '') + String(Math.floor(r / 60)).padStart(2, '0') + ':' + String(r % 60).padStart(2, '0');
}
function option(p) {
    var category = p.axis === 'category', line = p.kind.indexOf('line') === 0, lying = p.kind.indexOf('bars') === 0;
    var first = {type: category ? 'category' : p.axis === 'log' ? 'log' : 'value', name: category ? '' : p.columns[0],
        nameLocation: 'middle', nameGap: 28, axisLabel: {hideOverlap: true}};
    if (category) { first.data = p.rows.map(function (r) { return r[0]; }); first.inverse = lying; }
    if (p.axis === 'time') { first.axisLabel.formatter = clock; var end = p.rows.length ? p.rows[p.rows.length - 1][0] : 0; first.interval = end > 172800 ? 43200 : 14400; if (end > 259200) first.max = 259200; first.name = 'day and time from the start'; }
    var second = {type: 'value', axisLabel: {hideOverlap: true}};
    return {animation: false, backgroundColor: 'transparent', aria: {enabled: true}, legend: {type: 'scroll', top: 0}, color: ['#4c7bd9', '#e08a1e', '#2a9d8f', '#b5548a'],
        tooltip: {trigger: 'axis', confine: true}, grid: {left: 12, right: 24, top: 40, bottom: 36, containLabel: true},
        xAxis: lying ? second : first, yAxis: lying ? first : second,
        series: p.columns.slice(1).map(function (name, i) {
            return {name: name, type: line ? 'line' : 'bar', showSymbol: false, step: p.axis === 'time' ? 'end' : false,
                stack: p.kind.indexOf('stack') > 0 ? 'all' : undefined,
                data: p.rows.map(function (r) { return category ? r[i + 1] : [r[0], r[i + 1]]; })};
        })};
}
function table(p, parent) {
    var scroll = make('div', parent, undefined, 'scroll'), t = make('table', scroll), body;
    scroll.tabIndex = 0; scroll.setAttribute('role', 'region'); scroll.setAttribute('aria-label', p.title);
    var head = make('tr', make('thead', t)), numeric = p.columns.map(function (c, i) {
        return p.rows.length > 0 && p.rows.every(function (r) { return r[i] === null || typeof r[i] === 'number'; });
    });
    p.columns.forEach(function (c, i) { make('th', head, c, numeric[i] ? 'n' : '').scope = 'col'; });
    body = make('tbody', t);
    p.rows.forEach(function (r) {
        var tr = make('tr', body);
        r.forEach(function (v, i) {
            var td = make('td', tr, show(v), numeric[i] ? 'n' : '');
            if (typeof v === 'number') td.setAttribute('data-value', v);
        });
    });
    var button = make('button', parent, 'Download as CSV');
    button.onclick = function () {
        /* A leading =, +, - or @ in text would be a formula in a spreadsheet. */
        var csv = [p.columns].concat(p.rows).map(function (r) {
            return r.map(function (v) {
                if (v === null) return '';
                if (typeof v === 'number') return String(v);
                return '"' + v.replace(/^([=+\-@])/, "'$1").replace(/"/g, '""') + '"';
            }).join(',');
        }).join('\r\n') + '\r\n';
        var a = document.createElement('a'), url = URL.createObjectURL(new Blob([csv], {type: 'text/csv'}));
        a.href = url; a.download = p.title.toLowerCase().replace(/[^a-z0-9]+/g, '-') + '.csv';
        a.click(); setTimeout(function () { URL.revokeObjectURL(url); }, 1000);
    };
}
function draw() {
    drawn.forEach(function (d) {
        if (d.chart) d.chart.dispose();
        d.chart = echarts.init(d.box, root.classList.contains('dark') ? 'dark' : null, {renderer: 'svg'});
        d.chart.setOption(option(d.picture));
    });
}
var header = make('header', document.body); make('b', header, 'Herstatt');
var nav = make('nav', header), toggle = make('button', header, 'Light or dark'), main = make('main', document.body);
pages.forEach(function (page, number) {
    var section = make('section', main), link = make('a', nav, page.title);
    section.id = 'page' + number; link.href = '#page' + number;
    make('h2', section, page.title);
    (page.words || []).forEach(function (w) { make('p', section, w); });
    (page.pictures || []).forEach(function (p) {
        make('h3', section, p.title); make('p', section, p.caption, 'soft');
        if (p.kind === 'table') { table(p, section); return; }
        var box = make('div', section, undefined, 'chart');
        if (p.kind.indexOf('bars') === 0) box.style.height = Math.max(200, 80 + 24 * p.rows.length) + 'px';
        drawn.push({box: box, picture: p});
        var details = make('details', section); make('summary', details, 'Table'); table(p, details);
    });
});
var wish = window.matchMedia('(prefers-color-scheme: dark)');
function follow() { root.classList.toggle('dark', location.hash === '#dark' || wish.matches); draw(); }
wish.addEventListener('change', follow);
toggle.onclick = function () { root.classList.toggle('dark'); draw(); };
window.addEventListener('resize', function () { drawn.forEach(function (d) { d.chart.resize(); }); });
follow();
})();
