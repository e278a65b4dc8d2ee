// Package siptest has the far side of SIP for tests: a network in memory that loses and reorders what it is told to (Net), a peer
// that sends and expects single messages (Peer), and a phone that registers, calls and answers by itself (Phone).
//
// It owns nothing that runs outside tests. Over a Net everything runs in testing/synctest: timers of 32 seconds pass in no
// time, and a test neither sleeps nor depends on how busy the machine is. Peer and Phone work over real sockets too.
package siptest
