package pbx

import (
	"context"
	"net/netip"
	"strings"
	"time"

	"bellwether/internal/errs"
	"bellwether/internal/routing"
	"bellwether/internal/sip"
	"bellwether/internal/staff"
	"bellwether/internal/trunk"
)

// Accounts lets a stack ask who may sign in (sip.Accounts).
type Accounts struct {
	Staff *staff.Service
	Now   func() time.Time
}

// Secret finds what proves an account.
func (a Accounts) Secret(ctx context.Context, user string) (sip.Secret, bool, error) {
	account, err := a.Staff.Account(ctx, user, a.Now())
	if errs.KindOf(err) == errs.NotFound {
		return sip.Secret{}, false, nil
	}
	return sip.Secret{Account: account.UserName, MD5: account.MD5, SHA256: account.SHA256, Version: account.Version, Most: account.Most}, err == nil, err
}

// Registered lets queues know that an account has come, as the stack tells it (sip.Config.Presence).
func (p *PBX) Registered(account string, online bool) {
	if !online {
		return
	}
	if a, err := p.Staff.Account(p.ctx, account, p.Now()); err == nil {
		p.Available(a.Project, string(a.Employee))
	}
}

// SetTrunks tells the stack which trunks there are now. Call it at start, and after each change.
func (p *PBX) SetTrunks(ctx context.Context) error {
	network, err := p.Trunks.Network(ctx, p.Now())
	if err != nil {
		return err
	}
	var all []sip.Trunk
	for _, t := range network.Trunks {
		one, err := p.line(ctx, t)
		if err != nil {
			return err
		}
		all = append(all, one)
	}
	return p.Stack.SetTrunks(all)
}

// line is a trunk as signalling wants it.
func (p *PBX) line(ctx context.Context, t trunk.Trunk) (sip.Trunk, error) {
	server := "sip:" + t.Server
	if t.Transport != trunk.UDP {
		server += ";transport=" + string(t.Transport)
	}
	line := sip.Trunk{ID: string(t.ID), Servers: []string{server}, User: t.User, Register: t.Mode == trunk.ByRegistration, Foreign: t.Project != ""}
	for _, text := range t.Addresses {
		if !strings.Contains(text, "/") {
			if addr, err := netip.ParseAddr(text); err == nil {
				line.Sources = append(line.Sources, netip.PrefixFrom(addr, addr.BitLen()))
			}
			continue
		}
		if prefix, err := netip.ParsePrefix(text); err == nil {
			line.Sources = append(line.Sources, prefix)
		}
	}
	if !line.Register {
		return line, nil
	}
	var err error
	line.Password, err = p.Trunks.Password(ctx, t.ID)
	return line, err
}

// Choose finds out by which of the trunks that name its source a call to a number came (sip.Config.Choose): the one that carries the
// number, else one of the number's project, else one of the operator's. A project that names another's addresses gets none of their calls
// (Rule T-61).
func (p *PBX) Choose(ctx context.Context, among []string, dialled string) (string, error) {
	network, err := p.Trunks.Network(ctx, p.Now())
	if err != nil {
		return "", err
	}
	chosen, best := "", 0
	for _, id := range among {
		t, ok := network.Trunk(trunk.ID(id))
		if !ok {
			continue
		}
		claim, err := p.claim(ctx, t, dialled)
		if err != nil {
			return "", err
		}
		if claim > best {
			chosen, best = id, claim
		}
	}
	return chosen, nil
}

// claim is how good a trunk's claim to a call to a number is; 0: it has none. The operator's have one to whatever is dialled.
func (p *PBX) claim(ctx context.Context, t trunk.Trunk, dialled string) (int, error) {
	const byOperator, byProject, byCarried = 1, 2, 3
	claim := 0
	if t.Project == "" {
		claim = byOperator
	}
	number, err := t.In.Read(dialled)
	var plan *routing.Plan
	if err == nil {
		plan, err = p.Routing.ForNumber(ctx, number, p.Now())
	}
	switch kind := errs.KindOf(err); {
	case err != nil && (kind == errs.NotFound || kind == errs.Invalid): // nobody's number, or none
		return claim, nil
	case err != nil:
		return 0, err
	case t.Project == plan.Project.ID:
		claim = byProject
	case t.Project != "":
		return 0, nil
	}
	carried, _, err := trunk.Of(ctx, p.DB, string(number))
	if carried.Trunk == t.ID {
		claim = byCarried
	}
	return claim, err
}

// TrunkChanged reports how a trunk is, as the stack tells it (sip.Config.Trunk).
func (p *PBX) TrunkChanged(id string, up bool, why string) {
	if err := p.Trunks.Report(p.ctx, trunk.ID(id), up, why, p.Node, p.Now()); err != nil && p.ctx.Err() == nil {
		p.Log.Error("the state of a trunk is not kept", "trunk", id, "err", err)
	}
}
