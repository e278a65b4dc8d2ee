// Package job runs what takes longer than a request: it keeps a queue of jobs in the database, of which the nodes take one after
// another, and tells how far each is.
//
// It owns the table job_run. It does not own what a job does, which its kind's handler knows. All jobs there are work for the operator,
// whose right it takes to ask for one and to cancel it (Rule A-18).
//
// Invariants:
//   - A job is run by one node at a time, which says every second that it is alive; where it falls silent, another begins the job again
//     after Lease. So a handler goes on where it was, from what it stored itself, or begins anew.
//   - The same question asked again before it is answered is the same job, also where two nodes are asked at the same instant.
//   - A job that is cancelled has its context ended within two seconds, on whatever node it runs.
//   - A job is begun three times at most. What its question is refused with ends it at once, and so does a panic, which takes down no
//     node; a fault of the database or the machine does not.
//   - What a job came to is kept.
package job
