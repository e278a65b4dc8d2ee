package media

import "testing"

func event(code byte, end bool) []byte {
	flags := byte(10)
	if end {
		flags |= 0x80
	}
	return []byte{code, flags, 0, 160}
}

// Many packets are one press, whatever is lost or comes late (RFC 4733 section 2.5; Rule T-85).
func TestKeyListener(t *testing.T) {
	t.Parallel()
	type in struct {
		ts    uint32
		code  byte
		end   bool
		state pressState
	}
	for _, c := range []struct {
		name    string
		packets []in
		keys    string
	}{
		{"a press", []in{{100, 5, false, pressed}, {100, 5, false, holding}, {100, 5, true, released}, {100, 5, true, noPress}}, "5"},
		{"only its end came", []in{{100, 11, true, pressed}, {100, 11, true, noPress}}, "#"},
		{"the same key twice", []in{{100, 1, false, pressed}, {100, 1, true, released}, {900, 1, false, pressed}, {900, 1, true, released}}, "11"},
		{"the end of the first lost", []in{{100, 1, false, pressed}, {900, 2, false, pressed}}, "12"},
		{"a late packet of the first", []in{{100, 1, true, pressed}, {900, 2, false, pressed}, {100, 1, true, noPress}, {900, 2, true, released}}, "12"},
		{"round the end of the clock", []in{{0xffffff00, 1, true, pressed}, {100, 2, true, pressed}}, "12"},
		{"no key", []in{{100, 16, false, noPress}}, ""},
	} {
		var k keyListener
		keys := ""
		for i, p := range c.packets {
			got := k.packet(p.ts, event(p.code, p.end))
			if got.state != p.state {
				t.Errorf("%s, packet %d: state %d, want %d", c.name, i+1, got.state, p.state)
			}
			if got.state == pressed {
				keys += string(got.digit)
			}
		}
		if keys != c.keys {
			t.Errorf("%s: keys %q, want %q", c.name, keys, c.keys)
		}
	}
	var k keyListener
	if k.packet(1, []byte{1, 2}).state != noPress {
		t.Error("a short packet is a key")
	}
}
