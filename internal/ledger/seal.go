package ledger

import (
	"context"
	"database/sql"
	"maps"
	"slices"
	"time"

	"bellwether/internal/errs"
	"bellwether/internal/ident"
	"bellwether/internal/store"
)

// Sealer chains committed entries by hashes (Rule B-06) and files calls by project and day, off the hot path: it reads
// through the read-only pool, hashes in its own goroutine, and stores seals in writes of its own. It keeps no state: where
// it goes on is read from the database, so it may stop anywhere, and several nodes may each run one.
type Sealer struct {
	db   *store.DB
	page int
}

// NewSealer makes a sealer for the ledger in db.
func NewSealer(db *store.DB) *Sealer { return &Sealer{db: db, page: sealPage} }

const (
	// sealPage is the number of entries read at once: many of each busy project, so that they are filed side by side.
	sealPage = 20_000
	// sealWrite keeps each write of the sealer to a few milliseconds, which is how long it makes callers wait.
	sealWrite = 1000
)

// Run seals what was committed, every so often, until ctx ends. Each pass is told to report, failed ones too; the next
// begins where it failed.
func (s *Sealer) Run(ctx context.Context, every time.Duration, report func(sealed int64, err error)) {
	ticker := time.NewTicker(every)
	defer ticker.Stop()
	for {
		sealed, err := s.Seal(ctx)
		if ctx.Err() != nil {
			return
		}
		report(sealed, err)
		select {
		case <-ctx.Done():
			return
		case <-ticker.C:
		}
	}
}

// Seal catches up with the entries committed so far and returns how many it sealed.
//
// It follows the identifiers, which is one pass over fresh rows whatever the number of projects. On PostgreSQL a
// transaction may commit entries whose identifiers that pass has gone by. Within a project entries are committed in the
// order of their numbers, so such an entry shows as a gap, or as an account that is ahead of its chain: these projects are
// then sealed one by one.
func (s *Sealer) Seal(ctx context.Context) (sealed int64, err error) {
	if err := Resume(ctx, s.db); err != nil {
		return 0, err
	}
	cursor, err := sealMark(ctx, s.db)
	if err != nil {
		return 0, err
	}
	late := map[ident.ProjectID]bool{}
	begun := cursor
	for {
		entries, err := s.read(ctx, "WHERE id > $1 ORDER BY id LIMIT $2", cursor, int64(s.page))
		if err != nil {
			return sealed, err
		}
		n, gaps, err := s.extend(ctx, entries)
		sealed += n
		if err != nil {
			return sealed, err
		}
		for _, project := range gaps {
			late[project] = true
		}
		if len(entries) > 0 {
			cursor = int64(entries[len(entries)-1].ID)
		}
		if len(entries) < s.page {
			break
		}
	}
	if err := s.findLate(ctx, cursor, late); err != nil {
		return sealed, err
	}
	complete := true
	for _, project := range slices.Sorted(maps.Keys(late)) {
		n, all, err := s.sealProject(ctx, project)
		sealed, complete = sealed+n, complete && all
		if err != nil {
			return sealed, err
		}
	}
	if !complete {
		return sealed, nil
	}
	return sealed, s.advance(ctx, begun, cursor)
}

// lateness is how long a transaction of another node may keep identifiers to itself before they are gone by. Calls of one
// that takes longer are found by the next pass; until then lists and sums by day lack them. One writer has none.
var lateness = map[store.Dialect]time.Duration{store.Postgres: 5 * time.Second}

// advance stores up to where everything is sealed, from a mark to as near to an entry as lateness allows.
func (s *Sealer) advance(ctx context.Context, from, to int64) error {
	if to -= lateness[s.db.Dialect()].Microseconds() << nodeBits; to <= from {
		return nil
	}
	return s.db.Write(ctx, func(ctx context.Context, tx *store.Tx) error { return tx.Merge(ctx, markRow, [][]any{{1, to}}) })
}

// markRow never goes back, whichever node is ahead.
var markRow = store.NewMerge("ledger_seal_mark", []string{"only_row", "entry_id"}, 1,
	"entry_id = CASE WHEN excluded.entry_id > ledger_seal_mark.entry_id THEN excluded.entry_id ELSE ledger_seal_mark.entry_id END")

// Resume has identifiers go on above the sealer's mark, behind which readers look for calls that are not filed: a clock that
// was set back between two runs, or one behind those of other nodes, would make lower ones. Call it before the first posting
// of a run; the sealer repeats it.
func Resume(ctx context.Context, q interface {
	store.Querier
	Dialect() store.Dialect
},
) error {
	mark, err := sealMark(ctx, q)
	if err == nil {
		ids.raise(mark + lateness[q.Dialect()].Microseconds()<<nodeBits)
	}
	return err
}

// sealMark is the identifier up to which every entry is sealed, but for what outlasted lateness.
func sealMark(ctx context.Context, q store.Querier) (mark int64, err error) {
	err = q.QueryRow(ctx, "SELECT COALESCE(MAX(entry_id), 0) FROM ledger_seal_mark").Scan(&mark)
	return mark, err
}

// findLate adds the projects whose last entry was gone by without being sealed.
func (s *Sealer) findLate(ctx context.Context, cursor int64, late map[ident.ProjectID]bool) error {
	return store.EachRow(ctx, s.db, `SELECT a.project_id FROM ledger_account a LEFT JOIN ledger_seal_head h ON h.project_id = a.project_id
		WHERE a.last_entry_id <= $1 AND a.seq > COALESCE(h.seq, 0)`, []any{cursor}, func(rows *sql.Rows) error {
		var project ident.ProjectID
		err := rows.Scan(&project)
		late[project] = true
		return err
	})
}

// mostRaces is how often a project is tried that another node seals too.
const mostRaces = 10

// sealProject seals the entries of one project that follow its chain. all is false where another node is at it.
func (s *Sealer) sealProject(ctx context.Context, project ident.ProjectID) (sealed int64, all bool, err error) {
	for races := 0; races < mostRaces; {
		heads, err := loadHeads(ctx, s.db, []ident.ProjectID{project}, "")
		if err != nil {
			return sealed, false, err
		}
		entries, err := s.read(ctx, "WHERE project_id = $1 AND id > $2 ORDER BY id LIMIT $3", string(project), int64(heads[project].entry), int64(s.page))
		if err != nil || len(entries) == 0 {
			return sealed, err == nil, err
		}
		if next := heads[project].seq + 1; entries[0].Seq != next {
			return sealed, false, errs.New(errs.Internal, "ledger.chain_gap", "entry %d of project %s is missing: nothing behind it is sealed", next, project).
				Try("run bellwether verify")
		}
		n, _, err := s.extend(ctx, entries)
		if sealed += n; err != nil {
			return sealed, false, err
		}
		if n == 0 {
			races++
		}
	}
	return sealed, false, nil
}

func (s *Sealer) read(ctx context.Context, condition string, args ...any) ([]*Entry, error) {
	entries := make([]*Entry, 0, s.page)
	decoder := newDecoder(entryColumnList)
	err := store.EachRow(ctx, s.db, "SELECT "+entryColumns+" FROM ledger_entry "+condition, args, func(rows *sql.Rows) error {
		entry, err := decoder.entry(rows)
		entries = append(entries, entry)
		return err
	})
	return entries, err
}

// link is a piece of one project's chain.
type link struct {
	from   head // where the chain ended when it was read
	sealed []sealed
}

// sealed is an entry with the hash that chains it.
type sealed struct {
	*Entry
	hash string
}

// end is where the chain ends with this piece.
func (l *link) end() head {
	if len(l.sealed) == 0 {
		return l.from
	}
	last := l.sealed[len(l.sealed)-1]
	return head{seq: last.Seq, entry: last.ID, hash: last.hash}
}

// extend seals those of the entries that follow their project's chain without a gap, and names the projects with one,
// also where another node was faster.
func (s *Sealer) extend(ctx context.Context, entries []*Entry) (count int64, gaps []ident.ProjectID, err error) {
	chains, err := s.chains(ctx, entries)
	if err != nil {
		return 0, nil, err
	}
	scratch := make([]byte, 0, 1024)
	for _, e := range entries {
		c := chains[e.Project]
		end := c.end()
		switch {
		case e.Seq <= end.seq: // sealed already
		case e.Seq > end.seq+1:
			gaps = append(gaps, e.Project)
		default:
			c.sealed = append(c.sealed, sealed{e, chain(scratch, end.hash, e)})
		}
	}
	for _, links := range inWrites(chains) {
		n, left, err := s.write(ctx, links)
		count, gaps = count+n, append(gaps, left...)
		if err != nil {
			return count, gaps, err
		}
	}
	return count, gaps, nil
}

// chains reads where the chains of the entries' projects end.
func (s *Sealer) chains(ctx context.Context, entries []*Entry) (map[ident.ProjectID]*link, error) {
	chains := map[ident.ProjectID]*link{}
	for _, e := range entries {
		chains[e.Project] = nil
	}
	heads, err := loadHeads(ctx, s.db, slices.Sorted(maps.Keys(chains)), "")
	if err != nil {
		return nil, err
	}
	for project := range chains {
		from, begun := heads[project]
		if !begun {
			account, err := GetAccount(ctx, s.db, project)
			if err != nil {
				return nil, err
			}
			from = head{hash: genesis(project, account.Currency)}
		}
		chains[project] = &link{from: from}
	}
	return chains, nil
}

// inWrites cuts chains into writes of at most sealWrite seals, in the order of projects: what lies side by side in the
// tables is written together.
func inWrites(chains map[ident.ProjectID]*link) (writes [][]*link) {
	room := 0
	for _, project := range slices.Sorted(maps.Keys(chains)) {
		rest := *chains[project]
		for len(rest.sealed) > 0 {
			if room == 0 {
				writes = append(writes, nil)
				room = sealWrite
			}
			n := min(room, len(rest.sealed))
			piece := &link{from: rest.from, sealed: rest.sealed[:n]}
			writes[len(writes)-1] = append(writes[len(writes)-1], piece)
			rest = link{from: piece.end(), sealed: rest.sealed[n:]}
			room -= n
		}
	}
	return writes
}

// write stores pieces of chains, at most one a project, and files their calls. Projects whose chain another node has
// extended meanwhile are left out and named.
func (s *Sealer) write(ctx context.Context, links []*link) (count int64, left []ident.ProjectID, err error) {
	projects := make([]ident.ProjectID, len(links))
	for i, l := range links {
		projects[i] = l.sealed[0].Project
	}
	err = s.db.Write(ctx, func(ctx context.Context, tx *store.Tx) error {
		left = nil
		current, err := loadHeads(ctx, tx, projects, " FOR UPDATE")
		if err != nil {
			return err
		}
		var seals, ends [][]any
		calls := filing{}
		for i, l := range links {
			if end, begun := current[projects[i]]; begun != (l.from.seq > 0) || begun && end != l.from {
				left = append(left, projects[i])
				continue
			}
			for _, e := range l.sealed {
				seals = append(seals, []any{int64(e.ID), string(e.Project), e.Seq, e.hash})
				calls.add(e.Entry)
			}
			end := l.end()
			ends = append(ends, []any{string(projects[i]), end.seq, int64(end.entry), end.hash})
		}
		count = int64(len(seals))
		if err := tx.Insert(ctx, "ledger_seal", sealColumnList, seals); err != nil {
			return err
		}
		if err := calls.flush(ctx, tx); err != nil {
			return err
		}
		return tx.Merge(ctx, headRows, ends)
	})
	if store.IsUnique(err) {
		return 0, nil, errs.New(errs.Conflict, "ledger.sealed_meanwhile", "entries are sealed already that the end of their chain does not know of").
			Try("another node was faster; where this repeats, run bellwether verify").Because(err)
	}
	if err != nil {
		return 0, nil, err
	}
	return count, left, nil
}

// head is the end of a project's chain; the zero head comes before its first entry.
type head struct {
	seq   int64
	entry ident.EntryID
	hash  string
}

var (
	sealColumnList = columnList("entry_id, project_id, seq, hash")
	headColumnList = columnList("project_id, seq, entry_id, hash")
)

// loadHeads reads the ends of the projects' chains, with lock behind the query.
func loadHeads(ctx context.Context, q store.Querier, projects []ident.ProjectID, lock string) (map[ident.ProjectID]head, error) {
	heads := make(map[ident.ProjectID]head, len(projects))
	err := store.EachKey(ctx, q, "SELECT project_id, seq, entry_id, hash FROM ledger_seal_head WHERE project_id IN (keys) ORDER BY project_id"+lock, projects, func(rows *sql.Rows) error {
		project, h, err := scanHead(rows)
		heads[project] = h
		return err
	})
	return heads, err
}

func scanHead(row scanner) (project ident.ProjectID, h head, err error) {
	err = row.Scan(&project, &h.seq, &h.entry, &h.hash)
	return project, h, err
}
