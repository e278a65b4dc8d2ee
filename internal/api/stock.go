package api

import (
	"context"
	"net/http"
	"time"

	numbers "bellwether/internal/number"
	"bellwether/internal/store"
)

// StockNumber is a number of the operator's.
type StockNumber struct {
	Number   string        `json:"number" doc:"E.164" example:"+380441234567"`
	Country  string        `json:"country,omitempty" doc:"ISO 3166; none for international networks" example:"UA"`
	Area     string        `json:"area,omitempty" doc:"Area code without the country's" example:"44"`
	AreaName string        `json:"area_name,omitempty" example:"Kyiv city"`
	Kind     string        `json:"kind" enum:"local,mobile,toll_free"`
	Carrier  string        `json:"carrier,omitempty" doc:"A note on carrier and trunk" example:"Vega, trunk 2"`
	State    numbers.State `json:"state" enum:"free,rented,quarantine,retired"`
	Since    time.Time     `json:"since" doc:"Of the state"`
	Until    time.Time     `json:"until,omitzero" doc:"When a quarantine ends; none while it lasts as long as its project is dry"`
	Project  string        `json:"project,omitempty" doc:"Which holds it, or in quarantine held it last"`
}

func viewStock(e numbers.Entry) StockNumber {
	return StockNumber{
		Number: e.Number, Country: e.Country, Area: e.Area, AreaName: e.AreaName, Kind: e.Kind, Carrier: e.Carrier,
		State: e.State, Since: e.Since, Until: e.Until, Project: string(e.Project),
	}
}

// StockFilter chooses numbers of the stock.
type StockFilter struct {
	State   string `query:"state" enum:"free,rented,quarantine,retired"`
	Country string `query:"country" maxLength:"2" doc:"ISO 3166"`
	Area    string `query:"area" maxLength:"10" doc:"Area code"`
	Kind    string `query:"kind" enum:"local,mobile,toll_free"`
	Holder  string `query:"project" maxLength:"64" doc:"The project that holds it, or held it last"`
	Text    string `query:"text" maxLength:"100" doc:"Part of the number, of the area's name or of the carrier's note"`
}

func (f StockFilter) domain() numbers.Filter {
	return numbers.Filter{State: numbers.State(f.State), Country: f.Country, Area: f.Area, Kind: f.Kind, Project: f.Holder, Text: f.Text}
}

// NewNumber is a number to be added to the stock.
type NewNumber struct {
	Number   string `json:"number" maxLength:"20" doc:"E.164" example:"+380441234567"`
	Kind     string `json:"kind,omitempty" enum:"local,mobile,toll_free" doc:"By the numbering plan where left out, and so on"`
	Carrier  string `json:"carrier,omitempty" maxLength:"100" doc:"A note on carrier and trunk"`
	Country  string `json:"country,omitempty" maxLength:"2"`
	Area     string `json:"area,omitempty" maxLength:"10"`
	AreaName string `json:"area_name,omitempty" maxLength:"100"`
}

// StockStep is a change of a number's state.
type StockStep struct {
	At      time.Time     `json:"at"`
	By      string        `json:"by" doc:"Who did it: a key, a command, a rule" example:"key 069kq0vmbg7q2p4e"`
	From    numbers.State `json:"from,omitempty" doc:"None for a number that was not known"`
	To      numbers.State `json:"to,omitempty" doc:"None for an own number that its customer took away"`
	Until   time.Time     `json:"until,omitzero"`
	Project string        `json:"project,omitempty"`
}

const stockText = "A number is free, rented, in quarantine after a project, or retired. "

func stockRoutes(a *API) {
	const tag = chapterNumbers
	read(a, route{
		method: http.MethodGet, path: "/v1/numbers", id: "list-stock", tag: tag, need: needOperator,
		summary: "List the operator's numbers", text: stockText + "In the order of numbers.",
	}, a.listStock)
	read(a, route{
		method: http.MethodGet, path: "/v1/number-counts", id: "count-stock", tag: tag, need: needOperator,
		summary: "Count the operator's numbers by country, area, kind and state",
	}, a.countStock)
	write(a, route{
		method: http.MethodPost, path: "/v1/numbers", id: "add-numbers", tag: tag, need: needOperator, status: http.StatusCreated, mostBytes: mostStockBytes,
		summary: "Add numbers to the stock", text: "All or none: `number.bad_list` names what is wrong by its place in the list (Rule N-02).",
	}, a.addNumbers)
	write(a, route{
		method: http.MethodPost, path: "/v1/numbers/{number}/retire", id: "retire-number", state: stocked, tag: tag, need: needOperator,
		summary: "Keep a number from everybody", text: "Refused with `number.held` while a project has it (Rule N-03).",
	}, a.retireNumber)
	write(a, route{
		method: http.MethodPost, path: "/v1/numbers/{number}/put-back", id: "put-back-number", state: stocked, tag: tag, need: needOperator,
		summary: "Free a retired number, or end its quarantine", text: "Refused with `number.held` while a project has it (Rule N-03).",
	}, a.putBackNumber)
	read(a, route{
		method: http.MethodGet, path: "/v1/numbers/{number}/history", id: "get-number-history", tag: tag, need: needOperator,
		summary: "What happened to a number", text: "Own numbers of projects too, also after they are gone. Empty for one that never was known.",
	}, a.numberHistory)
}

// mostStockBytes is room for the longest list of numbers with all their texts.
const mostStockBytes = 4 << 20

func (a *API) listStock(ctx context.Context, in *struct {
	StockFilter
	Paging
},
) (Page[StockNumber], error) {
	const list = "stock"
	after, err := in.after(list)
	if err != nil {
		return Page[StockNumber]{}, err
	}
	found, err := numbers.List(ctx, a.parts.DB, in.domain(), after, in.Limit+1)
	if err != nil {
		return Page[StockNumber]{}, err
	}
	return newPage(list, in.Limit, found, viewStock, func(e numbers.Entry) string { return e.Number }), nil
}

// StockCount is how many numbers of a kind and area stand in a state.
type StockCount struct {
	Country  string        `json:"country,omitempty"`
	Area     string        `json:"area,omitempty"`
	AreaName string        `json:"area_name,omitempty"`
	Kind     string        `json:"kind" enum:"local,mobile,toll_free"`
	State    numbers.State `json:"state" enum:"free,rented,quarantine,retired"`
	Numbers  int64         `json:"numbers"`
}

// StockCounts count the stock.
type StockCounts struct {
	Counts []StockCount `json:"counts"`
}

func (a *API) countStock(ctx context.Context, in *struct{ StockFilter }) (StockCounts, error) {
	counts, err := numbers.Counts(ctx, a.parts.DB, in.domain())
	out := StockCounts{Counts: make([]StockCount, len(counts))}
	for i, c := range counts {
		out.Counts[i] = StockCount(c)
	}
	return out, err
}

// AddedNumbers says how many numbers were added.
type AddedNumbers struct {
	Added int `json:"added"`
}

func (a *API) addNumbers(ctx context.Context, tx *store.Tx, in *struct {
	Body struct {
		Numbers []NewNumber `json:"numbers" minItems:"1" maxItems:"10000"`
	}
},
) (AddedNumbers, error) {
	items := make([]numbers.Item, len(in.Body.Numbers))
	for i, n := range in.Body.Numbers {
		items[i] = numbers.Item{Line: i + 1, Number: n.Number, Kind: n.Kind, Carrier: n.Carrier, Country: n.Country, Area: n.Area, AreaName: n.AreaName}
	}
	return AddedNumbers{len(items)}, a.parts.Numbers.Add(ctx, tx, items, callerOf(ctx).name(), a.now())
}

type stockPath struct {
	Number string `path:"number" maxLength:"20" doc:"E.164, its + written as %2B or as it is"`
}

func (a *API) retireNumber(ctx context.Context, tx *store.Tx, in *stockPath) (StockNumber, error) {
	e, err := a.parts.Numbers.Retire(ctx, tx, in.Number, callerOf(ctx).name(), a.now())
	return viewStock(e), err
}

func (a *API) putBackNumber(ctx context.Context, tx *store.Tx, in *stockPath) (StockNumber, error) {
	e, err := a.parts.Numbers.PutBack(ctx, tx, in.Number, callerOf(ctx).name(), a.now())
	return viewStock(e), err
}

// StockHistory is what happened to a number.
type StockHistory struct {
	Steps []StockStep `json:"steps" doc:"Oldest first"`
}

func (a *API) numberHistory(ctx context.Context, in *stockPath) (StockHistory, error) {
	steps, err := numbers.History(ctx, a.parts.DB, in.Number)
	out := StockHistory{Steps: make([]StockStep, len(steps))}
	for i, s := range steps {
		out.Steps[i] = StockStep{At: s.At, By: s.By, From: s.From, To: s.To, Until: s.Until, Project: string(s.Project)}
	}
	return out, err
}
