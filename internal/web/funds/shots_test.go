package funds_test

import (
	"context"
	"os"
	"path/filepath"
	"testing"

	"bellwether/internal/access"
	"bellwether/internal/account"
	"bellwether/internal/audit"
	"bellwether/internal/demo"
	"bellwether/internal/ident"
	"bellwether/internal/store"
	"bellwether/internal/web/cabinet/cabinettest"
	"bellwether/internal/web/webtest"
)

func TestMain(m *testing.M) { os.Exit(webtest.Main(m)) }

// kvitka starts the program with the demo's flower shop and its owner, who reads in a language.
func kvitka(t *testing.T, language string) (*cabinettest.House, *cabinettest.Person, demo.Loaded) {
	t.Helper()
	h := cabinettest.Open(t)
	loaded, err := demo.Load(context.Background(), demo.Parts{
		DB: h.App.DB, Billing: h.App.Cabinet.Billing, Charging: h.App.Cabinet.Charging, Numbers: h.App.Cabinet.Numbers,
	}, demo.Options{Seed: 1, Now: h.Now()})
	if err != nil {
		t.Fatal(err)
	}
	owner := h.User("owner@kvitka.example")
	h.Join(owner, ident.ProjectOrg(demo.Project), access.Owner)
	h.Write(func(ctx context.Context, tx *store.Tx) error {
		_, err := account.EditUser(ctx, tx, audit.Program("test"), owner.ID, "Olena", language, h.Now())
		return err
	})
	return h, h.SignIn(owner), loaded
}

// TestShots keeps pictures of every page in the folder that BELLWETHER_SHOTS names, for somebody to look at.
func TestShots(t *testing.T) {
	folder := os.Getenv("BELLWETHER_SHOTS")
	if folder == "" {
		t.Skip("no shots wanted")
	}
	browser := webtest.Start(t)
	for _, l := range []struct {
		language string
		theme    string
		width    int64
	}{{"en", "light", 1280}, {"ru", "light", 360}, {"uk", "dark", 1280}} {
		h, owner, loaded := kvitka(t, l.language)
		for name, path := range map[string]string{
			"overview": "", "movement": "/movement", "day": "/days/" + loaded.FeeDay.String(), "calls": "/days/" + loaded.FeeDay.String() + "/calls",
			"call": "/calls/" + loaded.CallID, "compare": "/compare", "forecast": "/forecast", "loyalty": "/loyalty", "statement": "/statement", "pay": "/pay",
			"draft": "/days/" + loaded.Today.String() + "/fee?kind=product_fee&item=virtual_pbx",
		} {
			page := owner.Browse(t, browser, l.width)
			page.SetCookie(t, h.URL, "__Host-theme", l.theme)
			page.Go(t, h.URL+"/p/kvitka/funds"+path)
			page.Shoot(t, filepath.Join(folder, l.language+"-"+name+".png"))
		}
	}
}
