/* Draws the pages from the JSON in the file. A picture and its table come from the same rows. */
(function () {
'use strict';
var report = JSON.parse(document.getElementById('data').textContent), pages = report.pages;
var root = document.documentElement, drawn = [], charts = typeof echarts !== 'undefined';
herstatt.calendar = report.calendar;
function make(tag, parent, text, name) {
    var e = document.createElement(tag);
    if (text !== undefined) e.textContent = text;
    if (name) e.className = name;
    if (parent) parent.appendChild(e);
    return e;
}
function download(p) {
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
            var td = make('td', tr, herstatt.show(v), (numeric[i] ? 'n' : '') + (v === 'met' ? ' good' : v === 'missed' ? ' bad' : ''));
            if (typeof v === 'number') td.setAttribute('data-value', v);
        });
    });
    make('button', parent, 'Download as CSV').onclick = function () { download(p); };
}
function fold(p, parent, open) {
    var details = make('details', parent); make('summary', details, 'Table (' + p.rows.length + ' rows)');
    table(p, details);
    if (open) details.open = true;
}
function lenses(p, parent) {
    var set = make('div', parent, undefined, 'lenses'); make('span', set, 'Colour: ', 'soft');
    herstatt.lenses.forEach(function (l, i) {
        var b = make('button', set, l.name);
        b.setAttribute('aria-pressed', i === 0);
        b.onclick = function () {
            p.lens = i;
            Array.prototype.forEach.call(set.querySelectorAll('button'), function (x) { x.setAttribute('aria-pressed', x === b); });
            draw();
        };
    });
}
function picture(p, section) {
    make('h3', section, p.title); make('p', section, p.caption, 'soft');
    if (herstatt.has(p, 'table')) { if (herstatt.has(p, 'folded')) fold(p, section, false); else table(p, section); return; }
    if (p.rows.length && charts) {
        if (herstatt.has(p, 'map')) lenses(p, section);
        var box = make('div', section, undefined, 'chart');
        box.setAttribute('role', 'img'); box.setAttribute('aria-label', p.title + '. ' + p.caption + '. The table below has the numbers.');
        drawn.push({box: box, picture: p});
    }
    fold(p, section, !charts && p.rows.length <= 100);
}
function draw() {
    drawn.forEach(function (d) {
        var width = d.box.clientWidth;
        if (d.chart) d.chart.dispose();
        d.box.style.height = herstatt.height(d.picture, width) + 'px';
        d.chart = echarts.init(d.box, herstatt.dark() ? 'dark' : null, {renderer: 'svg'});
        d.chart.setOption(herstatt.option(d.picture, width));
    });
}
var skip = make('a', document.body, 'Skip to the report', 'skip'); skip.href = '#page0';
var header = make('header', document.body); make('b', header, 'Herstatt');
var nav = make('nav', header), toggle = make('button', header, 'Light or dark'), main = make('main', document.body);
if (report.title) { make('h1', main, report.title); document.title = report.title + ' - Herstatt report'; }
if (report.banner) make('p', main, report.banner, 'banner');
if (!charts) make('p', main, 'Pictures are missing: this herstatt was built without npm, from which the chart library and the outline of the world come. The tables hold all numbers.', 'banner');
pages.forEach(function (page, number) {
    var section = make('section', main), link = make('a', nav, page.title);
    section.id = 'page' + number; link.href = '#page' + number;
    make('h2', section, page.title);
    if (page.figures) {
        var row = make('div', section, undefined, 'figures');
        page.figures.forEach(function (f) {
            var box = make('div', row, undefined, 'figure'), value = make('b', box, herstatt.show(f.value));
            if (f.value !== null) value.setAttribute('data-value', f.value);
            make('span', box, f.unit); make('small', box, f.label);
        });
    }
    (page.words || []).forEach(function (w) { make('p', section, w); });
    (page.pictures || []).forEach(function (p) { picture(p, section); });
});
var wish = window.matchMedia('(prefers-color-scheme: dark)'), width = window.innerWidth;
function follow() { root.classList.toggle('dark', location.hash === '#dark' || wish.matches); draw(); }
wish.addEventListener('change', follow);
toggle.onclick = function () { root.classList.toggle('dark'); draw(); };
window.addEventListener('resize', function () { if (window.innerWidth !== width) { width = window.innerWidth; draw(); } });
/* Paper is light and narrow. */
var was = false;
window.addEventListener('beforeprint', function () { was = herstatt.dark(); root.classList.remove('dark'); main.style.width = '680px'; draw(); });
window.addEventListener('afterprint', function () { root.classList.toggle('dark', was); main.style.width = ''; draw(); });
follow();
})();
