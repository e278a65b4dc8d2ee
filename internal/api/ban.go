package api

import (
	"context"
	"net/http"
	"net/netip"
	"time"

	"bellwether/internal/ban"
	"bellwether/internal/errs"
	"bellwether/internal/ident"
	"bellwether/internal/store"
)

// Ban is a source that a node shuts out of SIP.
type Ban struct {
	Address string    `json:"address"`
	Node    string    `json:"node" doc:"Whose decision it is: each node has its own"`
	Why     string    `json:"why" enum:"scanner,wrong_password,unknown_user,malformed,knocking"`
	Since   time.Time `json:"since"`
	Until   time.Time `json:"until"`
	Times   int       `json:"times" doc:"How often it was shut out lately, this time among them; each time is twice as long"`
}

// Bans are those of all nodes.
type Bans struct {
	Bans []Ban `json:"bans"`
}

// SparedRange is a range of addresses that is never shut out.
type SparedRange struct {
	Range  string    `json:"range"`
	Note   string    `json:"note,omitempty"`
	MadeAt time.Time `json:"made_at"`
	MadeBy string    `json:"made_by"`
}

// SparedRanges are all of them.
type SparedRanges struct {
	Ranges []SparedRange `json:"ranges"`
}

func banRoutes(a *API) {
	const tag = chapterOperator
	read(a, route{method: http.MethodGet, path: "/v1/bans", id: "list-bans", tag: tag, need: needOperator, summary: "List who is shut out of SIP, why and until when", text: "The latest first. Each node decides by itself and says so every few seconds (Rules T-68 and T-127)."}, a.listBans)
	write(a, route{method: http.MethodDelete, path: "/v1/bans/{address}", id: "release-ban", ownRecord: true, tag: tag, need: needOperator, summary: "Let a source in again", text: "On all nodes, within seconds."},
		func(ctx context.Context, tx *store.Tx, in *struct {
			Address string `path:"address" maxLength:"60"`
		},
		) (Removed, error) {
			p, err := a.permitOf(ctx, ident.Operator)
			if err != nil {
				return Removed{}, err
			}
			source, err := netip.ParseAddr(in.Address)
			if err != nil {
				return Removed{}, errs.New(errs.NotFound, "ban.none", "%.60q is not shut out", in.Address).At("address").Try("look at who is shut out now")
			}
			return Removed{in.Address}, ban.Release(ctx, tx, p, source, a.now())
		})
	read(a, route{method: http.MethodGet, path: "/v1/spared-ranges", id: "list-spared-ranges", tag: tag, need: needOperator, summary: "List the addresses that are never shut out of SIP"}, a.listSpared)
	write(a, route{method: http.MethodPost, path: "/v1/spared-ranges", id: "spare-range", ownRecord: true, tag: tag, need: needOperator, status: http.StatusCreated, summary: "Never shut addresses out", text: "Whoever of them is shut out is let in (Rule T-127)."},
		func(ctx context.Context, tx *store.Tx, in *struct {
			Body struct {
				Range string `json:"range" minLength:"2" maxLength:"60" doc:"An address, or a range of /16 at most (IPv6: /32)" example:"192.0.2.0/24"`
				Note  string `json:"note,omitempty" maxLength:"100"`
			}
		},
		) (SparedRange, error) {
			p, err := a.permitOf(ctx, ident.Operator)
			if err != nil {
				return SparedRange{}, err
			}
			made, err := ban.Spare(ctx, tx, p, in.Body.Range, in.Body.Note, a.now())
			return viewSpared(made), err
		})
	write(a, route{method: http.MethodDelete, path: "/v1/spared-ranges", id: "unspare-range", ownRecord: true, tag: tag, need: needOperator, summary: "Take addresses off that list"},
		func(ctx context.Context, tx *store.Tx, in *struct {
			Range string `query:"range" required:"true" maxLength:"60"`
		},
		) (Removed, error) {
			p, err := a.permitOf(ctx, ident.Operator)
			if err != nil {
				return Removed{}, err
			}
			return Removed{in.Range}, ban.Unspare(ctx, tx, p, in.Range, a.now())
		})
}

func (a *API) listBans(ctx context.Context, _ *struct{}) (out Bans, err error) {
	list, err := ban.List(ctx, a.parts.DB, a.now())
	out.Bans = make([]Ban, len(list))
	for i, h := range list {
		out.Bans[i] = Ban{h.Source.String(), h.Node, h.Why, h.Since, h.Until, h.Times}
	}
	return out, err
}

func (a *API) listSpared(ctx context.Context, _ *struct{}) (out SparedRanges, err error) {
	list, err := ban.SparedList(ctx, a.parts.DB)
	out.Ranges = make([]SparedRange, len(list))
	for i, s := range list {
		out.Ranges[i] = viewSpared(s)
	}
	return out, err
}

func viewSpared(s ban.Spared) SparedRange {
	return SparedRange{s.Prefix.String(), s.Note, s.MadeAt, s.MadeBy}
}
