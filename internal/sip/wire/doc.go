// Package wire carries SIP messages: it takes them off sockets, lets through only what is whole, and runs the transactions
// of RFC 3261 section 17 (with the corrections of RFC 6026).
//
// It owns UDP, TCP, TLS and WebSocket (RFC 7118) connections, the sanity stage in front of everything, and transactions. It
// does not own dialogs, registrations or who may call: package sip does. Types and the parsing of single header values come
// from emiago/sipgo. Its transports and transactions are not used: they give every message a goroutine, so that the order
// of arrival is lost (digits of INFO would be), keep every source address ever seen for the life of the socket, have timers
// that are global to the process, refuse datagrams above 1300 bytes, and answer CANCEL with a tag of another dialog.
//
// Invariants:
//   - Before a byte is parsed the source has been admitted (Config.Admit); who is known goes before strangers.
//   - What reaches a User is whole: one From, To, Call-ID and CSeq that fit the method, a readable Via, a URI we can have
//     meant, and a body of the length announced. Anything else is answered once, without state, or dropped; both are counted.
//   - Messages of one connection, and of one UDP source, reach the User in the order they came, one at a time.
//   - An answer goes to the address its request came from, over the connection it came by (RFC 3581, RFC 3261 section 18.2.2).
//   - A User is called without locks held and must not block. A ClientTx reports nothing after its last word.
//   - No peer can hold up another: a connection that does not take what is written to it is cut.
package wire
