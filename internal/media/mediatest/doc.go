// Package mediatest is the other end of a leg in tests: RTP peers that speak tones and know which tones they hear.
//
// It owns the peer (descriptions, packets, keys, SRTP) and the detector (Goertzel). It does not own what it tests: it shares only descriptions and
// the tables of G.711 with package media. Audio is proved by its frequency, never by counting packets.
package mediatest
