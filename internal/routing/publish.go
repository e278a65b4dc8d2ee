package routing

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"slices"
	"time"

	"bellwether/internal/access"
	"bellwether/internal/billing"
	"bellwether/internal/dialplan"
	"bellwether/internal/errs"
	"bellwether/internal/ident"
	"bellwether/internal/money"
	"bellwether/internal/project"
	"bellwether/internal/staff"
	"bellwether/internal/store"
)

// PBX is the product without which a scheme rings one destination.
const PBX = "virtual_pbx"

// Publish makes the draft the version that counts (Rule T-46). Its mistakes are as dialplan.Problems tells them, and errs.Invalid
// `routing.unknown_reference` for what it names and is not there; a second destination without the PBX is errs.Denied
// `routing.needs_pbx` (Rule T-47), to which Priced adds what the PBX costs. Others: errs.Denied `access.denied`, errs.NotFound
// `routing.no_scheme`, errs.Conflict `routing.no_draft`.
func (s *Service) Publish(ctx context.Context, tx *store.Tx, p access.Permit, id SchemeID, at time.Time) (Scheme, error) {
	before, err := editedScheme(ctx, tx, p, id)
	if err != nil {
		return Scheme{}, err
	}
	if before.Draft == nil {
		return Scheme{}, errs.New(errs.Conflict, "routing.no_draft", "there is nothing new to publish").At(objectScheme)
	}
	return s.publish(ctx, tx, p, before, *before.Draft, 0, at)
}

// RollBack makes an older version count again, as a new version with its content; a draft is dropped. Errors as Publish, and
// errs.NotFound `routing.no_version`.
func (s *Service) RollBack(ctx context.Context, tx *store.Tx, p access.Permit, id SchemeID, version int, at time.Time) (Scheme, error) {
	before, err := editedScheme(ctx, tx, p, id)
	if err != nil {
		return Scheme{}, err
	}
	old, err := GetVersion(ctx, tx, p.Org.Project(), id, version)
	if err != nil {
		return Scheme{}, err
	}
	return s.publish(ctx, tx, p, before, old.Body, version, at)
}

func (s *Service) publish(ctx context.Context, tx *store.Tx, p access.Permit, before Scheme, body dialplan.RoutingScheme, again int, at time.Time) (Scheme, error) {
	if err := s.Check(ctx, tx, p.Org.Project(), body, at); err != nil {
		return Scheme{}, err
	}
	text, err := json.Marshal(plain(body))
	if err != nil {
		return Scheme{}, err
	}
	after := before
	after.Last++
	after.Live, after.Draft, after.ChangedAt, after.ChangedBy = after.Last, nil, at, p.Actor().Name()
	_, err = tx.Exec(ctx, `INSERT INTO routing_version (project_id, scheme_id, version, body, again, published_at, published_by) VALUES ($1, $2, $3, $4, $5, $6, $7)`,
		p.Org.ID, string(before.ID), after.Live, string(text), again, at.UnixMicro(), after.ChangedBy)
	if err != nil {
		return Scheme{}, err
	}
	if err := after.write(ctx, tx, p.Org.Project(), ""); err != nil {
		return Scheme{}, err
	}
	action := "publish"
	if again > 0 {
		action = "roll back"
	}
	return after, note(ctx, tx, p, objectScheme, string(before.ID), action, before, after, at)
}

// Check tells everything that keeps a scheme from being published; see Publish.
func (s *Service) Check(ctx context.Context, q store.Querier, project ident.ProjectID, body dialplan.RoutingScheme, at time.Time) error {
	if err := checkBody(body); err != nil {
		return err
	}
	roster, err := staff.ReadRoster(ctx, q, project)
	if err != nil {
		return err
	}
	prompts, err := Prompts(ctx, q, project)
	if err != nil {
		return err
	}
	if err := errors.Join(unknownTargets(body, roster), unknownPrompts(body, prompts)); err != nil {
		return err
	}
	has, err := s.HasPBX(ctx, q, project, at)
	if err != nil || has {
		return err
	}
	err = body.CheckSingle(StaffOf(roster, nobodyAway))
	var single *errs.Error
	if errors.As(err, &single) {
		return errs.New(errs.Denied, "routing.needs_pbx", "%s", single.Message).At(single.Where).Try(single.Hint).Because(single).With("product", PBX)
	}
	return err
}

// checkBody reads the scheme as strictly as one that comes from outside.
func checkBody(body dialplan.RoutingScheme) error {
	text, err := json.Marshal(plain(body))
	if err != nil {
		return err
	}
	_, err = dialplan.ReadScheme(text)
	return err
}

// plain is a scheme as it is stored: a list of nobody is an empty list.
func plain(body dialplan.RoutingScheme) dialplan.RoutingScheme {
	body.Steps = append([]dialplan.RouteStep{}, body.Steps...)
	for i, step := range body.Steps {
		if step.Ring != nil && step.Ring.Targets == nil {
			ring := *step.Ring
			ring.Targets = []dialplan.Target{}
			body.Steps[i].Ring = &ring
		}
		if step.Queue != nil && step.Queue.Targets == nil {
			queue := *step.Queue
			queue.Targets = []dialplan.Target{}
			body.Steps[i].Queue = &queue
		}
	}
	return body
}

func unknown(where, kind, name string) error {
	return errs.New(errs.Invalid, "routing.unknown_reference", "there is no %s %.60q", kind, name).At(where).Try("choose another one").
		With("kind", kind)
}

// targetsOf are whom a step rings.
func targetsOf(step dialplan.RouteStep) []dialplan.Target {
	switch {
	case step.Ring != nil:
		return step.Ring.Targets
	case step.Queue != nil:
		return step.Queue.Targets
	}
	return nil
}

func unknownTargets(body dialplan.RoutingScheme, roster *staff.Roster) (err error) {
	for i, step := range body.Steps {
		for j, target := range targetsOf(step) {
			where := fmt.Sprintf("steps[%d].%s.targets[%d]", i, step.Kind(), j)
			_, employee := roster.Employee(staff.EmployeeID(target.Employee))
			_, account := roster.ByAccount(target.Account)
			department := slices.ContainsFunc(roster.Departments, func(d access.Department) bool { return string(d.ID) == target.Department })
			switch {
			case target.Employee != "" && !employee:
				err = errors.Join(err, unknown(where, "employee", target.Employee))
			case target.Account != "" && !account:
				err = errors.Join(err, unknown(where, "account", target.Account))
			case target.Department != "" && !department:
				err = errors.Join(err, unknown(where, "department", target.Department))
			}
		}
	}
	return err
}

// promptsOf are the prompts and the music that a step names, by the field that does.
func promptsOf(step dialplan.RouteStep) map[string]string {
	switch {
	case step.Ring != nil:
		return map[string]string{"ring.music": step.Ring.Music}
	case step.Menu != nil:
		return map[string]string{"menu.prompt": step.Menu.Prompt, "menu.wrong": step.Menu.Wrong}
	case step.Say != nil:
		return map[string]string{"say.prompt": step.Say.Prompt}
	case step.Voicemail != nil:
		return map[string]string{"voicemail.greeting": step.Voicemail.Greeting}
	case step.HangUp != nil:
		return map[string]string{"hang_up.prompt": step.HangUp.Prompt}
	case step.Code != nil:
		return map[string]string{"code.prompt": step.Code.Prompt, "code.wrong": step.Code.Wrong, "code.thanks": step.Code.Thanks}
	case step.Queue != nil && step.Queue.Callback != nil:
		c := step.Queue.Callback
		return map[string]string{"queue.music": step.Queue.Music, "queue.callback.prompt": c.Prompt, "queue.callback.done": c.Done}
	case step.Queue != nil:
		return map[string]string{"queue.music": step.Queue.Music}
	}
	return nil
}

func unknownPrompts(body dialplan.RoutingScheme, prompts []Prompt) (err error) {
	for i, step := range body.Steps {
		named := promptsOf(step)
		for _, field := range slices.Sorted(mapKeys(named)) {
			name := named[field]
			if name != "" && !slices.ContainsFunc(prompts, func(p Prompt) bool { return string(p.ID) == name }) {
				err = errors.Join(err, unknown(fmt.Sprintf("steps[%d].%s", i, field), "prompt", name))
			}
		}
	}
	return err
}

// HasPBX reports whether a project's schemes may ring several destinations: it has the PBX, or its book does not sell one.
func (s *Service) HasPBX(ctx context.Context, q store.Querier, id ident.ProjectID, at time.Time) (bool, error) {
	p, err := project.Get(ctx, q, id)
	if err != nil {
		return false, err
	}
	config, err := billing.GetConfiguration(ctx, q, id)
	if err != nil {
		return false, err
	}
	return s.hasPBX(p, config, at)
}

func (s *Service) hasPBX(p *project.Project, config billing.Configuration, at time.Time) (bool, error) {
	tariff, err := p.Tariff(s.Billing.Books, p.Calendar.DayAt(at))
	if err != nil {
		return false, err
	}
	_, sold := tariff.Book.Product(PBX)
	return !sold || slices.Contains(config.Products, PBX), nil
}

// Offer is what a product would cost a project.
type Offer struct {
	Product  string         `json:"product"`
	Currency money.Currency `json:"currency"`
	Monthly  money.Micro    `json:"monthly"`     // by its price list
	Per30    money.Micro    `json:"per_30_days"` // by how much 30 days get dearer, discounts and taxes in it
}

// Price previews a product's switching on. It asks the very code that would charge it, and opens a transaction of its own.
// errs.Invalid `pricing.unknown_product` where the book does not sell it.
func (s *Service) Price(ctx context.Context, id ident.ProjectID, product string, at time.Time) (Offer, error) {
	p, err := project.Get(ctx, s.db, id)
	if err != nil {
		return Offer{}, err
	}
	tariff, err := p.Tariff(s.Billing.Books, p.Calendar.DayAt(at))
	if err != nil {
		return Offer{}, err
	}
	effect, err := s.Billing.Preview(ctx, s.db, id, billing.Change{Products: []billing.Switch{{Product: product, On: true}}}, at)
	if err != nil {
		return Offer{}, err
	}
	sold, _ := tariff.Book.Product(product)
	return Offer{product, p.Currency, sold.Monthly[p.Currency], -effect.Per30Days}, nil
}

// Priced adds to a refusal for want of the PBX what the PBX would cost this project: Params "monthly", "per_30_days" and
// "currency". Other errors stay as they are.
func (s *Service) Priced(ctx context.Context, id ident.ProjectID, refusal error, at time.Time) error {
	var e *errs.Error
	if !errors.As(refusal, &e) || e.Code != "routing.needs_pbx" {
		return refusal
	}
	offer, err := s.Price(ctx, id, PBX, at)
	if err != nil {
		return refusal // a project whose funds have ended, say: that it needs the PBX is as true
	}
	priced := *e
	priced.Params = map[string]any{"product": PBX, "monthly": offer.Monthly, "per_30_days": offer.Per30, "currency": offer.Currency}
	return &priced
}
