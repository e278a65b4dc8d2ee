package bench

import (
	"bufio"
	"context"
	"crypto/rand"
	"errors"
	"fmt"
	"io"
	"net"
	"net/netip"
	"os"
	"os/exec"
	"path/filepath"
	"runtime"
	"strings"
	"syscall"
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
	"bellwether/internal/money"
	registry "bellwether/internal/number"
	"bellwether/internal/pbx"
	"bellwether/internal/pricebook"
	"bellwether/internal/pricing"
	"bellwether/internal/project"
	"bellwether/internal/routing"
	"bellwether/internal/sip"
	"bellwether/internal/staff"
	"bellwether/internal/store"
	"bellwether/internal/trunk"
	"bellwether/internal/vault"
)

// What make bench-sip measures: a client calls our number over a trunk, and the call is put through to a mobile over the
// trunk, so that it is charged; the log is written; the audio is relayed.
const (
	benchNumber  = "+380441111111"
	benchMobile  = "+380671234567"
	benchProject = ident.ProjectID("bench")

	stormCalls = 2000 // calls set up as fast as they go
	stormLines = 64   // ... so many at once
	pacedCalls = 1000
	pacedRate  = 100 // a second
	heldCalls  = 100
	heldFor    = 8 // seconds of audio
)

// FarOrder is the argument that makes the benchmark's program the far side.
const FarOrder = "sip-far-side"

// callsBySIP measures whole calls by SIP with charging, on SQLite.
func callsBySIP(ctx context.Context, r *Run) error {
	o, err := r.openSQLite(ctx)
	if err != nil {
		return err
	}
	s := &switchboard{office: o}
	return errors.Join(s.measure(ctx, r), o.close())
}

// switchboard is a PBX under load, and the process on its far side.
type switchboard struct {
	*office
	routing *routing.Service
	trunks  *trunk.Service
	staff   *staff.Service
	stack   *sip.Stack
	media   *media.Engine
	pbx     *pbx.PBX
	at      string // our SIP socket
	far     *farProcess
	now     time.Time
}

func (s *switchboard) measure(ctx context.Context, r *Run) error {
	if err := s.found(ctx); err != nil {
		return err
	}
	if err := s.open(); err != nil {
		return err
	}
	defer s.shut(ctx)
	var err error
	if s.far, err = startFar(ctx); err != nil {
		return err
	}
	defer s.far.stop()
	if err := s.connect(ctx); err != nil {
		return err
	}
	if _, err := s.far.order("calls 200 16"); err != nil { // plans and statements are prepared
		return err
	}
	for _, step := range []func(context.Context, *Run) error{s.storm, s.paced, s.relayed, s.recorded} {
		if err := step(ctx, r); err != nil {
			return err
		}
	}
	return nil
}

// found opens the project with its number.
func (s *switchboard) found(ctx context.Context) error {
	key, err := vault.NewKey(rand.Reader, "k1")
	if err != nil {
		return err
	}
	safe, err := vault.Parse(key)
	if err != nil {
		return err
	}
	books := pricebook.Shipped()
	bills := billing.New(books)
	s.charging = charging.New(s.db, books, bills, project.NewCache())
	s.routing = routing.New(s.db, bills, filepath.Join(s.folder, "prompts"), rand.Reader)
	s.trunks, s.staff = trunk.New(s.db, safe, rand.Reader), staff.New(s.db, safe, rand.Reader)
	s.now = time.Now()
	at := s.now.Add(-48 * time.Hour)
	return s.db.Write(ctx, func(ctx context.Context, tx *store.Tx) error {
		opening := project.Opening{ID: benchProject, Name: "Bench", Country: "UA", TimeZone: "Europe/Kyiv", Book: "ringostat"}
		if _, err := bills.Open(ctx, tx, opening, 0, at); err != nil {
			return err
		}
		if _, err := project.SetLimits(ctx, tx, benchProject, rich()); err != nil {
			return err
		}
		if _, err := bills.Pay(ctx, tx, benchProject, billing.Payment{ID: "1", Amount: 1_000_000_000 * money.Unit, Method: "bank"}, at); err != nil {
			return err
		}
		number := pricing.Number{Number: benchNumber, Kind: "local", Use: "pbx"}
		if _, err := registry.New(s.db, bills).Bring(ctx, tx, benchProject, number, "", "bench", at); err != nil {
			return err
		}
		return bills.SwitchProduct(ctx, tx, benchProject, routing.PBX, true, at)
	})
}

// open starts the PBX on loopback.
func (s *switchboard) open() error {
	conn, err := net.ListenPacket("udp4", "127.0.0.1:0")
	if err != nil {
		return err
	}
	s.at = conn.LocalAddr().String()
	s.media, err = media.New(media.Config{Addr: netip.MustParseAddr("127.0.0.1"), FirstPort: 20000, LastPort: 60000})
	if err != nil {
		return err
	}
	s.stack, err = sip.New(sip.Config{
		Host: staff.Realm, Accounts: pbx.Accounts{Staff: s.staff, Now: time.Now}, KeepAlive: -1, Limits: sip.Limits{PerKnown: 1_000_000},
	})
	if err != nil {
		return err
	}
	s.pbx = pbx.New(pbx.Config{
		DB: s.db, Charging: s.charging, Routing: s.routing, Staff: s.staff, Trunks: s.trunks, Files: call.FilesIn(s.folder),
		Stack: s.stack, Media: s.media, Now: time.Now, Node: "bench", Domain: "pbx.example",
	})
	return s.stack.ServeUDP(conn)
}

func (s *switchboard) shut(ctx context.Context) {
	ctx, stop := context.WithTimeout(ctx, 20*time.Second)
	defer stop()
	_ = s.pbx.Close(ctx) // what was measured is printed
	s.stack.Close()
	s.media.Close()
}

// connect makes the far side our trunk, and routes the number to a mobile.
func (s *switchboard) connect(ctx context.Context) error {
	if answer, err := s.far.order("at " + s.at); err != nil || answer != "at <nil>" {
		return fmt.Errorf("the far side: %s %w", answer, err)
	}
	operator, err := s.permit(ctx, ident.Operator)
	if err != nil {
		return err
	}
	owner, err := s.permit(ctx, ident.ProjectOrg(benchProject))
	if err != nil {
		return err
	}
	ring := dialplan.Ring{Order: dialplan.Together, Seconds: 30, Targets: []dialplan.Target{{Phone: benchMobile}}}
	scheme := dialplan.RoutingScheme{Format: dialplan.Format, Steps: []dialplan.RouteStep{{ID: "ring", Ring: &ring}}}
	err = s.db.Write(ctx, func(ctx context.Context, tx *store.Tx) error {
		line, err := s.trunks.Add(ctx, tx, operator, trunk.Trunk{
			Name: "Carrier", Enabled: true, Mode: trunk.ByAddress, Transport: trunk.UDP, Server: s.far.at, Addresses: []string{farIP},
			Out: trunk.Format{Style: trunk.E164}, In: trunk.Format{Style: trunk.E164}, Policy: trunk.AnyCaller,
		}, "", s.now)
		if err != nil {
			return err
		}
		if err := s.trunks.Carry(ctx, tx, operator, line.ID, benchNumber, 0, s.now); err != nil {
			return err
		}
		made, err := s.routing.Make(ctx, tx, owner, "Bench", scheme, s.now)
		if err != nil {
			return err
		}
		if made, err = s.routing.Publish(ctx, tx, owner, made.ID, s.now); err != nil {
			return err
		}
		return s.routing.SetScheme(ctx, tx, owner, benchNumber, made.ID, "", s.now)
	})
	if err != nil {
		return err
	}
	s.changed()
	return s.pbx.SetTrunks(ctx)
}

func (s *switchboard) changed() {
	s.trunks.Changed()
	s.routing.Changed(benchProject, benchNumber)
}

func (s *switchboard) permit(ctx context.Context, org ident.Org) (access.Permit, error) {
	who := access.ByKey(account.Key{ID: "bench", Scope: account.Operator}, audit.Program("bench"))
	return access.NewGate(s.db).Enter(ctx, who, org, s.now)
}

// storm measures calls a second, each set up, charged, ended and logged, and what one costs.
func (s *switchboard) storm(_ context.Context, r *Run) error {
	before := processorTime()
	answer, err := s.far.order(fmt.Sprintf("calls %d %d", stormCalls, stormLines))
	if err != nil {
		return err
	}
	s.settle()
	var rate float64
	var failed int
	if _, err := fmt.Sscan(answer, &rate, &failed); err != nil {
		return fmt.Errorf("the far side says %q", answer)
	}
	r.print(Figure{Name: "sip_calls", Value: rate, Unit: "/s", Target: ">=400"})
	r.print(Figure{Name: "sip_calls_failed", Value: float64(failed), Unit: "calls", Target: "<=0"})
	r.print(Figure{Name: "sip_call_cpu", Value: ms(processorTime()-before) / stormCalls, Unit: "ms", Target: "<=2"})
	return nil
}

// settle waits until no call goes on.
func (s *switchboard) settle() {
	tick := time.NewTicker(10 * time.Millisecond)
	defer tick.Stop()
	for range 1000 {
		if s.pbx.Calls() == 0 {
			return
		}
		<-tick.C
	}
}

// paced measures how long a caller waits for the answer at a quarter of the load.
func (s *switchboard) paced(_ context.Context, r *Run) error {
	answer, err := s.far.order(fmt.Sprintf("paced %d %d", pacedCalls, pacedRate))
	if err != nil {
		return err
	}
	s.settle()
	var p50, p99 float64
	var failed int
	if _, err := fmt.Sscan(answer, &p50, &p99, &failed); err != nil {
		return fmt.Errorf("the far side says %q", answer)
	}
	name := fmt.Sprintf("sip_setup_at_%d_a_second", pacedRate)
	r.print(Figure{Name: name + "_p50", Value: p50, Unit: "ms"})
	r.print(Figure{Name: name + "_p99", Value: p99, Unit: "ms"})
	r.print(Figure{Name: name + "_failed", Value: float64(failed), Unit: "calls", Target: "<=0"})
	return nil
}

func (s *switchboard) relayed(_ context.Context, r *Run) error {
	return s.talk(r, "sip_relayed", "<=10")
}

func (s *switchboard) recorded(ctx context.Context, r *Run) error {
	owner, err := s.permit(ctx, ident.ProjectOrg(benchProject))
	if err != nil {
		return err
	}
	err = s.db.Write(ctx, func(ctx context.Context, tx *store.Tx) error {
		settings, err := routing.GetSettings(ctx, tx, benchProject)
		if err != nil {
			return err
		}
		settings.Recording.Mode = dialplan.RecordSilently
		return s.routing.SetSettings(ctx, tx, owner, settings, s.now)
	})
	if err != nil {
		return err
	}
	s.changed()
	return s.talk(r, "sip_recorded", "<=15")
}

// talk measures what calls cost that go on.
func (s *switchboard) talk(r *Run, name, target string) error {
	memory := inUse()
	if _, err := s.far.order(fmt.Sprintf("hold %d", heldCalls)); err != nil {
		return err
	}
	held := s.pbx.Calls()
	if held == 0 {
		return errors.New("no call is up")
	}
	if _, err := s.far.order("second"); err != nil { // the sources become known
		return err
	}
	memory = inUse() - memory
	used, begun := processorTime(), time.Now()
	sent, received, err := s.listen()
	if err != nil {
		return err
	}
	share := 100 * (processorTime() - used).Seconds() / time.Since(begun).Seconds()
	hundred := float64(held) / 100
	r.print(Figure{Name: name + "_calls", Value: float64(held), Unit: "calls"})
	r.print(Figure{Name: name + "_cpu_of_100", Value: share / hundred, Unit: "%core", Target: target})
	r.print(Figure{Name: name + "_lost", Value: max(0, 100*(1-float64(received)/float64(max(sent, 1)))), Unit: "%"})
	r.print(Figure{Name: name + "_memory_of_a_call", Value: float64(memory) / 1024 / float64(held), Unit: "KiB"})
	if _, err := s.far.order("drop"); err != nil {
		return err
	}
	s.settle()
	return nil
}

func (s *switchboard) listen() (sent, received int, err error) {
	for range heldFor {
		answer, err := s.far.order("second")
		if err != nil {
			return 0, 0, err
		}
		var out, in int
		if _, err := fmt.Sscan(answer, &out, &in); err != nil {
			return 0, 0, fmt.Errorf("the far side says %q", answer)
		}
		sent, received = sent+out, received+in
	}
	return sent, received, nil
}

// processorTime is what this process has used of the processors.
func processorTime() time.Duration {
	var usage syscall.Rusage
	_ = syscall.Getrusage(syscall.RUSAGE_SELF, &usage)
	return time.Duration(usage.Utime.Nano() + usage.Stime.Nano())
}

// inUse is the memory that cannot be given back.
func inUse() int64 {
	runtime.GC()
	var m runtime.MemStats
	runtime.ReadMemStats(&m)
	return int64(m.HeapAlloc + m.StackInuse)
}

// farProcess is the far side, as its orders are given.
type farProcess struct {
	command *exec.Cmd
	in      *bufio.Reader
	out     io.WriteCloser
	at      string
}

func startFar(ctx context.Context) (*farProcess, error) {
	program, err := os.Executable()
	if err != nil {
		return nil, err
	}
	command := exec.CommandContext(ctx, program, FarOrder)
	command.Stderr = os.Stderr
	out, err := command.StdinPipe()
	if err != nil {
		return nil, err
	}
	in, err := command.StdoutPipe()
	if err != nil {
		return nil, err
	}
	if err := command.Start(); err != nil {
		return nil, err
	}
	p := &farProcess{command: command, in: bufio.NewReader(in), out: out}
	line, err := p.in.ReadString('\n')
	p.at = strings.TrimSpace(line)
	return p, err
}

func (p *farProcess) order(text string) (string, error) {
	if _, err := io.WriteString(p.out, text+"\n"); err != nil {
		return "", err
	}
	line, err := p.in.ReadString('\n')
	return strings.TrimSpace(line), err
}

func (p *farProcess) stop() {
	_ = p.out.Close()
	_ = p.command.Wait()
}
