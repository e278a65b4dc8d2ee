package billing

import (
	"context"
	"database/sql"
	"encoding/json"
	"errors"
	"math"
	"time"

	"bellwether/internal/civil"
	"bellwether/internal/errs"
	"bellwether/internal/errs/kept"
	"bellwether/internal/event"
	"bellwether/internal/ident"
	"bellwether/internal/ledger"
	"bellwether/internal/money"
	"bellwether/internal/pricebook"
	"bellwether/internal/pricing"
	"bellwether/internal/project"
	"bellwether/internal/right"
	"bellwether/internal/store"
)

// Service is billing with its price books. Its methods are safe for concurrent use.
type Service struct {
	Books *pricebook.Library
	// Enforce refuses what cannot be paid or lacks a needed product, and stops the fees of suspended projects. The
	// simulator leaves it off: it reports grace and suspension but never refuses an event.
	Enforce bool
	// Told leaves the states of projects to SetState, as facts of a life that is replayed: neither funds nor time move
	// them, and the fees of suspended projects stop although nothing is refused.
	Told bool
	// Projects is the cache of projects; New makes one. Give all that work on a database the same, before use.
	Projects *project.Cache

	ids     *ident.Sequence
	lenient bool // what must be covered is booked without funds too; for previews
}

// New makes a service that enforces.
func New(books *pricebook.Library) *Service {
	return &Service{Books: books, Enforce: true, Projects: project.NewCache(), ids: &ident.Sequence{}}
}

// asInLife reports whether what follows from a project's state happens.
func (s *Service) asInLife() bool { return s.Enforce || s.Told }

// mustCover reports whether what is bought now is refused where funds do not cover it.
func (s *Service) mustCover() bool { return s.Enforce && !s.lenient }

// never is the instant of what has not ended or is not due.
const never int64 = math.MaxInt64

// Standing is where a project stands: its next day to close, its state, its loyalty and its paid term.
type Standing struct {
	Project      ident.ProjectID
	NextDay      civil.Date // the first usage day that is not closed
	State        State
	StateSince   time.Time
	Parked       kept.Error // why the close of NextDay stopped; empty while it runs
	Loyalty      pricing.LoyaltyStanding
	Term         []pricing.TermSegment
	nextCloseAt  int64
	drySince     int64 // T0 in microseconds, 0 while there are funds
	transitionAt int64
}

const standingColumns = `project_id, next_day, next_close_at, state, state_since, dry_since, next_transition_at, parked, loyalty_enrolled, loyalty_percent, term`

func scanStanding(scan func(...any) error) (*Standing, error) {
	st := &Standing{}
	var day, since int64
	var enrolled, percent int64
	var term string
	err := scan(&st.Project, &day, &st.nextCloseAt, &st.State, &since, &st.drySince, &st.transitionAt, &st.Parked, &enrolled, &percent, &term)
	if err != nil {
		return nil, err
	}
	st.NextDay, st.StateSince = civil.Date(day), time.UnixMicro(since).UTC()
	st.Loyalty = pricing.LoyaltyStanding{Enrolled: enrolled != 0, Percent: pricebook.Percent(percent)}
	return st, json.Unmarshal([]byte(term), &st.Term)
}

// GetStanding reads where a project stands; errs.NotFound `project.not_found` where there is none.
func GetStanding(ctx context.Context, q store.Querier, id ident.ProjectID) (*Standing, error) {
	return standing(ctx, q, id, "")
}

// lockStanding reads it for a change: until the transaction ends nobody else changes what the project holds.
func lockStanding(ctx context.Context, tx *store.Tx, id ident.ProjectID) (*Standing, error) {
	return standing(ctx, tx, id, " FOR UPDATE")
}

func standing(ctx context.Context, q store.Querier, id ident.ProjectID, lock string) (*Standing, error) {
	row := q.QueryRow(ctx, `SELECT `+standingColumns+` FROM billing_project WHERE project_id = $1`+lock, string(id))
	st, err := scanStanding(row.Scan)
	if errors.Is(err, sql.ErrNoRows) {
		return nil, project.NotFound(id)
	}
	return st, err
}

func (st *Standing) save(ctx context.Context, tx *store.Tx) error {
	term, err := json.Marshal(st.Term)
	if err != nil {
		return err
	}
	_, err = tx.Exec(ctx, `UPDATE billing_project SET next_day = $2, next_close_at = $3, state = $4, state_since = $5, dry_since = $6,
		next_transition_at = $7, parked = $8, loyalty_enrolled = $9, loyalty_percent = $10, term = $11 WHERE project_id = $1`,
		string(st.Project), int64(st.NextDay), st.nextCloseAt, string(st.State), st.StateSince.UnixMicro(), st.drySince,
		st.transitionAt, st.Parked, flag(st.Loyalty.Enrolled), int64(st.Loyalty.Percent), string(term))
	return err
}

func flag(b bool) int64 {
	if b {
		return 1
	}
	return 0
}

// Open creates a project with its account and its first day. The book version defaults to the one in force on the
// project's first day.
func (s *Service) Open(ctx context.Context, tx *store.Tx, opening project.Opening, overdraft money.Micro, at time.Time) (*project.Project, error) {
	zone, err := civil.LoadZone(opening.TimeZone)
	if err != nil {
		return nil, errs.New(errs.Invalid, "project.bad_zone", "%v", err).At("time_zone")
	}
	book, err := s.book(opening.Book, opening.Version, civil.DateIn(at, zone))
	if err != nil {
		return nil, err
	}
	opening.Version = book.Version
	if opening.Currency == "" {
		opening.Currency = listCurrency(book, opening.Country)
	}
	if _, err := pricing.For(book, opening.Country, opening.Currency); err != nil {
		return nil, err
	}
	if err := checkPlan(book, opening.Plan); err != nil {
		return nil, err
	}
	p, err := project.Create(ctx, tx, opening, at)
	if err != nil {
		return nil, err
	}
	if err := ledger.Open(ctx, tx, ledger.Account{Project: p.ID, Currency: p.Currency, Overdraft: overdraft, OpenedAt: at}); err != nil {
		return nil, err
	}
	first := p.Calendar.First()
	_, err = tx.Exec(ctx, `INSERT INTO billing_project (`+standingColumns+`) VALUES ($1, $2, $3, $4, $5, 0, $6, '', 0, 0, '[]')`,
		string(p.ID), int64(first), p.Calendar.End(first).UnixMicro(), string(Active), at.UnixMicro(), never)
	return p, err
}

func listCurrency(book *pricebook.Book, country string) money.Currency {
	if currency, ok := book.Countries[country]; ok {
		return currency
	}
	return book.Countries["*"]
}

func (s *Service) book(name, version string, day civil.Date) (*pricebook.Book, error) {
	if version == "" {
		return s.Books.At(name, day)
	}
	return s.Books.Get(name, version)
}

func checkPlan(book *pricebook.Book, plan string) error {
	if book.Terms == nil {
		if plan != "" {
			return errs.New(errs.Invalid, "billing.no_plans", "book %s has no plans", book.Ref()).At("plan")
		}
		return nil
	}
	if _, ok := book.Terms.Plan(plan); !ok {
		return pricing.UnknownPlan(book, plan)
	}
	return nil
}

// scene is what every change of a project starts from: the project and where it stands, locked, at one instant.
type scene struct {
	*Service
	tx       *store.Tx
	batch    *ledger.Batch
	project  *project.Project
	standing *Standing
	at       time.Time
	day      civil.Date     // the usage day of at
	held     holdings       // those that have not ended, and what ends tonight
	news     *[]event.Event // where events are gathered to be stored together; nil to store each at once
}

// enter opens the scene of a change, for whoever has one of the rights in the project (Rule A-18).
func (s *Service) enter(ctx context.Context, tx *store.Tx, id ident.ProjectID, at time.Time, rights []right.Right) (*scene, error) {
	if err := tx.May(ident.ProjectOrg(id), rights...); err != nil {
		return nil, err
	}
	return s.enterWith(ctx, tx, ledger.NewBatch(tx), id, at)
}

// enterWith shares a batch of postings with other scenes of the same transaction; its owner flushes it. It asks for no right: what
// brings it about, such as a call that was charged, has been asked for.
func (s *Service) enterWith(ctx context.Context, tx *store.Tx, batch *ledger.Batch, id ident.ProjectID, at time.Time) (*scene, error) {
	if err := batch.Load(ctx, []ident.ProjectID{id}, nil); err != nil { // accounts are locked before standings, everywhere
		return nil, err
	}
	st, err := lockStanding(ctx, tx, id)
	if err != nil {
		return nil, err
	}
	return s.scene(ctx, tx, batch, st, at)
}

// scene opens on a standing that is locked.
func (s *Service) scene(ctx context.Context, tx *store.Tx, batch *ledger.Batch, st *Standing, at time.Time) (*scene, error) {
	p, err := s.Projects.Get(ctx, tx, st.Project)
	if err != nil {
		return nil, err
	}
	sc := &scene{Service: s, tx: tx, batch: batch, project: p, standing: st, at: at, day: p.Calendar.DayAt(at)}
	sc.held, err = heldNow(ctx, tx, st.Project, at)
	return sc, err
}

func (sc *scene) tariff() (pricing.Tariff, error) { return sc.project.Tariff(sc.Books, sc.day) }

// commit ends a change that posted: the state follows the balance, the postings are written and the standing is kept.
func (sc *scene) commit(ctx context.Context, tariff pricing.Tariff) error {
	if err := sc.reviewState(ctx, tariff.Book); err != nil {
		return err
	}
	most, err := mostUsed(ctx, sc.tx, []ident.ProjectID{sc.project.ID}, sc.day-historyDays)
	if err != nil {
		return err
	}
	if err := sc.reviewLow(ctx, tariff, most[sc.project.ID]); err != nil {
		return err
	}
	if err := sc.batch.Flush(ctx); err != nil {
		return err
	}
	return sc.standing.save(ctx, sc.tx)
}

// MoveBook moves the project to another version of its book, or to another plan, from the next usage day on.
func (s *Service) MoveBook(ctx context.Context, tx *store.Tx, id ident.ProjectID, version, plan string, at time.Time) error {
	sc, err := s.enter(ctx, tx, id, at, forBook)
	if err != nil {
		return err
	}
	period := sc.project.BookAt(sc.day + 1)
	if version != "" {
		period.Version = version
	}
	if plan != "" {
		period.Plan = plan
	}
	book, err := s.Books.Get(period.Book, period.Version)
	if err != nil {
		return err
	}
	if err := sc.mayMove(book, period); err != nil {
		return err
	}
	_, err = project.MoveBook(ctx, tx, sc.project, period, at)
	return err
}

// KeepBook takes back a move of the book or plan that is still to come: the project goes on with what is in force today
// (Rule B-61). Where there is none, errs.Conflict `billing.no_move`.
func (s *Service) KeepBook(ctx context.Context, tx *store.Tx, id ident.ProjectID, at time.Time) error {
	sc, err := s.enter(ctx, tx, id, at, forBook)
	if err != nil {
		return err
	}
	if last := sc.project.Books[len(sc.project.Books)-1]; last.From <= sc.day {
		return errs.New(errs.Conflict, "billing.no_move", "no move of the book is to come: %s is in force since %s", last.Version, last.From).
			At("book_version").Try("move to the other version again, from the next day on")
	}
	_, err = project.KeepBook(ctx, tx, sc.project, sc.day)
	return err
}

// mayMove refuses a version that could not charge the project from its next usage day on.
func (sc *scene) mayMove(book *pricebook.Book, period project.BookPeriod) error {
	if sc.Enforce && book.Effective > sc.day+1 {
		return errs.New(errs.Conflict, "billing.version_not_in_force", "%s is in force from %s", book.Ref(), book.Effective).At("book_version").
			Try("move on the eve of that day, or later").With("version", book.Version).With("from", book.Effective)
	}
	tariff, err := pricing.For(book, sc.project.Country, sc.project.Currency)
	if err != nil {
		return err
	}
	if err := checkPlan(book, period.Plan); err != nil {
		return err
	}
	_, err = tariff.Day(heldOn(sc.held, sc.day+1))
	return err
}

// ChangeZone moves the project to another zone from the next usage day on (Rule B-09).
func (s *Service) ChangeZone(ctx context.Context, tx *store.Tx, id ident.ProjectID, zone string, at time.Time) error {
	sc, err := s.enter(ctx, tx, id, at, forSettings)
	if err != nil {
		return err
	}
	p, err := project.ChangeZone(ctx, tx, sc.project, zone, at)
	if err != nil {
		return err
	}
	if sc.standing.Parked == "" {
		sc.standing.nextCloseAt = p.Calendar.End(sc.standing.NextDay).UnixMicro()
	}
	return sc.standing.save(ctx, tx)
}
