package bench

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"net/http"
	"os"
	"strings"
	"sync/atomic"
	"time"

	"bellwether/internal/app"
	"bellwether/internal/charging"
	"bellwether/internal/civil"
	"bellwether/internal/config"
	"bellwether/internal/ident"
	"bellwether/internal/ledger"
	"bellwether/internal/pricebook"
	"bellwether/internal/pricing"
	"bellwether/internal/store"
)

// scale is how large a town is.
type scale struct {
	projects int
	agency   int   // how many of them an agency runs, the shop among them
	days     int   // that are closed
	from     int   // the day from which the other projects are there
	calls    int   // of the shop, a day
	entries  int64 // of the ledger, in all
	asked    int   // times for each page
}

// wholeTown is that of the cabinet's figures: a shop with 90 days of 1,000 calls among 10,000 projects, an agency of 1,000, and a
// million entries in all.
var wholeTown = scale{projects: 10_000, agency: 1000, days: 90, from: 87, calls: 1000, entries: 1_000_000, asked: 40}

// webPages measures the pages of the cabinet, as the owner of a busy project, whoever runs an agency and the operator see them.
func webPages(ctx context.Context, r *Run) error {
	return r.onEachStore(ctx, func(engine string, o *office) error {
		t := &town{office: o, scale: wholeTown}
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
	scale
	posted int64        // entries of the ledger
	passed atomic.Int64 // nanoseconds since noon: what pages remember grows old as it does in life
}

func (t *town) shop() ident.ProjectID { return t.project(0, t.projects) }

// now is noon after the last night, and what has passed since.
func (t *town) now() time.Time {
	return opened.Add(time.Duration(t.days)*24*time.Hour + 12*time.Hour + time.Duration(t.passed.Load()))
}

// live fills the town: the shop's days as they come, the others for the last of them, and calls that were imported.
func (t *town) live(ctx context.Context) error {
	if err := t.openRange(ctx, 0, 1, opened); err != nil {
		return err
	}
	for day := range t.days {
		began := opened.Add(time.Duration(day) * 24 * time.Hour)
		if day == t.from {
			if err := t.openRange(ctx, 1, t.projects, began); err != nil {
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
		if err := t.openProject(ctx, tx, t.project(int64(from+n), t.projects), at); err != nil {
			return err
		}
		return t.equipProject(ctx, tx, from+n, t.projects, at)
	})
}

// callDay charges the shop's calls of a day.
func (t *town) callDay(ctx context.Context, day int, from time.Time) error {
	records := make([]charging.CallRecord, t.calls)
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

// fillUp posts plain calls for the other projects until the ledger has as many entries as it should, and seals all.
func (t *town) fillUp(ctx context.Context) error {
	projects := make([]ident.ProjectID, t.projects)
	for n := range projects {
		projects[n] = t.project(int64(n), t.projects)
	}
	counts, err := ledger.Sequences(ctx, t.db, projects)
	if err != nil {
		return err
	}
	for _, count := range counts {
		t.posted += count
	}
	const batch = 2000
	day := civil.DateIn(opened, time.UTC) + civil.Date(t.from)
	for ; t.posted < t.entries; t.posted += batch {
		err := t.db.Write(ctx, func(ctx context.Context, tx *store.Tx) error {
			b := ledger.NewBatch(tx)
			for n := t.posted; n < t.posted+batch; n++ {
				_, _, err := b.Post(ctx, ledger.Posting{
					Project: t.project(1+n%int64(t.projects-1), t.projects), Key: fmt.Sprintf("f%012d", n), Day: day + civil.Date(n%3), BookedAt: t.now(),
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

// measure asks for every page of a project, of an agency and of the operator as whoever it is for, and prints the 95th percentile
// of each, then what was left out. It is an error where a page takes longer than it may, or does not open.
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
	things, err := t.people(ctx, a)
	if err != nil {
		return err
	}
	target := fmt.Sprintf("<=%d", slowest)
	worst := Figure{Name: "web_" + engine + "_worst_p95", Unit: "ms", Target: target}
	pages, left := t.pages(a.Cabinet.Routes(), things)
	var late, shut []string
	for _, path := range pages {
		page, err := t.askFor(ctx, a.Handler(), path, things.tokenFor(path))
		if err != nil {
			return err
		}
		if page.status != http.StatusOK {
			shut = append(shut, fmt.Sprintf("%s (%d)", path, page.status))
			continue
		}
		for _, f := range page.figures("web_"+engine+"_p95 "+path, target) {
			r.print(f)
			if f.Target != "" {
				worst.Value = max(worst.Value, f.Value)
			}
		}
		if page.worst() > slowest {
			late = append(late, path)
		}
	}
	r.print(worst)
	fmt.Fprintf(r.Out, "# %d pages measured, %d left out:\n", len(pages)-len(shut), len(left))
	for _, what := range left {
		fmt.Fprintln(r.Out, "#   "+what)
	}
	return errors.Join(tooLate(engine, late), notOpen(engine, shut))
}

// tooLate is the error of pages that take longer than they may; nil where there are none.
func tooLate(engine string, late []string) error {
	if len(late) == 0 {
		return nil
	}
	return fmt.Errorf("on %s %d pages take more than %d ms at the 95th percentile: %s", engine, len(late), slowest, strings.Join(late, ", "))
}

// notOpen is the error of pages that have no figure because they answer something else than a page; nil where there are none.
func notOpen(engine string, shut []string) error {
	if len(shut) == 0 {
		return nil
	}
	return fmt.Errorf("on %s %d pages do not open: %s", engine, len(shut), strings.Join(shut, ", "))
}
