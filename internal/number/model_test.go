package number_test

import (
	"context"
	"fmt"
	"maps"
	"slices"
	"strings"
	"testing"
	"time"

	"bellwether/internal/ident"
	"bellwether/internal/number"
	"bellwether/internal/store"
	"bellwether/internal/store/storetest"

	"pgregory.net/rapid"
)

// model is the registry as a map: where each number stands, whose it is or was, and when its quarantine ends.
type model struct {
	state   map[string]string
	project map[string]ident.ProjectID
	until   map[string]time.Time
}

func (m *model) rent(id ident.ProjectID, n string) bool {
	if m.state[n] != "free" && (m.state[n] != "quarantine" || m.project[n] != id) {
		return false
	}
	m.state[n], m.project[n] = "rented", id
	return true
}

func (m *model) release(id ident.ProjectID, n string, now time.Time) bool {
	if m.state[n] != "rented" || m.project[n] != id {
		return false
	}
	m.state[n], m.until[n] = "quarantine", now.Add(30*day)
	return true
}

func (m *model) shelve(n, to string) bool {
	if m.state[n] == "rented" {
		return false
	}
	m.state[n], m.project[n] = to, ""
	return true
}

func (m *model) ripen(now time.Time) (freed int64) {
	for n, state := range m.state {
		if state == "quarantine" && !m.until[n].After(now) {
			m.state[n], m.project[n] = "free", ""
			freed++
		}
	}
	return freed
}

func (m *model) said(n string) string {
	return strings.TrimSpace(m.state[n] + " " + string(m.project[n]))
}

// Whatever several projects and the operator do, in whatever order, the registry stands as the map does, billing charges
// for what is rented and nothing else, and history tells each change. Rules N-01, N-03, N-04, N-06.
func TestModel(t *testing.T) {
	t.Parallel()
	db := storetest.SQLite(t)
	run := 0
	rapid.Check(t, func(rt *rapid.T) {
		run++
		x := newExchange(t, db)
		x.must(func(ctx context.Context, tx *store.Tx) error { // what the runs before left would ripen too
			_, err := tx.Exec(ctx, `DELETE FROM number_registry`)
			return err
		})
		shops := []ident.ProjectID{ident.ProjectID(fmt.Sprintf("a%d", run)), ident.ProjectID(fmt.Sprintf("b%d", run)), ident.ProjectID(fmt.Sprintf("c%d", run))}
		for _, id := range shops {
			x.open(id, "100000")
		}
		m := &model{map[string]string{}, map[string]ident.ProjectID{}, map[string]time.Time{}}
		area := fmt.Sprintf("%d", run) // each run has an area of its own, for "any of it"
		changes := map[string]int{}
		var stock []string
		for i := range 4 {
			n := fmt.Sprintf("+38044%05d%02d", run, i)
			stock = append(stock, n)
			m.state[n], changes[n] = "free", 1
		}
		x.addCSV("number,area\n" + strings.Join(stock, ","+area+"\n") + "," + area + "\n")
		check := func(what, n string, err error, want bool) {
			if (err == nil) != want {
				rt.Fatalf("%s %s: %v, the model says %t", what, n, err, want)
			}
		}
		for range rapid.IntRange(1, 30).Draw(rt, "steps") {
			before := maps.Clone(m.state)
			n, id := rapid.SampledFrom(stock).Draw(rt, "number"), rapid.SampledFrom(shops).Draw(rt, "project")
			switch rapid.SampledFrom([]string{"rent", "rent", "any", "release", "release", "retire", "back", "time"}).Draw(rt, "step") {
			case "rent":
				check("rent", n, x.rent(id, n), m.rent(id, n))
			case "any":
				got, want := x.wish(id, number.Wish{Area: area, Use: "tracking"}), slices.Contains(slices.Collect(maps.Values(m.state)), "free")
				check("any", n, got, want)
				for _, n := range stock {
					if want && m.state[n] == "free" && x.state(n) != "free" {
						m.rent(id, n)
					}
				}
			case "release":
				check("release", n, x.release(id, n), m.release(id, n, x.now))
			case "retire":
				check("retire", n, x.retire(n), m.shelve(n, "retired"))
			case "back":
				check("put back", n, x.putBack(n), m.shelve(n, "free"))
			case "time":
				x.now = x.now.Add(time.Duration(rapid.IntRange(1, 40).Draw(rt, "days")) * day)
				if got, want := x.ripen(), m.ripen(x.now); got != want {
					rt.Fatalf("freed %d, the model %d", got, want)
				}
			}
			compare(rt, x, m, stock, shops)
			for _, n := range stock {
				if before[n] != m.state[n] {
					changes[n]++
				}
				if steps := x.steps(n); len(steps) != changes[n] {
					rt.Fatalf("%s changed %d times, history tells %q", n, changes[n], steps)
				}
			}
		}
	})
}

func compare(rt *rapid.T, x *exchange, m *model, stock []string, shops []ident.ProjectID) {
	for _, n := range stock {
		if got := x.state(n); got != m.said(n) {
			rt.Fatalf("%s is %s, the model says %s", n, got, m.said(n))
		}
	}
	for _, id := range shops {
		held := x.held(id)
		for _, n := range held {
			if m.said(n) != "rented "+string(id) {
				rt.Fatalf("%s is charged for %s, the model says %s", id, n, m.said(n))
			}
		}
		rented := 0
		for _, n := range stock {
			if m.said(n) == "rented "+string(id) {
				rented++
			}
		}
		if rented != len(held) {
			rt.Fatalf("%s is charged for %v, the model says %d", id, held, rented)
		}
		resting := 0
		_, rests, err := x.numbers.OfProject(context.Background(), x.db, id, x.now)
		for _, n := range stock {
			if m.said(n) == "quarantine "+string(id) {
				resting++
			}
		}
		if err != nil || len(rests) != resting {
			rt.Fatalf("%s may take back %v, %v, the model says %d", id, rests, err, resting)
		}
	}
}
