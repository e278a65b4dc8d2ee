package faults_test

import (
	"bufio"
	"bytes"
	"context"
	"crypto/rand"
	"database/sql"
	"encoding/base64"
	"encoding/binary"
	"encoding/json"
	"errors"
	"fmt"
	mathrand "math/rand/v2"
	"net/netip"
	"os"
	"os/exec"
	"strings"
	"sync"
	"syscall"
	"testing"
	"time"

	"bellwether/internal/access"
	"bellwether/internal/account"
	trail "bellwether/internal/audit"
	"bellwether/internal/billing"
	"bellwether/internal/ident"
	"bellwether/internal/money"
	"bellwether/internal/phone"
	"bellwether/internal/pricebook"
	"bellwether/internal/pricing"
	"bellwether/internal/project"
	"bellwether/internal/store"
	"bellwether/internal/store/storetest"
	"bellwether/internal/swap"
	"bellwether/internal/tracking"
)

// The worker of this file takes hits of visitors and is killed. Each life is ten minutes after the one before: leases are over by
// then, visits are not.
const (
	visitsVariable = "BELLWETHER_FAULTS_VISITS"
	browsers       = 24
	poolSize       = 100 // twice the visits of a life, of which each browser may begin two: nobody may see the number of another, and half is for visits without a sign of life
	lifetime       = 10 * time.Minute
	mostHits       = 5000 // of a browser, should nobody kill it
)

var visitsFrom = time.Date(2026, 3, 2, 12, 0, 0, 0, time.UTC)

// visitJob is what a worker is told.
type visitJob struct {
	DSN, Key string
	Life     int
	Hasty    bool // twin: says that a hit is taken before it knows
}

// foundVisits makes a project whose site leases numbers to everybody, and gives its key.
func foundVisits(t testing.TB, core *store.DB) string {
	ctx, b, at := context.Background(), billing.New(pricebook.Shipped()), visitsFrom.Add(-time.Hour)
	must(t, core.Write(ctx, func(ctx context.Context, tx *store.Tx) error {
		if _, err := b.Open(ctx, tx, project.Opening{ID: "shop", Name: "Shop", Country: "UA", TimeZone: "Europe/Kyiv", Book: "ringostat"}, 0, at); err != nil {
			return err
		}
		if _, err := b.Pay(ctx, tx, "shop", billing.Payment{ID: "p", Amount: money.MustParse("100000"), Method: "bank"}, at); err != nil {
			return err
		}
		for _, n := range poolNumbers() {
			if err := b.RentNumber(ctx, tx, "shop", pricing.Number{Number: string(n), Owner: "customer", Kind: "local", Use: "tracking"}, at); err != nil {
				return err
			}
		}
		return nil
	}))
	by := access.ByKey(account.Key{ID: "test", Scope: account.Operator}, trail.Program("test"))
	p, err := access.NewGate(core).Enter(ctx, by, ident.ProjectOrg("shop"), at)
	must(t, err)
	s := tracking.New(b, rand.Reader)
	var site tracking.Site
	must(t, core.Write(ctx, func(ctx context.Context, tx *store.Tx) (err error) {
		if site, err = s.AddSite(ctx, tx, p, tracking.Site{
			Name: "Shop", Hosts: []string{"shop.example"}, Consent: "full", Targets: []tracking.Target{{ID: "t1", Name: "Sales", Numbers: []phone.Number{"+380443337700"}}},
		}, at); err != nil {
			return err
		}
		pool, err := s.AddPool(ctx, tx, p, tracking.Pool{Name: "All"}, at)
		if err != nil {
			return err
		}
		if err := s.AddToPool(ctx, tx, p, pool.ID, poolNumbers(), at); err != nil {
			return err
		}
		_, err = s.SetRules(ctx, tx, p, site.ID, []swap.Rule{{ID: "all", Name: "All", Show: []swap.Showing{{Target: "t1", Do: swap.Lease, Pool: string(pool.ID)}}}}, 0, at)
		return err
	}))
	return site.Key
}

func poolNumbers() (numbers []phone.Number) {
	for i := range poolSize {
		numbers = append(numbers, phone.Number(fmt.Sprintf("+3804433378%02d", i)))
	}
	return numbers
}

// workVisits is the whole life of a worker: browsers that open pages, leave forms and send all of it twice now and then.
func workVisits(text string) int {
	var j visitJob
	if err := json.Unmarshal([]byte(text), &j); err != nil {
		fmt.Fprintln(os.Stderr, err)
		return 2
	}
	ctx, pipe := context.Background(), os.NewFile(3, "answers")
	options := store.Options{DSN: j.DSN}
	core, err := store.Open(ctx, options)
	events, err2 := store.Open(ctx, options.Of(store.Events))
	if err := errors.Join(err, err2); err != nil {
		fmt.Fprintln(os.Stderr, err)
		return 1
	}
	c := tracking.NewCollector(core, events)
	var wg sync.WaitGroup
	var speaking sync.Mutex
	for i := range browsers {
		wg.Go(func() { browse(ctx, j, i, c, &speaking, pipe) })
	}
	wg.Wait()
	return 0
}

func browse(ctx context.Context, j visitJob, i int, c *tracking.Collector, speaking *sync.Mutex, pipe *os.File) {
	from := tracking.Sender{
		Address: netip.AddrFrom4([4]byte{198, byte(i), byte(j.Life), 1}), Origin: "https://shop.example",
		Agent: "Mozilla/5.0 (X11; Linux x86_64) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/140.0.0.0 Safari/537.36",
	}
	hit := tracking.Hit{Key: j.Key, Consent: tracking.FullConsent, URL: "https://shop.example/?gclid=" + fmt.Sprint(j.Life, "-", i)}
	send := func(kind tracking.Kind, mark string) {
		hit.Kind, hit.ID, hit.Lead = kind, mark, nil
		if kind == tracking.LeadHit {
			hit.Lead = &tracking.Lead{Kind: "form", Phone: "+380671234567", Form: mark}
		}
		say := func(a tracking.Answer) {
			speaking.Lock()
			defer speaking.Unlock()
			_, _ = fmt.Fprintf(pipe, "%s %s %s %s\n", kind, mark, orNothing(a.Visit), orNothing(a.Numbers["t1"]))
		}
		if j.Hasty {
			say(tracking.Answer{})
		}
		a, err := c.Take(ctx, hit, from, visitsFrom.Add(time.Duration(j.Life)*lifetime))
		if err != nil {
			speaking.Lock()
			defer speaking.Unlock()
			_, _ = fmt.Fprintf(pipe, "refused %s %v\n", mark, err)
			return
		}
		hit.Visitor, hit.Visit = a.Visitor, a.Visit
		if !j.Hasty {
			say(a)
		}
	}
	if j.Life > 0 { // what the life before may have stored without a word: sent again, it is one hit
		send(tracking.PageHit, fmt.Sprintf("%d-%d-0", j.Life-1, i))
		hit.Visitor, hit.Visit = "", ""
	}
	for n := range mostHits {
		mark := fmt.Sprintf("%d-%d-%d", j.Life, i, n)
		kind := []tracking.Kind{tracking.PageHit, tracking.BeatHit, tracking.LeadHit, tracking.BeatHit}[n%4]
		send(kind, mark)
		if n%8 == 0 {
			send(kind, mark)
		}
	}
}

func orNothing(text string) string {
	if text == "" {
		return "-"
	}
	return text
}

// taken is a hit that a worker said was taken.
type taken struct{ kind, mark, visit, number string }

// liveAndDie lets a worker take hits and kills it, a moment after it said so many of them.
func liveAndDie(t *testing.T, j visitJob, after int, pause time.Duration) (said []taken) {
	t.Helper()
	text, err := json.Marshal(j)
	must(t, err)
	listen, speak, err := os.Pipe()
	must(t, err)
	defer func() { _ = listen.Close() }()
	cmd := exec.Command(os.Args[0])
	cmd.Env = append(os.Environ(), visitsVariable+"="+string(text))
	cmd.ExtraFiles = []*os.File{speak}
	var complaint bytes.Buffer
	cmd.Stderr = &complaint
	must(t, cmd.Start(), speak.Close())
	kill := func() { _ = cmd.Process.Signal(syscall.SIGKILL) }
	watchdog := time.AfterFunc(silence, kill)
	defer watchdog.Stop()
	for lines := bufio.NewScanner(listen); lines.Scan(); {
		watchdog.Reset(silence)
		words := strings.Fields(lines.Text())
		if words[0] == "refused" {
			t.Errorf("life %d: %s", j.Life, lines.Text())
			continue
		}
		if len(words) == 4 { // the last line may be torn
			said = append(said, taken{words[0], words[1], words[2], words[3]})
		}
		switch {
		case len(said) == after && pause == 0:
			kill()
		case len(said) == after:
			defer time.AfterFunc(pause, kill).Stop()
		}
	}
	if err := cmd.Wait(); err == nil || len(said) == 0 {
		t.Errorf("life %d: the worker was not killed, or said nothing: %v, %s", j.Life, err, complaint.String())
	}
	return said
}

// auditVisits compares what workers said with what is there.
func auditVisits(t *testing.T, events *store.DB, said []taken) (lost int) {
	t.Helper()
	ctx := context.Background()
	hits, leads, activities, leases := map[string]int64{}, map[string]int{}, map[int64]bool{}, map[string]bool{}
	read := func(query string, keep func(scan func(...any) error) error) {
		must(t, store.EachRow(ctx, events, query, nil, func(rows *sql.Rows) error { return keep(rows.Scan) }))
	}
	read("SELECT mark, visit_id FROM tracking_hit", func(scan func(...any) error) error {
		var mark string
		var visit int64
		err := scan(&mark, &visit)
		if _, twice := hits[mark]; twice {
			t.Errorf("hit %s is stored twice", mark)
		}
		hits[mark] = visit
		return err
	})
	read("SELECT form FROM tracking_lead", func(scan func(...any) error) error {
		var mark string
		err := scan(&mark)
		leads[mark]++
		return err
	})
	read("SELECT a.visit_id FROM tracking_activity AS a JOIN tracking_visit AS v ON v.project_id = a.project_id AND v.visit_id = a.visit_id", func(scan func(...any) error) error {
		var visit int64
		err := scan(&visit)
		activities[visit] = true
		return err
	})
	held := map[string]int64{} // by life and number: whose it was
	read("SELECT number, lease_id, visit_id FROM tracking_lease ORDER BY lease_id", func(scan func(...any) error) error {
		var number string
		var lease, visit int64
		err := scan(&number, &lease, &visit)
		leases[fmt.Sprint(number, " ", visit)] = true
		life := fmt.Sprint(int(time.UnixMicro(lease>>8).Sub(visitsFrom)/lifetime), " ", number)
		if other, seen := held[life]; seen && other != visit {
			t.Errorf("%s was leased to two visits at once", number)
		}
		held[life] = visit
		return err
	})
	for _, s := range said {
		visit := visitOf(s.visit)
		switch stored, there := hits[s.mark]; {
		case s.visit != "-" && !activities[visit],
			s.kind != string(tracking.BeatHit) && (!there || s.visit != "-" && stored != visit),
			s.kind == string(tracking.LeadHit) && leads[s.mark] != 1,
			s.number != "-" && s.visit != "-" && !leases[fmt.Sprint(s.number, " ", visit)]:
			lost++
		}
	}
	return lost
}

func visitOf(token string) int64 {
	raw, err := base64.RawURLEncoding.DecodeString(token)
	if err != nil || len(raw) < 8 {
		return 0
	}
	return int64(binary.BigEndian.Uint64(raw))
}

// lives kills workers one after another on one installation.
func lives(t *testing.T, dsn string, kills int, hasty bool) (lost int) {
	t.Helper()
	options := store.Options{DSN: dsn}
	core := storetest.Open(t, options)
	key := foundVisits(t, core)
	must(t, core.Close())
	draw := mathrand.New(mathrand.NewPCG(7, uint64(kills)))
	var said []taken
	for life := range kills {
		pause := time.Duration(draw.IntN(3000)) * time.Microsecond
		if life%2 == 0 { // at once: an answer that was given too early is caught before its commit
			pause = 0
		}
		said = append(said, liveAndDie(t, visitJob{DSN: dsn, Key: key, Life: life, Hasty: hasty}, 1+draw.IntN(400), pause)...)
	}
	return auditVisits(t, storetest.Open(t, options.Of(store.Events)), said)
}

// Rules C-74, C-75 and C-76: killed with SIGKILL at any moment under load, a node loses no hit, lead or lease that it acknowledged, stores none twice
// and gives no number to two visits.
func TestKilledCollector(t *testing.T) {
	t.Parallel()
	kills := map[string]int{"sqlite": 30, "postgres": 3} // with 10 an answer before its commit is seldom caught
	if soaking {
		kills = map[string]int{"sqlite": 50, "postgres": 50}
	}
	for name, dsn := range map[string]func(testing.TB) string{"sqlite": storetest.SQLiteDSN, "postgres": storetest.PostgresDSN} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			if lost := lives(t, dsn(t), kills[name], false); lost > 0 {
				t.Errorf("%d acknowledged hits are not there as they were answered", lost)
			}
		})
	}
}

// The twin: a node that says so before it knows is found out.
func TestAHastyCollectorIsFoundOut(t *testing.T) {
	t.Parallel()
	if lost := lives(t, storetest.SQLiteDSN(t), 3, true); lost == 0 {
		t.Error("the auditor saw nothing: the test above shows nothing")
	}
}
