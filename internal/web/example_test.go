package web_test

import (
	"fmt"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"strings"
	"time"

	"github.com/a-h/templ"

	"bellwether/internal/civil"
	"bellwether/internal/money"
	"bellwether/internal/web"
	"bellwether/internal/web/ui"
)

// movements is what a page can show, whatever its address says.
var movements = ui.TableSpec{
	Sort: "-day",
	Columns: []ui.Column{
		{Key: "day", Title: "Day", Sortable: true, Fixed: true},
		{Key: "item", Title: "Item"},
		{Key: "amount", Title: "Amount", Numeric: true, Sortable: true},
	},
}

// A page reads its state from the address, asks a domain for rows, and fills a view model.
func Example() {
	site := web.New(web.Options{Log: slog.New(slog.DiscardHandler), Now: time.Now})
	site.Handle("GET /funds", func(w http.ResponseWriter, r *http.Request) {
		v := ui.Of(r.Context())
		period := ui.ReadPeriod(v.URL, v.Today(), "30d")
		table := ui.Table{
			State: ui.ReadTable(v.URL, movements), Caption: "Movements", Count: "1 movement",
			Empty: ui.Empty{Icon: ui.IconFunds, Title: "Nothing has moved yet"},
			Rows: []ui.Row{{ID: "e1", Href: "/funds/e1", Cells: map[string]templ.Component{
				"day":    ui.Day(civil.MustParseDate("2026-11-21")),
				"item":   ui.Text("Call tracking"),
				"amount": ui.MoneyMove(money.MustParse("-98.5"), "UAH"),
			}}},
		}
		site.Render(w, r, http.StatusOK, ui.Page{Title: "Movements", Section: "funds", Actions: period.Draw()}, table.Draw())
	})

	answer := httptest.NewRecorder()
	site.ServeHTTP(answer, httptest.NewRequest(http.MethodGet, "/funds?sort=amount&period=7d", nil))
	fmt.Println(answer.Code, strings.Contains(answer.Body.String(), "−98.50\u00a0₴"))
	// Output: 200 true
}
