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
	"sync"
	"time"

	"bellwether/internal/access"
	"bellwether/internal/account"
	"bellwether/internal/audit"
	"bellwether/internal/billing"
	"bellwether/internal/ident"
	"bellwether/internal/money"
	"bellwether/internal/phone"
	"bellwether/internal/pool"
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
	calculations   = 100
)

// takeHits measures what a hit costs, with the answer durable: plain, and with a lease of a number in it.
func takeHits(ctx context.Context, r *Run) error {
	folder, err := os.MkdirTemp("", "bellwether-bench-")
	if err != nil {
		return err
	}
	defer func() { _ = os.RemoveAll(folder) }()
	if err := tagAndCalculator(r); err != nil {
		return err
	}
	s := &hitServer{}
	if err := s.open(ctx, "sqlite:"+folder+"/core.db"); err != nil {
		return err
	}
	defer s.close()
	if err := s.compare(ctx, r); err != nil {
		return err
	}
	if err := s.closed(ctx, r); err != nil {
		return err
	}
	s.time.slow()
	return s.crowd(ctx, r)
}

// tagAndCalculator measures what a browser loads, and what one answer of the calculator takes, as its page and the API ask for it.
func tagAndCalculator(r *Run) error {
	core, all := widget.Size()
	r.print(Figure{Name: "tag_core", Value: float64(core), Unit: "bytes", Target: "<=2048"})
	r.print(Figure{Name: "tag_all", Value: float64(all), Unit: "bytes", Target: "<=5000"})
	for _, visits := range []float64{100, 1000, 20_000} { // a day
		plan := pool.Plan{Visits: pool.UsualDay(visits), Length: 3 * time.Minute, Hold: 150 * time.Second, Weights: pool.DefaultWeights(), Shares: []float64{4, 3, 2, 1}, Target: 0.95}
		var waits latencies
		for range calculations {
			began := time.Now()
			if _, err := pool.Calculate(plan); err != nil {
				return err
			}
			waits.all = append(waits.all, time.Since(began))
		}
		name := fmt.Sprintf("calculator_%.0f_visits", visits)
		r.print(Figure{Name: name + "_p50", Value: ms(waits.percentile(0.5)), Unit: "ms"})
		r.print(Figure{Name: name + "_p99", Value: ms(waits.percentile(0.99)), Unit: "ms", Target: "<=100"})
	}
	return nil
}

// paced is a clock that runs faster than time: browsers that come as fast as they can have visits of minutes, so numbers become free for the
// next ones, and few of the visits are taken for made up.
type paced struct {
	mu     sync.Mutex
	from   time.Time // of the clock
	since  time.Time // when it showed that
	factor int
}

// hurry is how many seconds of visitors pass in one.
const hurry = 600

func newPaced() *paced { return &paced{from: time.Now(), since: time.Now(), factor: hurry} }

func (p *paced) now() time.Time {
	p.mu.Lock()
	defer p.mu.Unlock()
	return p.from.Add(time.Since(p.since) * time.Duration(p.factor))
}

// slow lets it go on as time does.
func (p *paced) slow() {
	now := p.now()
	p.mu.Lock()
	defer p.mu.Unlock()
	p.from, p.since, p.factor = now, time.Now(), 1
}

// rounds are how often plain hits and hits with leases take turns, so that neither has the smaller database or the quieter machine.
const rounds = 4

// compare measures plain hits and such with leases, on connections that are kept.
func (s *hitServer) compare(ctx context.Context, r *Run) error {
	var costs [2]float64
	said := [2]farHits{}
	for round := range rounds + 1 {
		for i := range costs {
			hits := hitsAsked / rounds
			if round == 0 {
				hits = warmHits
			}
			before := processorTime()
			one, err := s.far(ctx, s.keys[i], hits, KeptOpen)
			if err != nil {
				return err
			}
			if round > 0 {
				costs[i] += float64((processorTime() - before).Microseconds()) / hitsAsked
				said[i] = said[i].worse(one)
			}
		}
	}
	targets := []string{"<=70", ""} // what a lease may cost on top is the ratio below
	for i, way := range []string{"plain", "lease"} {
		r.print(Figure{Name: "hit_" + way + "_cpu", Value: costs[i], Unit: "us", Target: targets[i]})
		r.print(Figure{Name: "hit_" + way + "_rate", Value: said[i].rate, Unit: "hits/s"})
		r.print(Figure{Name: "hit_" + way + "_p50", Value: said[i].p50, Unit: "ms"})
		r.print(Figure{Name: "hit_" + way + "_p99", Value: said[i].p99, Unit: "ms"})
	}
	r.print(Figure{Name: "hit_lease_to_plain", Value: costs[1] / costs[0], Unit: "x", Target: "<=1.2"})
	return nil
}

// closed measures hits of which each has a connection of its own.
func (s *hitServer) closed(ctx context.Context, r *Run) error {
	said, err := s.far(ctx, s.keys[1], hitsAsked/rounds, ShutEach)
	if err != nil {
		return err
	}
	r.print(Figure{Name: "hit_closed_p50", Value: said.p50, Unit: "ms"})
	r.print(Figure{Name: "hit_closed_p99", Value: said.p99, Unit: "ms"})
	return nil
}

// crowd measures what 10,000 visitors cost who are on sites at once: each on a connection of its own, with a heartbeat each 15 seconds.
func (s *hitServer) crowd(ctx context.Context, r *Run) error {
	before, began := processorTime(), time.Now()
	said, err := s.far(ctx, s.keys[1], crowdSize*crowdHits, Crowd)
	if err != nil {
		return err
	}
	share := float64(processorTime()-before) / float64(time.Since(began)) * 100
	r.print(Figure{Name: "visitors_10000_cpu", Value: share, Unit: "% of a core"})
	r.print(Figure{Name: "visitors_10000_p50", Value: said.p50, Unit: "ms"})
	r.print(Figure{Name: "visitors_10000_p99", Value: said.p99, Unit: "ms"})
	return nil
}

// hitServer is the collector behind a socket of its own.
type hitServer struct {
	core, events *store.DB
	server       *http.Server
	at           string
	time         *paced
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
	s.time = newPaced()
	hits := widget.NewCollector(tracking.NewCollector(s.core, s.events), s.time.now, slog.New(slog.DiscardHandler))
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

// How the browsers have their connections.
const (
	KeptOpen = "kept"   // 64, kept open: as many hits as they can
	ShutEach = "closed" // one a hit
	Crowd    = "crowd"  // one a visitor, of whom 10,000 are on the sites at once; a hit each 15 seconds
)

const (
	crowdSize = 10_000
	crowdHits = 2 // of each visitor: a page and a heartbeat
	crowdBeat = 15 * time.Second
)

// farHits is what the browsers say.
type farHits struct{ rate, p50, p99 float64 }

// worse is the lower rate and the longer waits of two.
func (f farHits) worse(g farHits) farHits {
	if f.rate == 0 {
		return g
	}
	return farHits{min(f.rate, g.rate), max(f.p50, g.p50), max(f.p99, g.p99)}
}

func (s *hitServer) far(ctx context.Context, keys []string, hits int, how string) (said farHits, err error) {
	program, err := os.Executable()
	if err != nil {
		return said, err
	}
	command := exec.CommandContext(ctx, program, HitOrder, s.at, strings.Join(keys, ","), fmt.Sprint(hits), how)
	command.Stderr = os.Stderr
	text, err := command.Output()
	if err != nil {
		return said, err
	}
	_, err = fmt.Sscan(string(text), &said.rate, &said.p50, &said.p99)
	return said, err
}

// Browse plays browsers: each opens two pages and lets two heartbeats follow, on connections of one of the kinds above.
func Browse(at, keys string, hits int, how string, out io.Writer) error {
	all, connections := strings.Split(keys, ","), hitConnections
	if how == Crowd {
		connections = crowdSize
	}
	type done struct {
		waits []time.Duration
		err   error
	}
	results := make(chan done, connections)
	began := time.Now()
	for i := range connections {
		b := browser{at: at, key: all[i%len(all)], nth: i, how: how}
		go func() {
			waits, err := b.browse(hits / connections)
			b.hangUp()
			results <- done{waits, err}
		}()
	}
	var waits latencies
	var err error
	for range connections {
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

// browser is one of them.
type browser struct {
	at, key string
	nth     int
	how     string
	conn    net.Conn
	in      *bufio.Reader
}

func (b *browser) dial() (err error) {
	if b.conn != nil {
		return nil
	}
	if b.conn, err = net.Dial("tcp", b.at); err == nil {
		b.in = bufio.NewReaderSize(b.conn, 1024)
	}
	return err
}

func (b *browser) hangUp() {
	if b.conn != nil {
		_ = b.conn.Close()
		b.conn = nil
	}
}

// pace waits for a visitor's next hit: they come one after another through all of a heartbeat's time.
func (b *browser) pace(n int, began time.Time) {
	if b.how == Crowd {
		time.Sleep(time.Until(began.Add(time.Duration(n)*crowdBeat + crowdBeat/crowdSize*time.Duration(b.nth))))
	}
}

func (b *browser) browse(hits int) (waits []time.Duration, err error) {
	begun := time.Now()
	visitor, visit, seed := "", "", time.Now().UnixNano()
	for n := range hits {
		b.pace(n, begun)
		kind := "page"
		switch n % 4 {
		case 0:
			visitor, visit = "", ""
		case 1:
			if b.how == Crowd {
				kind = "beat"
			}
		case 2, 3:
			kind = "beat"
		}
		body := fmt.Sprintf(`{"k":%q,"e":%q,"c":2,"v":%q,"s":%q,"u":"https://shop.example/catalog/tea?utm_source=google&utm_medium=cpc&utm_campaign=spring&gclid=%d-%d",`+
			`"r":"https://www.google.com/","lu":"","lr":"","l":"uk-UA","z":"Europe/Kyiv","w":412,"x":{},"d":["t1"],"p":"k3v9x0q1z8e","i":"%d-%d-%d"}`,
			b.key, kind, visitor, visit, b.nth, n/4, seed, b.nth, n)
		began := time.Now()
		text, err := b.send(body, n)
		if err != nil {
			return nil, err
		}
		waits = append(waits, time.Since(began))
		visitor, visit = between(text, `"v":"`), between(text, `"s":"`)
	}
	return waits, nil
}

// send sends a hit and gives the answer.
func (b *browser) send(body string, n int) (string, error) {
	if err := b.dial(); err != nil {
		return "", err
	}
	if b.how == ShutEach {
		defer b.hangUp()
	}
	if _, err := fmt.Fprintf(b.conn, "POST /hit HTTP/1.1\r\nHost: collect.example\r\nOrigin: https://shop.example\r\nContent-Type: text/plain;charset=UTF-8\r\n"+
		"User-Agent: Mozilla/5.0 (Linux; Android 15; Pixel 9) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/140.0.0.0 Mobile Safari/537.36\r\n"+
		"Accept: */*\r\nAccept-Language: uk-UA,uk;q=0.9\r\nAccept-Encoding: gzip, deflate, br\r\nX-From: 10.%d.%d.%d:5000\r\nContent-Length: %d\r\n\r\n%s",
		b.nth/250+n/4/250, b.nth%250, n/4%250, len(body), body); err != nil {
		return "", err
	}
	response, err := http.ReadResponse(b.in, nil)
	if err != nil {
		return "", err
	}
	text, err := io.ReadAll(response.Body)
	if err != nil || response.StatusCode != http.StatusOK {
		return "", fmt.Errorf("a hit is answered %d: %s %w", response.StatusCode, text, err)
	}
	return string(text), nil
}

// between is what stands behind a text, up to the next quote.
func between(text, before string) string {
	_, rest, _ := strings.Cut(text, before)
	value, _, _ := strings.Cut(rest, `"`)
	return value
}
