package webtest

import (
	"context"
	"encoding/json"
	"fmt"
	"net/url"
	"os"
	"os/exec"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/chromedp/cdproto/cdp"
	"github.com/chromedp/cdproto/log"
	"github.com/chromedp/cdproto/network"
	"github.com/chromedp/cdproto/page"
	"github.com/chromedp/cdproto/runtime"
	"github.com/chromedp/cdproto/security"
	"github.com/chromedp/cdproto/target"
	"github.com/chromedp/chromedp"
)

// Browser is a headless Chromium as one person has it: its pages share cookies, and nothing with those of another.
type Browser struct {
	context context.Context
	trusts  bool // whatever certificate
}

// process is the one Chromium of a test program. Starting one takes longer than most tests.
var process struct {
	once    sync.Once
	context context.Context
	stop    func()
	err     error
}

// Main runs the tests of a package that uses the browser, and ends the browser after them: call it in TestMain.
func Main(m *testing.M) int {
	folder, err := os.MkdirTemp("", "bellwether-chromium-*")
	if err != nil {
		fmt.Fprintln(os.Stderr, err)
		return 1
	}
	defer func() { _ = os.RemoveAll(folder) }()
	process.stop = func() {}
	profile = folder
	defer func() { process.stop() }()
	return m.Run()
}

// profile is the folder of the browser's profile, made by Main.
var profile string

func start() {
	path, err := find()
	if err != nil {
		process.err = err
		return
	}
	options := append(chromedp.DefaultExecAllocatorOptions[:],
		chromedp.ExecPath(path), chromedp.NoSandbox, chromedp.Flag("disable-gpu", true), chromedp.Flag("disable-quic", true),
		chromedp.Flag("disable-component-update", true), chromedp.Flag("force-color-profile", "srgb"), chromedp.UserDataDir(profile),
		// A test sees the page at rest; without this the headless browser would also draw what is moving.
		chromedp.Flag("force-prefers-reduced-motion", true),
		// A telephone in a page has the peer of its calls on this machine, and nobody there to press a button first.
		chromedp.Flag("allow-loopback-in-peer-connection", true), chromedp.Flag("autoplay-policy", "no-user-gesture-required"),
		chromedp.Flag("disable-features", "WebRtcHideLocalIpsWithMdns"),
	)
	allocated, stop := chromedp.NewExecAllocator(context.Background(), options...)
	ctx, cancel := chromedp.NewContext(allocated)
	process.context, process.err = ctx, chromedp.Do(ctx)
	process.stop = func() {
		cancel()
		stop()
	}
}

// Start gives the test a browser of its own, without cookies. The package's TestMain must call Main.
func Start(t testing.TB) *Browser {
	t.Helper()
	return begin(t)
}

// StartBehind is Start for a browser that reaches all hosts through a proxy ("http://127.0.0.1:8080"), so that tests may have hosts of any name, and
// takes whatever certificate they show.
func StartBehind(t testing.TB, proxy string) *Browser {
	t.Helper()
	b := begin(t, func(p *target.CreateBrowserContextParams) { p.ProxyServer = proxy })
	b.trusts = true
	return b
}

func begin(t testing.TB, options ...chromedp.CreateBrowserContextOption) *Browser {
	t.Helper()
	if profile == "" {
		t.Fatal("webtest: the package has no TestMain that calls webtest.Main")
	}
	process.once.Do(start)
	if process.err != nil {
		t.Fatalf("the browser does not start: %v", process.err)
	}
	ctx, cancel := chromedp.NewContext(process.context, chromedp.WithNewBrowserContext(options...))
	t.Cleanup(cancel)
	if err := chromedp.Do(ctx); err != nil {
		t.Fatal(err)
	}
	return &Browser{context: ctx}
}

// find looks for a Chromium under the names that Debian gives it.
func find() (string, error) {
	if path := os.Getenv("BELLWETHER_TEST_CHROMIUM"); path != "" {
		return path, nil
	}
	for _, name := range []string{"chromium-headless-shell", "chromium", "google-chrome"} {
		if path, err := exec.LookPath(name); err == nil {
			return path, nil
		}
	}
	return "", fmt.Errorf("no Chromium: run scripts/need.sh chromium, or name one in BELLWETHER_TEST_CHROMIUM")
}

// height of every window, in pixels.
const height = 800

// Page is one tab, as wide as it was asked to be, that remembers what its console said.
type Page struct {
	context context.Context
	Width   int64

	mu   sync.Mutex
	said []string
}

// longest is how long a tab lives: as long as the longest walk, the first run, may take on a machine that does much else.
const longest = 5 * time.Minute

// Open opens an empty tab of the given width in pixels.
func (b *Browser) Open(t testing.TB, width int64) *Page {
	t.Helper()
	ctx, cancel := chromedp.NewContext(b.context)
	t.Cleanup(cancel)
	ctx, stop := context.WithTimeout(ctx, longest)
	t.Cleanup(stop)
	p := &Page{context: ctx, Width: width}
	p.do(t, chromedp.EmulateViewport(width, height))
	if b.trusts {
		p.do(t, func(ctx context.Context, target *chromedp.Target) (chromedp.Void, error) {
			_, err := cdp.Call(ctx, target, security.SetIgnoreCertificateErrors, security.SetIgnoreCertificateErrorsParams{Ignore: true})
			return chromedp.Void{}, err
		})
	}
	if err := chromedp.Listen(ctx, p.hear); err != nil {
		t.Fatal(err)
	}
	return p
}

// hear keeps what the console says and every error.
func (p *Page) hear(event any) {
	var text string
	switch e := event.(type) {
	case *log.EventEntryAdded:
		// A page that answers 404 or 422 on purpose is told of here too; its status is a matter of its own test.
		if e.Entry.Level == log.EntryLevelInfo || e.Entry.Level == log.EntryLevelVerbose || e.Entry.Source == log.EntrySourceNetwork {
			return
		}
		text = e.Entry.Text + " " + e.Entry.URL
	case *runtime.EventConsoleAPICalled:
		if e.Type != runtime.ConsoleAPICalledTypeError && e.Type != runtime.ConsoleAPICalledTypeWarning {
			return
		}
		text = string(e.Type)
		for _, argument := range e.Args {
			text += " " + string(argument.Value) + argument.Description
		}
	case *runtime.EventExceptionThrown:
		text = e.ExceptionDetails.Text
		if e.ExceptionDetails.Exception != nil {
			text += " " + e.ExceptionDetails.Exception.Description
		}
	case *page.EventJavascriptDialogOpening:
		text = "a dialog opens: " + e.Message
		go p.dismiss()
	default:
		return
	}
	p.mu.Lock()
	defer p.mu.Unlock()
	p.said = append(p.said, strings.TrimSpace(text))
}

// dismiss shuts a dialog that a script has opened, or nothing on the page would go on.
func (p *Page) dismiss() {
	_ = chromedp.Do(p.context, func(ctx context.Context, target *chromedp.Target) (chromedp.Void, error) {
		_, err := cdp.Call(ctx, target, page.HandleJavaScriptDialog, page.HandleJavaScriptDialogParams{})
		return chromedp.Void{}, err
	})
}

func (p *Page) do(t testing.TB, steps ...chromedp.Action[chromedp.Void]) {
	t.Helper()
	if err := chromedp.Do(p.context, steps...); err != nil {
		t.Fatal(err)
	}
}

// Go opens an address and waits until its scripts run.
func (p *Page) Go(t testing.TB, address string) {
	t.Helper()
	p.do(t, chromedp.Navigate(address))
	p.Await(t, `document.documentElement.dataset.scripted !== undefined`)
}

// Send posts a form from a page of the site, as pressing its button does without htmx, waits until the scripts of the answer
// run, and gives its status. enctype may be empty.
func (p *Page) Send(t testing.TB, action, enctype string, values url.Values) (status string) {
	t.Helper()
	text, err := json.Marshal([]any{action, enctype, values})
	if err != nil {
		t.Fatal(err)
	}
	const send = `(([action, enctype, values]) => { window.sent = true; const f = document.createElement("form"); f.method = "post"; f.action = action; f.enctype = enctype;
		for (const [name, all] of Object.entries(values)) for (const value of all) {
			const i = document.createElement("textarea"); i.name = name; i.value = value; f.append(i);
		}
		document.body.append(f); HTMLFormElement.prototype.submit.call(f); return "" })`
	p.Text(t, send+"("+string(text)+")")
	p.Await(t, `window.sent === undefined && document.documentElement.dataset.scripted !== undefined`)
	return p.Text(t, `performance.getEntriesByType("navigation")[0].responseStatus`)
}

// DropCookies makes the browser nobody's again.
func (p *Page) DropCookies(t testing.TB) {
	t.Helper()
	p.do(t, func(ctx context.Context, target *chromedp.Target) (chromedp.Void, error) {
		_, err := cdp.Call(ctx, target, network.ClearBrowserCookies, cdp.Empty{})
		return chromedp.Void{}, err
	})
}

// Resize gives the window another width.
func (p *Page) Resize(t testing.TB, width int64) {
	t.Helper()
	p.Width = width
	p.do(t, chromedp.EmulateViewport(width, height))
}

// GoPlain opens an address whose scripts do not run.
func (p *Page) GoPlain(t testing.TB, address string) {
	t.Helper()
	p.do(t, chromedp.Navigate(address))
}

// WithoutScripts keeps the scripts of the pages opened from now on from being loaded; what a test evaluates still runs.
func (p *Page) WithoutScripts(t testing.TB) {
	t.Helper()
	p.do(t, func(ctx context.Context, target *chromedp.Target) (chromedp.Void, error) {
		blocked := network.SetBlockedURLsParams{URLPatterns: []*network.BlockPattern{{URLPattern: "*://*:*/*.js", Block: true}}}
		_, err := cdp.Call(ctx, target, network.SetBlockedURLs, blocked)
		return chromedp.Void{}, err
	})
}

// SetCookie gives the browser a cookie of a site that scripts cannot read, as signing in does. A __Host- cookie is bound to
// the very address.
func (p *Page) SetCookie(t testing.TB, address, name, value string) {
	t.Helper()
	p.do(t, func(ctx context.Context, target *chromedp.Target) (chromedp.Void, error) {
		yes := true
		cookie := network.SetCookieParams{Name: name, Value: value, URL: address, Path: "/", Secure: &yes, HTTPOnly: &yes}
		_, err := cdp.Call(ctx, target, network.SetCookie, cookie)
		return chromedp.Void{}, err
	})
}

// Before runs a script in every page opened from now on, before its own scripts.
func (p *Page) Before(t testing.TB, script string) {
	t.Helper()
	p.do(t, func(ctx context.Context, target *chromedp.Target) (chromedp.Void, error) {
		_, err := cdp.Call(ctx, target, page.AddScriptToEvaluateOnNewDocument, page.AddScriptToEvaluateOnNewDocumentParams{Source: script})
		return chromedp.Void{}, err
	})
}

// patience is how long a page is given for what it does by itself, on a machine that does much else.
const patience = 30 * time.Second

// Await waits until an expression of JavaScript, or the promise it gives, is true; on its way the page may change.
func (p *Page) Await(t testing.TB, expression string) {
	t.Helper()
	p.AwaitWithin(t, patience, expression)
}

// AwaitWithin is Await for long work behind a page, which has a time of its own.
func (p *Page) AwaitWithin(t testing.TB, patience time.Duration, expression string) {
	t.Helper()
	const pause = 10 * time.Millisecond
	deadline := time.After(patience)
	tick := time.NewTicker(pause)
	defer tick.Stop()
	for {
		found, err := chromedp.Run(p.context, chromedp.Evaluate[bool]("Promise.resolve("+expression+").then(Boolean)", awaited))
		if err == nil && found {
			return
		}
		select {
		case <-deadline:
			t.Fatalf("waited for %s: %v", expression, err)
		case <-tick.C:
		}
	}
}

func awaited(e *runtime.EvaluateParams) {
	yes := true
	e.AwaitPromise = &yes
}

// Text is the value of an expression of JavaScript, as text.
func (p *Page) Text(t testing.TB, expression string) string {
	t.Helper()
	text, err := chromedp.Run(p.context, chromedp.Evaluate[string]("String("+expression+")"))
	if err != nil {
		t.Fatalf("%s: %v", expression, err)
	}
	return text
}

// Press presses keys one after the other; kb.Tab and its like are keys too.
func (p *Page) Press(t testing.TB, keys ...string) {
	t.Helper()
	for _, key := range keys {
		p.do(t, chromedp.KeyEvent(key))
	}
}

// Ctrl presses a key with Ctrl held.
func (p *Page) Ctrl(t testing.TB, key string) {
	t.Helper()
	p.do(t, chromedp.KeyEvent(key, chromedp.KeyModifiers(chromedp.ModifierCtrl)))
}

// Shoot writes a picture of the whole page to a file.
func (p *Page) Shoot(t testing.TB, path string) {
	t.Helper()
	picture, err := chromedp.Run(p.context, chromedp.FullScreenshot(100))
	if err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(path, picture, 0o600); err != nil {
		t.Fatal(err)
	}
}

// ShootWindow writes a picture of what is in the window to a file, in few colours: such pictures are kept.
func (p *Page) ShootWindow(t testing.TB, path string) {
	t.Helper()
	picture, err := chromedp.Run(p.context, chromedp.CaptureScreenshot())
	if err != nil {
		t.Fatal(err)
	}
	if picture, err = shrunk(picture); err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(path, picture, 0o600); err != nil {
		t.Fatal(err)
	}
}
