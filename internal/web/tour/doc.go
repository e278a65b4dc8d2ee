// Package tour walks through the whole cabinet with 90 days of a shop's life in it, for tests: every page is reached by the
// links of another, opens without an error, fits a phone, passes axe in both themes, and exports the rows it shows, cell by cell.
// Every form that a page has is found and sent with text that would do harm; where it shows, nothing runs and nothing breaks.
// A route that takes something and that no form leads to fails the test, as does a page that no link leads to.
//
// It owns no page and nothing at run time. The pictures of docs/guide are taken on the same walk.
package tour
