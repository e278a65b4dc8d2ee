package tracking

import (
	"context"
	"encoding/json"
	"slices"
	"time"

	"bellwether/internal/access"
	"bellwether/internal/audit"
	"bellwether/internal/errs"
	"bellwether/internal/event"
	"bellwether/internal/ident"
	"bellwether/internal/phone"
	"bellwether/internal/store"
)

const objectLead = "lead"

// LeadChanged is the topic of an event about a lead that somebody told of or went on with.
const LeadChanged = "lead.changed"

// Order is a lead that a shop or a CRM tells of, with the visitor's code where the buyer gave it (Rule C-95).
type Order struct {
	Reference string // its number there: told of twice, it is one
	Phone     string
	Email     string
	Name      string
	Promo     string
	Form      string    // which shop, which form
	At        time.Time // when it was made
}

func (o *Order) check(country string) error {
	if !ident.Line(o.Reference, longestName) {
		return errs.New(errs.Invalid, "tracking.bad_lead", "an order has a number of 1 to %d characters in one line", longestName).At("reference")
	}
	for field, text := range map[string]string{"phone": o.Phone, "email": o.Email, "name": o.Name, "form": o.Form} {
		if text != "" && !ident.Line(text, longestText) {
			return errs.New(errs.Invalid, "tracking.bad_lead", "write up to %d characters in one line", longestText).At(field)
		}
	}
	if o.Phone == "" {
		return nil
	}
	number, err := phone.Parse(o.Phone, country)
	if err != nil {
		return errs.New(errs.Invalid, "tracking.bad_lead", "%.40q is not a number", o.Phone).At("phone").Try("write it like +380671234567")
	}
	o.Phone = string(number)
	return nil
}

// AddOrder keeps a lead that somebody told of. With a visitor's code it is the lead of that visit, and the telephone left is known to be
// the visitor's (Rule C-95). An order that is told of again is given as it is kept. The trail of it is in the core. Errors:
// errs.Denied `access.denied`; errs.Invalid `tracking.bad_lead`, `tracking.bad_promo`; errs.NotFound `tracking.no_promo`.
func (s *Service) AddOrder(ctx context.Context, core, events *store.DB, p access.Permit, o Order, country string, at time.Time) (lead LeadRecord, err error) {
	project, err := mayLead(p)
	if err != nil {
		return LeadRecord{}, err
	}
	if err := o.check(country); err != nil {
		return LeadRecord{}, err
	}
	if o.At.IsZero() {
		o.At = at
	}
	var added bool
	err = events.Write(ctx, func(ctx context.Context, tx *store.Tx) error {
		found, err := readLeads(ctx, tx, "l.project_id = $1 AND l.reference = $2", []any{string(project), o.Reference})
		if err != nil {
			return err
		}
		if added = len(found) == 0; !added {
			lead = found[0]
			return nil
		}
		lead, err = s.keepOrder(ctx, tx, project, o, at)
		return err
	})
	if err != nil || !added {
		return lead, err
	}
	return lead, leadChanged(ctx, core, p, "add", nil, lead, at)
}

func (s *Service) keepOrder(ctx context.Context, tx *store.Tx, project ident.ProjectID, o Order, at time.Time) (LeadRecord, error) {
	var visit VisitID
	var code PromoCode
	if o.Promo != "" {
		var err error
		if code, err = ParsePromo(o.Promo); err != nil {
			return LeadRecord{}, err
		}
		if visit, err = VisitOfPromo(ctx, tx, project, code, o.At); err != nil {
			return LeadRecord{}, err
		}
	}
	id := s.ids.Next(at)
	if err := tx.Insert(ctx, "tracking_lead", leadColumns, [][]any{{
		string(project), id, int64(visit), OrderLead, o.Form, o.Phone, o.Email, o.Name, "", int(NoConsent), 0, string(code), o.Reference, string(NewLead), at.UnixMicro(), "",
	}}); err != nil {
		return LeadRecord{}, err
	}
	lead, err := GetLead(ctx, tx, project, LeadID(id))
	if err == nil && lead.Visitor != "" && o.Phone != "" {
		_, err = tx.Exec(ctx, `UPDATE tracking_visitor SET phone = $3 WHERE project_id = $1 AND visitor_id = $2`, string(project), lead.Visitor, o.Phone)
	}
	return lead, err
}

// SetLeadState says how far somebody has come with a lead. The trail of it is in the core. Errors: errs.Denied `access.denied`;
// errs.NotFound `tracking.no_lead`; errs.Invalid `tracking.bad_lead`.
func (s *Service) SetLeadState(ctx context.Context, core, events *store.DB, p access.Permit, id LeadID, state LeadState, at time.Time) (before, after LeadRecord, err error) {
	project, err := mayLead(p)
	if err != nil {
		return before, after, err
	}
	if !slices.Contains(LeadStates, state) {
		return before, after, errs.New(errs.Invalid, "tracking.bad_lead", "%.40q is no state of a lead", string(state)).At("state").Try("choose one of: new, working, won, lost")
	}
	err = events.Write(ctx, func(ctx context.Context, tx *store.Tx) error {
		if before, err = GetLead(ctx, tx, project, id); err != nil {
			return err
		}
		after = before
		after.State, after.StateAt, after.StateBy = state, at, p.Actor().Name()
		_, err = tx.Exec(ctx, `UPDATE tracking_lead SET state = $3, state_at = $4, state_by = $5 WHERE project_id = $1 AND lead_id = $2`,
			string(project), int64(id), string(state), at.UnixMicro(), after.StateBy)
		return err
	})
	if err != nil || before.State == state {
		return before, after, err
	}
	return before, after, leadChanged(ctx, core, p, "state", &before, after, at)
}

// mayLead asks for the right to work on leads: nobody is responsible for one.
func mayLead(p access.Permit) (ident.ProjectID, error) {
	reach, err := p.May(access.Edit, access.Clients)
	if err != nil {
		return "", err
	}
	if p.Org.Project() == "" || !reach.Covers("") {
		return "", errs.New(errs.Denied, "access.denied", "leads belong to a project, and to those who work with new clients")
	}
	return p.Org.Project(), nil
}

// leadChanged notes a change in the trail, which keeps no name and no number, and tells of it.
func leadChanged(ctx context.Context, core *store.DB, p access.Permit, action string, before *LeadRecord, after LeadRecord, at time.Time) error {
	kept := func(l *LeadRecord) any {
		if l == nil {
			return nil
		}
		return map[string]string{"state": string(l.State), "kind": l.Kind, "reference": l.Reference, "promo": string(l.Promo)}
	}
	body, err := json.Marshal(map[string]string{"lead": after.ID.String(), "state": string(after.State)})
	if err != nil {
		return err
	}
	return core.Write(ctx, func(ctx context.Context, tx *store.Tx) error {
		if err := audit.Write(ctx, tx, p.Actor(), at, audit.Change{
			Org: p.Org, Object: objectLead, ObjectID: after.ID.String(), Action: action, Before: kept(before), After: kept(&after),
		}); err != nil {
			return err
		}
		return event.Emit(ctx, tx, event.Event{Project: p.Org.Project(), Topic: LeadChanged, Body: body})
	})
}
