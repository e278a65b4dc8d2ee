// Package dialplan says what happens to a call: routing schemes as data and their checks, business hours, the reducer that
// runs a call by them, and the dry run that tells beforehand what it would do.
//
// A call is a pure function: [Step] takes its state, an instant and what happened, and gives the next state and the
// effects to carry out. Package pbx carries them out on signalling, media, charging and the call log; the dry run and the
// tests carry them out on a clock of their own. The same code decides for all of them.
//
// It owns the format of routing schemes ([RoutingScheme], read by [ReadScheme]), who is rung when, what counts as the
// result of a call, and the codes of the timeline. It does not own who the employees are (staff), which number has which
// scheme (routing), what a leg costs (charging) nor how it is dialled (sip). Pure: no clock, no I/O, no randomness.
//
// Invariants, each tested in random worlds:
//   - A call has one result, told when its last leg has ended.
//   - A leg that was dialled ends; nothing is asked of a leg that has ended.
//   - A leg is in one bridge or mix at most.
//   - A leg that was authorised is settled once, and charged from its answer only.
//   - No timer outlives its call.
package dialplan
