package dialplan

import (
	"cmp"
	"reflect"
	"slices"
)

// arrange connects the parties as they stand: those of a room who are not held hear each other. It takes apart what must
// change before it connects anything, so that no leg is in two wires (Rule T-17).
func (r *run) arrange() {
	var wires []Wire
	for room := range 2 {
		if wire := r.wire(room); len(wire.Parts) > 1 {
			wires = append(wires, wire)
		}
	}
	stays := func(w Wire) bool {
		return slices.ContainsFunc(wires, func(other Wire) bool { return reflect.DeepEqual(w, other) })
	}
	before := r.Wires
	for _, wire := range before {
		if !stays(wire) {
			r.do(Disconnect{Room: wire.Room})
		}
	}
	r.Wires = wires
	for _, wire := range wires {
		if slices.ContainsFunc(before, func(other Wire) bool { return reflect.DeepEqual(wire, other) }) {
			continue
		}
		for _, part := range wire.Parts {
			r.quiet(part.Leg)
		}
		r.do(Connect{Wire: wire})
	}
	r.entertain()
}

// entertain plays music to whoever is held.
func (r *run) entertain() {
	for _, p := range r.Parties {
		if l := r.leg(p.Leg); p.Held && l.up() && l.Playing == 0 {
			r.play(p.Leg, Sound{Kind: Music})
		}
	}
}

// wire is who hears whom in a room.
func (r *run) wire(room int) Wire {
	var in []Party
	speakers := 0
	for _, p := range r.Parties {
		if p.Room != room || p.Held || !r.leg(p.Leg).up() {
			continue
		}
		in = append(in, p)
		if p.speaks() {
			speakers++
		}
	}
	wire := Wire{Room: room}
	if speakers < 2 {
		return wire
	}
	slices.SortFunc(in, func(a, b Party) int { return cmp.Compare(a.Leg, b.Leg) })
	for _, p := range in {
		part := Part{Leg: p.Leg}
		for _, other := range in {
			if other.Leg != p.Leg && (other.speaks() || other.As == AsWhisperer && p.As == "" && r.leg(p.Leg).Role == Inside) {
				part.Hears = append(part.Hears, other.Leg)
			}
		}
		wire.Parts = append(wire.Parts, part)
	}
	return wire
}

// speaks tells whether everybody in the room hears a party.
func (p Party) speaks() bool { return p.As == "" || p.As == AsSpeaker }

// Bridge tells whether the wire is a bridge: two legs that hear each other and nothing else.
func (w Wire) Bridge() bool {
	return len(w.Parts) == 2 && len(w.Parts[0].Hears) == 1 && len(w.Parts[1].Hears) == 1
}
