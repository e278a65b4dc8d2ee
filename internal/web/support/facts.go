package support

import (
	"context"
	"slices"
	"strconv"
	"strings"

	"bellwether/internal/access"
	"bellwether/internal/account"
	"bellwether/internal/billing"
	"bellwether/internal/errs"
	"bellwether/internal/ident"
	"bellwether/internal/project"
	"bellwether/internal/store"
	talk "bellwether/internal/support"
	"bellwether/internal/web/cabinet"
	"bellwether/internal/web/ui"
)

// facts are what the desk sees of whoever writes.
type facts struct {
	name, email string
	role        string
	org         ui.Link
	page        ui.Link
	pageWhen    string
	refresh     string
	topic       string
	project     *projectFacts // nil where they write from none
}

// projectFacts are those of a project.
type projectFacts struct {
	balance  ui.Balance
	state    string
	tone     ui.Tone
	book     string
	products string
}

func factsPath(c talk.Conversation) string {
	return deskBase + "/" + strconv.FormatInt(int64(c.ID), 10) + "/facts"
}

// factsOf reads the facts about a conversation's person and organisation.
func (p *pages) factsOf(ctx context.Context, q store.Querier, v *cabinet.Visit, c talk.Conversation) (facts, error) {
	f := facts{refresh: factsPath(c)}
	person, err := account.GetUser(ctx, q, c.Person)
	if err != nil && errs.KindOf(err) != errs.NotFound {
		return f, err
	}
	f.name, f.email = person.Name, person.Email
	if c.Org != (ident.Org{}) {
		f.org = ui.Link{Text: p.orgName(ctx, q, v, c.Org), Href: cabinet.Base(c.Org)}
		if m, err := access.GetMember(ctx, q, c.Org, c.Person); err == nil {
			f.role = roleName(ctx, q, v, m)
		}
	}
	if c.Page != "" {
		f.page, f.pageWhen = ui.Link{Text: c.Page, Href: c.Page}, v.Ago(c.PageAt, v.At)
	}
	if id := c.Org.Project(); id != "" {
		f.topic = cabinet.Topic(c.Org, cabinet.TopicBalance)
		f.project, err = p.projectFacts(ctx, q, v, id)
		if errs.KindOf(err) == errs.NotFound {
			f.project, err = nil, nil
		}
	} else {
		err = nil
	}
	return f, err
}

// roleName is what people call a member's role.
func roleName(ctx context.Context, q store.Querier, v *cabinet.Visit, m access.Member) string {
	if name, ok := cabinet.BuiltinRole(v.Printer, m.Role); ok {
		return name
	}
	r, err := access.FindRole(ctx, q, m.Org, m.Role)
	if err != nil {
		return string(m.Role)
	}
	return r.Name
}

func (p *pages) projectFacts(ctx context.Context, q store.Querier, v *cabinet.Visit, id ident.ProjectID) (*projectFacts, error) {
	found, err := project.Get(ctx, q, id)
	if err != nil {
		return nil, err
	}
	end, funds, err := p.FundsEnd(ctx, q, id, v.At)
	if err != nil {
		return nil, err
	}
	standing, err := billing.GetStanding(ctx, q, id)
	if err != nil {
		return nil, err
	}
	config, err := billing.GetConfiguration(ctx, q, id)
	if err != nil {
		return nil, err
	}
	period := found.BookAt(standing.NextDay)
	facts := &projectFacts{
		balance: ui.Balance{Amount: funds.Balance(), Currency: funds.Currency, Days: end.FullDays, Lasting: !end.Within, Tone: cabinet.ToneOfDays(end)},
		book:    period.Book + " " + period.Version,
	}
	facts.state, facts.tone = cabinet.StateOf(v.Printer, standing.State)
	if period.Plan != "" {
		facts.book += ", " + period.Plan
	}
	facts.products = strings.Join(p.titles(v, period, config.Products), ", ")
	return facts, nil
}

// titles are the names of products in the reader's language.
func (p *pages) titles(v *cabinet.Visit, period project.BookPeriod, products []string) []string {
	book, err := p.Books.Get(period.Book, period.Version)
	if err != nil {
		return products
	}
	names := make([]string, len(products))
	for i, name := range products {
		names[i] = name
		for _, product := range book.Products {
			if product.Name == name {
				names[i] = product.Title.In(string(v.Lang))
			}
		}
	}
	slices.Sort(names)
	return names
}

// deskFacts answers with the facts alone, for a live update.
func (p *pages) deskFacts(v *cabinet.Visit) error {
	c, _, err := p.conversation(v)
	if err != nil {
		return err
	}
	f, err := p.factsOf(v.Context(), p.DB, v, c)
	if err != nil {
		return err
	}
	return v.RenderPart(factsList(f))
}
