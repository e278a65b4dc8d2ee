// Package ui is the design system of the cabinet: templ components that turn view models into HTML, and the shell of a
// page around them.
//
// It owns markup, the hx- attributes (which stand nowhere else), the state of tables and periods in the address, and the
// drawing of charts as SVG. It does not own texts (lang), scripts and style sheets (web/asset), what a page shows (the
// pages), nor who may see it.
//
// Invariants:
//   - Every component works as plain HTML: what a script does more comfortably, a link, a GET form or a POST form does
//     too. A page is one GET; its whole state is in its address.
//   - There is no inline script and no inline style: the policy of web forbids both.
//   - Text comes in as text and is escaped by templ. A component takes other components, never ready HTML.
//   - Every control has a name a screen reader can say, in the reader's language; every chart has a table with its numbers.
//   - Components read the clock, language, theme and address from the View in their context and from nothing else.
package ui
