// Package live pushes what changes to open pages: a stream of server-sent events a browser, with topics it may read.
//
// It owns the hub that fans updates out, the short memory that lets a stream go on where it broke off, and the HTTP
// handler. It does not decide who may read a topic (its caller does, when a stream opens and again while it runs), nor
// what an update means: mostly no more than "read this anew".
//
// Invariants:
//   - Publishing never waits for a reader. One that does not keep up is cut off, and comes back by Last-Event-ID.
//   - A stream that comes back gets what it missed, in order and once; where the memory does not reach that far, or the
//     program was started anew, it gets a reset, on which the page reads everything anew.
//   - The streams of somebody whose access ends are ended within five seconds, at once where this process is told.
package live
