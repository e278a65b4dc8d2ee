package media_test

import (
	"context"
	"encoding/json"
	"net/http"
	"net/http/httptest"
	"os"
	"os/exec"
	"path/filepath"
	"testing"
	"time"

	"github.com/chromedp/chromedp"

	"bellwether/internal/media"
	"bellwether/internal/media/mediatest"
)

// chromium starts a browser whose WebRTC may use loopback, and gives what opens testdata/browser.html in another tab of it.
func chromium(t *testing.T) func() context.Context {
	t.Helper()
	path := os.Getenv("BELLWETHER_TEST_CHROMIUM")
	for _, name := range []string{"chromium-headless-shell", "chromium", "google-chrome"} {
		if found, err := exec.LookPath(name); path == "" && err == nil {
			path = found
		}
	}
	if path == "" {
		t.Fatal("no Chromium: run scripts/need.sh chromium, or name one in BELLWETHER_TEST_CHROMIUM")
	}
	site := httptest.NewServer(http.FileServer(http.Dir("testdata")))
	t.Cleanup(site.Close)
	options := append(chromedp.DefaultExecAllocatorOptions[:],
		chromedp.ExecPath(path), chromedp.NoSandbox, chromedp.Flag("disable-gpu", true), chromedp.Flag("disable-component-update", true),
		chromedp.Flag("allow-loopback-in-peer-connection", true), chromedp.Flag("autoplay-policy", "no-user-gesture-required"),
		chromedp.Flag("disable-features", "WebRtcHideLocalIpsWithMdns"), chromedp.UserDataDir(filepath.Join(t.TempDir(), "profile")))
	allocated, stop := chromedp.NewExecAllocator(context.Background(), options...)
	t.Cleanup(stop)
	first, cancel := chromedp.NewContext(allocated)
	t.Cleanup(cancel)
	if err := chromedp.Do(first); err != nil {
		t.Fatal(err)
	}
	return func() context.Context {
		tab, shut := chromedp.NewContext(first)
		t.Cleanup(shut)
		tab, late := context.WithTimeout(tab, 2*time.Minute)
		t.Cleanup(late)
		if err := chromedp.Do(tab, chromedp.Navigate(site.URL+"/browser.html")); err != nil {
			t.Fatal(err)
		}
		return tab
	}
}

// ask calls a function of the page and waits for what it promises, as text.
func ask(t *testing.T, page context.Context, function string, arguments ...any) string {
	t.Helper()
	raw, err := json.Marshal(append([]any{}, arguments...))
	if err != nil {
		t.Fatal(err)
	}
	call := "Promise.resolve(" + function + "(..." + string(raw) + ")).then(String)"
	answer, err := chromedp.Run(page, chromedp.Evaluate[string](call, chromedp.EvalAwaitPromise))
	if err != nil {
		t.Fatalf("%s: %v", function, err)
	}
	return answer
}

// A real browser calls a phone, and is called: tones both ways, keys, music.
func TestChromium(t *testing.T) {
	t.Parallel()
	open := chromium(t)
	for _, calls := range []bool{true, false} {
		e := newEngine(t)
		page, phone := open(), mediatest.New(t)
		config := media.LegConfig{WebRTC: true}
		told := events(&config)
		leg, staff := newLeg(t, e, config), dialled(t, e, phone, media.LegConfig{})
		ask(t, page, "speak", 440)
		if calls {
			answer, err := leg.Answer([]byte(ask(t, page, "offer")))
			if err != nil {
				t.Fatal(err)
			}
			ask(t, page, "accept", string(answer))
		} else {
			offer, err := leg.Offer()
			if err != nil {
				t.Fatal(err)
			}
			if err := leg.Accept([]byte(ask(t, page, "answer", string(offer)))); err != nil {
				t.Fatal(err)
			}
		}
		if err := media.Bridge(leg, staff); err != nil {
			t.Fatal(err)
		}
		phone.Speak(1000)
		phone.Hear(440)
		ask(t, page, "until", 1000)
		ask(t, page, "press", "42#")
		for _, key := range "42#" {
			if got := await(t, told, media.Digit); got.Digit != byte(key) {
				t.Errorf("told of %c, not %c", got.Digit, key)
			}
		}
		phone.Pressed("42#")
		leg.Play(tone(600), true)
		ask(t, page, "until", 600)
		phone.OneStream()
	}
}
