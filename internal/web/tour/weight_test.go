package tour_test

import (
	"bytes"
	"compress/gzip"
	"io"
	"net/http"
	"regexp"
	"testing"

	"bellwether/internal/lang"
	"bellwether/internal/web/cabinet/cabinettest"
)

// firstLoadIsLight weighs every page as somebody loads it who was never here: the document and all assets that it names, as they
// cross the wire.
func (h *house) firstLoadIsLight(t *testing.T, pages []page) {
	const budget = 100_000
	scales := &scales{TB: t, house: h, assets: map[string]int{}}
	heaviest, at := 0, ""
	weigh := func(who *cabinettest.Person, path string) {
		total := scales.weigh(who, path)
		if total > budget {
			t.Errorf("the first load of %s is %d bytes, more than %d", path, total, budget)
		}
		if total > heaviest {
			heaviest, at = total, path
		}
	}
	for _, path := range []string{"/sign-in", "/sign-up", "/forgot"} {
		weigh(h.Stranger(), path)
	}
	for _, p := range pages {
		if !p.part {
			weigh(h.operators[lang.English], p.path)
		}
	}
	t.Logf("the heaviest is %s with %d bytes of %d; there are %d assets", at, heaviest, budget, len(scales.assets))
	if len(scales.assets) < 3 {
		t.Errorf("pages name %d assets: they are not found", len(scales.assets))
	}
}

// assetAddress finds what a page names, in whatever attribute: scripts load some of it.
var assetAddress = regexp.MustCompile(`/assets/[A-Za-z0-9._/-]+`)

// scales know what each asset weighs.
type scales struct {
	testing.TB
	*house
	assets map[string]int // bytes, by address
}

func (s *scales) weigh(who *cabinettest.Person, path string) int {
	s.TB.Helper()
	packed := s.packed(who, path)
	unpacked, err := gzip.NewReader(bytes.NewReader(packed))
	if err != nil {
		s.TB.Fatalf("%s: %v", path, err)
	}
	document, err := io.ReadAll(unpacked)
	if err != nil {
		s.TB.Fatal(err)
	}
	total, named := len(packed), map[string]bool{}
	for _, asset := range assetAddress.FindAllString(string(document), -1) {
		if named[asset] {
			continue
		}
		named[asset] = true
		if _, known := s.assets[asset]; !known {
			s.assets[asset] = len(s.packed(who, asset))
		}
		total += s.assets[asset]
	}
	return total
}

// packed is an answer as it crosses the wire to a browser.
func (s *scales) packed(who *cabinettest.Person, path string) []byte {
	s.TB.Helper()
	r, err := http.NewRequest(http.MethodGet, s.URL+path, nil)
	if err != nil {
		s.TB.Fatal(err)
	}
	r.Header.Set("Accept-Encoding", "gzip")
	return []byte(who.Send(r).Must(s.TB, http.StatusOK).Body)
}
