package tracking

import (
	"crypto/hmac"
	"crypto/sha256"
	"encoding/base64"
	"encoding/binary"
	"strconv"
	"strings"
	"time"

	"bellwether/internal/ident"
	"bellwether/internal/phone"
	"bellwether/internal/pool"
	"bellwether/internal/source"
)

// VisitID names a visit of a project; it begins with the microsecond at which the visit did.
type VisitID int64

// String is the id as other packages keep it.
func (id VisitID) String() string { return strconv.FormatInt(int64(id), 10) }

// begun is when it began.
func (id VisitID) begun() time.Time { return time.UnixMicro(int64(id) >> idBits).UTC() }

const (
	// idBits are below the microseconds of an id, as ident.Sequence makes them.
	idBits = 8
	// Idle is after how long without a hit a visit is over (Rule C-75).
	Idle = 30 * time.Minute
	// Online is for how long after its last hit a visitor counts as being on the site: two heartbeats and a half.
	Online = 40 * time.Second
	// longestVisit bounds how far back open visits are looked for.
	longestVisit = 24 * time.Hour
)

// earliest is the smallest id of an instant.
func earliest(at time.Time) int64 { return at.UnixMicro() << idBits }

// visit is an open visit as a node has it in memory.
type visit struct {
	id                VisitID
	token             string // its name as the tag keeps it; empty until it is told
	site              SiteID
	visitor           string  // empty without consent
	ordinal           int64   // which visit of the visitor
	previous          VisitID // the one before, 0 for none
	consent           Consent
	from              source.Source
	landing, referrer string
	agent             agent
	place             Place
	language, network string
	width             int
	custom            map[string]string
	last, left        time.Time
	hits, pages       int64
	page              string
	contacts          bool
	phone             string
	taps              int64
	tapped            time.Time
	shown             []shown
	promo             PromoCode // empty where none is shown
	origin            uint64    // of the whole address; in memory alone, 0 where it is not known
	marks             []string  // of hits that count once
}

// shown is what a target shows to a visit.
type shown struct {
	target string
	number phone.Number // empty where there is none
	how    string       // a pool.Kind, or one of the words below
	pool   PoolID
	rule   string
}

// How a number came to be shown, besides the kinds of pool.Event.
const (
	howFixed = "fixed" // a rule shows one number to all
	howSign  = "sign"  // the number of the source: without consent, or until there is a sign of life (Rule C-82)
	howLost  = "lost"  // it was taken by another visit
	howSpare = "spare" // the overflow number, until there is a sign of life (Rule C-82)
	// howWithheld is the number of the source, or the site's own: it, or too many like it, have as many of the pool as they may (Rule C-82).
	howWithheld = "withheld"
)

// held reports whether the number is the visit's own.
func (s shown) held() bool {
	switch pool.Kind(s.how) {
	case pool.Leased, pool.Returned, pool.Taken:
		return true
	}
	return false
}

// waits reports whether the visit was told that there is no number for it (Rule C-06).
func (s shown) waits() bool {
	switch pool.Kind(s.how) {
	case pool.Overflowed, pool.Refused, howLost:
		return true
	}
	return false
}

func (v *visit) shows(target string) *shown {
	for i := range v.shown {
		if v.shown[i].target == target {
			return &v.shown[i]
		}
	}
	return nil
}

// holds reports whether the visit has a number of its own.
func (v *visit) holds() bool {
	for _, s := range v.shown {
		if s.held() {
			return true
		}
	}
	return false
}

// text is what is shown, as a row has it.
func text(all []shown) string {
	var b strings.Builder
	for _, s := range all {
		for i, word := range [...]string{s.target, string(s.number), s.how, string(s.pool), s.rule} {
			if i > 0 {
				b.WriteByte(' ')
			}
			b.WriteString(word)
		}
		b.WriteByte('\n')
	}
	return b.String()
}

// parseShown reads what text wrote.
func parseShown(written string) (all []shown) {
	for line := range strings.Lines(written) {
		if words := strings.Split(strings.TrimSuffix(line, "\n"), " "); len(words) == 5 {
			all = append(all, shown{words[0], phone.Number(words[1]), words[2], PoolID(words[3]), words[4]})
		}
	}
	return all
}

// holder is how an allocator knows a visit's target, or a visitor's: a visit has a number for each target.
func (v *visit) holder(target string) string { return v.id.String() + "/" + target }

func (v *visit) person(target string) string {
	if v.visitor == "" {
		return ""
	}
	return v.visitor + "/" + target
}

// visitOf is the visit in an allocator's name of a holder.
func visitOf(holder string) (VisitID, string) {
	id, target, _ := strings.Cut(holder, "/")
	n, err := strconv.ParseInt(id, 10, 64)
	if err != nil {
		return 0, ""
	}
	return VisitID(n), target
}

const macBytes = 8

// token is a visit's name as the tag keeps it. Nobody can make one of another's visit.
func token(site *Site, id VisitID) string {
	var raw [8 + macBytes]byte
	binary.BigEndian.PutUint64(raw[:8], uint64(id))
	copy(raw[8:], macOf(site, raw[:8]))
	return base64.RawURLEncoding.EncodeToString(raw[:])
}

// readToken gives the visit that a token names; 0 where it is none of the site's.
func readToken(site *Site, text string) VisitID {
	var raw [8 + macBytes]byte
	if base64.RawURLEncoding.DecodedLen(len(text)) != len(raw) {
		return 0
	}
	if _, err := base64.RawURLEncoding.Decode(raw[:], []byte(text)); err != nil || !hmac.Equal(raw[8:], macOf(site, raw[:8])) {
		return 0
	}
	return VisitID(binary.BigEndian.Uint64(raw[:8]))
}

func macOf(site *Site, id []byte) []byte {
	mac := hmac.New(sha256.New, []byte(site.secret))
	_, _ = mac.Write(id)
	return mac.Sum(nil)[:macBytes]
}

// key names a project in memory.
type key = ident.ProjectID
