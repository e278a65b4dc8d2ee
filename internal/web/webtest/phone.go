package webtest

import (
	"context"
	_ "embed" // JsSIP
	"encoding/json"
	"testing"
	"time"

	"github.com/chromedp/chromedp"
)

// JsSIP is the script of the library that pages make telephone calls with.
//
//go:embed jssip-3.13.8.js
var JsSIP []byte

// answering is how long a promise of a page may take: longer than the page's own patience, so that its words are read.
const answering = 40 * time.Second

// Ask calls a function of the page and waits for what it promises, as text.
func (p *Page) Ask(t testing.TB, function string, arguments ...any) string {
	t.Helper()
	raw, err := json.Marshal(append([]any{}, arguments...))
	if err != nil {
		t.Fatal(err)
	}
	ctx, stop := context.WithTimeout(p.context, answering)
	defer stop()
	answer, err := chromedp.Run(ctx, chromedp.Evaluate[string]("Promise.resolve("+function+"(..."+string(raw)+")).then(String)", awaited))
	if err != nil {
		t.Fatalf("%s: %v", function, err)
	}
	return answer
}
