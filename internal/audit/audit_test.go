package audit_test

import (
	"context"
	"encoding/json"
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"testing"
	"time"
	"unicode/utf8"

	"bellwether/internal/audit"
	"bellwether/internal/errs"
	"bellwether/internal/ident"
	"bellwether/internal/store"
	"bellwether/internal/store/storetest"

	"github.com/google/go-cmp/cmp"
)

var noon = time.Date(2026, 3, 1, 12, 0, 0, 0, time.UTC)

func write(t *testing.T, db *store.DB, by audit.Actor, at time.Time, changes ...audit.Change) {
	t.Helper()
	if err := db.Write(t.Context(), func(ctx context.Context, tx *store.Tx) error { return audit.Write(ctx, tx, by, at, changes...) }); err != nil {
		t.Fatal(err)
	}
}

func list(t *testing.T, db *store.DB, f audit.Filter, before int64, limit int) []audit.Entry {
	t.Helper()
	entries, err := audit.List(t.Context(), db, f, before, limit)
	if err != nil {
		t.Fatal(err)
	}
	return entries
}

func TestAnEntryIsReadAsItWasWritten(t *testing.T) {
	t.Parallel()
	storetest.Each(t, func(t *testing.T, db *store.DB) {
		by := audit.Actor{User: "u1", Key: "k1", ViewingAs: "u2", Address: "192.0.2.1", Agent: "Firefox", Request: "r1"}
		shop := ident.ProjectOrg("shop")
		write(t, db, by, noon, audit.Change{
			Org: shop, Object: "role", ObjectID: "r7", Action: "edit", Before: map[string]any{"calls": "own"}, After: map[string]any{"calls": "all"},
		})
		got := list(t, db, audit.Filter{Org: &shop}, 0, 10)
		if len(got) != 1 {
			t.Fatalf("%d entries", len(got))
		}
		want := audit.Entry{
			ID: got[0].ID, At: noon, Actor: by, Org: shop, Object: "role", ObjectID: "r7", Action: "edit",
			Before: json.RawMessage(`{"calls":"own"}`), After: json.RawMessage(`{"calls":"all"}`),
		}
		if diff := cmp.Diff(want, got[0]); diff != "" {
			t.Errorf("(-want +got):\n%s", diff)
		}
	})
}

func TestFilters(t *testing.T) {
	t.Parallel()
	storetest.Each(t, func(t *testing.T, db *store.DB) {
		shop, bank, none := ident.ProjectOrg("shop"), ident.ProjectOrg("bank"), ident.Org{}
		for i, c := range []struct {
			by audit.Actor
			audit.Change
		}{
			{audit.Actor{User: "ann"}, audit.Change{Org: shop, Object: "role", ObjectID: "1", Action: "create"}},
			{audit.Actor{User: "ann", Request: "r2"}, audit.Change{Org: shop, Object: "role", ObjectID: "2", Action: "create"}},
			{audit.Actor{User: "bob", Key: "k"}, audit.Change{Org: bank, Object: "key", ObjectID: "1", Action: "revoke"}},
			{audit.Actor{User: "ann"}, audit.Change{Org: none, Object: "user", ObjectID: "ann", Action: "password"}},
			{audit.Program("cli"), audit.Change{Org: ident.Operator, Object: "key", ObjectID: "9", Action: "create"}},
		} {
			write(t, db, c.by, noon.Add(time.Duration(i)*time.Minute), c.Change)
		}
		for _, c := range []struct {
			name string
			f    audit.Filter
			want string // minutes, newest first
		}{
			{"all", audit.Filter{}, "43210"},
			{"shop", audit.Filter{Org: &shop}, "10"},
			{"own matters", audit.Filter{Org: &none}, "3"},
			{"operator", audit.Filter{Org: &ident.Operator}, "4"},
			{"who", audit.Filter{User: "ann"}, "310"},
			{"by key", audit.Filter{Key: "k"}, "2"},
			{"what", audit.Filter{Object: "role", ObjectID: "2"}, "1"},
			{"action", audit.Filter{Action: "create"}, "410"},
			{"in one request", audit.Filter{Org: &shop, Request: "r2"}, "1"},
			{"another's request", audit.Filter{Org: &bank, Request: "r2"}, ""},
			{"when", audit.Filter{From: noon.Add(time.Minute), Until: noon.Add(3 * time.Minute)}, "21"},
			{"nobody", audit.Filter{User: "' OR 1=1 --"}, ""},
		} {
			var got strings.Builder
			for _, e := range list(t, db, c.f, 0, 10) {
				got.WriteByte('0' + byte(e.At.Sub(noon)/time.Minute))
			}
			if got.String() != c.want {
				t.Errorf("%s: %s, want %s", c.name, got.String(), c.want)
			}
		}
		first := list(t, db, audit.Filter{}, 0, 3)
		rest := list(t, db, audit.Filter{}, first[2].ID, 3)
		if len(rest) != 2 || rest[0].ID >= first[2].ID {
			t.Errorf("the second page: %v", rest)
		}
	})
}

// Rule A-15.
func TestSecretsAreBlanked(t *testing.T) {
	t.Parallel()
	db := storetest.SQLite(t)
	type inner struct {
		NewPassword string `json:"newPassword"`
		Amount      int64  `json:"amount"`
	}
	write(t, db, audit.Program("test"), noon, audit.Change{Object: "x", After: map[string]any{
		"list": []inner{{"hunter22", 9_007_199_254_740_993}}, "TOTPSeed": "JBSWY3DP", "secret_hash": map[string]string{"a": "deep"}, "name": "Ann",
	}})
	got := string(list(t, db, audit.Filter{}, 0, 1)[0].After)
	want := `{"TOTPSeed":"***","list":[{"amount":9007199254740993,"newPassword":"***"}],"name":"Ann","secret_hash":"***"}`
	if got != want {
		t.Errorf("kept %s, want %s", got, want)
	}
}

func TestHostileActorsAndLargeStates(t *testing.T) {
	t.Parallel()
	storetest.Each(t, func(t *testing.T, db *store.DB) {
		by := audit.Actor{User: "u", Agent: strings.Repeat("я", 400) + "\x00\xff", Address: "\r\nx"}
		write(t, db, by, noon, audit.Change{Object: "x", After: strings.Repeat("a", 1<<20)})
		got := list(t, db, audit.Filter{}, 0, 1)[0]
		if len(got.Actor.Agent) > 256 || strings.Contains(got.Actor.Agent, "\x00") || !utf8.ValidString(got.Actor.Agent) || got.Actor.Address != "x" || len(got.After) > 100 {
			t.Errorf("kept %d bytes of agent, %q, %s", len(got.Actor.Agent), got.Actor.Address, got.After)
		}
	})
}

func TestNobodyChangesNothing(t *testing.T) {
	t.Parallel()
	db := storetest.SQLite(t)
	err := db.Write(t.Context(), func(ctx context.Context, tx *store.Tx) error {
		return audit.Write(ctx, tx, audit.Actor{Address: "192.0.2.1"}, noon, audit.Change{Object: "x"})
	})
	if errs.CodeOf(err) != "audit.nobody" {
		t.Errorf("an entry by nobody: %v", err)
	}
}

// Nothing in the program changes or removes an entry. Rule A-15.
func TestTheTrailIsOnlyAddedTo(t *testing.T) {
	t.Parallel()
	files, err := filepath.Glob("*.go")
	if err != nil {
		t.Fatal(err)
	}
	changing := regexp.MustCompile(`(?i)\b(update|delete from|replace into|drop)\s+audit_`)
	for _, file := range files {
		if strings.HasSuffix(file, "_test.go") {
			continue
		}
		text, err := os.ReadFile(file)
		if err != nil {
			t.Fatal(err)
		}
		if changing.Match(text) {
			t.Errorf("%s changes the trail", file)
		}
	}
	if !changing.MatchString("DELETE FROM audit_entry") {
		t.Error("this test cannot fail")
	}
}
