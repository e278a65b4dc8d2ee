// Package gallery shows every component of web/ui in every state at /ui, with samples in three languages and with
// hostile texts: the place to look at a component before using it, and what the browser tests walk through.
//
// It owns the samples and nothing else: it reads no store, changes nothing, and its forms lead back to it.
//
// Invariants:
//   - A component that is not shown here does not exist: a test compares the components with what the gallery draws.
//   - No page of it makes a browser complain, overflow at 360 pixels, or give axe a finding, in any language and theme.
package gallery
