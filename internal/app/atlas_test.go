package app_test

import (
	"bytes"
	"context"
	"encoding/binary"
	"log/slog"
	"net/netip"
	"os"
	"path/filepath"
	"testing"
	"time"

	"bellwether/internal/app"
	"bellwether/internal/config"
	"bellwether/internal/errs"
	"bellwether/internal/pricebook"
)

// A field of MaxMind's format: its type and size, then what it holds (https://maxmind.github.io/MaxMind-DB/).
func field(kind, size int, body ...[]byte) []byte {
	head := []byte{byte(kind<<5 | size)}
	if kind > 7 {
		head = []byte{byte(size), byte(kind - 7)}
	}
	return append(head, bytes.Join(body, nil)...)
}

func text(s string) []byte { return field(2, len(s), []byte(s)) }

func number(n uint16) []byte { return field(5, 2, binary.BigEndian.AppendUint16(nil, n)) }

func fields(pairs ...[]byte) []byte { return field(7, len(pairs)/2, pairs...) }

func list(items ...[]byte) []byte { return field(11, len(items), items...) }

// atlasFile is a file of places that knows 203.0.113.0/24 and nothing else.
func atlasFile(t *testing.T) string {
	t.Helper()
	const nodes = 24
	record := func(n int) []byte { return []byte{byte(n >> 16), byte(n >> 8), byte(n)} }
	var tree []byte
	for depth, bit := range [nodes]int{1, 1, 0, 0, 1, 0, 1, 1, 0, 0, 0, 0, 0, 0, 0, 0, 0, 1, 1, 1, 0, 0, 0, 1} { // 203.0.113
		next, none := depth+1, record(nodes)
		if next == nodes {
			next = nodes + 16 // the first of the data
		}
		if bit == 0 {
			tree = append(append(tree, record(next)...), none...)
		} else {
			tree = append(append(tree, none...), record(next)...)
		}
	}
	kyiv := fields(
		text("city"), fields(text("names"), fields(text("en"), text("Kyiv"))), text("country"), fields(text("iso_code"), text("UA")),
		text("subdivisions"), list(fields(text("iso_code"), text("30"))),
	)
	about := fields(
		text("node_count"), field(6, 4, binary.BigEndian.AppendUint32(nil, nodes)), text("record_size"), number(24), text("ip_version"), number(4),
		text("database_type"), text("Test-City"), text("languages"), list(text("en")), text("binary_format_major_version"), number(2),
		text("binary_format_minor_version"), number(0), text("build_epoch"), field(9, 4, binary.BigEndian.AppendUint32(nil, 1_700_000_000)),
		text("description"), fields(text("en"), text("a test")),
	)
	path := filepath.Join(t.TempDir(), "places.mmdb")
	if err := os.WriteFile(path, bytes.Join([][]byte{tree, make([]byte, 16), kyiv, []byte("\xab\xcd\xefMaxMind.com"), about}, nil), 0o600); err != nil {
		t.Fatal(err)
	}
	return path
}

// Rule C-86: where an address is says the operator's file, before the address is cut.
func TestPlacesOfAFile(t *testing.T) {
	t.Parallel()
	c, err := config.Load(config.Flags{DataDir: t.TempDir(), Geo: atlasFile(t)}.Sources(nil))
	if err != nil {
		t.Fatal(err)
	}
	options := app.Options{Log: slog.New(slog.DiscardHandler), Now: func() time.Time { return time.Date(2026, 3, 10, 10, 0, 0, 0, time.UTC) }}
	a, err := app.Open(context.Background(), c, pricebook.Shipped(), options)
	if err != nil {
		t.Fatal(err)
	}
	for address, want := range map[string]string{"203.0.113.9": "UA UA-30 Kyiv", "203.0.114.9": "  ", "2001:db8::1": "  "} {
		p := a.Collector.Atlas.At(netip.MustParseAddr(address))
		if got := p.Country + " " + p.Region + " " + p.City; got != want {
			t.Errorf("%s is in %q, want %q", address, got, want)
		}
	}
	if err := a.Close(); err != nil {
		t.Error(err)
	}
	bad := filepath.Join(t.TempDir(), "bad.mmdb")
	if err := os.WriteFile(bad, []byte("no places"), 0o600); err != nil {
		t.Fatal(err)
	}
	c.Geo = bad
	if _, err := app.Open(context.Background(), c, pricebook.Shipped(), options); errs.CodeOf(err) != "config.bad_geo" {
		t.Errorf("a file of something else: %v", err)
	}
}
