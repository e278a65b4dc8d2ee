package api

import (
	"context"
	"net/http"
	"time"

	"bellwether/internal/access"
	"bellwether/internal/ident"
	"bellwether/internal/phone"
	"bellwether/internal/store"
	"bellwether/internal/trunk"
)

// Trunk is a line to a carrier, and how it is. Its password is never shown.
type Trunk struct {
	ID trunk.ID `json:"id"`
	TrunkSettings
	Health TrunkHealth `json:"health"`
}

// TrunkHealth is how a trunk was when it was last heard of.
type TrunkHealth struct {
	State   string    `json:"state" enum:"unknown,up,down"`
	Since   time.Time `json:"since,omitzero"`
	Error   string    `json:"last_error,omitempty"`
	ErrorAt time.Time `json:"last_error_at,omitzero"`
}

// TrunkFormat is how a carrier writes numbers.
type TrunkFormat struct {
	Style   trunk.Style `json:"style" enum:"e164,digits,national"`
	Country string      `json:"country,omitempty" maxLength:"2" doc:"Of national: ISO 3166"`
	Prefix  string      `json:"prefix,omitempty" maxLength:"15" doc:"Digits, * and # in front of every number"`
}

// TrunkSettings are what a trunk is given.
type TrunkSettings struct {
	Name      string             `json:"name" minLength:"1" maxLength:"100"`
	Enabled   bool               `json:"enabled"`
	Priority  int                `json:"priority" minimum:"0" maximum:"1000" doc:"Lower ones are tried first"`
	Mode      trunk.Mode         `json:"mode" enum:"registration,address"`
	Transport trunk.Transport    `json:"transport" enum:"udp,tcp,tls"`
	Server    string             `json:"server" maxLength:"255" example:"sip.carrier.example:5060"`
	User      string             `json:"user,omitempty" maxLength:"255"`
	Addresses []string           `json:"addresses,omitempty" maxItems:"100" doc:"By address: whence calls come"`
	Prefixes  []string           `json:"prefixes,omitempty" maxItems:"100" doc:"Digits that destinations begin with; all where left out"`
	Out       TrunkFormat        `json:"out" doc:"Of the numbers we send"`
	In        TrunkFormat        `json:"in" doc:"Of the numbers we get"`
	Policy    trunk.CallerPolicy `json:"caller_policy" enum:"any,own,fixed"`
	Caller    string             `json:"caller,omitempty" maxLength:"20"`
	Most      int                `json:"most_channels,omitempty" minimum:"0" maximum:"10000" doc:"Calls at once; no bound where left out"`
}

// TrunkWish is a trunk to be, with its password.
type TrunkWish struct {
	TrunkSettings
	Password string `json:"password,omitempty" maxLength:"200" doc:"Of a trunk that registers; left out to keep the one it has"`
}

// Trunks are lines in the order in which they are tried.
type Trunks struct {
	Trunks []Trunk `json:"trunks"`
}

// OneTrunk is a trunk of a project, by its path.
type OneTrunk struct {
	Of
	Trunk string `path:"trunk" maxLength:"64"`
}

// OneHouseTrunk is a trunk of the operator, by its path.
type OneHouseTrunk struct {
	Trunk string `path:"trunk" maxLength:"64"`
}

const trunkText = "A project's trunk carries its own calls and the numbers it brought along (Rules T-54, T-55)."

func trunkRoutes(a *API) {
	const tag, mine, house = chapterTelephony, "/v1/projects/{project}/trunks", "/v1/trunks"
	read(a, route{method: http.MethodGet, path: mine, id: "list-trunks", tag: tag, need: needTelephony, summary: "List the project's trunks and how they are"},
		func(ctx context.Context, in *struct{ Of }) (Trunks, error) { return a.listTrunks(ctx, in.id()) })
	write(a, route{method: http.MethodPost, path: mine, id: "add-trunk", tag: tag, need: needTelephonyWrite, status: http.StatusCreated, ownRecord: true, summary: "Add a trunk", text: trunkText},
		func(ctx context.Context, tx *store.Tx, in *struct {
			Of
			Body TrunkWish
		},
		) (Trunk, error) {
			return a.saveTrunk(ctx, ident.ProjectOrg(in.id()), func(p access.Permit) (trunk.Trunk, error) {
				return a.parts.Trunks.Add(ctx, tx, p, in.Body.trunk(""), in.Body.Password, a.now())
			})
		})
	write(a, route{method: http.MethodPut, path: mine + "/{trunk}", id: "edit-trunk", tag: tag, need: needTelephonyWrite, ownRecord: true, summary: "Change a trunk", text: "Another server or user asks for the password again."},
		func(ctx context.Context, tx *store.Tx, in *struct {
			OneTrunk
			Body TrunkWish
		},
		) (Trunk, error) {
			return a.saveTrunk(ctx, ident.ProjectOrg(in.id()), func(p access.Permit) (trunk.Trunk, error) {
				return a.parts.Trunks.Edit(ctx, tx, p, in.Body.trunk(in.Trunk), in.Body.Password, a.now())
			})
		})
	write(a, route{method: http.MethodDelete, path: mine + "/{trunk}", id: "remove-trunk", ownRecord: true, tag: tag, need: needTelephonyWrite, summary: "Remove a trunk"},
		func(ctx context.Context, tx *store.Tx, in *OneTrunk) (Removed, error) {
			return a.removeTrunk(ctx, tx, ident.ProjectOrg(in.id()), in.Trunk)
		})
	read(a, route{method: http.MethodGet, path: house, id: "list-operator-trunks", tag: tag, need: needOperator, summary: "List the operator's trunks and how they are"},
		func(ctx context.Context, _ *struct{}) (Trunks, error) { return a.listTrunks(ctx, "") })
	write(a, route{method: http.MethodPost, path: house, id: "add-operator-trunk", tag: tag, need: needOperator, status: http.StatusCreated, ownRecord: true, summary: "Add a trunk of the operator"},
		func(ctx context.Context, tx *store.Tx, in *struct{ Body TrunkWish }) (Trunk, error) {
			return a.saveTrunk(ctx, ident.Operator, func(p access.Permit) (trunk.Trunk, error) {
				return a.parts.Trunks.Add(ctx, tx, p, in.Body.trunk(""), in.Body.Password, a.now())
			})
		})
	write(a, route{method: http.MethodPut, path: house + "/{trunk}", id: "edit-operator-trunk", tag: tag, need: needOperator, ownRecord: true, summary: "Change a trunk of the operator", text: "Another server or user asks for the password again."},
		func(ctx context.Context, tx *store.Tx, in *struct {
			OneHouseTrunk
			Body TrunkWish
		},
		) (Trunk, error) {
			return a.saveTrunk(ctx, ident.Operator, func(p access.Permit) (trunk.Trunk, error) {
				return a.parts.Trunks.Edit(ctx, tx, p, in.Body.trunk(in.Trunk), in.Body.Password, a.now())
			})
		})
	write(a, route{method: http.MethodDelete, path: house + "/{trunk}", id: "remove-operator-trunk", ownRecord: true, tag: tag, need: needOperator, summary: "Remove a trunk of the operator"},
		func(ctx context.Context, tx *store.Tx, in *OneHouseTrunk) (Removed, error) {
			return a.removeTrunk(ctx, tx, ident.Operator, in.Trunk)
		})
}

// CarriedNumber is a number that a trunk carries.
type CarriedNumber struct {
	Number string   `json:"number"`
	Trunk  trunk.ID `json:"trunk"`
	Most   int      `json:"most_channels" doc:"Calls at once to the number; 0 for no bound of its own (Rule T-57)"`
}

// CarryWish is what is said of a number that a trunk is to carry.
type CarryWish struct {
	Most int `json:"most_channels,omitempty" minimum:"0" maximum:"10000" doc:"Calls at once to the number; no bound where left out"`
}

func carryRoutes(a *API) {
	const tag, mine, house = chapterTelephony, "/v1/projects/{project}/trunks/{trunk}/numbers/{number}", "/v1/trunks/{trunk}/numbers/{number}"
	const text = "No other trunk carries it from then on (Rule T-55)."
	write(a, route{method: http.MethodPut, path: mine, id: "carry-number", tag: tag, need: needTelephonyWrite, ownRecord: true, summary: "Let a trunk carry a number that the project brought along", text: text},
		func(ctx context.Context, tx *store.Tx, in *struct {
			OneTrunk
			Number string `path:"number" maxLength:"20" doc:"E.164"`
			Body   CarryWish
		},
		) (CarriedNumber, error) {
			return a.carry(ctx, tx, ident.ProjectOrg(in.id()), in.Trunk, in.Number, in.Body.Most)
		})
	write(a, route{method: http.MethodDelete, path: mine, id: "drop-number", tag: tag, need: needTelephonyWrite, ownRecord: true, summary: "Let a trunk carry a number no longer"},
		func(ctx context.Context, tx *store.Tx, in *struct {
			OneTrunk
			Number string `path:"number" maxLength:"20" doc:"E.164"`
		},
		) (Removed, error) {
			return a.dropNumber(ctx, tx, ident.ProjectOrg(in.id()), in.Trunk, in.Number)
		})
	write(a, route{method: http.MethodPut, path: house, id: "carry-operator-number", tag: tag, need: needOperator, ownRecord: true, summary: "Let a trunk of the operator carry a number", text: text},
		func(ctx context.Context, tx *store.Tx, in *struct {
			OneHouseTrunk
			Number string `path:"number" maxLength:"20" doc:"E.164"`
			Body   CarryWish
		},
		) (CarriedNumber, error) {
			return a.carry(ctx, tx, ident.Operator, in.Trunk, in.Number, in.Body.Most)
		})
	write(a, route{method: http.MethodDelete, path: house, id: "drop-operator-number", tag: tag, need: needOperator, ownRecord: true, summary: "Let a trunk of the operator carry a number no longer"},
		func(ctx context.Context, tx *store.Tx, in *struct {
			OneHouseTrunk
			Number string `path:"number" maxLength:"20" doc:"E.164"`
		},
		) (Removed, error) {
			return a.dropNumber(ctx, tx, ident.Operator, in.Trunk, in.Number)
		})
}

func (a *API) carry(ctx context.Context, tx *store.Tx, org ident.Org, id, number string, most int) (CarriedNumber, error) {
	p, err := a.permitOf(ctx, org)
	if err != nil {
		return CarriedNumber{}, err
	}
	return CarriedNumber{number, trunk.ID(id), most}, a.parts.Trunks.Carry(ctx, tx, p, trunk.ID(id), number, most, a.now())
}

func (a *API) dropNumber(ctx context.Context, tx *store.Tx, org ident.Org, id, number string) (Removed, error) {
	p, err := a.permitOf(ctx, org)
	if err != nil {
		return Removed{}, err
	}
	return Removed{number}, a.parts.Trunks.Drop(ctx, tx, p, trunk.ID(id), number, a.now())
}

func (w TrunkWish) trunk(id string) trunk.Trunk {
	return trunk.Trunk{
		ID: trunk.ID(id), Name: w.Name, Enabled: w.Enabled, Priority: w.Priority, Mode: w.Mode, Transport: w.Transport, Server: w.Server, User: w.User,
		Addresses: w.Addresses, Prefixes: w.Prefixes, Out: trunk.Format(w.Out), In: trunk.Format(w.In), Policy: w.Policy, Caller: phone.Number(w.Caller), MostChannels: w.Most,
	}
}

func viewTrunk(t trunk.Trunk, h trunk.Health) Trunk {
	view := Trunk{ID: t.ID, TrunkSettings: TrunkSettings{
		Name: t.Name, Enabled: t.Enabled, Priority: t.Priority, Mode: t.Mode, Transport: t.Transport, Server: t.Server, User: t.User, Addresses: t.Addresses,
		Prefixes: t.Prefixes, Out: TrunkFormat(t.Out), In: TrunkFormat(t.In), Policy: t.Policy, Caller: string(t.Caller), Most: t.MostChannels,
	}, Health: TrunkHealth{State: "unknown", Since: h.Since, Error: h.Reason, ErrorAt: h.ErrorAt}}
	if h.Known {
		view.Health.State = map[bool]string{true: "up", false: "down"}[h.Up]
	}
	return view
}

func (a *API) listTrunks(ctx context.Context, id ident.ProjectID) (out Trunks, err error) {
	return out, a.snapshot(ctx, func(ctx context.Context, q store.Querier) error {
		list, err := trunk.OfProject(ctx, q, id)
		if err != nil {
			return err
		}
		healths, err := trunk.Healths(ctx, q)
		out.Trunks = make([]Trunk, len(list))
		for i, t := range list {
			out.Trunks[i] = viewTrunk(t, healths[t.ID])
		}
		return err
	})
}

func (a *API) saveTrunk(ctx context.Context, org ident.Org, save func(access.Permit) (trunk.Trunk, error)) (Trunk, error) {
	p, err := a.permitOf(ctx, org)
	if err != nil {
		return Trunk{}, err
	}
	t, err := save(p)
	return viewTrunk(t, trunk.Health{}), err
}

func (a *API) removeTrunk(ctx context.Context, tx *store.Tx, org ident.Org, id string) (Removed, error) {
	p, err := a.permitOf(ctx, org)
	if err != nil {
		return Removed{}, err
	}
	return Removed{id}, a.parts.Trunks.Remove(ctx, tx, p, trunk.ID(id), a.now())
}
