package bench

import (
	"bytes"
	"context"
	"fmt"
	"net/http"
	"net/http/httptest"
	"time"
)

// pageTimes is how long a page took, each time it was asked for.
type pageTimes struct {
	status   int           // a page that is refused, or is not there for its reader, has no times
	there    latencies     // of answers that were whole
	underway latencies     // of those that said how far the answer is, and asked again by themselves
	answer   time.Duration // from the first of those until the whole answer was there
}

// figures are the page's 95th percentiles. One whose answer is made beside the requests has two, and how long it is until that is there,
// which is no time of a request and has no target.
func (p *pageTimes) figures(name, target string) []Figure {
	figures := []Figure{{Name: name, Value: ms(p.there.percentile(0.95)), Unit: "ms", Target: target}}
	if len(p.underway.all) > 0 {
		figures = append(figures,
			Figure{Name: name + " (on its way)", Value: ms(p.underway.percentile(0.95)), Unit: "ms", Target: target},
			Figure{Name: name + " (until it is there)", Value: ms(p.answer), Unit: "ms"})
	}
	return figures
}

// worst is the larger of the 95th percentiles, in milliseconds.
func (p *pageTimes) worst() float64 {
	return ms(max(p.there.percentile(0.95), p.underway.percentile(0.95)))
}

// asksAgain is by what a part of a page asks for itself until its answer is there, and how often.
var asksAgain = []byte(`hx-trigger="every 2s"`)

const (
	againAfter = 2 * time.Second
	askedAfter = 5 * time.Second // somebody looks at a page again
)

// askFor asks for a page until its whole answer was there as often as pages are asked for. Where the answer is on its way, it waits as an open
// page does: what makes the answer works meanwhile.
func (t *town) askFor(ctx context.Context, h http.Handler, path, token string) (*pageTimes, error) {
	times := &pageTimes{}
	var first time.Time
	for len(times.there.all) < t.asked {
		began := time.Now()
		answer := serve(h, path, token)
		took := time.Since(began)
		if times.status = answer.Code; answer.Code != http.StatusOK {
			return times, brokenPage(path, answer)
		}
		if !bytes.Contains(answer.Body.Bytes(), asksAgain) {
			t.passed.Add(int64(askedAfter))
			times.there.all = append(times.there.all, took)
			if !first.IsZero() && times.answer == 0 {
				times.answer = time.Since(first)
			}
			continue
		}
		times.underway.all = append(times.underway.all, took)
		if first.IsZero() {
			first = began
		}
		t.passed.Add(int64(againAfter))
		select {
		case <-time.After(againAfter):
		case <-ctx.Done():
			return nil, ctx.Err()
		}
	}
	return times, nil
}

func serve(h http.Handler, path, token string) *httptest.ResponseRecorder {
	request := httptest.NewRequest(http.MethodGet, "http://localhost"+path, nil)
	request.AddCookie(&http.Cookie{Name: "__Host-session", Value: token})
	answer := httptest.NewRecorder()
	h.ServeHTTP(answer, request)
	return answer
}

// brokenPage is the error of an answer that no page of the town's people gives; nil for one that only does not open.
func brokenPage(path string, answer *httptest.ResponseRecorder) error {
	if answer.Code < http.StatusInternalServerError && answer.Code != http.StatusUnauthorized {
		return nil
	}
	return fmt.Errorf("%s answers %d: %.300s", path, answer.Code, answer.Body)
}
