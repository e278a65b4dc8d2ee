// Package media moves the audio of calls: RTP between phones, trunks and browsers, what is played into it and what is recorded of it.
//
// It owns RTP ports and the goroutines that serve them, whose packets a leg believes, relaying with one clock a stream, telephone keys, clips,
// stereo recordings, rooms, SRTP and WebRTC, media timers and the quality of each leg. It does not own signalling (package sip), what a call does
// next (dialplan, pbx), or where recordings are kept and for how long (call); it knows no SQL and no SIP.
//
//	engine -> loops (a goroutine each: poll, play, mix, watch) -> legs -> bridge | room | clip, and a recording beside
//
// What always holds:
//   - A packet is heard only from whom the leg's latch believes: the address that was signalled or, behind a NAT, the first source; then that
//     source with that SSRC. Injected ones are counted and dropped (RFC 7362, RFC 3550 section 8; Rules T-80, T-81).
//   - A peer gets one stream of one SSRC, whose numbers and time never jump back, whoever speaks in it (RFC 3550 section 5.1; Rule T-83).
//   - A key is told once, by the way in which the leg's first key came: RFC 4733 or INFO (Rule T-85).
//   - No lock is held while an owner is told something, and never those of two legs. Order: engine, room, leg; a recording's and a seat's are innermost.
//   - A packet that is relayed allocates nothing (a test). A packet of a WebRTC leg does: pion copies.
//   - A slow, full or broken disk ends a recording and no call. A recording cut by a crash is mended by audio.Repair at start (Rule T-86).
//   - When Close of a leg has returned its ports are free; they rest 5 s before another leg gets them (Rule T-82).
//   - Keys agreed stay in force, or the description is refused (RFC 3711, RFC 4568; Rule T-90).
//
// Sections that code cites: RFC 3550 (RTP), 3551 (payload types), 3264 (offer and answer), 3389 (comfort noise), 3605, 3711 (SRTP), 4568 (SDES),
// 4733 (telephone events), 5761 (RTP and RTCP on one port), 7362 (latching); ITU-T G.711, G.107 (quality).
package media
