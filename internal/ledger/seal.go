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

// Sealer chains committed entries by hashes (Rule B-06), off the hot path: it reads through the read-only pool, hashes in
// its own goroutine, and stores a page of seals in a write of its own. It keeps no state: where it goes on is read from the
// database, so it may stop anywhere, and several nodes may each run one.
type Sealer struct {
	db   *store.DB
	page int
}

// NewSealer makes a sealer for the ledger in db.
func NewSealer(db *store.DB) *Sealer { return &Sealer{db: db, page: sealPage} }

// sealPage keeps each write of the sealer to a few milliseconds, which is how long it makes callers wait.
const sealPage = 1000

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
	var cursor int64
	if err := s.db.QueryRow(ctx, "SELECT COALESCE(MAX(entry_id), 0) FROM ledger_seal").Scan(&cursor); err != nil {
		return 0, err
	}
	late := map[ident.ProjectID]bool{}
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
	for _, project := range slices.Sorted(maps.Keys(late)) {
		n, err := s.sealProject(ctx, project)
		sealed += n
		if err != nil {
			return sealed, err
		}
	}
	return sealed, nil
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

// sealProject seals the entries of one project that follow its chain.
func (s *Sealer) sealProject(ctx context.Context, project ident.ProjectID) (sealed int64, err error) {
	for {
		heads, err := loadHeads(ctx, s.db, []string{string(project)}, "")
		if err != nil {
			return sealed, err
		}
		entries, err := s.read(ctx, "WHERE project_id = $1 AND id > $2 ORDER BY id LIMIT $3", string(project), int64(heads[project].entry), int64(s.page))
		if err != nil {
			return sealed, err
		}
		n, _, err := s.extend(ctx, entries)
		sealed += n
		if err != nil || n == 0 {
			return sealed, err
		}
	}
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

// link is one project's chain as a pass extends it.
type link struct {
	from  head // where the chain ended when it was read
	to    head
	seals [][]any
}

// extend seals those of the entries that follow their project's chain without a gap, and names the projects with one.
func (s *Sealer) extend(ctx context.Context, entries []*Entry) (sealed int64, gaps []ident.ProjectID, err error) {
	chains, err := s.chains(ctx, entries)
	if err != nil {
		return 0, nil, err
	}
	scratch := make([]byte, 0, 1024)
	for _, e := range entries {
		c := chains[e.Project]
		switch {
		case e.Seq <= c.to.seq: // sealed already
		case e.Seq > c.to.seq+1:
			gaps = append(gaps, e.Project)
		default:
			c.to = head{seq: e.Seq, entry: e.ID, hash: chain(scratch, c.to.hash, e)}
			c.seals = append(c.seals, []any{int64(e.ID), string(e.Project), e.Seq, c.to.hash})
		}
	}
	sealed, err = s.write(ctx, chains)
	return sealed, gaps, err
}

// chains reads where the chains of the entries' projects end.
func (s *Sealer) chains(ctx context.Context, entries []*Entry) (map[ident.ProjectID]*link, error) {
	chains := map[ident.ProjectID]*link{}
	for _, e := range entries {
		chains[e.Project] = nil
	}
	projects := names(chains)
	heads, err := loadHeads(ctx, s.db, projects, "")
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
		chains[project] = &link{from: from, to: from}
	}
	return chains, nil
}

// write stores seals and the new ends of chains. A chain another node has extended meanwhile is left to it.
func (s *Sealer) write(ctx context.Context, chains map[ident.ProjectID]*link) (sealed int64, err error) {
	maps.DeleteFunc(chains, func(_ ident.ProjectID, c *link) bool { return len(c.seals) == 0 })
	if len(chains) == 0 {
		return 0, nil
	}
	projects := names(chains)
	err = s.db.Write(ctx, func(ctx context.Context, tx *store.Tx) error {
		sealed = 0
		current, err := loadHeads(ctx, tx, projects, " FOR UPDATE")
		if err != nil {
			return err
		}
		var seals, ends [][]any
		for _, project := range projects {
			c := chains[ident.ProjectID(project)]
			if end, begun := current[ident.ProjectID(project)]; begun != (c.from.seq > 0) || begun && end != c.from {
				continue
			}
			seals = append(seals, c.seals...)
			ends = append(ends, []any{project, c.to.seq, int64(c.to.entry), c.to.hash})
		}
		sealed = int64(len(seals))
		if err := tx.Insert(ctx, "ledger_seal", sealColumnList, seals); err != nil {
			return err
		}
		return tx.Merge(ctx, headRows, ends)
	})
	if store.IsUnique(err) {
		return 0, errs.New(errs.Conflict, "ledger.sealed_meanwhile", "entries are sealed already that the end of their chain does not know of").
			Try("another node was faster; where this repeats, run bellwether verify").Because(err)
	}
	if err != nil {
		return 0, err
	}
	return sealed, nil
}

func names(chains map[ident.ProjectID]*link) []string {
	projects := make([]string, 0, len(chains))
	for project := range chains {
		projects = append(projects, string(project))
	}
	slices.Sort(projects)
	return projects
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
func loadHeads(ctx context.Context, q store.Querier, projects []string, lock string) (map[ident.ProjectID]head, error) {
	heads := make(map[ident.ProjectID]head, len(projects))
	err := store.EachList(projects, func(list string, args []any) error {
		return store.EachRow(ctx, q, "SELECT project_id, seq, entry_id, hash FROM ledger_seal_head WHERE project_id IN ("+list+") ORDER BY project_id"+lock, args,
			func(rows *sql.Rows) error {
				project, h, err := scanHead(rows)
				heads[project] = h
				return err
			})
	})
	return heads, err
}

func scanHead(row scanner) (project ident.ProjectID, h head, err error) {
	err = row.Scan(&project, &h.seq, &h.entry, &h.hash)
	return project, h, err
}
