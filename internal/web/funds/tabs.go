package funds

import (
	"bellwether/internal/access"
	"bellwether/internal/web/cabinet"
	"bellwether/internal/web/ui"
)

// Section is the key of the section in the rail that the pages of every tab belong to.
const Section = "funds"

// Tab is one page of the section, by its path below the project.
type Tab string

// The tabs. Those of products and of the price book lead to pages of other packages.
const (
	TabOverview Tab = "/funds"
	TabProducts Tab = "/funds/products"
	TabMovement Tab = "/funds/movement"
	TabBook     Tab = "/funds/book"
	TabForecast Tab = "/funds/forecast"
	TabLoyalty  Tab = "/funds/loyalty"
)

// Tabs are the pages of the section that the reader may see, with the one that is shown.
func Tabs(v *cabinet.Visit, here Tab) []ui.Link {
	var links []ui.Link
	for _, tab := range []struct {
		path   Tab
		text   string
		object access.Object
	}{
		{TabOverview, v.T("funds.tab_overview"), access.Funds},
		{TabProducts, v.T("funds.tab_products"), access.Products},
		{TabMovement, v.T("funds.tab_movement"), access.Funds},
		{TabBook, v.T("funds.tab_book"), access.Book},
		{TabForecast, v.T("funds.tab_forecast"), access.Funds},
		{TabLoyalty, v.T("funds.tab_loyalty"), access.Funds},
	} {
		if v.May(access.View, tab.object) {
			links = append(links, ui.Link{Text: tab.text, Href: v.Path(string(tab.path)), Here: tab.path == here})
		}
	}
	return links
}
