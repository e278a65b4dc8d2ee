package account_test

import (
	"context"
	"crypto/rand"
	"testing"
	"time"

	"bellwether/internal/account"
	"bellwether/internal/store"
	"bellwether/internal/store/storetest"

	"github.com/google/go-cmp/cmp"
)

func TestFindUsers(t *testing.T) {
	t.Parallel()
	storetest.Each(t, func(t *testing.T, db *store.DB) {
		w := newTown(t, db)
		for i, person := range [][2]string{{"Ann@Example.com", "Анна Ткач"}, {"bob_50%@example.com", "Bob"}, {"cleo@shop.example", "Клеопатра"}} {
			hashed, err := w.door.Hasher.Hash(context.Background(), annWord, person[0])
			if err != nil {
				t.Fatal(err)
			}
			w.must(func(ctx context.Context, tx *store.Tx) error {
				_, err := account.CreateUser(ctx, tx, tester, rand.Reader, account.NewUser{Email: person[0], Name: person[1], Language: "uk", Password: hashed}, true, noon.Add(time.Duration(i)*time.Minute))
				return err
			})
		}
		find := func(words string, after account.UserID, limit int) (emails []string, last account.UserID) {
			users, err := account.FindUsers(t.Context(), db, words, after, limit)
			if err != nil {
				t.Fatal(err)
			}
			for _, u := range users {
				emails, last = append(emails, u.Email), u.ID
			}
			return emails, last
		}
		for words, want := range map[string][]string{
			"": {"Ann@Example.com", "bob_50%@example.com", "cleo@shop.example"}, " ANN@ex ": {"Ann@Example.com"}, "Ткач": {"Ann@Example.com"},
			"%": {"bob_50%@example.com"}, "_": {"bob_50%@example.com"}, `\`: nil, "nobody": nil, "bob\x00": {"bob_50%@example.com"}, "\xff": {"Ann@Example.com", "bob_50%@example.com", "cleo@shop.example"},
		} {
			if got, _ := find(words, "", 10); cmp.Diff(want, got) != "" {
				t.Errorf("%q finds %v, want %v", words, got, want)
			}
		}
		first, last := find("example", "", 2)
		rest, _ := find("example", last, 2)
		if len(first) != 2 || cmp.Diff([]string{"cleo@shop.example"}, rest) != "" {
			t.Errorf("page by page: %v, %v", first, rest)
		}
	})
}
