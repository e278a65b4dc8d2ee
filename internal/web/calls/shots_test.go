package calls_test

import (
	"context"
	"os"
	"path/filepath"
	"strconv"
	"testing"
	"time"

	"bellwether/internal/access"
	"bellwether/internal/account"
	"bellwether/internal/app"
	"bellwether/internal/audit"
	"bellwether/internal/call"
	"bellwether/internal/config"
	"bellwether/internal/demo"
	"bellwether/internal/ident"
	"bellwether/internal/store"
	"bellwether/internal/web/cabinet/cabinettest"
	"bellwether/internal/web/webtest"
)

// TestShots keeps pictures of the pages, with the demo's shop on them, in the folder that BELLWETHER_SHOTS names, for somebody
// to look at.
func TestShots(t *testing.T) {
	folder := os.Getenv("BELLWETHER_SHOTS")
	if folder == "" {
		t.Skip("no shots wanted")
	}
	ctx := context.Background()
	h := cabinettest.OpenWith(t, config.Flags{}, app.Options{Exchange: &exchange{}})
	parts := demo.PartsOf(h.App)
	if _, err := demo.Load(ctx, parts, demo.Options{Seed: 1, Now: h.Now()}); err != nil {
		t.Fatal(err)
	}
	org := ident.ProjectOrg(demo.Project)
	owner := h.Member(org, access.Owner)
	w, err := call.Look(h.Permit(org), access.View)
	if err != nil {
		t.Fatal(err)
	}
	yes := true
	recorded, err := w.List(ctx, h.App.DB, call.Filter{Recorded: &yes, Results: []call.Result{call.Result(call.Answered)}}, call.NewestFirst, 0, 1)
	if err != nil || len(recorded) == 0 {
		t.Fatalf("%v, %v", recorded, err)
	}
	back, err := w.List(ctx, h.App.DB, call.Filter{Directions: []call.Direction{call.Callback}}, call.NewestFirst, 0, 1)
	if err != nil {
		t.Fatal(err)
	}
	talking := live(h)
	base := "/p/" + string(demo.Project)
	for _, look := range []struct {
		lang, theme string
		width       int64
	}{{"ru", "light", 1280}, {"uk", "dark", 1280}, {"en", "light", 360}} {
		h.Write(func(ctx context.Context, tx *store.Tx) error {
			_, err := account.EditUser(ctx, tx, audit.Program("test"), owner.ID, "Olena Owner", look.lang, h.Now())
			return err
		})
		browser := webtest.Start(t)
		for name, path := range map[string]string{
			"log": "/calls", "call": "/calls/" + recorded[0].ID.String(), "callback": "/calls/" + back[0].ID.String(), "missed": "/calls/missed",
			"voicemail": "/calls/voicemail", "live": "/live", "live-pass": "/live/" + talking.String() + "/pass", "live-connect": "/live/connect", "card": "/clients/" + recorded[0].Client, "settings": "/calls/settings",
		} {
			page := h.SignIn(owner.User).Browse(t, browser, look.width)
			page.SetCookie(t, h.URL, "__Host-theme", look.theme)
			page.SetCookie(t, h.URL, "__Host-lang", look.lang)
			page.Go(t, h.URL+base+path)
			page.Shoot(t, filepath.Join(folder, name+"-"+look.lang+"-"+look.theme+"-"+strconv.FormatInt(look.width, 10)+".png"))
		}
	}
}

// live begins calls that go on, and gives the one that talks.
func live(h *cabinettest.House) (talking call.ID) {
	for i, one := range []struct {
		state call.State
		who   string
	}{
		{call.State{Phase: call.InQueue, Queue: "Sales", Position: 1}, ""},
		{call.State{Phase: call.InQueue, Queue: "Sales", Position: 2}, ""},
		{call.State{Phase: call.Ringing}, "Iryna Kovalenko"},
		{call.State{Phase: call.Talking}, "Maksym Bondar"},
		{call.State{Phase: call.InMenu}, ""},
	} {
		at := h.Now().Add(-time.Duration(10+25*i) * time.Second)
		one.state.At = at
		if one.who != "" {
			one.state.People = []call.Person{{ID: one.who, Name: one.who}}
		}
		id := call.IDAt(at, i)
		if one.state.Phase == call.Talking {
			talking = id
		}
		h.Write(func(ctx context.Context, tx *store.Tx) error {
			return call.Open(ctx, tx, call.Opening{Project: demo.Project, ID: id, Direction: call.Inbound, Client: "+38067123450" + strconv.Itoa(i), Number: main, State: one.state})
		})
	}
	return talking
}
