package api_test

import (
	"context"
	"crypto/rand"
	"maps"
	"net/http"
	"slices"
	"strings"
	"testing"
	"time"

	"bellwether/internal/access"
	"bellwether/internal/account"
	"bellwether/internal/api"
	"bellwether/internal/audit"
	"bellwether/internal/ident"
	"bellwether/internal/store"
	"bellwether/internal/store/storetest"
)

// maker is somebody who made a key, and what operations answer to it: 0 where they answer.
type maker struct {
	scope  account.Scope
	answer func(op api.Operation) int
}

// always is one answer to everything.
func always(status int) func(api.Operation) int { return func(api.Operation) int { return status } }

// makers are the people of the walk.
var makers = map[string]maker{
	// A manager works with calls and sees no money, whatever scope the key has.
	"manager": {account.ProjectWrite, func(op api.Operation) int {
		switch op.Need {
		case "project:read (calls)", "project:write (calls)", "project:write (listen)", "project:read (telephony)", "project:read (schemes)", "project:read (visits)", "project:read (clients)", "project:write (clients)",
			"project:read (see recordings)", "project:write (listen to recordings)": // of their own calls
			if op.ID != "export-calls" {
				return 0
			}
		}
		return http.StatusForbidden
	}},
	"agent": {account.ProjectWrite, func(op api.Operation) int {
		if strings.HasPrefix(op.Need, "operator") || op.Need == "project:charge" {
			return http.StatusForbidden
		}
		return 0
	}},
	"blocked": {account.ProjectWrite, func(op api.Operation) int {
		if !op.OwnProject {
			return http.StatusForbidden // their project's key is good elsewhere for nothing, blocked or not
		}
		return http.StatusUnauthorized
	}},
	"shut out":   {account.ProjectWrite, always(http.StatusUnauthorized)}, // by the operator, everywhere
	"leaver":     {account.ProjectWrite, always(http.StatusUnauthorized)},
	"former":     {account.Operator, always(http.StatusUnauthorized)}, // an operator no longer
	"narrow":     {account.Operator, always(http.StatusForbidden)},    // an operator who may change people alone
	"all rights": {account.Operator, always(0)},
}

// Every operation answers the keys that people made as those people may at the moment: nobody does more by a key. Rules.
func TestKeysOfPeople(t *testing.T) {
	t.Parallel()
	s := openSite(t, storetest.SQLite(t))
	secrets := s.people()
	for i, op := range s.api.Operations() {
		s.at(instant(t, midday).Add(time.Duration(i+1) * time.Hour).Format(time.RFC3339)) // failures are forgiven
		if op.Need == "any valid key" {
			continue // price books and such: nobody's in particular
		}
		for name, m := range makers {
			s.answersMaker(op, name, m, secrets[name])
		}
	}
}

func (s *site) answersMaker(op api.Operation, name string, m maker, secret string) {
	s.Helper()
	got := s.do(headers{"Authorization": "Bearer " + secret}, op.Method, pathOf(op, "demo"), "")
	want := m.answer(op)
	refused := got.status == http.StatusUnauthorized || got.status == http.StatusForbidden
	if want == 0 && refused || want != 0 && got.status != want {
		s.Errorf("%s, who needs %q, answers the key of %s with %d %s, want %d", op.ID, op.Need, name, got.status, got.code(s), want)
	}
}

// people makes everybody of the walk and gives the secrets of their keys, made while they still might.
func (s *site) people() map[string]string {
	s.Helper()
	secrets := map[string]string{}
	s.write(func(ctx context.Context, tx *store.Tx) error {
		demo, agency := ident.ProjectOrg("demo"), ident.AgencyOrg("north")
		operator := s.permit(ctx, ident.Operator)
		if _, err := access.OpenAgency(ctx, tx, operator, "north", "North", s.clock()); err != nil {
			return err
		}
		if err := access.MoveProject(ctx, tx, operator, "demo", "north", s.clock()); err != nil {
			return err
		}
		narrow, err := access.CopyRole(ctx, tx, operator, rand.Reader, access.OperatorRole, "Personnel", s.clock())
		if err != nil {
			return err
		}
		matrix := access.Matrix{}.With(access.View, access.People, access.All).With(access.Edit, access.People, access.All)
		if _, err := access.EditRole(ctx, tx, operator, narrow.ID, 1, "Personnel", matrix, s.clock()); err != nil {
			return err
		}
		places := map[string]struct {
			org  ident.Org
			role access.RoleID
		}{
			"manager": {demo, access.Manager}, "agent": {agency, access.AgencyRole}, "blocked": {demo, access.Administrator}, "shut out": {demo, access.Administrator},
			"leaver": {demo, access.Administrator}, "former": {ident.Operator, access.OperatorRole}, "narrow": {ident.Operator, narrow.ID}, "all rights": {ident.Operator, access.OperatorRole},
		}
		for _, name := range slices.Sorted(maps.Keys(places)) { // "all rights" first: somebody must be left to run the installation
			if secrets[name], err = s.makes(ctx, tx, name, places[name].org, places[name].role); err != nil {
				return err
			}
		}
		return nil
	})
	return secrets
}

// makes makes a person with a role and a key of theirs, and then does to them what their name says.
func (s *site) makes(ctx context.Context, tx *store.Tx, name string, org ident.Org, role access.RoleID) (secret string, err error) {
	by, at := audit.Program("test"), s.clock()
	email := strings.ReplaceAll(name, " ", "-") + "@example.com"
	hasher, err := account.NewHasher(account.ForTests)
	if err != nil {
		return "", err
	}
	hashed, err := hasher.Hash(ctx, "three blind mice", email)
	if err != nil {
		return "", err
	}
	u, err := account.CreateUser(ctx, tx, by, rand.Reader, account.NewUser{Email: email, Name: name, Language: "en", Password: hashed}, true, at)
	if err != nil {
		return "", err
	}
	permit := s.permit(ctx, org)
	if _, err := access.AddMember(ctx, tx, permit, u.ID, role, at); err != nil {
		return "", err
	}
	key := account.Key{Name: name, Scope: makers[name].scope, MadeBy: u.ID}
	if key.Scope != account.Operator {
		key.Project = "demo"
	}
	if secret, _, err = account.Create(ctx, tx, by, rand.Reader, key, at); err != nil {
		return "", err
	}
	switch name {
	case "blocked":
		_, err = access.Block(ctx, tx, permit, nil, u.ID, "", at)
	case "shut out":
		err = access.BlockEverywhere(ctx, tx, s.permit(ctx, ident.Operator), nil, u.ID, nil, at)
	case "leaver", "former":
		err = access.RemoveMember(ctx, tx, permit, nil, u.ID, "", at)
	}
	return secret, err
}

// permit is whoever runs the installation's.
func (s *site) permit(ctx context.Context, org ident.Org) access.Permit {
	s.Helper()
	p, err := access.NewGate(s.db).Enter(ctx, access.ByKey(account.Key{ID: "test", Scope: account.Operator}, audit.Program("test")), org, s.clock().Add(time.Second))
	if err != nil {
		s.Fatal(err)
	}
	return p
}
