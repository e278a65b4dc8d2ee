package callimport

import (
	"bufio"
	"bytes"
	"io"
	"strings"
	"unicode/utf8"

	"golang.org/x/text/encoding/charmap"
)

// peeked is how many bytes are looked at to tell encodings and delimiters apart.
const peeked = 64 << 10

// decoder turns the bytes of a file into UTF-8. A file is UTF-8 or Windows-1251, which Excel writes where people write
// Cyrillic: which of them is decided at the first byte that is no ASCII, by whether it and what follows it read as UTF-8,
// which Cyrillic words in Windows-1251 hardly ever do.
type decoder struct {
	in      *bufio.Reader
	decided bool
	legacy  bool   // Windows-1251
	decoded []byte // of which
	pending []byte // is not yet handed out
}

const byteOrderMark = "\ufeff"

func newDecoder(r io.Reader) *decoder {
	d := &decoder{in: bufio.NewReaderSize(&sticky{in: r}, peeked)}
	if start, _ := d.in.Peek(len(byteOrderMark)); string(start) == byteOrderMark {
		_, _ = d.in.Discard(len(byteOrderMark))
		d.decided = true
	}
	return d
}

// sticky repeats an error once it came: what looks ahead must not swallow the sign that an upload broke off.
type sticky struct {
	in  io.Reader
	err error
}

func (s *sticky) Read(p []byte) (n int, err error) {
	if s.err != nil {
		return 0, s.err
	}
	n, s.err = s.in.Read(p)
	return n, s.err
}

// foreign names the format of a file that is no CSV we read; empty where it may be one.
func (d *decoder) foreign() string {
	start, _ := d.in.Peek(4)
	for prefix, format := range map[string]string{"\xff\xfe": "UTF-16 text", "\xfe\xff": "UTF-16 text", "PK\x03\x04": "an Excel workbook or another archive", "\xd0\xcf\x11\xe0": "an old Excel workbook"} {
		if bytes.HasPrefix(start, []byte(prefix)) {
			return format
		}
	}
	return ""
}

// Read gives UTF-8; bytes that are none in a file that is UTF-8 otherwise come as they are and are reported by line.
func (d *decoder) Read(p []byte) (int, error) {
	if len(d.pending) == 0 {
		if err := d.fill(); err != nil {
			return 0, err
		}
	}
	n := copy(p, d.pending)
	d.pending = d.pending[n:]
	return n, nil
}

// fill decodes what has been read: as long as the encoding is not known only the ASCII in front, which is the same in both.
func (d *decoder) fill() error {
	if _, err := d.in.Peek(1); err != nil {
		return err
	}
	chunk, _ := d.in.Peek(d.in.Buffered())
	if ascii := asciiPrefix(chunk); !d.decided && ascii > 0 {
		chunk = chunk[:ascii]
	} else if !d.decided {
		chunk, _ = d.in.Peek(peeked)
		d.decided, d.legacy = true, !looksLikeUTF8(chunk)
	}
	d.decoded = d.decoded[:0]
	if d.legacy {
		for _, c := range chunk {
			d.decoded = utf8.AppendRune(d.decoded, charmap.Windows1251.DecodeByte(c))
		}
	} else {
		d.decoded = append(d.decoded, chunk...)
	}
	d.pending = d.decoded
	_, err := d.in.Discard(len(chunk))
	return err
}

func asciiPrefix(b []byte) int {
	for i, c := range b {
		if c >= utf8.RuneSelf {
			return i
		}
	}
	return len(b)
}

// looksLikeUTF8 reports whether more of a sample's characters beyond ASCII are UTF-8 than are not: a broken byte does not
// make a file another one, it makes its line a bad one.
func looksLikeUTF8(b []byte) bool {
	good, bad := 0, 0
	for len(b) > 0 {
		r, size := utf8.DecodeRune(b)
		switch {
		case r == utf8.RuneError && size == 1:
			bad++
		case size > 1:
			good++
		}
		b = b[size:]
	}
	return good >= bad
}

// delimiterOf finds what separates the cells of the first line: the one of comma, semicolon and tab that it has most of,
// outside quotation marks.
func delimiterOf(text *bufio.Reader) rune {
	start, _ := text.Peek(peeked)
	start = bytes.TrimLeft(start, "\r\n")
	counts, inQuotes := [3]int{}, false
	const candidates = ",;\t"
	for _, c := range start {
		if c == '"' {
			inQuotes = !inQuotes
		}
		if inQuotes {
			continue
		}
		if c == '\n' {
			break
		}
		if i := strings.IndexByte(candidates, c); i >= 0 {
			counts[i]++
		}
	}
	best := 0
	for i, n := range counts {
		if n > counts[best] {
			best = i
		}
	}
	return rune(candidates[best])
}
