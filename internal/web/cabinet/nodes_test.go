package cabinet_test

import (
	"bufio"
	"context"
	"net/http"
	"strings"
	"testing"
	"time"

	"bellwether/internal/access"
	"bellwether/internal/account"
	"bellwether/internal/audit"
	"bellwether/internal/ident"
	"bellwether/internal/number"
	"bellwether/internal/store"
	"bellwether/internal/store/storetest"
	"bellwether/internal/web/cabinet/cabinettest"
)

// updates are the topics that an open page is told of, as they come.
func updates(t *testing.T, h *cabinettest.House, p *cabinettest.Person, topics string) <-chan string {
	t.Helper()
	r, err := http.NewRequestWithContext(t.Context(), http.MethodGet, h.URL+"/live?topics="+topics, nil)
	if err != nil {
		t.Fatal(err)
	}
	r.AddCookie(&http.Cookie{Name: "__Host-session", Value: p.Token})
	response, err := http.DefaultClient.Do(r)
	if err != nil || response.StatusCode != http.StatusOK {
		t.Fatalf("%v, %v", response, err)
	}
	t.Cleanup(func() { _ = response.Body.Close() })
	told, lines := make(chan string, 100), bufio.NewScanner(response.Body)
	if !lines.Scan() {
		t.Fatal("the stream does not begin")
	}
	go func() {
		for lines.Scan() {
			if topic, ok := strings.CutPrefix(lines.Text(), "data: "); ok && topic != "" {
				told <- topic
			}
		}
		close(told)
	}()
	return told
}

func await(t *testing.T, told <-chan string, topic string) {
	t.Helper()
	deadline := time.After(10 * time.Second)
	for {
		select {
		case got := <-told:
			if got == topic {
				return
			}
		case <-deadline:
			t.Fatalf("nobody tells of %s", topic)
		}
	}
}

// Of two nodes on one database, the pages that one serves are told of the people and numbers that the other changes, of agencies and the
// operator too, and whatever program does it.
func TestPagesOfAnotherNode(t *testing.T) {
	t.Parallel()
	dsn := storetest.PostgresDSN(t)
	a := cabinettest.OpenOn(t, dsn, t.TempDir())
	b := cabinettest.OpenOn(t, dsn, t.TempDir())
	a.Project("shop", "1000")
	a.Agency("mine", "shop")
	operator := a.Operator()
	head := b.SignIn(operator.User)
	ctx, stop := context.WithCancel(t.Context())
	defer stop()
	for _, h := range []*cabinettest.House{a, b} {
		go h.App.Cabinet.Watch(ctx)
	}
	told := updates(t, b, head, "project:shop/people,project:shop/numbers,agency:mine/people")
	bob := a.User("bob@example.com")
	for _, change := range []struct {
		topic string
		do    func(ctx context.Context, tx *store.Tx) error
	}{
		{"project:shop/people", func(ctx context.Context, tx *store.Tx) error {
			_, err := access.AddMember(ctx, tx, a.Permit(shop), bob.ID, access.Manager, a.Now())
			return err
		}},
		{"agency:mine/people", func(ctx context.Context, tx *store.Tx) error {
			_, err := access.AddMember(ctx, tx, a.Permit(ident.AgencyOrg("mine")), bob.ID, access.Marketer, a.Now())
			return err
		}},
		{"project:shop/numbers", func(ctx context.Context, tx *store.Tx) error {
			_, err := a.App.Numbers.Rent(ctx, tx, "shop", number.Wish{Number: "+380441234567", Use: "pbx", Add: true}, "test", a.Now())
			return err
		}},
	} {
		a.Write(change.do)
		await(t, told, change.topic)
	}
}

// The end of one session ends its pages and not those of another one of the same person. Rule A-06.
func TestOneSessionEnds(t *testing.T) {
	t.Parallel()
	h := cabinettest.Open(t)
	h.Project("shop", "1000")
	laptop := h.Member(shop, access.Owner)
	phone := h.SignIn(laptop.User)
	there, here := updates(t, h, phone, "project:shop/balance"), updates(t, h, laptop, "project:shop/balance")
	h.Write(func(ctx context.Context, tx *store.Tx) error {
		return account.EndSession(ctx, tx, audit.Program("test"), laptop.ID, phone.Session.ID, h.Now())
	})
	h.App.Cabinet.RevokeSession(phone.Session.ID)
	for range there { // until it is over
		t.Error("the page of the ended session is told of something")
	}
	h.App.Hub.Publish("project:shop/balance", "")
	await(t, here, "project:shop/balance")
	if n := h.App.Hub.Readers(); n != 1 {
		t.Errorf("%d pages are open", n)
	}
}

// The demo is loaded once, on whatever node it is asked for and however often.
func TestDemoOnTwoNodes(t *testing.T) {
	t.Parallel()
	h := openWide(t)
	operator := h.Operator()
	for range 2 {
		operator.Post("/op/demo", nil).Must(t, http.StatusOK)
	}
	var jobs int
	if err := h.App.DB.QueryRow(t.Context(), "SELECT COUNT(*) FROM job_run WHERE kind = 'demo'").Scan(&jobs); err != nil || jobs != 1 {
		t.Errorf("%d jobs, %v", jobs, err)
	}
}
