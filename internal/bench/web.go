package bench

import (
	"context"
	"crypto/rand"
	"fmt"
	"io"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"os"
	"regexp"
	"strings"
	"sync/atomic"
	"time"

	"bellwether/internal/access"
	"bellwether/internal/account"
	"bellwether/internal/app"
	"bellwether/internal/audit"
	"bellwether/internal/charging"
	"bellwether/internal/civil"
	"bellwether/internal/config"
	"bellwether/internal/ident"
	"bellwether/internal/ledger"
	"bellwether/internal/pricebook"
	"bellwether/internal/pricing"
	"bellwether/internal/store"
	"bellwether/internal/web/cabinet"
)

// The town of the cabinet's figures: a shop with 90 days of 1,000 calls among 10,000 projects, a million entries in all.
const (
	townProjects = 10_000
	townDays     = 90
	townCalls    = 1000 // of the shop, a day
	townEntries  = 1_000_000
	othersFrom   = 87 // the day from which the other projects are there
	asked        = 40 // times for each page
)

// webPages measures the pages of the cabinet, as the owner of a busy project and as the operator see them.
func webPages(ctx context.Context, r *Run) error {
	return r.onEachStore(ctx, func(engine string, o *office) error {
		t := &town{office: o}
		if err := t.live(ctx); err != nil {
			return err
		}
		if err := t.db.Close(); err != nil { // the program opens it now
			return err
		}
		return t.measure(ctx, r, engine)
	})
}

type town struct {
	*office
	entries int64
	passed  atomic.Int64 // nanoseconds since noon: what pages remember grows old as it does in life
}

func (t *town) shop() ident.ProjectID { return t.project(0, townProjects) }

// now is noon after the last night, and what has passed since.
func (t *town) now() time.Time {
	return opened.Add(townDays*24*time.Hour + 12*time.Hour + time.Duration(t.passed.Load()))
}

// live fills the town: the shop's days as they come, the others for the last of them, and calls that were imported.
func (t *town) live(ctx context.Context) error {
	if err := t.openRange(ctx, 0, 1, opened); err != nil {
		return err
	}
	for day := range townDays {
		began := opened.Add(time.Duration(day) * 24 * time.Hour)
		if day == othersFrom {
			if err := t.openRange(ctx, 1, townProjects, began); err != nil {
				return err
			}
		}
		if err := t.callDay(ctx, day, began.Add(9*time.Hour)); err != nil {
			return err
		}
		if _, err := t.night.Run(ctx, began.Add(24*time.Hour)); err != nil {
			return err
		}
	}
	return t.fillUp(ctx)
}

// openRange opens some of the projects, each with five lines a day.
func (t *town) openRange(ctx context.Context, from, to int, at time.Time) error {
	return t.inGroups(ctx, to-from, func(ctx context.Context, tx *store.Tx, n int) error {
		if err := t.openProject(ctx, tx, t.project(int64(from+n), townProjects), at); err != nil {
			return err
		}
		return t.equipProject(ctx, tx, from+n, townProjects, at)
	})
}

// callDay charges the shop's calls of a day.
func (t *town) callDay(ctx context.Context, day int, from time.Time) error {
	records := make([]charging.CallRecord, townCalls)
	for i := range records {
		answered := from.Add(time.Duration(i) * 30 * time.Second)
		records[i] = charging.CallRecord{
			Project: t.shop(), ID: fmt.Sprintf("d%03d-%05d", day, i), Kind: pricing.LegForward, To: []string{"+380501234567", "+48221234567", "+380441234567"}[i%3],
			AnsweredAt: answered, Seconds: 20 + int64(i*7)%400, At: answered.Add(10 * time.Minute),
		}
	}
	_, err := t.charging.ChargeAll(ctx, records)
	return err
}

// fillUp posts plain calls for the other projects until the ledger has a million entries, and seals all.
func (t *town) fillUp(ctx context.Context) error {
	projects := make([]ident.ProjectID, townProjects)
	for n := range projects {
		projects[n] = t.project(int64(n), townProjects)
	}
	counts, err := ledger.Sequences(ctx, t.db, projects)
	if err != nil {
		return err
	}
	for _, count := range counts {
		t.entries += count
	}
	const batch = 2000
	day := civil.DateIn(opened, time.UTC) + othersFrom
	for ; t.entries < townEntries; t.entries += batch {
		err := t.db.Write(ctx, func(ctx context.Context, tx *store.Tx) error {
			b := ledger.NewBatch(tx)
			for n := t.entries; n < t.entries+batch; n++ {
				_, _, err := b.Post(ctx, ledger.Posting{
					Project: t.project(1+n%(townProjects-1), townProjects), Key: fmt.Sprintf("f%012d", n), Day: day + civil.Date(n%3), BookedAt: t.now(),
					Kind: pricing.Call, Item: "Ukraine mobile", Quantity: 60, Amount: -1, House: ledger.CallHouse,
				})
				if err != nil {
					return err
				}
			}
			return b.Flush(ctx)
		})
		if err != nil {
			return err
		}
	}
	sealer := ledger.NewSealer(t.db)
	for {
		if sealed, err := sealer.Seal(ctx); err != nil || sealed == 0 {
			return err
		}
	}
}

// slowest is the most that a page may take at the 95th percentile, in milliseconds.
const slowest = 100

// measure asks for every page of a project and of the operator, and prints the 95th percentile of each, then what was left out.
// It is an error where a page takes longer than it may.
func (t *town) measure(ctx context.Context, r *Run, engine string) error {
	folder, err := os.MkdirTemp("", "bellwether-bench-")
	if err != nil {
		return err
	}
	defer func() { _ = os.RemoveAll(folder) }()
	c, err := config.Load(config.Flags{DataDir: folder, Database: t.dsn}.Sources(nil))
	if err != nil {
		return err
	}
	a, err := app.Open(ctx, c, pricebook.Shipped(), app.Options{Log: slog.New(slog.DiscardHandler), Version: "bench", Now: t.now})
	if err != nil {
		return err
	}
	defer func() { _ = a.Close() }()
	token, err := t.signIn(ctx, a)
	if err != nil {
		return err
	}
	target := fmt.Sprintf("<=%d", slowest)
	worst := Figure{Name: "web_" + engine + "_worst_p95", Unit: "ms", Target: target}
	pages, left := t.pages(a.Cabinet.Routes())
	var late []string
	for _, path := range pages {
		p95, status, err := t.askFor(a.Handler(), path, token)
		if err != nil {
			return err
		}
		if status != http.StatusOK {
			left = append(left, fmt.Sprintf("%s (answers %d)", path, status))
			continue
		}
		r.print(Figure{Name: "web_" + engine + "_p95 " + path, Value: p95, Unit: "ms", Target: target})
		worst.Value = max(worst.Value, p95)
		if p95 > slowest {
			late = append(late, path)
		}
	}
	r.print(worst)
	fmt.Fprintf(r.Out, "# %d pages measured, %d left out:\n", len(pages), len(left))
	for _, what := range left {
		fmt.Fprintln(r.Out, "#   "+what)
	}
	return tooLate(engine, late)
}

// tooLate is the error of pages that take longer than they may; nil where there are none.
func tooLate(engine string, late []string) error {
	if len(late) == 0 {
		return nil
	}
	return fmt.Errorf("on %s %d pages take more than %d ms at the 95th percentile: %s", engine, len(late), slowest, strings.Join(late, ", "))
}

var wildcards = regexp.MustCompile(`\{[a-z]+\}`)

// pages are the addresses of every page that opens without knowing more than the project, and of those that show most; left are
// the routes of the others, each with the reason.
func (t *town) pages(routes []cabinet.Route) (pages, left []string) {
	shop := "/p/" + string(t.shop())
	day := (civil.DateIn(opened, time.UTC) + townDays - 3).String()
	pages = []string{
		shop + "/search?q=380", "/op/search?q=s10000-0", shop + "/funds/days/" + day, shop + "/funds/days/" + day + "/calls",
		shop + "/funds/movement?period=90d", shop + "/funds/entries?after=", "/op/projects/" + string(t.shop()), "/op/projects?sort=-balance",
	}
	for _, route := range routes {
		path, isPage := strings.CutPrefix(route.Pattern, "GET ")
		path = strings.ReplaceAll(path, "{project}", string(t.shop()))
		switch {
		case !isPage || aside[path]:
		case route.Need.Open:
			left = append(left, path+" (for strangers)")
		case wildcards.MatchString(path) || strings.HasSuffix(path, "{$}"):
			left = append(left, path+" (of one thing, which the town does not name)")
		default:
			pages = append(pages, path)
		}
	}
	return pages, left
}

// aside are addresses that are no pages: a stream, and forms that are steps of something begun.
var aside = map[string]bool{"/live": true}

// askFor asks for a page again and again, five seconds apart: the 95th percentile of the time it takes the server, in
// milliseconds, and its status: one that is refused, or is not there for this reader, has no figure.
func (t *town) askFor(h http.Handler, path, token string) (p95 float64, status int, err error) {
	waits := &latencies{}
	for range asked {
		t.passed.Add(int64(5 * time.Second))
		request := httptest.NewRequest(http.MethodGet, "http://localhost"+path, nil)
		request.AddCookie(&http.Cookie{Name: "__Host-session", Value: token})
		answer := httptest.NewRecorder()
		began := time.Now()
		h.ServeHTTP(answer, request)
		waits.all = append(waits.all, time.Since(began))
		if answer.Code >= http.StatusInternalServerError || answer.Code == http.StatusUnauthorized {
			text, _ := io.ReadAll(answer.Body)
			return 0, answer.Code, fmt.Errorf("%s answers %d: %.300s", path, answer.Code, text)
		}
		if answer.Code != http.StatusOK {
			return 0, answer.Code, nil
		}
	}
	return ms(waits.percentile(0.95)), http.StatusOK, nil
}

// signIn makes an operator, who may see every page, and opens a session for them.
func (t *town) signIn(ctx context.Context, a *app.App) (token string, err error) {
	hasher, err := account.NewHasher(account.ForTests)
	if err != nil {
		return "", err
	}
	hashed, err := hasher.Hash(context.Background(), "a bell for every sheep", "operator@example.com")
	if err != nil {
		return "", err
	}
	by := audit.Program("bench")
	return token, a.DB.Write(ctx, func(ctx context.Context, tx *store.Tx) error {
		offer, err := access.OfferSetup(ctx, tx, rand.Reader, t.now())
		if err != nil {
			return err
		}
		n := account.NewUser{Email: "operator@example.com", Name: "Operator", Language: "en", Password: hashed}
		u, _, err := access.AcceptNew(ctx, tx, by, rand.Reader, offer, n, t.now())
		if err != nil {
			return err
		}
		token, _, err = account.OpenSession(ctx, tx, by, rand.Reader, account.NewSession{User: u.ID, Method: account.ByPassword, Lifetime: account.Signed}, t.now())
		return err
	})
}
