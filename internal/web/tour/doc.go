// Package tour walks through the whole cabinet with 90 days of a shop's life in it, for tests: every page is reached by the
// links of another, opens without an error, fits a phone, passes axe in both themes, and exports the rows it shows.
//
// It owns no page and nothing at run time. The pictures of docs/guide are taken on the same walk.
package tour
