package bench

import (
	"bufio"
	"context"
	"crypto/rand"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"net"
	"net/http"
	"os"
	"os/exec"
	"strings"
	"time"

	"bellwether/internal/access"
	"bellwether/internal/account"
	"bellwether/internal/audit"
	"bellwether/internal/billing"
	"bellwether/internal/ident"
	"bellwether/internal/money"
	"bellwether/internal/phone"
	"bellwether/internal/pricebook"
	"bellwether/internal/pricing"
	"bellwether/internal/project"
	"bellwether/internal/store"
	"bellwether/internal/swap"
	"bellwether/internal/tracking"
	"bellwether/internal/widget"
)

// What is measured of hits: projects, each with a site that shows one number to all, and one that leases; connections that are kept alive.
const (
	hitProjects    = 20
	hitNumbers     = 100 // of a pool
	hitConnections = 64
	hitsAsked      = 40_000
	warmHits       = 4_000
)

// takeHits measures what a hit costs, with the answer durable: plain, and with a lease of a number in it.
func takeHits(ctx context.Context, r *Run) error {
	folder, err := os.MkdirTemp("", "bellwether-bench-")
	if err != nil {
		return err
	}
	defer func() { _ = os.RemoveAll(folder) }()
	s := &hitServer{}
	if err := s.open(ctx, "sqlite:"+folder+"/core.db"); err != nil {
		return err
	}
	defer s.close()
	var costs [2]float64
	for i, way := range []string{"plain", "lease"} {
		if _, err := s.far(ctx, s.keys[i], warmHits); err != nil {
			return err
		}
		before := processorTime()
		said, err := s.far(ctx, s.keys[i], hitsAsked)
		if err != nil {
			return err
		}
		costs[i] = float64((processorTime() - before).Microseconds()) / hitsAsked
		f := Figure{Name: "hit_" + way + "_cpu", Value: costs[i], Unit: "us", Target: "<=70"}
		r.print(f)
		r.print(Figure{Name: "hit_" + way + "_rate", Value: said.rate, Unit: "hits/s"})
		r.print(Figure{Name: "hit_" + way + "_p50", Value: said.p50, Unit: "ms"})
		r.print(Figure{Name: "hit_" + way + "_p99", Value: said.p99, Unit: "ms"})
	}
	r.print(Figure{Name: "hit_lease_to_plain", Value: costs[1] / costs[0], Unit: "x", Target: "<=1.2"})
	return nil
}

// hitServer is the collector behind a socket of its own.
type hitServer struct {
	core, events *store.DB
	server       *http.Server
	at           string
	keys         [2][]string // of the sites that show one number, and of those that lease
}

func (s *hitServer) open(ctx context.Context, dsn string) (err error) {
	options := store.Options{DSN: dsn}
	if s.core, err = openStore(ctx, options); err != nil {
		return err
	}
	if s.events, err = openStore(ctx, options.Of(store.Events)); err != nil {
		return err
	}
	for n := range hitProjects {
		if err := s.found(ctx, n); err != nil {
			return err
		}
	}
	listener, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		return err
	}
	s.at = listener.Addr().String()
	hits := widget.NewCollector(tracking.NewCollector(s.core, s.events), time.Now, slog.New(slog.DiscardHandler))
	s.server = &http.Server{ReadHeaderTimeout: time.Minute, Handler: http.HandlerFunc(func(w http.ResponseWriter, q *http.Request) {
		q.RemoteAddr = q.Header.Get("X-From") // as if each browser had an address of its own
		hits.ServeHTTP(w, q)
	})}
	go func() { _ = s.server.Serve(listener) }()
	return nil
}

func (s *hitServer) close() {
	_ = s.server.Close()
	_ = errors.Join(s.core.Close(), s.events.Close())
}

// found opens a project with its two sites.
func (s *hitServer) found(ctx context.Context, n int) error {
	id, b, at := ident.ProjectID(fmt.Sprintf("h%02d", n)), billing.New(pricebook.Shipped()), time.Now().Add(-48*time.Hour)
	var numbers []phone.Number
	for i := range hitNumbers {
		numbers = append(numbers, phone.Number(fmt.Sprintf("+38044%03d%04d", 300+n, i)))
	}
	err := s.core.Write(ctx, func(ctx context.Context, tx *store.Tx) error {
		if _, err := b.Open(ctx, tx, project.Opening{ID: id, Name: "Bench", Country: "UA", TimeZone: "Europe/Kyiv", Book: "ringostat"}, 0, at); err != nil {
			return err
		}
		if _, err := b.Pay(ctx, tx, id, billing.Payment{ID: "1", Amount: 1_000_000_000 * money.Unit, Method: "bank"}, at); err != nil {
			return err
		}
		for _, number := range numbers {
			if err := b.RentNumber(ctx, tx, id, pricing.Number{Number: string(number), Owner: billing.OwnedByCustomer, Kind: "local", Use: "tracking"}, at); err != nil {
				return err
			}
		}
		return nil
	})
	if err != nil {
		return err
	}
	p, err := access.NewGate(s.core).Enter(ctx, access.ByKey(account.Key{ID: "bench", Scope: account.Operator}, audit.Program("bench")), ident.ProjectOrg(id), at)
	if err != nil {
		return err
	}
	return s.core.Write(ctx, func(ctx context.Context, tx *store.Tx) error {
		return s.setUp(ctx, tx, tracking.New(b, rand.Reader), p, numbers, at)
	})
}

func (s *hitServer) setUp(ctx context.Context, tx *store.Tx, t *tracking.Service, p access.Permit, numbers []phone.Number, at time.Time) error {
	pool, err := t.AddPool(ctx, tx, p, tracking.Pool{Name: "All"}, at)
	if err != nil {
		return err
	}
	if err := t.AddToPool(ctx, tx, p, pool.ID, numbers[1:], at); err != nil {
		return err
	}
	for i, show := range []swap.Showing{{Target: "t1", Do: swap.Fixed, Number: numbers[0]}, {Target: "t1", Do: swap.Lease, Pool: string(pool.ID)}} {
		site, err := t.AddSite(ctx, tx, p, tracking.Site{
			Name: "Bench", Hosts: []string{"shop.example"}, Consent: "full", Targets: []tracking.Target{{ID: "t1", Name: "Sales", Numbers: []phone.Number{"+380443337700"}}},
		}, at)
		if err != nil {
			return err
		}
		if _, err := t.SetRules(ctx, tx, p, site.ID, []swap.Rule{{ID: "all", Name: "All", Show: []swap.Showing{show}}}, 0, at); err != nil {
			return err
		}
		s.keys[i] = append(s.keys[i], site.Key)
	}
	return nil
}

// HitOrder is the argument that makes the benchmark's program the browsers of make bench-hit, so that what they cost is not in the
// figures; the address, the keys and the number of hits follow it.
const HitOrder = "hit-browsers"

// farHits is what the browsers say.
type farHits struct{ rate, p50, p99 float64 }

func (s *hitServer) far(ctx context.Context, keys []string, hits int) (said farHits, err error) {
	program, err := os.Executable()
	if err != nil {
		return said, err
	}
	command := exec.CommandContext(ctx, program, HitOrder, s.at, strings.Join(keys, ","), fmt.Sprint(hits))
	command.Stderr = os.Stderr
	text, err := command.Output()
	if err != nil {
		return said, err
	}
	_, err = fmt.Sscan(string(text), &said.rate, &said.p50, &said.p99)
	return said, err
}

// Browse plays browsers: each opens two pages and lets two heartbeats follow, on a connection that is kept alive.
func Browse(at, keys string, hits int, out io.Writer) error {
	all := strings.Split(keys, ",")
	type done struct {
		waits []time.Duration
		err   error
	}
	results := make(chan done)
	began := time.Now()
	for i := range hitConnections {
		go func() {
			waits, err := browseOn(at, all[i%len(all)], i, hits/hitConnections)
			results <- done{waits, err}
		}()
	}
	var waits latencies
	var err error
	for range hitConnections {
		d := <-results
		waits.all, err = append(waits.all, d.waits...), errors.Join(err, d.err)
	}
	if err != nil {
		return err
	}
	rate := float64(len(waits.all)) / time.Since(began).Seconds()
	_, err = fmt.Fprintln(out, rate, ms(waits.percentile(0.5)), ms(waits.percentile(0.99)))
	return err
}

func browseOn(at, key string, connection, hits int) (waits []time.Duration, err error) {
	conn, err := net.Dial("tcp", at)
	if err != nil {
		return nil, err
	}
	defer func() { _ = conn.Close() }()
	in := bufio.NewReader(conn)
	visitor, visit, seed := "", "", time.Now().UnixNano()
	for n := range hits {
		kind := "page"
		switch n % 4 {
		case 0:
			visitor, visit = "", ""
		case 2, 3:
			kind = "beat"
		}
		body := fmt.Sprintf(`{"k":%q,"e":%q,"c":2,"v":%q,"s":%q,"u":"https://shop.example/catalog/tea?utm_source=google&utm_medium=cpc&utm_campaign=spring&gclid=%d-%d",`+
			`"r":"https://www.google.com/","lu":"","lr":"","l":"uk-UA","z":"Europe/Kyiv","w":412,"x":{},"d":["t1"],"p":"k3v9x0q1z8e","i":"%d-%d-%d"}`,
			key, kind, visitor, visit, connection, n/4, seed, connection, n)
		began := time.Now()
		if _, err := fmt.Fprintf(conn, "POST /hit HTTP/1.1\r\nHost: collect.example\r\nOrigin: https://shop.example\r\nContent-Type: text/plain;charset=UTF-8\r\n"+
			"User-Agent: Mozilla/5.0 (Linux; Android 15; Pixel 9) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/140.0.0.0 Mobile Safari/537.36\r\n"+
			"Accept: */*\r\nAccept-Language: uk-UA,uk;q=0.9\r\nAccept-Encoding: gzip, deflate, br\r\nX-From: 10.%d.%d.%d:5000\r\nContent-Length: %d\r\n\r\n%s",
			connection, n/4/250, n/4%250, len(body), body); err != nil {
			return nil, err
		}
		response, err := http.ReadResponse(in, nil)
		if err != nil {
			return nil, err
		}
		text, err := io.ReadAll(response.Body)
		if err != nil || response.StatusCode != http.StatusOK {
			return nil, fmt.Errorf("a hit is answered %d: %s %w", response.StatusCode, text, err)
		}
		waits = append(waits, time.Since(began))
		visitor, visit = between(string(text), `"v":"`), between(string(text), `"s":"`)
	}
	return waits, nil
}

// between is what stands behind a text, up to the next quote.
func between(text, before string) string {
	_, rest, _ := strings.Cut(text, before)
	value, _, _ := strings.Cut(rest, `"`)
	return value
}
