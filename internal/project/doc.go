// Package project owns the projects themselves: who they are, the currency and country they are billed in, and the two
// things that change only at a local midnight: the time zone their days end in and the price book they are charged by.
//
// It owns the tables project, project_demo, project_zone and project_book, and the calendar of usage days (Rule B-09). It does not own
// balances (ledger), products or states (billing). Invariants: the zone and the book of a day that has begun never
// change; days follow one another without gap or overlap; revision grows with every change.
package project
