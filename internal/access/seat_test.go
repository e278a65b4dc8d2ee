package access_test

import (
	"context"
	"slices"
	"testing"
	"time"

	"bellwether/internal/access"
	"bellwether/internal/account"
	"bellwether/internal/store"
	"bellwether/internal/store/storetest"
)

// Rule A-13.
func TestSeats(t *testing.T) {
	t.Parallel()
	storetest.Each(t, func(t *testing.T, db *store.DB) {
		h := newHouse(t, db)
		ann, bob := h.employee("ann@example.com", access.Manager), h.employee("bob@example.com", access.Manager)
		owner := h.permit(h.shopOwner, shop)
		take := func(p access.Permit, id account.UserID, product string) error {
			return h.do(func(ctx context.Context, tx *store.Tx) error {
				return access.TakeSeat(ctx, tx, p, h.counted, id, product, noon)
			})
		}
		leave := func(id account.UserID, product string) error {
			return h.do(func(ctx context.Context, tx *store.Tx) error {
				return access.LeaveSeat(ctx, tx, owner, h.counted, id, product, noon)
			})
		}
		wantCode(t, take(h.permit(ann, shop), ann, "virtual_pbx"), "access.denied")
		wantCode(t, take(owner, h.bankOwner, "virtual_pbx"), "access.no_member")
		wantCode(t, take(owner, ann, ""), "access.bad_product")
		wantCode(t, take(owner, ann, "unknown"), "billing.unknown_product")
		for _, id := range []account.UserID{ann, bob, ann} { // once more changes nothing
			wantCode(t, take(owner, id, "virtual_pbx"), "")
		}
		wantCode(t, take(owner, ann, "smart_phone"), "")
		same(t, "seats", map[string]int64{"shop virtual_pbx": 2, "shop smart_phone": 1}, h.counted.seats)
		same(t, "news of seats", 3, len(h.news("access.seat_taken")))

		// Ann comes on the 15th day, bob never.
		h.must(func(ctx context.Context, tx *store.Tx) error {
			return access.SaveSightings(ctx, tx, []access.Sighting{{Org: shop, User: ann, At: noon.Add(10 * 24 * time.Hour)}})
		})
		unused := func(day int) (who []account.UserID) {
			seats, err := access.Seats(t.Context(), db, owner)
			if err != nil || len(seats) != 3 {
				t.Fatalf("%v, %v", seats, err)
			}
			for _, s := range seats {
				if s.Product == "virtual_pbx" && s.Unused(noon.Add(time.Duration(day)*24*time.Hour)) {
					who = append(who, s.User)
				}
			}
			return who
		}
		same(t, "unused on day 13", []account.UserID(nil), unused(13))
		same(t, "unused on day 14", []account.UserID{bob}, unused(14))
		same(t, "unused on day 24", slices.Sorted(slices.Values([]account.UserID{ann, bob})), unused(24))

		wantCode(t, leave(bob, "virtual_pbx"), "")
		wantCode(t, leave(bob, "virtual_pbx"), "")
		same(t, "after bob left", int64(1), h.counted.seats["shop virtual_pbx"])
		h.must(func(ctx context.Context, tx *store.Tx) error {
			return access.RemoveMember(ctx, tx, owner, h.counted, ann, bob, noon)
		})
		same(t, "after ann was removed", map[string]int64{"shop virtual_pbx": 0, "shop smart_phone": 0}, h.counted.seats)
	})
}

func TestDepartments(t *testing.T) {
	t.Parallel()
	storetest.Each(t, func(t *testing.T, db *store.DB) {
		h := newHouse(t, db)
		ann := h.employee("ann@example.com", access.Manager)
		owner, other := h.permit(h.shopOwner, shop), h.permit(h.bankOwner, bank)
		var sales, empty access.Department
		h.must(func(ctx context.Context, tx *store.Tx) (err error) {
			if sales, err = access.MakeDepartment(ctx, tx, owner, chance{}, "Продажі", noon); err != nil {
				return err
			}
			empty, err = access.MakeDepartment(ctx, tx, owner, chance{}, "Empty", noon)
			return err
		})
		setPeople := func(p access.Permit, people ...account.UserID) error {
			return h.do(func(ctx context.Context, tx *store.Tx) error {
				return access.SetPeople(ctx, tx, p, sales.ID, people, noon)
			})
		}
		wantCode(t, setPeople(h.permit(ann, shop), ann), "access.denied")
		wantCode(t, setPeople(other, h.bankOwner), "access.no_department")
		wantCode(t, setPeople(owner, h.bankOwner), "access.no_member")
		wantCode(t, setPeople(owner, ann), "")
		sales.People = []account.UserID{ann}
		list := func(p access.Permit) []access.Department {
			all, err := access.Departments(t.Context(), db, p)
			if err != nil {
				t.Fatal(err)
			}
			return all
		}
		same(t, "departments", []access.Department{empty, sales}, list(owner))
		same(t, "another project's", []access.Department(nil), list(other))
		h.must(func(ctx context.Context, tx *store.Tx) error {
			return access.DeleteDepartment(ctx, tx, owner, sales.ID, noon)
		})
		same(t, "after one was deleted", []access.Department{empty}, list(owner))
	})
}
