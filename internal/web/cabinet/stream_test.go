package cabinet_test

import (
	"context"
	"database/sql"
	"errors"
	"net/http"
	"net/url"
	"sync/atomic"
	"testing"
	"time"

	"bellwether/internal/access"
	"bellwether/internal/ident"
	"bellwether/internal/recall"
	"bellwether/internal/store"
	"bellwether/internal/web/cabinet/cabinettest"
)

// moody is a store that can be made not to answer.
type moody struct {
	store.Querier
	silent atomic.Bool
}

func (m *moody) Query(ctx context.Context, text string, args ...any) (*sql.Rows, error) {
	if m.silent.Load() {
		return nil, errors.New("the disk has gone")
	}
	return m.Querier.Query(ctx, text, args...)
}

// While the store does not answer nobody opens a stream, for nobody knows whose it is; one that is open goes on. Once it answers, each gets
// what is theirs. Rule A-07.
func TestStreamsOfASilentStore(t *testing.T) {
	t.Parallel()
	h := cabinettest.Open(t)
	h.Project("shop", "1000")
	h.Project("other", "1000")
	owner, stranger := h.Member(shop, access.Owner), h.Member(ident.ProjectOrg("other"), access.Owner)
	of := &moody{Querier: h.App.DB}
	h.App.Cabinet.Gate = access.NewGate(of)
	told := updates(t, h, owner, "project:shop/people")
	const topic = "/live?topics=project:shop/people"
	status := func(who *cabinettest.Person) int { return ask(t, h, who, http.MethodGet, topic, url.Values{}).Status }
	of.silent.Store(true)
	h.Pass(4 * time.Second) // beyond what the gate remembers
	for name, who := range map[string]*cabinettest.Person{"the owner": owner, "a stranger": stranger} {
		if got := status(who); got < http.StatusInternalServerError {
			t.Errorf("%s opens a stream of a store that does not answer: %d", name, got)
		}
	}
	h.App.Hub.Publish("project:shop/people", "")
	await(t, told, "project:shop/people")
	select {
	case _, open := <-told:
		t.Errorf("the open stream is told of something, or has ended: %v", open)
	case <-time.After(recall.Recheck + time.Second): // it was asked for anew
	}
	of.silent.Store(false)
	if got := status(stranger); got != http.StatusNotFound {
		t.Errorf("a stranger is answered %d", got)
	}
}
