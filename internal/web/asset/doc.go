// Package asset holds what a browser loads besides pages: style sheets, scripts and the icon, bundled, and served under
// names that carry the hash of their content.
//
// It owns the sources (src), the libraries of others (vendor), the bundles made of them (dist, by `make generate`), and
// how they are served: compressed, and kept by browsers for a year, since another content has another name. It does not
// own markup (web/ui), nor what a policy allows (web).
//
// Invariants:
//   - Bundles are committed, so that building needs Go alone; a test fails when they are older than their sources.
//   - What a first page loads stays within 100 kB compressed; the chart library comes later, for those who scroll to one.
//   - No script makes code of text, and no style stands in markup.
package asset
