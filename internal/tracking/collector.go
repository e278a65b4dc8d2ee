package tracking

import (
	"cmp"
	"context"
	"crypto/rand"
	"database/sql"
	"encoding/base64"
	"hash/maphash"
	mathrand "math/rand/v2"
	"net/netip"
	"slices"
	"sync"
	"time"

	"bellwether/internal/errs"
	"bellwether/internal/ident"
	"bellwether/internal/source"
	"bellwether/internal/store"
)

// Collector takes hits of tags. It is safe for concurrent use.
type Collector struct {
	Atlas    Atlas     // nil where the operator gave no file
	Programs *Programs // nil for those that are shipped

	events  *store.DB
	setups  *setups
	ids     ident.Sequence
	seed    maphash.Seed
	limits  *limits
	counts  counts
	batcher *store.Batcher[*task, Answer]

	mu    sync.Mutex // held while a batch is dealt with
	lives map[ident.ProjectID]*live
}

// mostTogether is how many hits are dealt with in one transaction.
const mostTogether = 512

// NewCollector makes a collector on the two databases.
func NewCollector(core, events *store.DB) *Collector {
	c := &Collector{events: events, setups: newSetups(core), seed: maphash.MakeSeed(), limits: newLimits(), lives: map[ident.ProjectID]*live{}}
	c.batcher = store.NewBatcher(events, mostTogether, c.collect)
	return c
}

// task is a hit with all that can be known of it before its turn.
type task struct {
	hit        Hit
	at         time.Time
	setup      *setup
	visit      VisitID // as the tag names it; 0 for none of ours
	from       source.Source
	agent      agent
	place      Place
	network    string
	origin     uint64
	address    netip.Addr
	newVisitor string // for a visitor whom nobody has named yet
	classified bool   // from, agent and place are known
	document   uint64 // that it was sent from; 0 where the tag does not say
	joined     bool   // it belongs to the visit of its document, whose name the tag did not know yet (Rule C-88)
	sender     Sender
}

// Site finds a site by its key, with the revision of its settings. Errors: errs.NotFound `tracking.no_site`; errs.Unavailable of
// the store.
func (c *Collector) Site(ctx context.Context, key string, at time.Time) (Site, int64, error) {
	setup, err := c.setups.of(ctx, key, at)
	if err != nil {
		return Site{}, 0, err
	}
	return setup.site, setup.revision, nil
}

// Meet is Site for a hit from an address: whoever tries keys is soon told to wait, without a look into the database (Rule C-81). Errors as
// Site, and errs.Denied `tracking.flood`.
func (c *Collector) Meet(ctx context.Context, key string, from Sender, at time.Time) (Site, error) {
	if err := c.limits.strange(from.Address, 0, at); err != nil {
		return Site{}, err
	}
	setup, err := c.setups.of(ctx, key, at)
	if errs.KindOf(err) == errs.NotFound {
		_ = c.limits.strange(from.Address, 1, at) // the next one is told
	}
	if err != nil {
		return Site{}, err
	}
	return setup.site, nil
}

func (s *setup) admits(origin string) error {
	if !s.site.Allows(origin) {
		return errs.New(errs.Denied, "tracking.origin", "pages of %.100q are not the site's", origin).At("Origin").Try("add the host to the site")
	}
	return nil
}

// Take stores a hit, with the visit it belongs to and the numbers that the visit is shown, and answers when that is durable (Rule
// C-74). Errors: errs.Invalid `hit.*`; errs.NotFound `tracking.no_site`; errs.Denied `tracking.origin`, `tracking.flood` where
// more comes than anybody's browsing; errs.Unavailable of the store.
func (c *Collector) Take(ctx context.Context, hit Hit, from Sender, at time.Time) (Answer, error) {
	setup, err := c.setups.of(ctx, hit.Key, at)
	if err != nil {
		return Answer{}, err
	}
	if err := setup.admits(from.Origin); err != nil {
		return Answer{}, err
	}
	if err := c.limits.admit(setup.site.Project, from.Address, at); err != nil {
		return Answer{}, err
	}
	hit.Consent = from.Level(hit.Consent, &setup.site)
	if err := hit.check(); err != nil {
		return Answer{}, err
	}
	t, err := c.prepare(hit, from, setup, at)
	if err != nil {
		return Answer{}, err
	}
	answer, err := c.batcher.Do(ctx, t)
	if err == nil {
		c.counts.add(answer.did)
	}
	return answer, err
}

// prepare finds out what does not depend on the visit.
func (c *Collector) prepare(hit Hit, from Sender, s *setup, at time.Time) (*task, error) {
	t := &task{hit: hit, sender: from, at: at.UTC().Truncate(time.Microsecond), setup: s, address: from.Address.Unmap(), visit: readToken(&s.site, hit.Visit)}
	if from.Address.IsValid() {
		t.origin = maphash.Comparable(c.seed, t.address)
		t.network = network(from.Address)
	}
	t.document = c.document(t)
	if hit.Consent == NoConsent { // cookies that were read before a consent was taken back
		for _, name := range s.site.Cookies {
			delete(hit.Custom, name)
		}
	}
	if hit.Kind == LeaveHit {
		return t, nil
	}
	if hit.Kind == PageHit || t.visit == 0 {
		c.classify(t)
	}
	if hit.Consent == FullConsent && !isVisitor(hit.Visitor) {
		var raw [visitorLength * 3 / 4]byte
		if _, err := rand.Read(raw[:]); err != nil {
			return nil, err
		}
		t.hit.Visitor, t.newVisitor = "", base64.RawURLEncoding.EncodeToString(raw[:])
	}
	return t, nil
}

// classify says where a visit that the hit may begin comes from. Heartbeats and their like seldom begin one: it is asked of them when
// they do.
func (c *Collector) classify(t *task) {
	if t.classified {
		return
	}
	t.classified = true
	hit, s := &t.hit, t.setup
	t.from = source.Classify(hit.URL, hit.Referrer, s.own)
	if t.from.By == source.Nothing && t.visit == 0 && hit.LandingURL != "" { // the page where the visit began says more
		t.from = source.Classify(hit.LandingURL, hit.LandingReferrer, s.own)
	}
	t.agent = readAgent(t.sender.Agent, cmp.Or(c.Programs, shipped()))
	t.place = placeOf(c.Atlas, t.sender.Address, hit.Zone, hit.Language)
}

// collect deals with a batch of hits in one transaction. Whatever goes wrong in it, the memory is then not believed: the mark that
// it leaves in the rows of projects stands only where the transaction was committed (Rule C-76).
func (c *Collector) collect(ctx context.Context, tx *store.Tx, tasks []*task) ([]store.Outcome[Answer], error) {
	c.mu.Lock()
	defer c.mu.Unlock()
	projects, err := c.enter(ctx, tx, tasks)
	if err != nil {
		return nil, err
	}
	b := &batch{collector: c, tx: tx}
	answers := make([]store.Outcome[Answer], len(tasks))
	for i, t := range tasks {
		if answers[i].Value, err = b.take(ctx, c.lives[t.setup.site.Project], t); err != nil {
			return nil, err
		}
	}
	if err := b.write(ctx); err != nil {
		return nil, err
	}
	return answers, c.leave(ctx, tx, projects)
}

// enter makes the memory of the projects concerned agree with their rows, which nobody else changes until the transaction ends.
func (c *Collector) enter(ctx context.Context, tx *store.Tx, tasks []*task) ([]ident.ProjectID, error) {
	newest := map[ident.ProjectID]*task{}
	for _, t := range tasks {
		if known := newest[t.setup.site.Project]; known == nil || known.setup.revision < t.setup.revision {
			newest[t.setup.site.Project] = t
		}
	}
	projects := make([]ident.ProjectID, 0, len(newest))
	for id := range newest {
		projects = append(projects, id)
	}
	slices.Sort(projects)
	marks, err := lockTurns(ctx, tx, projects)
	if err != nil {
		return nil, err
	}
	for _, id := range projects {
		t, l := newest[id], c.lives[id]
		if l == nil || l.mark == 0 || l.mark != marks[id] || l.revision < t.setup.revision {
			before := l
			if l, err = load(ctx, tx, t.setup, t.at, before); err != nil {
				return nil, err
			}
			c.lives[id] = l
		}
		l.mark = 0 // until all of the batch is written
		l.sweep(t.at)
		l.release(t.at)
	}
	return projects, nil
}

// leave marks the projects' rows as this batch left them.
func (c *Collector) leave(ctx context.Context, tx *store.Tx, projects []ident.ProjectID) error {
	rows := make([][]any, len(projects))
	for i, id := range projects {
		mark := 1 + mathrand.Int64N(1<<62)
		rows[i] = []any{string(id), mark}
		c.lives[id].mark = mark
	}
	return tx.Merge(ctx, turnRows, rows)
}

var turnRows = store.NewMerge("tracking_turn", []string{"project_id", "mark"}, 1, "mark")

// lockTurns reads and locks the projects' rows. Whoever writes hits of a project holds its row, so that of nodes on one PostgreSQL one
// gives numbers at a time.
func lockTurns(ctx context.Context, tx *store.Tx, projects []ident.ProjectID) (map[ident.ProjectID]int64, error) {
	marks, err := readTurns(ctx, tx, projects)
	if err != nil || len(marks) == len(projects) {
		return marks, err
	}
	for _, id := range projects {
		if _, known := marks[id]; !known {
			if _, err := tx.Exec(ctx, `INSERT INTO tracking_turn (project_id, mark) VALUES ($1, 0) ON CONFLICT (project_id) DO NOTHING`, string(id)); err != nil {
				return nil, err
			}
		}
	}
	return readTurns(ctx, tx, projects)
}

func readTurns(ctx context.Context, tx *store.Tx, projects []ident.ProjectID) (map[ident.ProjectID]int64, error) {
	marks := make(map[ident.ProjectID]int64, len(projects))
	return marks, store.EachKey(ctx, tx, `SELECT project_id, mark FROM tracking_turn WHERE project_id IN (keys) ORDER BY project_id FOR UPDATE`, projects, func(rows *sql.Rows) error {
		var id string
		var mark int64
		err := rows.Scan(&id, &mark)
		marks[ident.ProjectID(id)] = mark
		return err
	})
}
