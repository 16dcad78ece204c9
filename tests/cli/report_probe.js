/* Runs inside a report at phone width: what must work for a finger, a keyboard, a printer. */
(function () {
'use strict';
var found = [];
function holds(what, is) { if (!is) found.push(what); }
function all(selector) { return Array.prototype.slice.call(document.querySelectorAll(selector)); }
try {
    holds('page is as wide as the window', document.documentElement.scrollWidth <= window.innerWidth);
    holds('pictures are drawn', all('.chart').length >= 10 && all('.chart').every(function (c) { return c.querySelector('svg path'); }));
    holds('pictures have names', all('.chart').every(function (c) { return c.getAttribute('aria-label').length > 20; }));
    holds('a table behind every picture', all('.chart').length <= all('details').length);
    all('details').forEach(function (d) { d.open = true; });
    all('a, button, summary, .scroll').forEach(function (e) {
        e.focus();
        if (e.offsetParent !== null) holds('focus reaches ' + e.textContent.slice(0, 20), document.activeElement === e);
    });
    var lens = all('.lenses button'), map = document.querySelector('.lenses + .chart'), before = map.innerHTML;
    lens[1].click();
    holds('a lens is chosen', lens[1].getAttribute('aria-pressed') === 'true' && lens[0].getAttribute('aria-pressed') === 'false');
    holds('the map is drawn anew', map.innerHTML !== before);
    var dark = document.documentElement.classList.contains('dark');
    all('header button')[0].click();
    holds('light and dark change', document.documentElement.classList.contains('dark') !== dark);
    document.documentElement.classList.add('dark');
    window.dispatchEvent(new Event('beforeprint'));
    holds('paper is light', !document.documentElement.classList.contains('dark'));
    holds('pictures fit paper', all('.chart svg').every(function (s) { return s.getBoundingClientRect().width <= 690; }));
    window.dispatchEvent(new Event('afterprint'));
    holds('dark again', document.documentElement.classList.contains('dark'));
    holds('links lead somewhere', all('nav a').every(function (a) { return document.getElementById(a.hash.slice(1)); }));
} catch (e) { found.push('error: ' + e); }
var pre = document.createElement('pre');
pre.id = 'probe';
pre.textContent = found.length ? 'FAILED: ' + found.join('; ') : 'ok';
document.body.appendChild(pre);
})();
