package media_test

import (
	"testing"

	"bellwether/internal/media"
	"bellwether/internal/media/sdp"
)

// BenchmarkSetUp opens, describes, bridges and closes the two legs of a call.
func BenchmarkSetUp(b *testing.B) {
	e := newEngine(b, func(c *media.Config) { c.FirstPort, c.LastPort = 1024, 65535 })
	offer := sdp.Local{Addr: loopback, Port: 9, Codecs: []string{sdp.PCMA}}.Offer()
	for b.Loop() {
		caller, staff := newLeg(b, e, media.LegConfig{}), newLeg(b, e, media.LegConfig{})
		if _, err := caller.Answer(offer); err != nil {
			b.Fatal(err)
		}
		if _, err := staff.Offer(); err != nil {
			b.Fatal(err)
		}
		if err := staff.Accept(offer); err != nil {
			b.Fatal(err)
		}
		if err := media.Bridge(caller, staff); err != nil {
			b.Fatal(err)
		}
		caller.Close()
		staff.Close()
	}
}
