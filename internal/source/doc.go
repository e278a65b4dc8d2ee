// Package source says where a visit came from: source, medium, campaign, click ids and channel group, out of the address
// the visitor landed on, the referrer, and what the site calls its own.
//
// It owns the lists of search engines, AI assistants, social networks, mail, video, shops and of the hosts that send a visitor back
// (payments, sign-in), the order in which evidence counts, the channel groups, and what makes a visit begin. It does not own how
// long a visit lasts, nor how sources share the credit for a sale.
//
// Invariants:
//   - A visit is classified once, when it arrives; the same input gives the same source (Rules C-30 to C-39).
//   - Nothing a stranger sends is longer than a bound in what comes out, and it holds no invisible characters.
//
// The lists (hosts.txt) were written for this project from what is publicly known; nobody's collection was copied.
package source
