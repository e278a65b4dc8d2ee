package bench

import (
	"bufio"
	"context"
	"crypto/rand"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"math/big"
	"net"
	"net/http"
	"net/netip"
	"os"
	"strings"
	"time"

	"bellwether/internal/access"
	"bellwether/internal/account"
	"bellwether/internal/app"
	"bellwether/internal/audit"
	"bellwether/internal/billing"
	"bellwether/internal/config"
	"bellwether/internal/dialplan"
	"bellwether/internal/ident"
	"bellwether/internal/money"
	"bellwether/internal/phone"
	"bellwether/internal/pricebook"
	"bellwether/internal/pricing"
	"bellwether/internal/project"
	"bellwether/internal/routing"
	"bellwether/internal/sip"
	"bellwether/internal/store"
	"bellwether/internal/swap"
	"bellwether/internal/tracking"
	"bellwether/internal/trunk"
	"bellwether/internal/web/cabinet"
)

// What make bench-screen measures: a client calls a number that one visit was shown, and an open live board, told by its stream, shows
// source and campaign while it rings.
const (
	screenCalls  = 200
	screenPool   = 2*screenCalls + 10 // visits that have just begun hold half of a pool at most (Rule C-82)
	screenTarget = "<=300"            // milliseconds, of whoever waits the longest of a hundred
	screenWait   = 5 * time.Second
	screenHost   = "shop.example"
	screenAgent  = "Mozilla/5.0 (Linux; Android 15; Pixel 9) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/140.0.0.0 Mobile Safari/537.36"
)

// callsOnScreen measures how long it takes from an INVITE to the advert on the screen.
func callsOnScreen(ctx context.Context, r *Run) error {
	return r.onEachStore(ctx, func(engine string, o *office) error {
		if err := o.db.Close(); err != nil { // the program opens it now
			return err
		}
		s := &screen{office: o}
		err := s.open(ctx)
		if err == nil {
			err = s.measure(ctx, r, engine)
		}
		return errors.Join(err, s.shut())
	})
}

// screen is a whole node, the carrier before it, and a browser that looks at the live board.
type screen struct {
	*office
	folder  string
	app     *app.App
	url     string
	token   string // of the session of whoever looks
	carrier *sip.Stack
	stop    context.CancelFunc
	served  chan error
}

func (s *screen) open(ctx context.Context) (err error) {
	if s.folder, err = os.MkdirTemp("", "bellwether-bench-"); err != nil {
		return err
	}
	c, err := config.Load(config.Flags{DataDir: s.folder, Database: s.dsn}.Sources(nil))
	if err != nil {
		return err
	}
	c.SIPUDP, c.SIPPublic, c.CallDrain = "127.0.0.1:0", "127.0.0.1", time.Second
	if s.app, err = app.Open(ctx, c, pricebook.Shipped(), app.Options{Log: slog.New(slog.DiscardHandler), Version: "bench", HashCost: account.ForTests}); err != nil {
		return err
	}
	listener, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		return err
	}
	s.url, s.served = "http://"+listener.Addr().String(), make(chan error, 1)
	running, stop := context.WithCancel(ctx)
	s.stop = stop
	go func() { s.served <- s.app.Serve(running, listener) }()
	if err := s.found(ctx); err != nil {
		return err
	}
	return s.connect(ctx)
}

func (s *screen) shut() (err error) {
	if s.carrier != nil {
		s.carrier.Close()
	}
	if s.stop != nil {
		s.stop()
		err = <-s.served
	}
	if s.app != nil {
		err = errors.Join(err, s.app.Close())
	}
	return errors.Join(err, os.RemoveAll(s.folder))
}

// found opens the project, and signs its owner in.
func (s *screen) found(ctx context.Context) error {
	at := time.Now()
	err := s.app.DB.Write(ctx, func(ctx context.Context, tx *store.Tx) error {
		opening := project.Opening{ID: benchProject, Name: "Bench", Country: "UA", TimeZone: "Europe/Kyiv", Book: "ringostat"}
		if _, err := s.app.Billing.Open(ctx, tx, opening, 0, at); err != nil {
			return err
		}
		if _, err := s.app.Billing.Pay(ctx, tx, benchProject, billing.Payment{ID: "1", Amount: 1_000_000 * money.Unit, Method: "bank"}, at); err != nil {
			return err
		}
		for _, n := range s.numbers() {
			number := pricing.Number{Number: string(n), Owner: billing.OwnedByCustomer, Kind: "local", Use: "tracking"}
			if _, err := s.app.Numbers.Bring(ctx, tx, benchProject, number, "", "bench", at); err != nil {
				return err
			}
		}
		return s.app.Billing.SwitchProduct(ctx, tx, benchProject, routing.PBX, true, at)
	})
	if err != nil {
		return err
	}
	owner, err := s.permit(ctx, ident.ProjectOrg(benchProject))
	if err != nil {
		return err
	}
	return s.app.DB.Write(ctx, func(ctx context.Context, tx *store.Tx) error { return s.signIn(ctx, tx, owner, at) })
}

// numbers are the pool's: enough that each visit has one that nobody had before it.
func (s *screen) numbers() (list []phone.Number) {
	for i := range screenPool {
		list = append(list, phone.Number(fmt.Sprintf("+38044333%04d", i)))
	}
	return list
}

func (s *screen) permit(ctx context.Context, org ident.Org) (access.Permit, error) {
	who := access.ByKey(account.Key{ID: "bench", Scope: account.Operator}, audit.Program("bench"))
	return access.NewGate(s.app.DB).Enter(ctx, who, org, time.Now())
}

func (s *screen) signIn(ctx context.Context, tx *store.Tx, owner access.Permit, at time.Time) error {
	const email = "owner@example.com"
	by := audit.Program("bench")
	hashed, err := s.app.Door.Hasher.Hash(ctx, "a bell for every sheep", email)
	if err != nil {
		return err
	}
	user, err := account.CreateUser(ctx, tx, by, rand.Reader, account.NewUser{Email: email, Name: email, Language: "en", Password: hashed}, true, at)
	if err != nil {
		return err
	}
	if _, err := access.AddMember(ctx, tx, owner, user.ID, access.Owner, at); err != nil {
		return err
	}
	s.token, _, err = account.OpenSession(ctx, tx, by, rand.Reader, account.NewSession{User: user.ID, Method: account.ByPassword, Lifetime: account.Signed}, at)
	return err
}

// connect makes a carrier that carries the numbers and rings the mobile to which they go, which nobody answers.
func (s *screen) connect(ctx context.Context) (err error) {
	if s.carrier, err = sip.New(sip.Config{Host: "carrier.example", SessionExpires: -1, Limits: sip.Limits{PerKnown: 1_000_000}}); err != nil {
		return err
	}
	s.carrier.Handle(ringing{})
	signals, err := net.ListenPacket("udp4", farIP+":0")
	if err != nil {
		return err
	}
	if err := s.carrier.ServeUDP(signals); err != nil {
		return err
	}
	if err := s.carrier.SetTrunks([]sip.Trunk{{ID: "pbx", Servers: []string{"sip:" + s.app.SIPAddress()}, Probe: -1}}); err != nil {
		return err
	}
	operator, err := s.permit(ctx, ident.Operator)
	if err != nil {
		return err
	}
	owner, err := s.permit(ctx, ident.ProjectOrg(benchProject))
	if err != nil {
		return err
	}
	if err := s.app.DB.Write(ctx, func(ctx context.Context, tx *store.Tx) error {
		return s.route(ctx, tx, operator, owner, signals.LocalAddr().String())
	}); err != nil {
		return err
	}
	s.app.Trunks.Changed()
	for _, n := range s.numbers() {
		s.app.Routing.Changed(benchProject, string(n))
	}
	return nil
}

// route brings each number to the mobile, and lets the site show them to its visitors.
func (s *screen) route(ctx context.Context, tx *store.Tx, operator, owner access.Permit, carrier string) error {
	at := time.Now()
	line, err := s.app.Trunks.Add(ctx, tx, operator, trunk.Trunk{
		Name: "Carrier", Enabled: true, Mode: trunk.ByAddress, Transport: trunk.UDP, Server: carrier, Addresses: []string{farIP},
		Out: trunk.Format{Style: trunk.E164}, In: trunk.Format{Style: trunk.E164}, Policy: trunk.AnyCaller,
	}, "", at)
	if err != nil {
		return err
	}
	ring := dialplan.Ring{Order: dialplan.Together, Seconds: 30, Targets: []dialplan.Target{{Phone: benchMobile}}}
	made, err := s.app.Routing.Make(ctx, tx, owner, "Bench", dialplan.RoutingScheme{Format: dialplan.Format, Steps: []dialplan.RouteStep{{ID: "ring", Ring: &ring}}}, at)
	if err != nil {
		return err
	}
	if made, err = s.app.Routing.Publish(ctx, tx, owner, made.ID, at); err != nil {
		return err
	}
	for _, n := range s.numbers() {
		if err := s.app.Trunks.Carry(ctx, tx, operator, line.ID, string(n), 0, at); err != nil {
			return err
		}
		if err := s.app.Routing.SetScheme(ctx, tx, owner, n, made.ID, "", at); err != nil {
			return err
		}
	}
	return s.track(ctx, tx, owner, at)
}

func (s *screen) track(ctx context.Context, tx *store.Tx, owner access.Permit, at time.Time) error {
	pool, err := s.app.Tracking.AddPool(ctx, tx, owner, tracking.Pool{Name: "All"}, at)
	if err != nil {
		return err
	}
	if err := s.app.Tracking.AddToPool(ctx, tx, owner, pool.ID, s.numbers(), at); err != nil {
		return err
	}
	site, err := s.app.Tracking.AddSite(ctx, tx, owner, tracking.Site{
		Name: "Bench", Hosts: []string{screenHost}, Consent: "full", Targets: []tracking.Target{{ID: "t1", Name: "Sales", Numbers: []phone.Number{"+380443337700"}}},
	}, at)
	if err != nil {
		return err
	}
	_, err = s.app.Tracking.SetRules(ctx, tx, owner, site.ID, []swap.Rule{{ID: "all", Name: "All", Show: []swap.Showing{{Target: "t1", Do: swap.Lease, Pool: string(pool.ID)}}}}, 0, at)
	return err
}

// ringing is a carrier whose mobiles ring until the caller gives up.
type ringing struct{}

func (ringing) Invite(in *sip.Incoming) {
	in.Listen(func(*sip.Leg, sip.Event) {})
	_ = in.Ring()
}

func (s *screen) measure(ctx context.Context, r *Run, engine string) error {
	sites, err := tracking.Sites(ctx, s.app.DB, benchProject)
	if err != nil || len(sites) != 1 {
		return fmt.Errorf("%d sites: %w", len(sites), err)
	}
	browser, err := s.look(ctx)
	if err != nil {
		return err
	}
	defer browser.close()
	if err := s.warmUp(browser); err != nil {
		return err
	}
	var rings, shows, fetches latencies
	missing := 0
	for n := range screenCalls {
		number, err := s.visit(ctx, sites[0].Key, n)
		if err != nil {
			return err
		}
		ring, show, err := s.call(browser, number, fmt.Sprintf("google / cpc / advert-%03d", n))
		if err != nil {
			return err
		}
		rings.all = append(rings.all, ring)
		if show == 0 {
			missing++
			continue
		}
		shows.all, fetches.all = append(shows.all, show), append(fetches.all, browser.fetched)
	}
	name := "screen_" + engine
	r.print(Figure{Name: name + "_board_p50", Value: ms(fetches.percentile(0.5)), Unit: "ms"})
	r.print(Figure{Name: name + "_ring_p50", Value: ms(rings.percentile(0.5)), Unit: "ms"})
	r.print(Figure{Name: name + "_ring_p99", Value: ms(rings.percentile(0.99)), Unit: "ms"})
	r.print(Figure{Name: name + "_advert_p50", Value: ms(shows.percentile(0.5)), Unit: "ms"})
	r.print(Figure{Name: name + "_advert_p99", Value: ms(shows.percentile(0.99)), Unit: "ms", Target: screenTarget})
	r.print(Figure{Name: name + "_advert_missing", Value: float64(missing), Unit: "calls", Target: "<=0"})
	return nil
}

// warmUp calls until the trunk is up and all that a call needs is prepared.
func (s *screen) warmUp(b *browserOfBoard) (err error) {
	const tries, calls = 50, 10
	done := 0
	for range tries {
		if _, _, err = s.call(b, s.numbers()[0], "Ringing"); err == nil {
			done++
		}
		if done == calls {
			return nil
		}
	}
	return fmt.Errorf("no call comes through: %w", err)
}

// visit opens a page of the site as somebody who came by an advert of their own, and gives the number that they are shown.
func (s *screen) visit(ctx context.Context, key string, n int) (phone.Number, error) {
	answer, err := s.app.Collector.Take(ctx, tracking.Hit{
		Key: key, Kind: tracking.PageHit, Consent: tracking.FullConsent, ID: fmt.Sprintf("hit%05d", n), Targets: []string{"t1"},
		URL: fmt.Sprintf("https://%s/?utm_source=google&utm_medium=cpc&utm_campaign=advert-%03d", screenHost, n),
	}, tracking.Sender{Address: netip.AddrFrom4([4]byte{10, byte(n % 250), byte(n / 250), 7}), Agent: screenAgent, Origin: "https://" + screenHost}, time.Now())
	if err != nil {
		return "", err
	}
	number, ok := answer.Numbers["t1"]
	if !ok {
		return "", fmt.Errorf("visit %d is shown no number", n)
	}
	return phone.Number(number), nil
}

// call rings a number and hangs up when its advert is on the screen: the time from the INVITE to the first 180, and to the advert; 0 for
// one that did not come.
func (s *screen) call(b *browserOfBoard, number phone.Number, advert string) (ring, show time.Duration, err error) {
	rang, over := make(chan time.Time, 10), make(chan sip.Event, 1)
	shown := b.awaits(advert)
	idle, err := rand.Int(rand.Reader, big.NewInt(int64(200*time.Millisecond)))
	if err != nil {
		return 0, 0, err
	}
	time.Sleep(time.Duration(idle.Int64())) // calls come at any moment between two looks of the node
	begun := time.Now()
	leg, err := s.carrier.Dial(sip.Target{Trunk: "pbx", User: string(number), From: sip.Party{User: "+380502222222"}, SDP: []byte(screenOffer)}, func(_ *sip.Leg, e sip.Event) {
		switch e.(type) {
		case sip.Ringing, sip.EarlyMedia:
			rang <- time.Now()
		case sip.Refused, sip.Ended, sip.Lost:
			over <- e
		}
	})
	if err != nil {
		return 0, 0, err
	}
	timeout := time.After(screenWait)
	for ring == 0 || show == 0 {
		select {
		case at := <-rang:
			if ring == 0 {
				ring = at.Sub(begun)
			}
		case at := <-shown:
			show = at.Sub(begun)
		case e := <-over:
			return ring, show, fmt.Errorf("the call for %s ended before it was on the screen: %T %+v", advert, e, e)
		case err := <-b.failed:
			return ring, show, err
		case <-timeout:
			leg.Hangup(sip.Normal)
			<-over
			return ring, show, nil
		}
	}
	leg.Hangup(sip.Normal)
	<-over
	return ring, show, nil
}

// screenOffer is the audio of a caller whom nobody answers.
const screenOffer = "v=0\r\no=- 1 1 IN IP4 127.0.0.2\r\ns=-\r\nc=IN IP4 127.0.0.2\r\nt=0 0\r\nm=audio 30000 RTP/AVP 0 8 101\r\na=rtpmap:101 telephone-event/8000\r\n"

// browserOfBoard does what the script of an open live board does: it follows the stream and reads the board anew on each word of it.
type browserOfBoard struct {
	*screen
	stream  *http.Response
	wanted  chan string    // what to look for next
	shown   chan time.Time // when it was there
	failed  chan error
	fetched time.Duration // by the last reading of the board
}

func (s *screen) look(ctx context.Context) (*browserOfBoard, error) {
	b := &browserOfBoard{screen: s, wanted: make(chan string, 1), shown: make(chan time.Time, 1), failed: make(chan error, 1)}
	var err error
	b.stream, err = b.get(ctx, "/live?topics="+cabinet.Topic(ident.ProjectOrg(benchProject), cabinet.TopicCalls))
	if err != nil {
		return nil, err
	}
	go b.follow(ctx)
	return b, nil
}

func (b *browserOfBoard) close() { _ = b.stream.Body.Close() }

// awaits says what to look for; the channel tells when it was read.
func (b *browserOfBoard) awaits(text string) <-chan time.Time {
	for len(b.wanted) > 0 || len(b.shown) > 0 { // the one before never came, or too late
		select {
		case <-b.wanted:
		case <-b.shown:
		default:
		}
	}
	b.wanted <- text
	return b.shown
}

func (b *browserOfBoard) follow(ctx context.Context) {
	lines := bufio.NewScanner(b.stream.Body)
	wanted := ""
	for lines.Scan() {
		if lines.Text() != "event: update" {
			continue
		}
		begun := time.Now()
		board, err := b.board(ctx)
		if err != nil {
			b.failed <- err
			return
		}
		select {
		case wanted = <-b.wanted:
		default:
		}
		if wanted != "" && strings.Contains(board, wanted) {
			b.fetched = time.Since(begun)
			b.shown <- time.Now()
			wanted = ""
		}
	}
}

func (b *browserOfBoard) board(ctx context.Context) (string, error) {
	answer, err := b.get(ctx, "/p/"+string(benchProject)+"/live/now")
	if err != nil {
		return "", err
	}
	defer func() { _ = answer.Body.Close() }()
	text, err := io.ReadAll(answer.Body)
	return string(text), err
}

func (b *browserOfBoard) get(ctx context.Context, path string) (*http.Response, error) {
	r, err := http.NewRequestWithContext(ctx, http.MethodGet, b.url+path, nil)
	if err != nil {
		return nil, err
	}
	r.AddCookie(&http.Cookie{Name: "__Host-session", Value: b.token})
	answer, err := http.DefaultClient.Do(r)
	if err == nil && answer.StatusCode != http.StatusOK {
		err = errors.Join(fmt.Errorf("%s answers %d", path, answer.StatusCode), answer.Body.Close())
	}
	return answer, err
}
