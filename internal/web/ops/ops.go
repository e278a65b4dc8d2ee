package ops

import (
	"time"

	"bellwether/internal/access"
	"bellwether/internal/approval"
	"bellwether/internal/bookshelf"
	"bellwether/internal/event"
	"bellwether/internal/lang"
	"bellwether/internal/mail"
	"bellwether/internal/store"
	"bellwether/internal/tracking"
	"bellwether/internal/web/cabinet"
	"bellwether/internal/web/ui"
)

// Parts are what the operator's pages need besides a cabinet's.
type Parts struct {
	Approvals *approval.Service
	Shelf     *bookshelf.Shelf
	Tracking  *tracking.Service // for credit for missed promises (Rule C-111)
	Events    *store.DB         // what visitors did, for the accuracy of an agency's projects
	Node      func() Node
	Version   string // of the program
}

// Node is what a node last said of itself.
type Node struct {
	Ready    bool
	Cause    Cause     // why it is not
	Reason   string    // the same in the words of the log, with what failed
	ClosedAt time.Time // when it last looked for days to close
	SealedAt time.Time // when it last sealed the ledger
	Outbox   []event.Lag
	Mail     mail.Lag
}

// Cause is why a node cannot do its work, as a key of texts.
type Cause lang.Key

// The causes, from the gravest on.
const (
	Starting    Cause = "ops.cause_starting"
	StoreFails  Cause = "ops.cause_store"
	EventsFail  Cause = "ops.cause_events"
	StoreSilent Cause = "ops.cause_silent"
	DaysOpen    Cause = "ops.cause_days"
	NoCalls     Cause = "ops.cause_calls"
)

// pages are the operator's pages on a cabinet.
type pages struct {
	*cabinet.Cabinet
	Parts
	roll roll
}

// The sections of the rail.
const (
	sectionNode     = "op_node"
	sectionProjects = "op_projects"
	sectionAgencies = "op_agencies"
	sectionMoney    = "op_money"
	sectionBooks    = "op_books"
	sectionRates    = "op_rates"
	sectionNumbers  = "op_numbers"
	sectionAudit    = "op_audit"
	sectionClients  = "portfolio"
)

// Register adds the pages and their sections of the rail.
func Register(c *cabinet.Cabinet, parts Parts) {
	p := &pages{Cabinet: c, Parts: parts}
	for _, s := range []cabinet.Section{
		{Key: sectionNode, Text: "ops.node", Icon: ui.IconLive, Path: "", Need: cabinet.Operator(access.View, access.Node), Rank: 10},
		{Key: sectionProjects, Text: "ops.projects", Icon: ui.IconRows, Path: "/projects", Need: cabinet.Operator(access.View, access.Projects), Rank: 20},
		{Key: sectionAgencies, Text: "ops.agencies", Icon: ui.IconPeople, Path: "/agencies", Need: cabinet.Operator(access.View, access.Agencies), Rank: 30},
		{Key: sectionMoney, Text: "ops.money", Icon: ui.IconFunds, Path: "/money", Need: cabinet.Operator(access.View, access.Adjustments), Rank: 40, Count: p.countWaiting},
		{Key: sectionBooks, Text: "ops.books", Icon: ui.IconBook, Path: "/books", Need: cabinet.Operator(access.View, access.PriceBooks), Rank: 110},
		{Key: sectionRates, Text: "ops.rates", Icon: ui.IconCalls, Path: "/rates", Need: cabinet.Operator(access.View, access.Rates), Rank: 120},
		{Key: sectionNumbers, Text: "ops.numbers", Icon: ui.IconNumbers, Path: "/numbers", Need: cabinet.Operator(access.View, access.NumberStock), Rank: 130},
		{Key: sectionAudit, Text: "ops.audit", Icon: ui.IconShield, Path: "/audit", Need: cabinet.Operator(access.View, access.Audit), Rank: 210},
		{Key: sectionClients, Text: "ops.portfolio", Icon: ui.IconRows, Path: "/projects", Need: cabinet.Agency(access.View, access.Portfolio), Rank: 10},
	} {
		c.AddSection(s)
	}
	p.addFinders()
	p.nodeRoutes()
	p.projectRoutes()
	p.promiseRoutes()
	p.agencyRoutes()
	p.moneyRoutes()
	p.bookRoutes()
	p.rateRoutes()
	p.numberRoutes()
	p.auditRoutes()
	c.Front("GET /a/{agency}", cabinet.Agency(access.View, access.Portfolio), func(v *cabinet.Visit) error { return v.Go(v.Path("/projects")) })
	c.Handle("GET /a/{agency}/projects", cabinet.Agency(access.View, access.Portfolio), p.portfolio)
}
