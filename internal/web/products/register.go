package products

import (
	"bellwether/internal/access"
	"bellwether/internal/billing"
	"bellwether/internal/simulate"
	"bellwether/internal/web/cabinet"
	"bellwether/internal/web/funds"
	"bellwether/internal/web/ui"
)

// The articles that explain the pages.
const (
	helpProducts = "/help/products"
	helpBook     = "/help/price-book"
	helpNumbers  = "/help/numbers"
)

// The paths of the pages below a project's.
const (
	pathProducts = string(funds.TabProducts)
	pathBook     = string(funds.TabBook)
	pathNumbers  = "/numbers"
)

// sectionNumbers is the key of the section of numbers in the rail; the other pages stand in that of funds.
const sectionNumbers = "numbers"

// pages are the pages on a cabinet.
type pages struct {
	*cabinet.Cabinet
	replays *simulate.Replays
}

// Register adds the pages. What it gives back replays the lives of projects beside requests: close it before the database.
func Register(c *cabinet.Cabinet) *simulate.Replays {
	p := &pages{c, simulate.NewReplays(c.DB, c.Books)}
	p.products()
	p.book()
	p.numbers()
	return p.replays
}

func (p *pages) products() {
	view, edit := cabinet.Project(access.View, access.Products), cabinet.Project(access.Edit, access.Products)
	const at = "/p/{project}" + pathProducts
	p.Handle("GET "+at, view, p.showProducts)
	p.Handle("GET "+at+"/switch/{product}", edit, p.askSwitch)
	p.Handle("POST "+at+"/switch/{product}", edit, anew(p.doSwitch))
	p.Handle("POST "+at+"/keep", edit, p.keepProducts)
	p.Handle("POST "+at+"/undo", edit, p.undoSwitch)
	p.Handle("GET "+at+"/packages/{package}", edit, p.askPackage)
	p.Handle("POST "+at+"/packages/{package}", edit, anew(p.doPackage))
	p.Handle("GET "+at+"/term", edit, p.askTerm)
	p.Handle("POST "+at+"/term", edit, anew(p.doTerm))
	p.Handle("GET "+at+"/plan", edit, p.askPlan)
	p.Handle("POST "+at+"/plan", edit, anew(p.doPlan))
	p.Handle("POST "+at+"/plan/undo", edit, p.undoPlan)
	p.Commands = append(p.Commands, cabinet.Command{Text: "products.title", Icon: ui.IconFunds, Path: pathProducts, Need: view})
}

func (p *pages) book() {
	view, edit := cabinet.Project(access.View, access.Book), cabinet.Project(access.Edit, access.Book)
	const at = "/p/{project}" + pathBook
	p.Handle("GET "+at, view, p.showBook)
	p.Handle("GET "+at+"/rates", view, p.showRates)
	p.Handle("GET "+at+"/versions/{version}", view, p.showVersion)
	p.Handle("GET "+at+"/versions/{version}/what-if", cabinet.Project(access.View, access.Funds), p.showWhatIf)
	p.Handle("GET "+at+"/versions/{version}/move", edit, p.askMove)
	p.Handle("POST "+at+"/versions/{version}/move", edit, anew(p.doMove))
	p.Handle("POST "+at+"/keep", edit, p.keepBook)
	p.Commands = append(p.Commands, cabinet.Command{Text: "book.title", Icon: ui.IconBook, Path: pathBook, Need: view})
}

func (p *pages) numbers() {
	view, edit, remove := cabinet.Project(access.View, access.Numbers), cabinet.Project(access.Edit, access.Numbers), cabinet.Project(access.Delete, access.Numbers)
	const at = "/p/{project}" + pathNumbers
	p.Handle("GET "+at, view, p.showNumbers)
	p.Handle("GET "+at+"/resting", view, p.showResting)
	p.Handle("GET "+at+"/rent", edit, p.showOffers)
	p.Handle("GET "+at+"/rent/new", edit, p.askRent)
	p.Handle("POST "+at+"/rent/new", edit, anew(p.doRent))
	p.Handle("GET "+at+"/own", edit, p.showOwn)
	p.Handle("GET "+at+"/own/new", edit, p.askOwn)
	p.Handle("POST "+at+"/own/new", edit, anew(p.doOwn))
	p.Handle("GET "+at+"/{number}", view, p.showNumber)
	p.Handle("POST "+at+"/{number}/label", edit, p.setLabel)
	p.Handle("GET "+at+"/{number}/use", edit, p.askUse)
	p.Handle("POST "+at+"/{number}/use", edit, anew(p.doUse))
	p.Handle("GET "+at+"/{number}/release", remove, p.askRelease)
	p.Handle("POST "+at+"/{number}/release", remove, anew(p.doRelease))
	p.Handle("GET "+at+"/{number}/take-back", edit, p.askTakeBack)
	p.Handle("POST "+at+"/{number}/take-back", edit, anew(p.doTakeBack))
	p.Handle("POST "+at+"/{number}/undo-release", edit, p.undoRelease)
	p.AddSection(cabinet.Section{Key: sectionNumbers, Text: "numbers.title", Icon: ui.IconNumbers, Path: pathNumbers, Need: view, Rank: 40})
	p.AddFinder(cabinet.Finder{Kind: "numbers.found", Need: view, Find: p.findNumbers})
	p.Commands = append(p.Commands,
		cabinet.Command{Text: "numbers.rent_title", Icon: ui.IconPlus, Path: pathNumbers + "/rent", Need: edit},
		cabinet.Command{Text: "numbers.own_title", Icon: ui.IconPlus, Path: pathNumbers + "/own", Need: edit})
}

// preview is what a change would do, by the code that makes it for good.
func (p *pages) preview(v *cabinet.Visit, change billing.Change) (billing.Effect, error) {
	return p.Billing.Preview(v.Context(), p.DB, v.Project.ID, change, v.At)
}
