// Package web holds what the residents' pages are made of: templates, styles and ES modules, embedded.
//
// templates/ are html/template: layout.html is the frame, every other page fills its blocks; answer.html is used by the server for a
// finished answer and, inside a <template> element, by answer.js for one that arrives: one markup for both.
//
// assets/ are served under hashed names (ask.0a1b2c3d4e.js), so that they may be cached for ever; imports between modules are rewritten
// to those names when the program starts. style.css begins with its tokens (colours, sizes); use them, no others.
//
// Limits, checked by a test: 60 KB of scripts, 40 KB of styles; no inline script or style, because the Content-Security-Policy refuses
// them; no address outside this site. Text enters as text: html/template here, textContent there.
package web
