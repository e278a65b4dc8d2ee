// Package publicnet tells addresses of the public network from those that only stand behind a firewall.
//
// Whoever owns a project names servers, and we talk to them: a name or an address of theirs must not lead to the database next to us, to the
// metadata of a cloud, or to ourselves. The package owns which networks those are. It resolves nothing and dials nothing.
package publicnet
