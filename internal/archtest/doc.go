// Package archtest holds the conventions of the house as checks: rings and edges between packages, purity of the lower
// rings, documentation, numbered rules, ownership of tables, dependencies, sizes.
//
// It owns no convention itself: docs/ARCHITECTURE.md, docs/rules and docs/dependencies.md are the sources, and this
// package reads them. A finding names the place and what to do. Every check has a twin in testdata: a small tree with one
// fault, which the check must find.
package archtest
