package ledger

import (
	"context"
	"database/sql"
	"errors"
	"math"
	"sync"

	"bellwether/internal/ident"
	"bellwether/internal/store"
)

// page is a range of entries with the seals in the same range, as of one moment.
type page struct {
	entries []*Entry
	seals   map[ident.EntryID]seal
	err     error
}

type seal struct {
	project string
	seq     int64
	hash    string
}

// pagesAhead is how many pages are read while one is judged: reading costs three times as much as judging.
const pagesAhead = 2

// entries reads the ledger in the order of identifiers, which within a project is that of numbers.
func (v *verifier) entries(ctx context.Context) error {
	var readers sync.WaitGroup
	defer readers.Wait()
	ctx, cancel := context.WithCancel(ctx)
	defer cancel()
	pages := make(chan chan page, pagesAhead)
	readers.Go(func() {
		defer close(pages)
		for after, more := int64(math.MinInt64), true; more; {
			var last int64
			var err error
			last, more, err = v.pageEnd(ctx, after)
			p := make(chan page, 1)
			if err != nil {
				p <- page{err: err}
			} else {
				from := after
				readers.Go(func() { p <- v.read(ctx, from, last) })
			}
			select {
			case pages <- p:
			case <-ctx.Done():
				return
			}
			after = last
		}
	})
	for next := range pages {
		p := <-next
		if p.err != nil {
			return p.err
		}
		if err := v.judge(ctx, p); err != nil {
			return err
		}
		v.progress(min(v.report.Entries, v.total), v.total)
	}
	return ctx.Err()
}

// pageEnd finds the last identifier of the page that begins behind the given one.
func (v *verifier) pageEnd(ctx context.Context, after int64) (last int64, more bool, err error) {
	err = v.db.QueryRow(ctx, "SELECT id FROM ledger_entry WHERE id > $1 ORDER BY id LIMIT 1 OFFSET $2", after, int64(verifyPage-1)).Scan(&last)
	if errors.Is(err, sql.ErrNoRows) {
		return math.MaxInt64, false, nil
	}
	return last, err == nil, err
}

func (v *verifier) read(ctx context.Context, after, last int64) page {
	p := page{entries: make([]*Entry, 0, verifyPage), seals: make(map[ident.EntryID]seal, verifyPage)}
	p.err = v.db.Snapshot(ctx, func(ctx context.Context, q store.Querier) error {
		decoder := newDecoder(entryColumnList)
		err := store.EachRow(ctx, q, "SELECT "+entryColumns+" FROM ledger_entry WHERE id > $1 AND id <= $2 ORDER BY id", []any{after, last},
			func(rows *sql.Rows) error {
				entry, err := decoder.entry(rows)
				p.entries = append(p.entries, entry)
				return err
			})
		if err != nil {
			return err
		}
		return p.readSeals(ctx, q, after, last)
	})
	return p
}

func (p *page) readSeals(ctx context.Context, q store.Querier, after, last int64) error {
	decoder := newDecoder(sealColumnList)
	return store.EachRow(ctx, q, "SELECT entry_id, project_id, seq, hash FROM ledger_seal WHERE entry_id > $1 AND entry_id <= $2", []any{after, last},
		func(rows *sql.Rows) error {
			err := decoder.scan(rows)
			p.seals[ident.EntryID(decoder.number())] = seal{project: decoder.text(), seq: decoder.number(), hash: decoder.text()}
			return err
		})
}

func (v *verifier) judge(ctx context.Context, p page) error {
	originals, err := v.originals(ctx, p.entries)
	if err != nil {
		return err
	}
	for _, e := range p.entries {
		v.report.Entries++
		a := v.project(e.Project)
		s, sealed := p.seals[e.ID]
		delete(p.seals, e.ID)
		if e.Seq > a.account.Seq && e.ID > a.account.LastEntry { // booked since; or not booked at all, which end finds out
			a.postpone(e)
			continue
		}
		v.entry(a, e, originals)
		v.file(a, e)
		v.seal(a, e, s, sealed)
	}
	for id, s := range p.seals {
		v.breach(v.project(ident.ProjectID(s.project)), Breach{
			Project: ident.ProjectID(s.project), Entry: id, Seq: s.seq, What: "sealed entry", Expected: "there", Found: "missing",
		})
	}
	return nil
}

// postpone notes an entry that was booked after Verify began.
func (a *audited) postpone(e *Entry) {
	if a.later == nil {
		a.later = e
	}
	a.latest = max(a.latest, e.Seq)
}

// entry judges an entry by itself and by the one before it.
func (v *verifier) entry(a *audited, e *Entry, originals map[ident.EntryID]*Entry) {
	balance := a.cash + a.bonus + a.credit + e.Amount
	switch {
	case a.broken:
		return
	case e.Seq != a.seq+1:
		v.breachAt(a, e, "seq", number(a.seq+1), number(e.Seq))
	case e.Amount != e.Cash+e.Bonus+e.Credit:
		v.breachAt(a, e, "amount", a.funds(e.Cash+e.Bonus+e.Credit), a.funds(e.Amount))
	case e.BalanceAfter != balance:
		v.breachAt(a, e, "balance_after", a.funds(balance), a.funds(e.BalanceAfter))
	case e.Reverses != 0:
		v.reversal(a, e, originals[e.Reverses])
	}
	a.seq, a.lastEntry = e.Seq, int64(e.ID)
	a.cash, a.bonus, a.credit = a.cash+e.Cash, a.bonus+e.Bonus, a.credit+e.Credit
	if e.Hold != 0 {
		a.settled++
	}
	key := houseKey{a.account.Currency, e.House}
	house := v.houses[key]
	if house == nil {
		house = &houseSum{}
		v.houses[key] = house
	}
	house.count++
	house.add(-e.Amount)
}

// reversal judges an entry that names another: it is the opposite, and the only one to name it (Rule B-15).
func (v *verifier) reversal(a *audited, e, original *Entry) {
	switch {
	case original == nil || original.Project != e.Project || original.ID >= e.ID:
		v.breachAt(a, e, "reverses", "an earlier entry of the project", number(e.Reverses))
	case original.Cash != -e.Cash || original.Bonus != -e.Bonus || original.Credit != -e.Credit || original.House != e.House:
		v.breachAt(a, e, "reversed amounts", a.funds(-original.Amount)+" to "+original.House, a.funds(e.Amount)+" to "+e.House)
	case v.reversed[e.Reverses]:
		v.breachAt(a, e, "reverses", "an entry not reversed before", number(e.Reverses))
	}
	v.reversed[e.Reverses] = true
}

// originals reads the entries that those of a page reverse.
func (v *verifier) originals(ctx context.Context, entries []*Entry) (map[ident.EntryID]*Entry, error) {
	var wanted []int64
	for _, e := range entries {
		if e.Reverses != 0 {
			wanted = append(wanted, int64(e.Reverses))
		}
	}
	found := make(map[ident.EntryID]*Entry, len(wanted))
	decoder := newDecoder(entryColumnList)
	err := store.EachList(wanted, func(list string, args []any) error {
		return store.EachRow(ctx, v.db, "SELECT "+entryColumns+" FROM ledger_entry WHERE id IN ("+list+")", args, func(rows *sql.Rows) error {
			entry, err := decoder.entry(rows)
			if err == nil {
				found[entry.ID] = entry
			}
			return err
		})
	})
	return found, err
}

// seal judges the chain: every entry but the last few has a seal, over the hash before it and its own row.
func (v *verifier) seal(a *audited, e *Entry, s seal, sealed bool) {
	if a.broken {
		return
	}
	v.scratch = v.scratch[:0]
	a.hash = chain(v.scratch, a.hash, e)
	want := seal{project: string(e.Project), seq: e.Seq, hash: a.hash}
	switch {
	case !sealed && !requestFits(e, v.scratch):
		v.breachAt(a, e, "request hash", "that of the entry", e.requestHash)
	case !sealed:
		v.report.Unsealed++
		v.unfiled(a, e)
		if a.unsealed == nil {
			a.unsealed = e
		}
	case a.unsealed != nil:
		v.breachAt(a, a.unsealed, "seal", "there", "missing")
	case s.hash != want.hash:
		v.breachAt(a, e, "hash", s.hash, want.hash)
	case s != want:
		v.breachAt(a, e, "project and number of the seal", want.project+" "+number(want.seq), s.project+" "+number(s.seq))
	default:
		a.sealed = e.Seq
	}
	if end := (head{seq: e.Seq, entry: e.ID, hash: a.hash}); a.head.seq == e.Seq && a.head != end {
		v.breachAt(a, e, "end of the chain", number(end.entry)+" "+end.hash, number(a.head.entry)+" "+a.head.hash)
	}
}
