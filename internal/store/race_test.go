//go:build race

package store_test

// raced tells tests that write much to write less: the race detector makes a page ten times as dear.
const raced = true
