package widget

import (
	"strings"

	"bellwether/internal/tracking"
)

// plainHit reads a hit as the tag writes nearly all of them: known fields, each once, texts without escapes and beyond-ASCII
// letters, whole numbers. It says false of anything else, which encoding/json then reads or refuses; so whatever plainHit takes, encoding/json takes
// alike (FuzzHit holds them against each other), at four times the cost.
func plainHit(body string) (hit tracking.Hit, ok bool) {
	r := plainReader{rest: body}
	r.expect('{')
	for seen := (fields{}); !r.failed; {
		name := r.text()
		r.expect(':')
		if !seen.add(name) {
			return hit, false
		}
		r.field(&hit, name)
		if r.next(',') {
			continue
		}
		r.expect('}')
		return hit, !r.failed && strings.Trim(r.rest, " \t\r\n") == ""
	}
	return hit, false
}

// fields are the names that came, a bit each.
type fields struct{ bits uint32 }

// names of the fields that plainHit reads; leads are rare and left to encoding/json.
const names = " k e c v s u r lu lr l z w x d p i "

func (f *fields) add(name string) bool {
	at := strings.Index(names, " "+name+" ")
	if at < 0 || name == "" {
		return false
	}
	bit := uint32(1) << (at / 2)
	fresh := f.bits&bit == 0
	f.bits |= bit
	return fresh
}

// plainReader reads plain JSON without spaces. Once it has failed it reads nothing.
type plainReader struct {
	rest   string
	failed bool
}

func (r *plainReader) field(hit *tracking.Hit, name string) {
	switch name {
	case "k":
		hit.Key = r.text()
	case "e":
		hit.Kind = tracking.Kind(r.text())
	case "c":
		hit.Consent = tracking.Consent(r.number())
	case "v":
		hit.Visitor = r.text()
	case "s":
		hit.Visit = r.text()
	case "u":
		hit.URL = r.text()
	case "r":
		hit.Referrer = r.text()
	case "lu":
		hit.LandingURL = r.text()
	case "lr":
		hit.LandingReferrer = r.text()
	case "l":
		hit.Language = r.text()
	case "z":
		hit.Zone = r.text()
	case "w":
		hit.Width = r.number()
	case "x":
		hit.Custom = r.values()
	case "d":
		hit.Targets = r.list()
	case "p":
		hit.Page = r.text()
	case "i":
		hit.ID = r.text()
	}
}

func (r *plainReader) next(c byte) bool {
	if r.failed || r.rest == "" || r.rest[0] != c {
		return false
	}
	r.rest = r.rest[1:]
	return true
}

func (r *plainReader) expect(c byte) {
	if !r.next(c) {
		r.failed = true
	}
}

// text reads a text in quotes, without escapes.
func (r *plainReader) text() string {
	r.expect('"')
	if r.failed {
		return ""
	}
	for i := 0; i < len(r.rest); i++ {
		switch c := r.rest[i]; {
		case c == '"':
			value := r.rest[:i]
			r.rest = r.rest[i+1:]
			return value
		case c < ' ' || c == '\\' || c >= 0x80:
			r.failed = true
			return ""
		}
	}
	r.failed = true
	return ""
}

// number reads a whole number below a million.
func (r *plainReader) number() (n int) {
	digits := 0
	for digits < len(r.rest) && r.rest[digits] >= '0' && r.rest[digits] <= '9' && digits < 7 {
		n = n*10 + int(r.rest[digits]-'0')
		digits++
	}
	if digits == 0 || digits > 6 || digits > 1 && r.rest[0] == '0' {
		r.failed = true
		return 0
	}
	r.rest = r.rest[digits:]
	return n
}

// list reads a list of texts.
func (r *plainReader) list() []string {
	r.expect('[')
	list := []string{}
	if r.next(']') {
		return list
	}
	for !r.failed {
		list = append(list, r.text())
		if !r.next(',') {
			r.expect(']')
			break
		}
	}
	return list
}

// values reads an object of texts.
func (r *plainReader) values() tracking.Values {
	r.expect('{')
	values := tracking.Values{}
	if r.next('}') {
		return values
	}
	for !r.failed {
		name := r.text()
		r.expect(':')
		if _, twice := values[name]; twice {
			r.failed = true
		}
		values[name] = r.text()
		if !r.next(',') {
			r.expect('}')
			break
		}
	}
	return values
}
