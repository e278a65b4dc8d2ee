package app

import (
	"context"
	"crypto/rand"
	"crypto/tls"
	"crypto/x509"
	"errors"
	"fmt"
	"log/slog"
	"net/http"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"time"

	"bellwether/internal/access"
	"bellwether/internal/account"
	"bellwether/internal/api"
	"bellwether/internal/approval"
	"bellwether/internal/audit"
	"bellwether/internal/billing"
	"bellwether/internal/bookshelf"
	"bellwether/internal/call"
	"bellwether/internal/charging"
	"bellwether/internal/config"
	"bellwether/internal/courier"
	"bellwether/internal/event"
	"bellwether/internal/ident"
	"bellwether/internal/job"
	"bellwether/internal/ledger"
	"bellwether/internal/mail"
	"bellwether/internal/number"
	"bellwether/internal/pbx"
	"bellwether/internal/pricebook"
	"bellwether/internal/project"
	"bellwether/internal/rehearsal"
	"bellwether/internal/routing"
	"bellwether/internal/simulate"
	"bellwether/internal/staff"
	"bellwether/internal/store"
	"bellwether/internal/telemetry"
	"bellwether/internal/tracking"
	"bellwether/internal/trunk"
	"bellwether/internal/web"
	"bellwether/internal/web/cabinet"
	"bellwether/internal/web/calls"
	"bellwether/internal/web/door"
	"bellwether/internal/web/live"
	"bellwether/internal/web/support"
	trackpages "bellwether/internal/web/tracking"
	"bellwether/internal/webhook"
)

// App is a node.
type App struct {
	Config    config.Config
	Log       *slog.Logger
	Metrics   *telemetry.Metrics
	DB        *store.DB // the core
	Events    *store.DB // visits, hits and leases
	Books     *pricebook.Library
	Billing   *billing.Service
	Charging  *charging.Service
	Numbers   *number.Service
	Approvals *approval.Service
	Staff     *staff.Service
	Routing   *routing.Service
	Trunks    *trunk.Service
	Tracking  *tracking.Service
	Webhooks  *webhook.Service
	Collector *tracking.Collector
	Shelf     *bookshelf.Shelf
	Projects  *project.Cache
	Keys      *account.Keyring
	Sessions  *account.Sessions
	Gate      *access.Gate
	Door      *account.Door
	Hub       *live.Hub
	Post      *mail.Post
	API       *api.API
	Cabinet   *cabinet.Cabinet
	Talks     *support.Watcher
	Files     call.Files
	Links     call.Links
	Calls     *calls.Watcher
	Visitors  *trackpages.Watcher

	options    Options
	clock      func() time.Time
	proxies    web.Proxies
	secure     *tls.Config // nil where the node speaks plain HTTP
	courier    *mail.Courier
	dispatcher *event.Dispatcher
	sealer     *ledger.Sealer
	runner     *job.Runner
	pulse      pulse
	tally      *tracking.Tally
	hooks      *courier.Courier
	hookClient *courier.Client
	hookNews   *event.Dispatcher
	keeper     *tracking.Keeper
	replays    *simulate.Replays
	places     *atlas       // nil where the operator gave no file
	phones     *switchboard // nil where the node takes no calls
	closing    sync.Mutex   // held while days are closed, or must not be
}

// Options are what differs between the program and a test of it.
type Options struct {
	Log     *slog.Logger
	Version string
	Now     func() time.Time // nil for time.Now

	Demo Demo // a story that people may load to look around; the zero value for none

	HashCost      account.Cost   // of passwords; the zero value for account.Production
	MailRoots     *x509.CertPool // whom to believe certificates of mail servers; nil for the system's
	HookRoots     *x509.CertPool // ... and of customers' servers
	ACMEDirectory string         // empty for Let's Encrypt
	ACMEClient    *http.Client   // nil for one that believes the system's certificates

	Exchange calls.Exchange // the PBX; nil for none
}

// Demo is a story in a project of its own, which a running node can live through and be rid of again.
type Demo struct {
	Project ident.ProjectID
	Load    func(ctx context.Context, a *App, progress func(done, total int64)) error // errs.Conflict `project.exists` where it is there
	Remove  func(ctx context.Context, a *App, by audit.Actor, at time.Time) error
}

// Open opens a node without serving: the store, migrated, and the domains on it. Close it in the end.
func Open(ctx context.Context, c config.Config, books *pricebook.Library, options Options) (*App, error) {
	if options.Now == nil {
		options.Now = time.Now
	}
	a := &App{Config: c, Log: mask(options.Log), Metrics: telemetry.NewMetrics(), Books: books, clock: options.Now, options: options}
	if err := a.openStore(ctx); err != nil {
		return nil, err
	}
	if err := a.build(); err != nil {
		return nil, errors.Join(err, a.Close())
	}
	a.syncShelf(ctx)
	return a, nil
}

// build makes the parts on the open store.
func (a *App) build() (err error) {
	if a.secure, err = a.listenTLS(); err != nil {
		return err
	}
	if err := a.openDoor(); err != nil {
		return err
	}
	if err := a.openTelephony(); err != nil {
		return err
	}
	c, books := a.Config, a.Books
	a.Metrics.WatchStore("core", a.DB.Stats)
	a.Metrics.WatchStore("events", a.Events.Stats)
	a.Metrics.WatchMail(a.mails)
	a.Metrics.WatchNight(a.night)
	a.Metrics.WatchTelephony(a.telephonyNow)
	a.Shelf = bookshelf.New(books)
	a.Billing = billing.New(books)
	a.Projects = a.Billing.Projects
	a.Keys, a.Gate = account.NewKeyring(a.DB), access.NewGate(a.DB)
	a.Charging = charging.New(a.DB, books, a.Billing, a.Projects)
	a.Charging.Lost = pbx.SettleLost
	a.Numbers = number.New(a.DB, a.Billing)
	a.Numbers.Rest = c.NumberRest
	a.Approvals = approval.New(a.Billing)
	a.Files, a.Links = call.FilesIn(c.DataDir), call.Links{Vault: a.Door.Vault, Origin: c.PublicURL}
	a.Staff, a.Trunks = staff.New(a.DB, a.Door.Vault, rand.Reader), trunk.New(a.DB, a.Door.Vault, rand.Reader)
	a.Routing = routing.New(a.DB, a.Billing, filepath.Join(c.DataDir, "prompts"), rand.Reader)
	a.Routing.History = call.Past{}
	a.Routing.AsksOwner = webhook.AsksOwner
	if a.phones != nil {
		a.Staff.Registrar = a.phones
	}
	if err := a.openTracking(); err != nil {
		return err
	}
	a.openWebhooks()
	a.sealer = ledger.NewSealer(a.DB)
	a.runner = job.NewRunner(a.DB, c.Node, a.clock, a.handlers())
	a.dispatcher = event.NewDispatcher(a.DB, event.Options{Node: c.Node, Now: a.clock}, a.logbook(), a.Numbers.Subscriber(), a.paidUsers(), a.Staff.Subscriber(), a.erasures())
	parts := api.Parts{
		DB: a.DB, Books: books, Billing: a.Billing, Charging: a.Charging, Numbers: a.Numbers, Approvals: a.Approvals, Staff: a.Staff, Routing: a.Routing, Trunks: a.Trunks, Projects: a.Projects, Keys: a.Keys, Gate: a.Gate, Links: a.Links,
		Clock: a.clock, Log: a.Log, Metrics: a.Metrics, Version: a.options.Version, Wake: a.dispatcher.Wake, Promo: a.OriginByCode, Rescore: a.RescoreFor, Tracking: a.Tracking, Events: a.Events, Origin: c.PublicURL,
		Webhooks: a.Webhooks, TryWebhook: a.TryWebhook, TryCRM: a.TryCRM,
	}
	if a.phones != nil {
		parts.Switchboard = a.phones
		a.options.Exchange = a.phones
	}
	a.API = api.New(parts)
	a.Cabinet = cabinet.New(cabinet.Parts{
		DB: a.DB, Books: books, Billing: a.Billing, Charging: a.Charging, Numbers: a.Numbers, Projects: a.Projects, Door: a.Door, Sessions: a.Sessions,
		Gate: a.Gate, Hub: a.Hub, Post: a.Post, Clock: a.clock, Log: a.Log, Random: rand.Reader, Proxies: a.proxies, Origin: c.PublicURL, Wake: a.dispatcher.Wake,
	})
	a.addPages()
	return nil
}

// handlers are what does the long jobs, by kind.
func (a *App) handlers() map[string]job.Handler {
	known := map[string]job.Handler{
		rehearsal.Kind: rehearsal.NewStage(a.DB, a.Books, a.clock).Handle, ledger.VerifyKind: ledger.VerifyJob(a.DB),
		RescoreKind: a.rescoreJob,
	}
	if a.options.Demo.Load != nil {
		known[door.DemoKind] = a.demoJob
	}
	return known
}

// openStore opens both databases; before a schema changes, what its database holds is backed up beside it.
func (a *App) openStore(ctx context.Context) (err error) {
	if path, lite := strings.CutPrefix(a.Config.Database, "sqlite:"); lite {
		if err := os.MkdirAll(filepath.Dir(path), 0o700); err != nil {
			return err
		}
	}
	options := store.Options{DSN: a.Config.Database, Now: a.clock}
	if a.DB, err = a.openOne(ctx, options); err != nil {
		return err
	}
	a.Events, err = a.openOne(ctx, options.Of(store.Events))
	if err == nil {
		err = ledger.Resume(ctx, a.DB)
	}
	if err != nil {
		return errors.Join(err, a.closeStores())
	}
	return nil
}

// openOne opens the database of a schema and brings it up to date.
func (a *App) openOne(ctx context.Context, options store.Options) (*store.DB, error) {
	db, err := store.Open(ctx, options)
	if err != nil {
		return nil, err
	}
	if err := a.migrate(ctx, db, options.Schema); err != nil {
		return nil, errors.Join(err, db.Close())
	}
	return db, nil
}

func (a *App) closeStores() (err error) {
	for _, db := range []*store.DB{a.Events, a.DB} {
		if db != nil {
			err = errors.Join(err, db.Close())
		}
	}
	return err
}

func (a *App) migrate(ctx context.Context, db *store.DB, schema store.Schema) error {
	pending, err := db.Pending(ctx)
	if err != nil {
		return err
	}
	applied, err := db.Applied(ctx)
	if err != nil {
		return err
	}
	if pending > 0 && applied > 0 { // a new one has nothing to back up
		path := schema.File(filepath.Join(a.Config.DataDir, "before-migration-"+a.clock().UTC().Format("20060102-150405")+".db"))
		if err := os.MkdirAll(a.Config.DataDir, 0o700); err != nil {
			return err
		}
		if err := db.Backup(ctx, path); err != nil {
			return fmt.Errorf("backup before the schema changes: %w", err)
		}
		a.Log.Info("backed up before the schema changes", "path", path, "migrations", pending)
	}
	return db.Migrate(ctx)
}

// Close ends what Open began. Serve must have returned.
func (a *App) Close() error {
	if a.phones != nil {
		a.phones.closeSockets() // Serve closed them already, where it ran
	}
	if a.places != nil {
		_ = a.places.reader.Close()
	}
	if a.replays != nil {
		a.replays.Close()
	}
	return a.closeStores()
}

// logbook is the subscriber every node has: what happened to projects is in the log of the node that delivered it.
func (a *App) logbook() event.Subscriber {
	return event.Subscriber{Name: "log", Handle: func(_ context.Context, e event.Event) error {
		level := slog.LevelInfo
		switch e.Topic {
		case "billing.day_parked":
			level = slog.LevelError
		case "billing.day_closed":
			level = slog.LevelDebug // every project, every night: the count is in the log and the metrics
		case "call.started", "call.answered", "call.ended", "call.missed", "call.attributed", "call.ringing", "recording.ready":
			level = slog.LevelDebug // they have a log of their own
		}
		a.Log.Log(context.Background(), level, e.Topic, "project", string(e.Project), "at", e.At, "body", string(e.Body))
		return nil
	}}
}

// group runs functions until their context ends and waits for them.
type group struct{ sync.WaitGroup }

// every calls a function at once and then each time an interval has passed, until ctx ends.
func (g *group) every(ctx context.Context, interval time.Duration, run func(context.Context)) {
	g.Go(func() {
		ticker := time.NewTicker(interval)
		defer ticker.Stop()
		for {
			run(ctx)
			select {
			case <-ctx.Done():
				return
			case <-ticker.C:
			}
		}
	})
}
