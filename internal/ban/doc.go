// Package ban keeps what operators see and decide of the sources that nodes shut out of SIP: who is out, why and until when; who is let in
// again before; and who is never shut out.
//
// It owns the tables ban_*. Who is shut out each node decides by itself, in memory (package sip, Rule T-68), and says so here every few
// seconds; what operators decide it reads here. Invariants:
//
//   - A node's rows are what it said last; nobody else writes them, but for the mark that lets a source in.
//   - A range that is never shut out is of /16 at most, of IPv6 /32: whoever spares everybody has no guard (Rule T-127).
//   - Every decision of an operator is in the trail.
package ban
