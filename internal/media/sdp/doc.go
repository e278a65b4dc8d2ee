// Package sdp reads and writes session descriptions (RFC 8866) and does the arithmetic of offer and answer (RFC 3264) for
// one audio stream of G.711.
//
// It owns the text format with its limits, which codecs, telephone events, directions and keys two sides agree on, and the
// shape of what we send. It does not own sockets, ports or the state of a leg (package media), nor the descriptions of
// browsers beyond what tells them from others: pion writes those.
//
// What always holds:
//   - A description is a stranger's text. Parse bounds its length, lines, media and codecs, and never panics (a fuzz
//     target); what Parse returns, Marshal can write, and no value of it can break out of its line.
//   - An answer has the media lines of its offer in its order, those we do not take with port 0 (RFC 3264 section 6).
//   - An answer names codecs of the offer only, under the offer's numbers, and never relaxes a direction.
//   - Keys are agreed or the stream is refused: an offer of SAVP is never answered with AVP (Rule T-90).
package sdp
