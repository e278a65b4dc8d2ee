package callimport

import (
	"cmp"
	"context"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"fmt"
	"slices"
	"strings"
	"time"

	"bellwether/internal/billing"
	"bellwether/internal/charging"
	"bellwether/internal/civil"
	"bellwether/internal/errs"
	"bellwether/internal/ident"
	"bellwether/internal/money"
	"bellwether/internal/pricebook"
	"bellwether/internal/pricing"
	"bellwether/internal/project"
	"bellwether/internal/store"
)

// Importer charges what was read.
type Importer struct {
	DB       *store.DB
	Books    *pricebook.Library
	Charging *charging.Service
	Progress func(done, total int64) // hears of the records that were checked; may be nil
}

// Imported is what an import did.
type Imported struct {
	Project  ident.ProjectID `json:"project"`
	Currency money.Currency  `json:"currency"`
	Records  int             `json:"records"`   // legs in the file
	Known    int             `json:"known"`     // of those, charged before: nothing happened
	New      int             `json:"new"`       // charged now
	Talk     int64           `json:"seconds"`   // of the new ones
	Amount   money.Micro     `json:"amount"`    // what the new ones cost
	Late     int             `json:"late"`      // of the new ones, those of days that are final: adjustments of today (Rule B-11)
	LateCost money.Micro     `json:"late_cost"` // what those cost, part of Amount
	FirstDay civil.Date      `json:"first_day"` // usage days of the answered legs, by the project's zone
	LastDay  civil.Date      `json:"last_day"`
	ByLeg    []LegTotal      `json:"by_leg"` // the new ones
}

// LegTotal sums the new legs of a kind.
type LegTotal struct {
	Leg     Leg         `json:"leg"`
	Count   int         `json:"count"`
	Seconds int64       `json:"seconds"`
	Amount  money.Micro `json:"amount"`
}

// Import charges every leg of a file to a project in one transaction, or none. All legs are priced before, so that the
// error, a *Problems, names every line that cannot be charged. Records that were imported before change nothing; with
// another body under the same id they are a problem of their line.
func (im *Importer) Import(ctx context.Context, id ident.ProjectID, file string, read Result, at time.Time) (Imported, error) {
	p, err := project.Get(ctx, im.DB, id)
	if err != nil {
		return Imported{}, err
	}
	if err := im.check(ctx, p, file, read.Records, at); err != nil {
		return Imported{}, err
	}
	records := make([]charging.CallRecord, len(read.Records))
	for i, r := range read.Records {
		records[i] = r.charge(id, at)
	}
	legs, err := im.Charging.ChargeAll(ctx, records)
	if err != nil {
		return Imported{}, inFile(file, read.Records, err)
	}
	return summarise(p, legs, at), nil
}

// charge is the record as charging takes it. A number in another form than E.164 is none of the project's, and a SIP
// account without a host is one of the project's own.
func (r Record) charge(id ident.ProjectID, at time.Time) charging.CallRecord {
	number, to := r.Number, r.To
	if !strings.HasPrefix(number, "+") {
		number = ""
	}
	if strings.HasPrefix(to, "sip:") && !strings.Contains(to, "@") {
		to += "@" + string(id)
	}
	if !r.Answered() {
		to = plain(to)
	}
	return charging.CallRecord{
		Project: id, ID: plainID(r.ID), Kind: string(r.Leg), To: to, Number: number, AnsweredAt: r.AnsweredAt, Seconds: r.Seconds, At: at,
	}
}

// longestPlain bounds what charging takes of identifiers and of what was dialled in vain: short text of plain signs.
const longestPlain = 128

// plainID is an export's own id, or a hash of one that charging would not take.
func plainID(id string) string {
	if plain(id) == id {
		return id
	}
	sum := sha256.Sum256([]byte(id))
	return "csv-" + hex.EncodeToString(sum[:16])
}

// plain leaves out blanks and letters beyond ASCII, and what is too long.
func plain(text string) string {
	text = strings.Map(func(r rune) rune {
		if r <= ' ' || r > '~' {
			return -1
		}
		return r
	}, text)
	return text[:min(len(text), longestPlain)]
}

// Check prices every leg of a file and charges none: the problems Import would find at an instant.
func (im *Importer) Check(ctx context.Context, id ident.ProjectID, file string, read Result, at time.Time) error {
	p, err := project.Get(ctx, im.DB, id)
	if err != nil {
		return err
	}
	return im.check(ctx, p, file, read.Records, at)
}

// CheckRest adds what Check finds in the lines that could be read to the problems of those that could not, in the order
// of lines: one run names them all. Other errors stay as they are.
func (im *Importer) CheckRest(ctx context.Context, id ident.ProjectID, file string, at time.Time, bad error) error {
	var problems, more *Problems
	if !errors.As(bad, &problems) {
		return bad
	}
	err := im.Check(ctx, id, file, Result{Records: problems.readable}, at)
	if errors.As(err, &more) {
		all := &Problems{File: file, More: problems.More + more.More}
		for _, problem := range slices.Concat(problems.List, more.List) {
			all.add(problem)
		}
		slices.SortStableFunc(all.List, func(a, b Problem) int { return cmp.Compare(a.Line, b.Line) })
		return all
	}
	return cmp.Or(err, bad)
}

// check prices every leg (Rules B-22, B-23) without charging it, and refuses those outside the project's life.
func (im *Importer) check(ctx context.Context, p *project.Project, file string, records []Record, at time.Time) error {
	owners, err := im.owners(ctx, p.ID, records)
	if err != nil {
		return err
	}
	problems := Problems{File: file}
	for i, record := range records {
		if text := record.misplaced(p.Calendar.Start(p.Calendar.First()), at); text != "" {
			problems.add(Problem{Line: record.Line, Column: colCallDate, Text: text})
		} else if err := im.price(p, record, owners); err != nil {
			if errs.KindOf(err) == errs.Internal {
				return err
			}
			problems.add(Problem{Line: record.Line, Text: err.Error()})
		}
		if im.Progress != nil {
			im.Progress(int64(i+1), int64(len(records)))
		}
	}
	if len(problems.List) > 0 {
		return &problems
	}
	return nil
}

func (im *Importer) price(p *project.Project, record Record, owners map[billing.NumberAt]string) error {
	if !record.Answered() || record.emergency(p.Country) {
		return nil
	}
	tariff, err := p.Tariff(im.Books, max(p.Calendar.DayAt(record.AnsweredAt), p.Calendar.First()))
	if err != nil {
		return err
	}
	rate, err := tariff.Leg(pricing.Leg{
		Kind: string(record.Leg), To: record.To, Number: record.Number, NumberOwner: owners[record.numberAt(p.ID)], AnsweredAt: record.AnsweredAt,
	})
	if err != nil {
		return err
	}
	_, err = rate.Price(record.Seconds)
	return err
}

func (r Record) numberAt(id ident.ProjectID) billing.NumberAt {
	return billing.NumberAt{Project: id, Number: r.Number, At: r.AnsweredAt}
}

// owners says whose the numbers were that calls came in on: some books charge by it.
func (im *Importer) owners(ctx context.Context, id ident.ProjectID, records []Record) (map[billing.NumberAt]string, error) {
	var wanted []billing.NumberAt
	for _, record := range records {
		if record.Number != "" && record.Answered() {
			wanted = append(wanted, record.numberAt(id))
		}
	}
	return billing.NumberOwnersAt(ctx, im.DB, wanted)
}

// inFile gives charging's "record N" the line of the file.
func inFile(file string, records []Record, err error) error {
	var known *errs.Error
	number := 0
	if !errors.As(err, &known) {
		return err
	}
	if _, scanned := fmt.Sscanf(known.Where, "record %d", &number); scanned != nil || number < 1 || number > len(records) {
		return err
	}
	located := *known
	located.Where = ""
	problems := &Problems{File: file}
	problems.add(Problem{Line: records[number-1].Line, Text: located.Error()})
	return problems
}

// summarise tells what is new from what was there: a leg that was charged before was closed at another instant.
func summarise(p *project.Project, legs []charging.Leg, at time.Time) Imported {
	done := Imported{Project: p.ID, Currency: p.Currency, Records: len(legs), ByLeg: []LegTotal{}}
	at = at.Truncate(time.Microsecond)
	for _, leg := range legs {
		var own civil.Date
		if !leg.AnsweredAt.IsZero() {
			own = p.Calendar.DayAt(leg.AnsweredAt)
			if done.FirstDay == 0 || own < done.FirstDay {
				done.FirstDay = own
			}
			done.LastDay = max(done.LastDay, own)
		}
		if !leg.ClosedAt.Equal(at) {
			done.Known++
			continue
		}
		done.count(leg, leg.Amount != 0 && leg.Day > max(own, p.Calendar.First()))
	}
	slices.SortFunc(done.ByLeg, func(a, b LegTotal) int { return cmp.Compare(a.Leg, b.Leg) })
	return done
}

// count adds a new leg.
func (done *Imported) count(leg charging.Leg, late bool) {
	done.New++
	done.Talk += leg.Seconds
	done.Amount += leg.Amount
	if late {
		done.Late++
		done.LateCost += leg.Amount
	}
	kind := slices.IndexFunc(done.ByLeg, func(t LegTotal) bool { return t.Leg == Leg(leg.Kind) })
	if kind < 0 {
		kind = len(done.ByLeg)
		done.ByLeg = append(done.ByLeg, LegTotal{Leg: Leg(leg.Kind)})
	}
	total := &done.ByLeg[kind]
	total.Count++
	total.Seconds += leg.Seconds
	total.Amount += leg.Amount
}
