package telephony_test

import (
	"context"
	"maps"
	"net/http"
	"os"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"testing"

	"github.com/chromedp/chromedp/kb"

	"bellwether/internal/access"
	"bellwether/internal/account"
	"bellwether/internal/audit"
	"bellwether/internal/dialplan"
	"bellwether/internal/routing"
	"bellwether/internal/staff"
	"bellwether/internal/store"
	"bellwether/internal/trunk"
	"bellwether/internal/web/cabinet/cabinettest"
	"bellwether/internal/web/webtest"
)

func TestMain(m *testing.M) { os.Exit(webtest.Main(m)) }

// shots is a folder for pictures of the pages, where somebody wants to see them.
var shots = os.Getenv("BELLWETHER_SHOTS")

// furnish gives the shop two employees, a scheme with a menu, hours and a trunk that is down; it gives the paths below telephony.
func furnish(t *testing.T, h *cabinettest.House) (paths map[string]string) {
	t.Helper()
	p := h.Permit(shop)
	paths = map[string]string{"schemes": "", "numbers": "/numbers", "employees": "/employees", "hours": "/hours", "prompts": "/prompts", "blocked": "/blocked", "trunks": "/trunks", "settings": "/settings", "trunk-new": "/trunks/new"}
	file, err := h.App.Routing.Store([]byte(strings.Repeat(string(append([]byte{0xff, 0xfb, 0x90, 0x00}, make([]byte, 413)...)), 300)))
	if err != nil {
		t.Fatal(err)
	}
	var line trunk.Trunk
	h.Write(func(ctx context.Context, tx *store.Tx) error {
		var people []staff.Employee
		for _, d := range []staff.Draft{
			{Name: "Ольга Коваль", Extension: "201", Contacts: []staff.Contact{{Kind: staff.ByMobile, Address: "+380671112233", Primary: true}, {Kind: staff.ByOther, Address: "+380442223344"}}},
			{Name: "Тарас Дуже-Довгопрізвищенко", Extension: "202", Contacts: []staff.Contact{{Kind: staff.ByMobile, Address: "+380501112233", Primary: true}}},
		} {
			e, err := h.App.Staff.Add(ctx, tx, p, d, h.Now())
			if err != nil {
				return err
			}
			people = append(people, e)
		}
		opened, err := h.App.Staff.OpenAccount(ctx, tx, p, people[0].ID, "софтфон", 0, h.Now())
		if err != nil {
			return err
		}
		paths["employee"], paths["account"] = "/employees/"+string(people[0].ID), "/accounts/"+opened.UserName
		prompt, err := h.App.Routing.AddPrompt(ctx, tx, p, "Привітання", routing.Announcement, file, "", "", h.Now())
		if err != nil {
			return err
		}
		body := dialplan.RoutingScheme{Format: 1, Reserve: "s4", Steps: []dialplan.RouteStep{
			{ID: "s1", Menu: &dialplan.IVRMenu{Prompt: string(prompt.ID), Choices: map[string]string{"1": "s2", "2": "s3"}, TimeoutSeconds: 5, Repeats: 1}},
			{ID: "s2", Name: "Продаж", Ring: &dialplan.Ring{Order: dialplan.InTurn, Seconds: 20, Targets: []dialplan.Target{{Employee: string(people[0].ID)}, {Employee: string(people[1].ID)}}}},
			{ID: "s3", Queue: &dialplan.Queue{Queue: "main", Strategy: dialplan.LongestIdle, Targets: []dialplan.Target{{Employee: string(people[1].ID)}}, RingSeconds: 20, MaxWaitSeconds: 300}},
			{ID: "s4", Voicemail: &dialplan.Voicemail{MaxSeconds: 120, Emails: []string{"shop@example.com"}}},
		}}
		sc, err := h.App.Routing.Make(ctx, tx, p, "Основний номер", body, h.Now())
		if err != nil {
			return err
		}
		if _, err = h.App.Routing.Publish(ctx, tx, p, sc.ID, h.Now()); err != nil {
			return err
		}
		body.Steps[1].Ring.Seconds = 0
		if _, err = h.App.Routing.Save(ctx, tx, p, sc.ID, "Основний номер", body, h.Now()); err != nil {
			return err
		}
		if _, err = h.App.Routing.RollBack(ctx, tx, p, sc.ID, 1, h.Now()); err != nil {
			return err
		}
		paths["editor"], paths["versions"], paths["version"] = "/schemes/"+string(sc.ID), "/schemes/"+string(sc.ID)+"/versions", "/schemes/"+string(sc.ID)+"/versions/1"
		wrong := body
		wrong.Steps = append([]dialplan.RouteStep{}, body.Steps...)
		wrong.Steps[1].Ring = &dialplan.Ring{Order: dialplan.Together}
		bad, err := h.App.Routing.Make(ctx, tx, p, "Чернетка", wrong, h.Now())
		if err != nil {
			return err
		}
		paths["editor-wrong"] = "/schemes/" + string(bad.ID)
		if err := h.App.Routing.SetScheme(ctx, tx, p, "+380441234567", sc.ID, "", h.Now()); err != nil {
			return err
		}
		hours := dialplan.BusinessHours{Week: []dialplan.Shift{{Days: []dialplan.Day{"mon", "tue", "wed", "thu", "fri"}, Span: dialplan.Span{From: "09:00", To: "18:00"}}}, Holidays: []dialplan.Holiday{{Date: "2026-12-25", Name: "Різдво", Yearly: true}}}
		if err := h.App.Routing.SetHours(ctx, tx, p, hours, h.Now()); err != nil {
			return err
		}
		if _, err := h.App.Routing.Block(ctx, tx, p, "+38063*", "спам", h.Now()); err != nil {
			return err
		}
		line, err = h.App.Trunks.Add(ctx, tx, p, trunk.Trunk{
			Name: "Vega", Enabled: true, Priority: 10, Mode: trunk.ByRegistration, Transport: trunk.UDP, Server: "sip.vega.example", User: "u1",
			Out: trunk.Format{Style: trunk.E164}, In: trunk.Format{Style: trunk.E164}, Policy: trunk.AnyCaller,
		}, "a bell", h.Now())
		return err
	})
	if err := h.App.Trunks.Report(t.Context(), line.ID, false, "503 Service Unavailable", "n1", h.Now()); err != nil {
		t.Fatal(err)
	}
	paths["trunk"] = "/trunks/" + string(line.ID)
	return paths
}

// The pages in a browser: axe, no sideways scrolling, a quiet console, in three languages, light and dark, wide and narrow.
func TestLook(t *testing.T) {
	t.Parallel()
	h, _ := open(t)
	paths := furnish(t, h)
	browser := webtest.Start(t)
	for i, look := range []struct {
		lang, theme string
		width       int64
	}{{"uk", "dark", 360}, {"ru", "light", 1280}, {"en", "light", 1280}} {
		if look.lang == "en" && shots == "" {
			continue // two say enough
		}
		anna := h.User("anna@" + look.lang + ".example")
		h.Join(anna, shop, access.Owner)
		h.Write(func(ctx context.Context, tx *store.Tx) error {
			_, err := account.EditUser(ctx, tx, audit.Program("test"), anna.ID, "Анна", look.lang, h.Now())
			return err
		})
		page := h.SignIn(anna).Browse(t, browser, look.width)
		page.SetCookie(t, h.URL, "__Host-theme", look.theme)
		for j, name := range slices.Sorted(maps.Keys(paths)) {
			if shots == "" && i != j%2 && !strings.HasPrefix(name, "editor") {
				continue // each page in one of the looks, the editor in both
			}
			path := paths[name]
			page.Go(t, h.URL+at+path)
			page.Check(t)
			if shots != "" {
				page.Shoot(t, filepath.Join(shots, name+"-"+look.lang+"-"+look.theme+"-"+strconv.FormatInt(look.width, 10)+".png"))
			}
		}
		page.CheckConsole(t)
	}
}

// The editor by keyboard alone: a step moves up, and what is typed is tried out at once, beside the steps and without a reload.
func TestEditorByKeyboard(t *testing.T) {
	t.Parallel()
	h, owner := open(t)
	paths := furnish(t, h)
	page := owner.Browse(t, webtest.Start(t), 1280)
	page.Go(t, h.URL+at+paths["editor"])
	page.Await(t, `document.querySelector(".path-line")`)
	page.Fill(t, map[string]string{"try.time": "10:05", "try.date": "2026-11-23"})
	page.Await(t, `document.querySelector(".path")?.textContent.includes("Monday")`)
	page.Text(t, `(document.querySelector("button[value='up:1']").focus(), "")`)
	page.Press(t, kb.Enter)
	if shots != "" {
		page.Shoot(t, filepath.Join(shots, "pressed.png"))
	}
	page.Await(t, `document.querySelector(".step-card h2")?.textContent.includes("Продаж")`)
	page.CheckConsole(t)
	owner.Get(at+paths["editor"]).Must(t, http.StatusOK, "Voice menu")
}
