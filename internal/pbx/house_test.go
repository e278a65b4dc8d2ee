package pbx_test

import (
	"context"
	"crypto/rand"
	"crypto/tls"
	"encoding/binary"
	"log/slog"
	"math"
	"net"
	"net/netip"
	"path/filepath"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"bellwether/internal/access"
	"bellwether/internal/account"
	"bellwether/internal/audit"
	"bellwether/internal/billing"
	"bellwether/internal/call"
	"bellwether/internal/charging"
	"bellwether/internal/dialplan"
	"bellwether/internal/ident"
	"bellwether/internal/media"
	"bellwether/internal/media/mediatest"
	"bellwether/internal/money"
	registry "bellwether/internal/number"
	"bellwether/internal/pbx"
	"bellwether/internal/phone"
	"bellwether/internal/pricebook"
	"bellwether/internal/pricing"
	"bellwether/internal/project"
	"bellwether/internal/routing"
	"bellwether/internal/sip"
	"bellwether/internal/sip/siptest"
	"bellwether/internal/staff"
	"bellwether/internal/store"
	"bellwether/internal/store/storetest"
	"bellwether/internal/trunk"
	"bellwether/internal/vault"
)

const (
	shop   = ident.ProjectID("shop")
	number = phone.Number("+380441111111")
	client = "+380502222222"
)

// house is a shop in Kyiv with the PBX, a number, two employees with telephones and a carrier, on real sockets of this
// machine, with real money on SQLite.
type house struct {
	testing.TB
	dsn, key, folder string
	node             string
	vault            *vault.Vault

	db       *store.DB
	billing  *billing.Service
	charging *charging.Service
	routing  *routing.Service
	staff    *staff.Service
	trunks   *trunk.Service
	files    call.Files
	stack    *sip.Stack
	engine   *media.Engine
	pbx      *pbx.PBX
	messages chan call.MessageLeft

	crm       func(context.Context, pbx.Asked, call.Origin) (string, dialplan.Asked)
	promo     func(context.Context, pbx.Asked, string) (call.Origin, error)
	origin    func(context.Context, pbx.Asked) (call.Origin, error) // call tracking; nil for none
	running   bool
	ready     atomic.Bool
	channels  int              // of trunks that are added; 0 for no bound
	out       trunk.Format     // of those trunks
	shown     *tls.Certificate // what we show over TLS, and who shows it is trusted; nil: there is no TLS
	secure    string           // where we listen for it
	counted   sync.Map         // what the stack has counted: an *atomic.Int64 by its name
	outward   bool             // what projects write leads to the public network only, and not to this machine
	deadAfter time.Duration    // silence of a leg that ends it
	late      atomic.Int64     // how far the clock of the node is ahead of the machine's
	recovers  time.Duration    // how often it looks for calls of dead nodes; 0 for what it does
	at        string           // of our SIP socket
	carrier   *siptest.Phone
	began     time.Time
	people    map[string]person
}

// person is an employee and what their telephone signs in with.
type person struct {
	id             staff.EmployeeID
	user, password string
}

func newHouse(t testing.TB, funds string, change ...func(*house)) *house {
	t.Helper()
	return newHouseOn(t, storetest.SQLiteDSN(t), funds, change...)
}

func newHouseOn(t testing.TB, dsn, funds string, change ...func(*house)) *house {
	t.Helper()
	key, err := vault.NewKey(rand.Reader, "k1")
	if err != nil {
		t.Fatal(err)
	}
	h := build(t, dsn, key, t.TempDir())
	for _, do := range change {
		do(h)
	}
	h.found(funds)
	h.hire("olena", "201")
	h.hire("petro", "202")
	h.open("127.0.0.1:0", func() time.Time { return time.Now().Add(time.Duration(h.late.Load())) })
	h.connectCarrier()
	return h
}

// build makes the parts of a node on a database.
func build(t testing.TB, dsn, key, folder string) *house {
	t.Helper()
	v, err := vault.Parse(key)
	if err != nil {
		t.Fatal(err)
	}
	h := &house{TB: t, node: "n1", dsn: dsn, key: key, folder: folder, vault: v, people: map[string]person{}, messages: make(chan call.MessageLeft, 10), began: time.Now(), deadAfter: time.Minute}
	h.out = trunk.Format{Style: trunk.E164}
	h.load()
	t.Cleanup(h.unload)
	return h
}

// load opens the database and makes the domains on it.
func (h *house) load() {
	h.Helper()
	var err error
	if h.db, err = store.Open(context.Background(), store.Options{DSN: h.dsn}); err != nil {
		h.Fatal(err)
	}
	books := pricebook.Shipped()
	h.billing = billing.New(books)
	h.charging = charging.New(h.db, books, h.billing, project.NewCache())
	h.charging.Lost = pbx.SettleLost
	h.routing = routing.New(h.db, h.billing, filepath.Join(h.folder, "prompts"), rand.Reader)
	h.staff, h.trunks, h.files = staff.New(h.db, h.vault, rand.Reader), trunk.New(h.db, h.vault, rand.Reader), call.FilesIn(h.folder)
}

func (h *house) unload() {
	if err := h.db.Close(); err != nil {
		h.Error(err)
	}
}

// found opens the project.
func (h *house) found(funds string) {
	h.Helper()
	h.foundAs(shop, number, funds)
}

// foundAs opens a project with a number of its own.
func (h *house) foundAs(id ident.ProjectID, number phone.Number, funds string) {
	h.Helper()
	h.must(func(ctx context.Context, tx *store.Tx) error {
		at := h.began.Add(-48 * time.Hour)
		if _, err := h.billing.Open(ctx, tx, project.Opening{ID: id, Name: "Shop", Country: "UA", TimeZone: "Europe/Kyiv", Book: "ringostat"}, 0, at); err != nil {
			return err
		}
		if _, err := h.billing.Pay(ctx, tx, id, billing.Payment{ID: "p1 " + string(id), Amount: money.MustParse(funds), Method: "bank"}, at); err != nil {
			return err
		}
		if _, err := registry.New(h.db, h.billing).Bring(ctx, tx, id, pricing.Number{Number: string(number), Kind: "local", Use: "pbx"}, "", "test", at); err != nil {
			return err
		}
		return h.billing.SwitchProduct(ctx, tx, id, routing.PBX, true, at)
	})
}

func (h *house) do(fn func(ctx context.Context, tx *store.Tx) error) error {
	return h.db.Write(context.Background(), fn)
}

func (h *house) must(fn func(ctx context.Context, tx *store.Tx) error) {
	h.Helper()
	if err := h.do(fn); err != nil {
		h.Fatal(err)
	}
}

func (h *house) permit(org ident.Org) access.Permit {
	h.Helper()
	p, err := access.NewGate(h.db).Enter(context.Background(), access.ByKey(account.Key{ID: "test", Scope: account.Operator}, audit.Program("test")), org, h.began)
	if err != nil {
		h.Fatal(err)
	}
	return p
}

func (h *house) hire(name, extension string) {
	h.Helper()
	permit := h.permit(ident.ProjectOrg(shop))
	h.must(func(ctx context.Context, tx *store.Tx) error {
		e, err := h.staff.Add(ctx, tx, permit, staff.Draft{Name: name, Extension: extension}, h.began)
		if err != nil {
			return err
		}
		a, err := h.staff.OpenAccount(ctx, tx, permit, e.ID, "", 0, h.began)
		h.people[name] = person{e.ID, a.UserName, a.Password}
		return err
	})
}

// route publishes a scheme for the number.
func (h *house) route(steps ...dialplan.RouteStep) {
	h.Helper()
	permit := h.permit(ident.ProjectOrg(shop))
	h.must(func(ctx context.Context, tx *store.Tx) error {
		made, err := h.routing.Make(ctx, tx, permit, "Main "+time.Now().String(), dialplan.RoutingScheme{Format: dialplan.Format, Steps: steps}, h.began)
		if err != nil {
			return err
		}
		if made, err = h.routing.Publish(ctx, tx, permit, made.ID, h.began); err != nil {
			return err
		}
		return h.routing.SetScheme(ctx, tx, permit, number, made.ID, "", h.began)
	})
	h.routing.Changed(shop, string(number))
}

func (h *house) settings(change func(*routing.Settings)) {
	h.Helper()
	h.must(func(ctx context.Context, tx *store.Tx) error {
		s, err := routing.GetSettings(ctx, tx, shop)
		if err != nil {
			return err
		}
		change(&s)
		return h.routing.SetSettings(ctx, tx, h.permit(ident.ProjectOrg(shop)), s, h.began)
	})
	h.routing.Changed(shop, string(number))
}

// ring is a step that rings employees.
func (h *house) ring(names ...string) dialplan.RouteStep {
	step := dialplan.RouteStep{ID: "ring", Ring: &dialplan.Ring{Order: dialplan.Together, Seconds: 10}}
	for _, name := range names {
		step.Ring.Targets = append(step.Ring.Targets, dialplan.Target{Employee: string(h.people[name].id)})
	}
	return step
}

// open starts a node at an address, with a clock.
func (h *house) open(at string, now func() time.Time) {
	h.Helper()
	conn, err := net.ListenPacket("udp4", at)
	if err != nil {
		h.Fatal(err)
	}
	h.at = conn.LocalAddr().String()
	if h.engine, err = media.New(media.Config{Addr: netip.MustParseAddr("127.0.0.1"), FirstPort: 20000, LastPort: 30000, Loops: 1, Loopback: true, DeadAfter: h.deadAfter}); err != nil {
		h.Fatal(err)
	}
	h.stack, err = sip.New(sip.Config{
		Host: staff.Realm, Accounts: pbx.Accounts{Staff: h.staff, Now: now}, SessionExpires: -1, KeepAlive: -1, Presence: h.presence, Trunk: h.trunkChanged,
		Choose: h.choose, Inward: !h.outward, Wire: h.wire(),
	})
	if err != nil {
		h.Fatal(err)
	}
	if err := h.stack.ServeUDP(conn); err != nil {
		h.Fatal(err)
	}
	h.serveTLS()
	h.pbx = pbx.New(pbx.Config{
		DB: h.db, Charging: h.charging, Routing: h.routing, Staff: h.staff, Trunks: h.trunks, Files: h.files, Stack: h.stack, Media: h.engine, Now: now,
		RecoverEvery: h.recovers, Node: h.node, Domain: "pbx.example", Voicemail: h.hasMessage, Log: slog.New(slog.NewTextHandler(h.Output(), nil)),
		Origin: h.origin, Owner: h.crm, Promo: h.promo,
	})
	h.running = true
	h.ready.Store(true)
	h.Cleanup(h.close)
}

// presence and trunkChanged pass on what the stack tells, once there is a PBX.
func (h *house) presence(account string, online bool) {
	if h.ready.Load() {
		h.pbx.Registered(account, online)
	}
}

func (h *house) trunkChanged(id string, up bool, why string) {
	if h.ready.Load() {
		h.pbx.TrunkChanged(id, up, why)
	}
}

func (h *house) choose(ctx context.Context, among []string, number string) (string, error) {
	return h.pbx.Choose(ctx, among, number)
}

func (h *house) close() {
	if !h.running {
		return
	}
	h.running = false
	h.ready.Store(false)
	ctx, cancel := context.WithTimeout(context.Background(), 10*time.Second)
	defer cancel()
	if err := h.pbx.Close(ctx); err != nil {
		h.Error(err)
	}
	h.stack.Close()
	h.engine.Close()
}

func (h *house) listen(ip string) net.PacketConn {
	h.Helper()
	conn, err := net.ListenPacket("udp4", ip+":0")
	if err != nil {
		h.Fatal(err)
	}
	return conn
}

// connectCarrier makes the operator's trunk, at an address of its own on loopback.
func (h *house) connectCarrier() {
	h.Helper()
	h.carrier = h.addCarrier("127.0.0.2", 100, 0)
}

// addCarrier makes a trunk at an address; the lower its priority, the earlier it is tried. most bounds the calls to our number.
func (h *house) addCarrier(ip string, priority, most int) *siptest.Phone {
	h.Helper()
	conn := h.listen(ip)
	carrier := siptest.NewPhone(h, conn, "sip:"+h.at, "carrier", "")
	h.addTrunk(conn.LocalAddr().String(), priority, most)
	return carrier
}

// addTrunk makes a trunk of the operator to an address, from which alone it takes calls.
func (h *house) addTrunk(server string, priority, most int) {
	h.Helper()
	ip, _, err := net.SplitHostPort(server)
	if err != nil {
		h.Fatal(err)
	}
	permit := h.permit(ident.Operator)
	h.must(func(ctx context.Context, tx *store.Tx) error {
		t, err := h.trunks.Add(ctx, tx, permit, trunk.Trunk{
			Name: "Carrier " + ip, Enabled: true, Priority: priority, Mode: trunk.ByAddress, Transport: trunk.UDP, Server: server, Addresses: []string{ip},
			MostChannels: h.channels, Out: h.out, In: trunk.Format{Style: trunk.E164}, Policy: trunk.AnyCaller,
		}, "", h.began)
		if err != nil {
			return err
		}
		return h.trunks.Carry(ctx, tx, permit, t.ID, string(number), most, h.began)
	})
	h.trunks.Changed()
	if err := h.pbx.SetTrunks(context.Background()); err != nil {
		h.Fatal(err)
	}
}

// phone is an employee's telephone, registered. What it does is said here where somebody waits for the employee already.
func (h *house) phone(name string, does ...func(*sip.Incoming)) *siptest.Phone {
	h.Helper()
	p := h.people[name]
	return siptest.NewPhone(h, h.listen("127.0.0.3"), "sip:"+h.at, p.user, p.password, does...)
}

// voice is somebody with a telephone at their ear: an RTP peer that speaks a tone of its own.
func (h *house) voice(hz float64) *mediatest.Peer {
	h.Helper()
	v := mediatest.New(h)
	v.Speak(hz)
	return v
}

// takes lets a phone answer with a voice.
func takes(v *mediatest.Peer) func(*sip.Incoming) {
	return func(in *sip.Incoming) {
		_ = in.Ring()
		_ = in.Answer(v.Answer(in.Offer))
	}
}

// calls is the client calling our number through the carrier; the call was answered when it returns.
func (h *house) calls(v *mediatest.Peer) *siptest.PhoneCall {
	h.Helper()
	c := h.rings(v)
	answered, ok := siptest.Await[sip.Answered](c)
	if !ok {
		h.Fatal("nobody answers the client")
	}
	v.Accept(answered.SDP)
	return c
}

func (h *house) rings(v *mediatest.Peer) *siptest.PhoneCall {
	h.Helper()
	c := &siptest.PhoneCall{Events: make(chan sip.Event, 1000)}
	leg, err := h.carrier.Stack.Dial(sip.Target{Trunk: "pbx", User: string(number), From: sip.Party{User: client}, SDP: v.Offer()}, func(_ *sip.Leg, e sip.Event) { c.Events <- e })
	if err != nil {
		h.Fatal(err)
	}
	c.Leg = leg
	return c
}

// logged waits until no call goes on, and gives the last one with its legs and timeline.
func (h *house) logged() call.Detail {
	h.Helper()
	h.until("the calls end", func() bool { return h.pbx.Calls() == 0 })
	return h.last()
}

// last is the last call of the log, with its legs and timeline.
func (h *house) last() call.Detail {
	h.Helper()
	window, err := call.Look(h.permit(ident.ProjectOrg(shop)), access.View)
	if err != nil {
		h.Fatal(err)
	}
	var id call.ID
	if err := h.db.Snapshot(context.Background(), func(ctx context.Context, q store.Querier) error {
		list, err := window.List(ctx, q, call.Filter{}, call.NewestFirst, 0, 1)
		if len(list) > 0 {
			id = list[0].ID
		}
		return err
	}); err != nil {
		h.Fatal(err)
	}
	if id == 0 {
		return call.Detail{}
	}
	return h.detail(id)
}

// detail is a call of the log, with its legs and timeline.
func (h *house) detail(id call.ID) (d call.Detail) {
	h.Helper()
	window, err := call.Look(h.permit(ident.ProjectOrg(shop)), access.View)
	if err != nil {
		h.Fatal(err)
	}
	if err := h.db.Snapshot(context.Background(), func(ctx context.Context, q store.Querier) (err error) {
		d, err = window.Detail(ctx, q, id)
		return err
	}); err != nil {
		h.Fatal(err)
	}
	h.retell(d)
	return d
}

// until waits for what other goroutines bring about.
func (h *house) until(what string, is func() bool) {
	h.Helper()
	tick := time.NewTicker(5 * time.Millisecond)
	defer tick.Stop()
	timeout := time.After(20 * time.Second)
	for !is() {
		select {
		case <-tick.C:
		case <-timeout:
			h.Fatal("in vain: ", what)
		}
	}
}

// nothingIsOpen fails where money stays reserved.
func (h *house) nothingIsOpen() {
	h.Helper()
	if err := h.db.Snapshot(context.Background(), func(ctx context.Context, q store.Querier) error {
		open, err := charging.OpenLegs(ctx, q, shop)
		if len(open) > 0 {
			h.Errorf("legs are open: %+v", open)
		}
		return err
	}); err != nil {
		h.Fatal(err)
	}
}

// charged are the project's legs as money knows them: kind, seconds, state.
func (h *house) charged() (legs []charging.Leg) {
	h.Helper()
	if err := h.db.Snapshot(context.Background(), func(ctx context.Context, q store.Querier) error {
		page, err := charging.Legs(ctx, q, charging.LegFilter{Project: shop, Limit: 100})
		legs = page.Legs
		return err
	}); err != nil {
		h.Fatal(err)
	}
	return legs
}

// talks lets a call go on for the shortest talk that costs something.
func (h *house) talks() {
	h.Helper()
	begun := time.Now()
	h.until("a second passes", func() bool { return time.Since(begun) > 1100*time.Millisecond })
}

func (h *house) block(pattern string) {
	h.Helper()
	permit := h.permit(ident.ProjectOrg(shop))
	h.must(func(ctx context.Context, tx *store.Tx) error {
		_, err := h.routing.Block(ctx, tx, permit, pattern, "", h.began)
		return err
	})
}

// prompt is a sound of 600 Hz that the project has uploaded.
func (h *house) prompt() string {
	h.Helper()
	stored, err := h.routing.Store(wav(600, 2*time.Second))
	if err != nil {
		h.Fatal(err)
	}
	permit := h.permit(ident.ProjectOrg(shop))
	var id routing.PromptID
	h.must(func(ctx context.Context, tx *store.Tx) error {
		p, err := h.routing.AddPrompt(ctx, tx, permit, "Welcome", routing.Announcement, stored, "", "", h.began)
		id = p.ID
		return err
	})
	return string(id)
}

// wav is a tone as a WAV file of 16 bits at 8 kHz.
func wav(hz float64, length time.Duration) []byte {
	samples := int(length.Seconds() * 8000)
	file := []byte("RIFF\x00\x00\x00\x00WAVEfmt \x10\x00\x00\x00\x01\x00\x01\x00\x40\x1f\x00\x00\x80\x3e\x00\x00\x02\x00\x10\x00data")
	file = binary.LittleEndian.AppendUint32(file, uint32(samples*2))
	for i := range samples {
		file = binary.LittleEndian.AppendUint16(file, uint16(int16(8000*math.Sin(2*math.Pi*hz*float64(i)/8000))))
	}
	binary.LittleEndian.PutUint32(file[4:], uint32(len(file)-8))
	return file
}

// hasMessage is told of voicemails.
func (h *house) hasMessage(_ context.Context, _ *store.Tx, m call.MessageLeft) error {
	h.messages <- m
	return nil
}
