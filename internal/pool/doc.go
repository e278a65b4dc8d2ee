// Package pool decides which visit sees which telephone number, says afterwards which visit a call came from, and how many
// numbers that takes (Rules C-01 to C-21).
//
// It owns the allocator of leases, the calculator of numbers (Erlang B and the reuse gap), the scorer and its receipt,
// accuracy and its interval, the decision that a pool should grow, and the simulator that proves the calculator with the very
// allocator and scorer. It does not own pools, visits or their storage (package tracking), rules of substitution
// (package swap) or prices (they are arguments).
//
// Invariants: no clock, no I/O, no randomness but what is handed in; the same input gives the same output. No two live
// leases share a number; a number is taken from a visit only while none is free. The allocator changes by events
// alone, and a replay of its events gives the same state. Probabilities of a receipt and its unknown sum to 1.
//
// Using it:
//
//	a := pool.New(pool.Policy{Hold: pool.DefaultHold})
//	a.Join("+380443337701", at, at)                             // at start: pool.Replay(policy, the log)
//	event := a.Lease(pool.Request{Visit: "v1", Visitor: "p1"}, at) // also on each heartbeat; store the event
//	receipt := pool.Score(pool.Call{At: at}, lastHolders, weights)
//	answer, err := pool.Calculate(plan)
package pool
