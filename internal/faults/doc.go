// Package faults shows what the promises about money are worth when things break: the process is killed, the power is
// cut, the disk fails or is full, the database server dies, callers come by the hundred, twice and in any order.
//
// It owns tests and nothing else; no program imports it. A test here has four parts:
//
//   - traffic: operation number n is always the same call, message, payment or reservation under the same key, so that
//     whoever knows the number can repeat it;
//   - a worker: this test binary, run once more as a process of its own, which opens the store, sends traffic from many
//     goroutines and writes every answer into a pipe after it has it;
//   - a fault, placed by count or by a seeded draw, so that a failure can be repeated;
//   - the auditor: it opens what is left, repeats all traffic, and compares with a model that knows only numbers and
//     amounts. What was acknowledged must be there, nothing may be there twice, sums must agree to the millionth, nothing
//     may stay reserved, and the ledger must verify.
//
// Each test has a twin in which one safeguard is left out and the auditor must object: a test that cannot fail shows
// nothing. Strace is needed for faults below the process and PostgreSQL for its half; without strace those tests are
// skipped and say how to install it. `make test` tries a handful of points, `make soak` (build tag soak) every one.
package faults
