// Package web holds what the residents' pages are made of: templates, styles and ES modules, embedded.
//
// templates/ are html/template: layout.html is the frame, every other page fills its blocks; answer.html is used by the server for a
// finished answer and, inside a <template> element, by answer.js for one that arrives: one markup for both.
//
// assets/ are served under hashed names (ask.0a1b2c3d4e.js), so that they may be cached for ever, and compressed when the program starts;
// imports between modules are rewritten to those names. style.css begins with its tokens (colours, sizes); use them, no others: staff's
// pages take the same sheet by Pages.URL. widget.js alone has an address without a hash, since portals name it.
//
// Both scripts of Chinese come from one source in simplified characters: a page is converted as a whole after rendering, the words in
// modules when the program starts. Chosen over a catalogue of words, because nothing can be forgotten (2026-11-26).
//
// ask.js is the page of questions and uses the modules beside it, each for one thing: stream, answer, memory, history, suggest, voice, read,
// actions, beside, feedback. early.js runs before the first paint, so that nothing jumps. frame.js and widget.js are the two ends of the widget.
//
// Limits, checked by a test: 60 KB of scripts, 40 KB of styles; no inline script or style, because the Content-Security-Policy refuses
// them; no address outside this site. Text enters as text: html/template here, textContent there.
package web
