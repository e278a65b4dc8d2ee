package cli

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"net"
	"net/http"
	"os"
	"time"

	"bellwether/internal/account"
	"bellwether/internal/app"
	"bellwether/internal/config"
	"bellwether/internal/demo"
	"bellwether/internal/errs"
	"bellwether/internal/phone"
	"bellwether/internal/pricebook"
	"bellwether/internal/telemetry"
)

type demoCommand struct {
	DataDir string `placeholder:"DIR" help:"Folder to keep the demo in; a temporary one, removed at the end, if not given."`
	Listen  string `default:"127.0.0.1:8080" placeholder:"HOST:PORT" help:"Address of the API; another free port where it is taken."`
	SIP     string `name:"sip" default:"127.0.0.1:5060" placeholder:"ADDRESS:PORT" help:"Where softphones register (UDP); another free port where it is taken."`
	Site    string `default:"127.0.0.1:8090" placeholder:"HOST:PORT" help:"Address of the shop's own site, with the tag on it; another free port where it is taken."`
	Seed    uint64 `default:"1" help:"Another number is another story; the same number is the same story all day."`
	Once    bool   `help:"End after printing instead of serving."`
}

// Help is what --help adds.
func (demoCommand) Help() string {
	return `A flower shop in Kyiv lives through 90 days of calls, messages and payments, in the code that charges live ones, up to
now. Prints its statement, why a call and a fee cost what they did, a forecast, and serves the API until Ctrl-C. Needs
nothing else: no other service, no network.

  bellwether demo
  bellwether demo --data-dir shop   (kept: look at it with the other commands)`
}

// Run loads the story, prints what is worth a look and serves.
func (c *demoCommand) Run(ctx context.Context, p *Program) (err error) {
	s := &stage{program: p, folder: c.DataDir, now: p.Now()}
	if s.folder == "" {
		if s.folder, err = os.MkdirTemp("", "bellwether-demo-"); err != nil {
			return err
		}
		defer func() { err = errors.Join(err, os.RemoveAll(s.folder)) }()
	}
	flags := config.Flags{DataDir: s.folder, Listen: c.Listen}
	if !c.Once {
		flags.SIPUDP = freePort(c.SIP)
	}
	settings, err := config.Load(flags.Sources(nil))
	if err != nil {
		return err
	}
	listener, err := listen(settings.Listen)
	if err != nil {
		return err
	}
	ctx, stop := context.WithCancel(ctx)
	defer stop()
	log := telemetry.NewLogger(p.Err, settings.LogFormat, slog.LevelWarn, settings.Node)
	defer func() { s.hangUp() }()
	return p.node(ctx, settings, pricebook.Shipped(), log, listener, func(ctx context.Context, a *app.App) error {
		if c.Once {
			defer stop() // the node comes up and goes down again
		}
		return s.play(ctx, a, c.Seed, c)
	})
}

// freePort is a UDP address, or the same with any free port where it is taken.
func freePort(address string) string {
	conn, err := net.ListenPacket("udp", address)
	if err == nil {
		_ = conn.Close() // it was only tried
		return address
	}
	host, _, splitErr := net.SplitHostPort(address)
	if splitErr != nil {
		return address
	}
	return net.JoinHostPort(host, "0")
}

// listen takes another free port where the wanted one is in use.
func listen(address string) (net.Listener, error) {
	listener, err := net.Listen("tcp", address)
	if err == nil {
		return listener, nil
	}
	host, _, splitErr := net.SplitHostPort(address)
	if splitErr != nil {
		return nil, cannotListen(address, err)
	}
	if listener, err = net.Listen("tcp", net.JoinHostPort(host, "0")); err != nil {
		return nil, cannotListen(address, err)
	}
	return listener, nil
}

// stage is where the demo happens.
type stage struct {
	program *Program
	folder  string
	now     time.Time
	network *demo.Network // nil where nobody can call
	front   *http.Server  // the shop's site; nil where it has none
}

func (s *stage) hangUp() {
	if s.front != nil {
		_ = s.front.Close() // its listener with it
	}
	if s.network != nil {
		s.network.Close()
	}
}

// connect opens the shop's telephones and the network behind them, and tells how to call.
func (s *stage) connect(ctx context.Context, a *app.App) error {
	phones, err := demo.OpenPhones(ctx, a, s.now)
	if err != nil {
		return err
	}
	w := s.program.Out
	heading(w, "Call")
	for _, p := range phones {
		fmt.Fprintf(w, "softphone  sip:%s@%s  user %s  password %s  (%s, extension %s; UDP)\n", p.User, a.SIPAddress(), p.User, p.Password, p.Name, p.Extension)
	}
	if s.network, err = demo.Connect(ctx, a, s.now); err != nil {
		_, err = fmt.Fprintf(w, "There is no simulated network here (%v): the two can call each other.\n", err)
		return err
	}
	_, err = fmt.Fprintf(w, "dial %s to hear yourself, %s to let a client call %s, 201 or 202 to call a colleague.\n"+
		"%s rings everybody at all hours; what a caller of %s hears depends on the hour: Telephony, Main line, What if…\n",
		demo.EchoNumber, demo.CallMeNumber, demo.RungNumber(), demo.RungNumber(), demo.MainNumber)
	return err
}

// openFront serves the shop's own site, and tells how to be its visitor.
func (s *stage) openFront(ctx context.Context, a *app.App, address string) error {
	var call func(phone.Number)
	if s.network != nil {
		call = s.network.Call
	}
	front, err := demo.OpenFront(ctx, a, call)
	if errs.KindOf(err) == errs.NotFound {
		return nil // a folder of an older version's
	}
	if err != nil {
		return err
	}
	listener, err := listen(address)
	if err != nil {
		return err
	}
	s.front = &http.Server{Handler: front, ReadHeaderTimeout: 10 * time.Second}
	go func() { _ = s.front.Serve(listener) }() // until it is closed
	at := "http://" + listener.Addr().String()
	heading(s.program.Out, "Visit")
	_, err = fmt.Fprintf(s.program.Out, "shop's site    %s\nadvert         %s\n"+
		"Whoever comes from the advert sees a number of their own. The button at the foot of the page lets the visitor call it; or\n"+
		"curl -d number=+380443337712 %s/call\n", at, at+demo.AdvertPath, at)
	return err
}

// play loads the story, shows it, and tells how to go on.
func (s *stage) play(ctx context.Context, a *app.App, seed uint64, c *demoCommand) error {
	loaded, err := s.load(ctx, demo.PartsOf(a), seed)
	if err != nil {
		return err
	}
	if err := s.print(ctx, a, loaded); err != nil {
		return err
	}
	if c.Once {
		return s.leave(loaded, c)
	}
	if err := s.connect(ctx, a); err != nil {
		return err
	}
	if err := s.openFront(ctx, a, c.Site); err != nil {
		return err
	}
	secret, _, err := makeKey(ctx, a.DB, account.Key{Name: "demo", Scope: account.Operator}, s.now, 0)
	if err != nil {
		return err
	}
	base := a.Config.PublicURL
	cabinet, err := a.OfferSetup(ctx)
	if err != nil {
		return err
	}
	if cabinet == "" {
		cabinet = base
	}
	return s.invite(loaded, base, cabinet, secret, c)
}

// load lives through the story, or goes on with the one that is there.
func (s *stage) load(ctx context.Context, parts demo.Parts, seed uint64) (demo.Loaded, error) {
	progress := s.program.progress(fmt.Sprintf("living through %d days", demo.Days), spoken)
	began := time.Now()
	loaded, err := demo.Load(ctx, parts, demo.Options{Seed: seed, Now: s.now, Progress: progress.at})
	progress.end()
	switch {
	case errs.CodeOf(err) == "project.exists":
		fmt.Fprintf(s.program.Out, "The shop in %s goes on.\n", s.folder)
		return demo.Resume(ctx, parts, s.now)
	case err == nil:
		fmt.Fprintf(s.program.Out, "%s: %d days, %d call legs and %d messages charged, %d days closed, in %.1f s.\n",
			demo.Name, demo.Days, loaded.Calls, loaded.SMS, demo.Days, time.Since(began).Seconds())
	}
	return loaded, err
}
