(function () {
  'use strict';
  var sections = Array.prototype.slice.call(document.querySelectorAll('section[data-step]'));
  var bars = Array.prototype.slice.call(document.querySelectorAll('.step'));
  var last = sections.length - 1;
  var now = -1;
  var timer = 0;
  var output = document.querySelector('nav output');
  var play = document.getElementById('play');

  function number(bar) {
    return Number(/step-(\d+)/.exec(bar.getAttribute('class'))[1]);
  }

  function show(step, quiet) {
    var next = Math.max(0, Math.min(last, step));
    if (next === now) { return; }
    now = next;
    sections.forEach(function (section, i) { section.hidden = i !== now; });
    bars.forEach(function (bar) {
      var n = number(bar);
      bar.classList.toggle('done', n < now);
      bar.classList.toggle('now', n === now);
      if (n === now && !quiet) { bar.scrollIntoView({ block: 'nearest', inline: 'nearest' }); }
    });
    output.textContent = now === 0 ? 'Before' : now === last ? 'After all ' + (last - 1) + ' steps'
      : 'Step ' + now + ' of ' + (last - 1);
    ['first', 'back'].forEach(function (id) { document.getElementById(id).disabled = now === 0; });
    ['on', 'last'].forEach(function (id) { document.getElementById(id).disabled = now === last; });
    if (now === last) { stop(); }
    try { history.replaceState(null, '', '#' + now); } catch (refused) { /* Some browsers keep files from doing so. */ }
  }

  function stop() {
    clearInterval(timer);
    timer = 0;
    play.textContent = '\u25B6';
  }

  function toggle() {
    if (timer) { stop(); return; }
    if (now === last) { show(0); }
    timer = setInterval(function () { show(now + 1); }, 1500);
    play.textContent = '\u275A\u275A';
  }

  function press(id, action) {
    document.getElementById(id).addEventListener('click', action);
  }

  press('first', function () { show(0); });
  press('back', function () { show(now - 1); });
  press('on', function () { show(now + 1); });
  press('last', function () { show(last); });
  press('play', toggle);
  bars.forEach(function (bar) { bar.addEventListener('click', function () { show(number(bar)); }); });
  document.addEventListener('keydown', function (event) {
    if (event.altKey || event.ctrlKey || event.metaKey) { return; }
    if (event.key === 'ArrowRight' || event.key === 'PageDown') { show(now + 1); }
    else if (event.key === 'ArrowLeft' || event.key === 'PageUp') { show(now - 1); }
    else if (event.key === 'Home') { show(0); }
    else if (event.key === 'End') { show(last); }
    else if (event.key === ' ' && !/^(BUTTON|SUMMARY)$/.test(document.activeElement.tagName)) { toggle(); }
    else { return; }
    event.preventDefault();
  });
  document.documentElement.classList.add('stepping');
  document.querySelector('nav').hidden = false;
  show(Number((/^#(\d+)$/.exec(location.hash) || [0, 0])[1]), true);
}());
