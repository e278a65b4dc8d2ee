package door_test

import (
	"bufio"
	"bytes"
	"context"
	"io"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"testing"
	"time"

	"bellwether/internal/cli"
	"bellwether/internal/demo"
	"bellwether/internal/web/webtest"
)

// program is `bellwether serve` in this process, and the link it prints.
type program struct {
	link, base, folder string
	end                func()
}

func serve(t *testing.T) program {
	t.Helper()
	ctx, stop := context.WithCancel(context.Background())
	out, in := io.Pipe()
	folder := t.TempDir()
	var complaints bytes.Buffer
	p := &cli.Program{In: strings.NewReader(""), Out: in, Err: &complaints, Now: time.Now}
	ended := make(chan int, 1)
	go func() {
		status := p.Run(ctx, []string{"serve", "--data-dir", folder, "--listen", "127.0.0.1:0", "--log-level", "error", "--close-interval", "1s"})
		_ = in.Close()
		ended <- status
	}()
	end := sync.OnceFunc(func() {
		stop()
		if status := <-ended; status != 0 || complaints.Len() > 0 {
			t.Errorf("it ended with status %d: %s", status, &complaints)
		}
	})
	t.Cleanup(end)
	lines := bufio.NewScanner(out)
	for lines.Scan() {
		if link := strings.TrimSpace(lines.Text()); strings.HasPrefix(link, "http") {
			go func() { _, _ = io.Copy(io.Discard, out) }()
			base, _, _ := strings.Cut(link, "/setup")
			return program{link, base, folder, end}
		}
	}
	t.Fatalf("no link was printed: %s", &complaints)
	return program{}
}

// shots is a folder for pictures of the pages, where somebody wants to see them.
var shots = os.Getenv("BELLWETHER_SHOTS")

func shoot(t *testing.T, page *webtest.Page, name string) {
	t.Helper()
	if shots != "" {
		page.Shoot(t, filepath.Join(shots, name+".png"))
	}
}

// inTheDark looks at a page in the dark theme, and leaves the light one on.
func inTheDark(t *testing.T, page *webtest.Page, base, address string) {
	t.Helper()
	page.SetCookie(t, base, "__Host-theme", "dark")
	page.Go(t, address)
	page.Check(t)
	page.SetCookie(t, base, "__Host-theme", "light")
}

// steps times the parts of a walk.
type steps struct {
	*testing.T
	begun, last time.Time
}

func (s *steps) done(what string) {
	s.Helper()
	now := time.Now()
	s.Logf("%6.2f s  %s", now.Sub(s.last).Seconds(), what)
	s.last = now
}

// From nothing to 90 days of a shop, in a browser: the link, one screen, demo data, a passkey, and in again with it.
func TestFirstRun(t *testing.T) {
	t.Parallel()
	began := time.Now()
	s := &steps{T: t, begun: began, last: began}
	p := serve(t)
	s.done("the program starts and prints the link")
	page := webtest.Start(t).Open(t, 1280)
	page.Zone(t, "Europe/Kiev") // as browsers still call it
	page.Authenticator(t)
	page.Go(t, p.link)
	page.Check(t)
	shoot(t, page, "setup")
	inTheDark(t, page, p.base, p.link)
	page.Go(t, p.link)
	for field, want := range map[string]string{"time_zone": "Europe/Kyiv", "country": "UA", "currency": "UAH", "book": "ringostat", "language": "en"} {
		if got := page.Text(t, `document.querySelector("[name=`+field+`]").value`); got != want {
			t.Errorf("%s is guessed as %s, want %s", field, got, want)
		}
	}
	page.Fill(t, map[string]string{"country": "RU"})
	page.Await(t, `document.querySelector("[name=currency]").value === "RUB"`)
	page.Fill(t, map[string]string{"country": "UA", "name": "Olha", "email": "olha@example.com", "password": "short", "company": "Квітка"})
	page.Click(t, "main button[type=submit]")
	page.Await(t, `document.querySelector(".field-error")`)
	if got := page.Text(t, `document.querySelector("[name=company]").value + document.querySelector("[name=currency]").value`); got != "КвіткаUAH" {
		t.Errorf("what was typed is lost: %s", got)
	}
	page.Fill(t, map[string]string{"password": "three sheep and a bell"})
	page.Click(t, "main button[type=submit]")
	page.Await(t, `location.pathname === "/op/welcome" && document.documentElement.dataset.scripted !== undefined`)
	page.Check(t)
	shoot(t, page, "welcome")
	inTheDark(t, page, p.base, p.base+"/op/welcome")
	own := page.Text(t, `document.querySelector("main a.button").getAttribute("href")`)
	if !strings.HasPrefix(own, "/p/") {
		t.Errorf("one's own site leads to %s, where no steps are", own)
	}
	page.Go(t, p.base+own)
	page.Await(t, `document.querySelector(".checklist")`)
	page.Go(t, p.base+"/op/welcome")
	s.done("one screen is filled in")

	page.Click(t, "main form[action='/op/demo'] button")
	page.Await(t, `document.querySelector("progress")`)
	shoot(t, page, "demo")
	page.AwaitWithin(t, 4*time.Minute, `location.pathname.startsWith("/p/kvitka")`)
	page.Await(t, `document.querySelector("#balance") && document.querySelector("a[href='/op/demo/delete']")`)
	if got := page.Text(t, `document.querySelector(".switcher-name bdi").textContent`); got != demo.Name {
		t.Errorf("one comes to %s", got)
	}
	shoot(t, page, "shop")
	s.done("90 days are lived through")

	page.Go(t, p.base+"/op/welcome")
	page.Await(t, `document.querySelector("main a[href='/p/kvitka']") && !document.querySelector("main form[action='/op/demo']")`)
	page.Go(t, p.base+"/me/security")
	page.Await(t, `document.querySelector("bw-passkey[data-able]")`)
	page.Check(t)
	page.Click(t, "bw-passkey button")
	page.Await(t, `document.querySelector(".entries li")`)
	page.Check(t)
	shoot(t, page, "security")
	of := p.base + page.Text(t, `document.querySelector(".entries a[href^='/me/passkeys/']").getAttribute("href")`)
	for i, address := range []string{of, of + "/delete"} {
		page.Go(t, address)
		page.Check(t)
		shoot(t, page, []string{"passkey", "passkey-delete"}[i])
		inTheDark(t, page, p.base, address)
	}
	page.Go(t, p.base+"/me/security")
	page.Text(t, `document.querySelector("form[action='/sign-out']").submit()`)
	page.Await(t, `location.pathname === "/sign-in" && document.querySelector("bw-passkey[data-able]")`)
	page.Check(t)
	shoot(t, page, "sign-in")
	page.Click(t, "bw-passkey button")
	page.Await(t, `document.querySelector(".avatar")`)
	s.done("a passkey is made and opens the door")

	page.Go(t, p.base+"/op/demo/delete")
	page.Check(t)
	shoot(t, page, "delete")
	page.Click(t, ".confirm button[type=submit]")
	page.Await(t, `document.querySelector(".toast") && !document.body.textContent.includes("`+demo.Name+`")`)
	s.done("the demo is deleted")
	if took := time.Since(began); took > 5*time.Minute {
		t.Errorf("the first run took %v", took)
	}
	page.CheckConsole(t)
	// The page is still open, with its stream of live updates: neither keeps the program from stopping.
	ending := time.Now()
	p.end()
	if took := time.Since(ending); took > 10*time.Second {
		t.Errorf("it took %v to stop", took)
	}
	var out, complaints bytes.Buffer
	verify := &cli.Program{In: strings.NewReader(""), Out: &out, Err: &complaints, Now: time.Now}
	if status := verify.Run(context.Background(), []string{"verify", "--data-dir", p.folder}); status != 0 {
		t.Errorf("the ledger does not fit: %s%s", &out, &complaints)
	}
}
