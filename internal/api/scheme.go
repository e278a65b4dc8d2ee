package api

import (
	"context"
	"encoding/json"
	"errors"
	"net/http"
	"time"

	"bellwether/internal/access"
	"bellwether/internal/dialplan"
	"bellwether/internal/errs"
	"bellwether/internal/ident"
	"bellwether/internal/phone"
	"bellwether/internal/routing"
	"bellwether/internal/store"
)

// Scheme is a routing scheme with where it stands.
type Scheme struct {
	ID        routing.SchemeID `json:"id"`
	Name      string           `json:"name"`
	Live      int              `json:"live" doc:"The version that counts; 0 before the first"`
	Last      int              `json:"last" doc:"The newest version"`
	Draft     json.RawMessage  `json:"draft,omitempty" doc:"What is written and not published"`
	ChangedAt time.Time        `json:"changed_at"`
	ChangedBy string           `json:"changed_by"`
	Revision  string           `json:"revision" doc:"Changes with any change: send it with what you save, and nobody's change is lost (Rule T-46)"`
}

// Schemes are those of a project, and the numbers that have them.
type Schemes struct {
	Schemes []Scheme         `json:"schemes"`
	Numbers []routing.Number `json:"numbers"`
}

// SchemeDraft is a scheme as it is written: the format is described in the guide to routing schemes.
type SchemeDraft struct {
	Name   string         `json:"name" minLength:"1" maxLength:"100"`
	Scheme map[string]any `json:"scheme" doc:"Its format, steps and reserve"`
}

// SchemeSaved is a draft that takes the place of what was seen.
type SchemeSaved struct {
	SchemeDraft
	Revision string `json:"revision,omitempty" maxLength:"64" doc:"Of the scheme that you read: refused with 409 routing.scheme_changed where it was changed since. Left out, whatever is there is replaced"`
}

// OneScheme is a scheme of a project, by its path.
type OneScheme struct {
	Of
	Scheme string `path:"scheme" maxLength:"64"`
}

// SchemeSeen is what somebody read before they publish.
type SchemeSeen struct {
	Revision string `json:"revision,omitempty" maxLength:"64" doc:"As it was read: a scheme that was changed since is not published, 409 routing.scheme_changed. Left out, whatever is there counts (Rule T-46)"`
}

// seenAs refuses who read another revision of a scheme than there is.
func seenAs(ctx context.Context, tx *store.Tx, of OneScheme, revision string) error {
	now, err := routing.GetScheme(ctx, tx, of.id(), routing.SchemeID(of.Scheme))
	if err != nil {
		return err
	}
	return now.SeenAs(revision)
}

// TryCall is a call to try out.
type TryCall struct {
	From    string            `json:"from,omitempty" maxLength:"20" doc:"Who calls, E.164; left out where the number is withheld" example:"+380671234567"`
	Number  string            `json:"number" maxLength:"20" doc:"The project's number that is called, E.164"`
	At      time.Time         `json:"at,omitzero" doc:"Now where left out"`
	Scheme  string            `json:"scheme,omitempty" maxLength:"64" doc:"Whose draft it is to be tried with: of this scheme, as it is kept or as body says"`
	Body    map[string]any    `json:"body,omitempty" doc:"A scheme that is not saved yet"`
	Answers string            `json:"answers,omitempty" maxLength:"64" doc:"Who answers: an employee's id or a number; nobody where left out"`
	Keys    map[string]string `json:"keys,omitempty" doc:"What the caller presses, by the menu's step"`
}

func schemeRoutes(a *API) {
	const tag, all = chapterTelephony, "/v1/projects/{project}/schemes"
	read(a, route{method: http.MethodGet, path: all, id: "list-schemes", tag: tag, need: needSchemes, summary: "List the routing schemes, and which number has which"}, a.listSchemes)
	write(a, route{method: http.MethodPost, path: all, id: "make-scheme", ownRecord: true, tag: tag, need: needSchemesWrite, status: http.StatusCreated, summary: "Make a routing scheme", text: "It is a draft: calls do not see it before it is published (Rule T-46)."},
		func(ctx context.Context, tx *store.Tx, in *struct {
			Of
			Body SchemeDraft
		},
		) (Scheme, error) {
			return a.asRouter(ctx, in.Of, in.Body.Scheme, func(p access.Permit, body dialplan.RoutingScheme) (routing.Scheme, error) {
				return a.parts.Routing.Make(ctx, tx, p, in.Body.Name, body, a.now())
			})
		})
	write(a, route{method: http.MethodPut, path: all + "/{scheme}", id: "save-scheme", ownRecord: true, tag: tag, need: needSchemesWrite, summary: "Save the draft of a scheme", text: "With the revision that was read, a change of somebody else's is not lost (Rule T-46)."},
		func(ctx context.Context, tx *store.Tx, in *struct {
			OneScheme
			Body SchemeSaved
		},
		) (Scheme, error) {
			if err := seenAs(ctx, tx, in.OneScheme, in.Body.Revision); err != nil {
				return Scheme{}, err
			}
			return a.asRouter(ctx, in.Of, in.Body.Scheme, func(p access.Permit, body dialplan.RoutingScheme) (routing.Scheme, error) {
				return a.parts.Routing.Save(ctx, tx, p, routing.SchemeID(in.Scheme), in.Body.Name, body, a.now())
			})
		})
	publishRoutes(a)
	oldSchemeRoutes(a)
	write(a, route{method: http.MethodPut, path: "/v1/projects/{project}/numbers/{number}/scheme", id: "set-number-scheme", ownRecord: true, tag: tag, need: needSchemesWrite, summary: "Give a number a scheme", text: "And one for outside working hours; an empty scheme takes both away (Rule T-48)."}, a.setNumberScheme)
	read(a, route{
		method: http.MethodPost, path: "/v1/projects/{project}/dry-run", id: "dry-run", tag: tag, need: needSchemes, summary: "What would happen to a call?",
		text: "The path with its reasons, by the code that runs calls. Nothing is changed and nobody is rung (Rule T-53).",
	}, a.dryRun)
}

// publishRoutes make a draft, or an older version, what counts.
func publishRoutes(a *API) {
	const tag, all = chapterTelephony, "/v1/projects/{project}/schemes"
	write(a, route{
		method: http.MethodPost, path: all + "/{scheme}/publish", id: "publish-scheme", ownRecord: true, tag: tag, need: needSchemesWrite, summary: "Publish the draft: the next call goes by it",
		text:    "Refused with the mistakes of the scheme, with `routing.unknown_reference` for whoever or whatever it names and is not there, and with `routing.needs_pbx` for a second destination without the PBX, with what the PBX costs this project (Rules T-46, T-47).",
		refused: a.priced,
	}, func(ctx context.Context, tx *store.Tx, in *struct {
		OneScheme
		Body *SchemeSeen
	},
	) (Scheme, error) {
		if in.Body != nil {
			if err := seenAs(ctx, tx, in.OneScheme, in.Body.Revision); err != nil {
				return Scheme{}, err
			}
		}
		return a.asRouter(ctx, in.Of, nil, func(p access.Permit, _ dialplan.RoutingScheme) (routing.Scheme, error) {
			return a.parts.Routing.Publish(ctx, tx, p, routing.SchemeID(in.Scheme), a.now())
		})
	})
	write(a, route{method: http.MethodPost, path: all + "/{scheme}/roll-back", id: "roll-back-scheme", ownRecord: true, tag: tag, need: needSchemesWrite, summary: "Make an older version count again", text: "As a new version with its content (Rule T-46). Refused as publishing is.", refused: a.priced},
		func(ctx context.Context, tx *store.Tx, in *struct {
			OneScheme
			Body struct {
				Version int `json:"version" minimum:"1"`
				SchemeSeen
			}
		},
		) (Scheme, error) {
			if err := seenAs(ctx, tx, in.OneScheme, in.Body.Revision); err != nil {
				return Scheme{}, err
			}
			return a.asRouter(ctx, in.Of, nil, func(p access.Permit, _ dialplan.RoutingScheme) (routing.Scheme, error) {
				return a.parts.Routing.RollBack(ctx, tx, p, routing.SchemeID(in.Scheme), in.Body.Version, a.now())
			})
		})
}

// oldSchemeRoutes are the operations on what a scheme was, and on its end.
func oldSchemeRoutes(a *API) {
	const tag, all = chapterTelephony, "/v1/projects/{project}/schemes"
	read(a, route{method: http.MethodGet, path: all + "/{scheme}/versions", id: "list-scheme-versions", tag: tag, need: needSchemes, summary: "List the versions of a scheme", text: "The newest first, whole. They never change (Rule T-46)."}, a.listVersions)
	write(a, route{method: http.MethodPost, path: all + "/{scheme}/discard", id: "discard-scheme-draft", ownRecord: true, tag: tag, need: needSchemesWrite, summary: "Throw the draft of a published scheme away"},
		func(ctx context.Context, tx *store.Tx, in *OneScheme) (Scheme, error) {
			return a.asRouter(ctx, in.Of, nil, func(p access.Permit, _ dialplan.RoutingScheme) (routing.Scheme, error) {
				return a.parts.Routing.Discard(ctx, tx, p, routing.SchemeID(in.Scheme), a.now())
			})
		})
	write(a, route{method: http.MethodDelete, path: all + "/{scheme}", id: "remove-scheme", ownRecord: true, tag: tag, need: needSchemesWrite, summary: "Remove a scheme", text: "Refused with `routing.scheme_used` while a number or the settings have it."},
		func(ctx context.Context, tx *store.Tx, in *OneScheme) (Removed, error) {
			p, err := a.permitOf(ctx, ident.ProjectOrg(in.id()))
			if err != nil {
				return Removed{}, err
			}
			return Removed{in.Scheme}, a.parts.Routing.Delete(ctx, tx, p, routing.SchemeID(in.Scheme), a.now())
		})
}

// priced says what the PBX costs the project, where a scheme is refused for want of it (Rule T-47).
func (a *API) priced(ctx context.Context, id ident.ProjectID, err error) error {
	return a.parts.Routing.Priced(ctx, id, err, a.now())
}

func (a *API) listSchemes(ctx context.Context, in *struct{ Of }) (out Schemes, err error) {
	return out, a.snapshot(ctx, func(ctx context.Context, q store.Querier) error {
		list, err := routing.Schemes(ctx, q, in.id())
		if err != nil {
			return err
		}
		out.Schemes = make([]Scheme, len(list))
		for i, sc := range list {
			if out.Schemes[i], err = viewScheme(sc); err != nil {
				return err
			}
		}
		numbers, err := routing.Numbers(ctx, q, in.id())
		out.Numbers = append([]routing.Number{}, numbers...)
		return err
	})
}

// SchemeVersion is what a scheme was, whole.
type SchemeVersion struct {
	Version     int             `json:"version"`
	Again       int             `json:"again,omitempty" doc:"The older version that was made to count again"`
	PublishedAt time.Time       `json:"published_at"`
	PublishedBy string          `json:"published_by"`
	Scheme      json.RawMessage `json:"scheme"`
}

// SchemeVersions are those of a scheme.
type SchemeVersions struct {
	Versions []SchemeVersion `json:"versions"`
}

func (a *API) listVersions(ctx context.Context, in *OneScheme) (out SchemeVersions, err error) {
	return out, a.snapshot(ctx, func(ctx context.Context, q store.Querier) error {
		if _, err := routing.GetScheme(ctx, q, in.id(), routing.SchemeID(in.Scheme)); err != nil {
			return err
		}
		list, err := routing.Versions(ctx, q, in.id(), routing.SchemeID(in.Scheme))
		out.Versions = make([]SchemeVersion, len(list))
		for i, v := range list {
			body, wrong := json.Marshal(v.Body)
			if wrong != nil {
				return wrong
			}
			out.Versions[i] = SchemeVersion{v.Version, v.Again, v.PublishedAt, v.PublishedBy, body}
		}
		return err
	})
}

func viewScheme(sc routing.Scheme) (Scheme, error) {
	view := Scheme{ID: sc.ID, Name: sc.Name, Live: sc.Live, Last: sc.Last, ChangedAt: sc.ChangedAt, ChangedBy: sc.ChangedBy, Revision: sc.Revision()}
	if sc.Draft == nil {
		return view, nil
	}
	text, err := json.Marshal(sc.Draft)
	view.Draft = text
	return view, err
}

// asRouter does something to a scheme with the caller's permit.
func (a *API) asRouter(ctx context.Context, of Of, body map[string]any, do func(access.Permit, dialplan.RoutingScheme) (routing.Scheme, error)) (Scheme, error) {
	p, err := a.permitOf(ctx, ident.ProjectOrg(of.id()))
	if err != nil {
		return Scheme{}, err
	}
	var scheme dialplan.RoutingScheme
	if body != nil {
		if scheme, err = readScheme(body); err != nil {
			return Scheme{}, err
		}
	}
	sc, err := do(p, scheme)
	if err != nil {
		return Scheme{}, firstOf(err)
	}
	return viewScheme(sc)
}

// readScheme reads a scheme as strictly as dialplan does.
func readScheme(body map[string]any) (dialplan.RoutingScheme, error) {
	text, err := json.Marshal(body)
	if err != nil {
		return dialplan.RoutingScheme{}, err
	}
	scheme, err := dialplan.ReadScheme(text)
	return scheme, firstOf(err)
}

// firstOf is the first of several mistakes, with all of them among its parameters.
func firstOf(err error) error {
	problems := dialplan.Problems(err)
	if len(problems) < 2 {
		return err
	}
	lines := make([]string, len(problems))
	for i, one := range problems {
		lines[i] = one.Error()
	}
	var first errs.Error
	if e := (*errs.Error)(nil); errors.As(error(problems[0]), &e) {
		first = *e
	}
	first.Params = map[string]any{"problems": lines}
	return &first
}

func (a *API) setNumberScheme(ctx context.Context, tx *store.Tx, in *struct {
	OneNumber
	Body struct {
		Scheme string `json:"scheme" maxLength:"64"`
		Closed string `json:"closed,omitempty" maxLength:"64" doc:"Outside working hours; the project's where left out"`
	}
},
) (routing.Number, error) {
	p, err := a.permitOf(ctx, ident.ProjectOrg(in.id()))
	if err != nil {
		return routing.Number{}, err
	}
	n := routing.Number{Number: phone.Number(in.Number), Scheme: routing.SchemeID(in.Body.Scheme), Closed: routing.SchemeID(in.Body.Closed)}
	return n, a.parts.Routing.SetScheme(ctx, tx, p, n.Number, n.Scheme, n.Closed, a.now())
}

func (a *API) dryRun(ctx context.Context, in *struct {
	Of
	Body TryCall
},
) (dialplan.Path, error) {
	b := in.Body
	if b.At.IsZero() {
		b.At = a.now()
	}
	t := routing.Trial{From: phone.Number(b.From), Number: phone.Number(b.Number), At: b.At, Scheme: routing.SchemeID(b.Scheme), Answers: b.Answers, Keys: b.Keys}
	switch {
	case b.Body != nil:
		body, err := readScheme(b.Body)
		if err != nil {
			return dialplan.Path{}, err
		}
		t.Body = &body
	case b.Scheme != "":
		sc, err := routing.GetScheme(ctx, a.parts.DB, in.id(), t.Scheme)
		if err != nil {
			return dialplan.Path{}, err
		}
		t.Body = sc.Draft
	}
	path, err := a.parts.Routing.Try(ctx, in.id(), t)
	return path, firstOf(err)
}
