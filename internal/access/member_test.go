package access_test

import (
	"context"
	"strings"
	"testing"
	"time"

	"bellwether/internal/access"
	"bellwether/internal/account"
	"bellwether/internal/audit"
	"bellwether/internal/errs"
	"bellwether/internal/ident"
	"bellwether/internal/store"
	"bellwether/internal/store/storetest"
)

// Nobody gives, changes or takes rights they do not have, and somebody always owns. Rule.
func TestWhoMayChangeWhom(t *testing.T) {
	t.Parallel()
	storetest.Each(t, func(t *testing.T, db *store.DB) {
		h := newHouse(t, db)
		admin, manager := h.employee("admin@example.com", access.Administrator), h.employee("manager@example.com", access.Manager)
		second := h.user("second@example.com")
		setRole := func(by, id account.UserID, role access.RoleID) error {
			p := h.permit(by, shop)
			return h.do(func(ctx context.Context, tx *store.Tx) error {
				_, err := access.SetRole(ctx, tx, p, id, role, noon)
				return err
			})
		}
		remove := func(by, id account.UserID) error {
			p := h.permit(by, shop)
			return h.do(func(ctx context.Context, tx *store.Tx) error {
				return access.RemoveMember(ctx, tx, p, nil, id, "", noon)
			})
		}
		add := func(by, id account.UserID, role access.RoleID) error {
			p := h.permit(by, shop)
			return h.do(func(ctx context.Context, tx *store.Tx) error {
				_, err := access.AddMember(ctx, tx, p, id, role, noon)
				return err
			})
		}
		wantCode(t, setRole(manager, admin, access.ReadOnly), "access.denied")
		wantCode(t, setRole(admin, admin, access.Owner), "access.beyond_own")
		wantCode(t, setRole(admin, h.shopOwner, access.ReadOnly), "access.beyond_own")
		wantCode(t, remove(admin, h.shopOwner), "access.beyond_own")
		wantCode(t, add(admin, second, access.Owner), "access.beyond_own")
		wantCode(t, add(h.shopOwner, second, access.OperatorRole), "access.no_role")
		wantCode(t, add(h.shopOwner, second, access.AgencyRole), "access.no_role")
		wantCode(t, add(h.shopOwner, second, "root"), "access.no_role")
		wantCode(t, add(h.shopOwner, "nobody", access.Manager), "account.no_user")
		wantCode(t, add(h.shopOwner, manager, access.Manager), "access.is_member")
		wantCode(t, setRole(h.shopOwner, h.bankOwner, access.Manager), "access.no_member")
		wantCode(t, setRole(h.shopOwner, "\x00", access.Manager), "access.no_member")
		wantCode(t, setRole(h.shopOwner, h.shopOwner, access.Manager), "access.last_head")
		wantCode(t, remove(h.shopOwner, h.shopOwner), "access.oneself")
		wantCode(t, remove(h.agent, h.shopOwner), "access.last_head")

		wantCode(t, add(h.shopOwner, second, access.Owner), "")
		wantCode(t, setRole(h.shopOwner, h.shopOwner, access.Manager), "")
		h.fresh()
		wantCode(t, setRole(h.shopOwner, second, access.Manager), "access.denied") // an owner no longer
		wantCode(t, remove(second, h.shopOwner), "")
		h.fresh()
		wantCode(t, h.enter(signedIn(h.shopOwner), shop), "project.not_found")
	})
}

// Rule A-15.
func TestEveryChangeLeavesOneEntry(t *testing.T) {
	t.Parallel()
	storetest.Each(t, func(t *testing.T, db *store.DB) {
		h := newHouse(t, db)
		ann := h.employee("ann@example.com", access.Manager)
		owner, operator := h.permit(h.shopOwner, shop), h.permit(h.op, ident.Operator)
		entries := func() int {
			list, err := audit.List(t.Context(), db, audit.Filter{}, 0, 1000)
			if err != nil {
				t.Fatal(err)
			}
			return len(list)
		}
		var role access.Role
		var invitation access.Invitation
		var department access.Department
		for _, c := range []struct {
			name string
			run  func(ctx context.Context, tx *store.Tx) error
		}{
			{"set role", func(ctx context.Context, tx *store.Tx) error {
				_, err := access.SetRole(ctx, tx, owner, ann, access.Marketer, noon)
				return err
			}},
			{"copy role", func(ctx context.Context, tx *store.Tx) (err error) {
				role, err = access.CopyRole(ctx, tx, owner, chance{}, access.Manager, "Night", noon)
				return err
			}},
			{"edit role", func(ctx context.Context, tx *store.Tx) error {
				_, err := access.EditRole(ctx, tx, owner, role.ID, 1, "Day", role.Matrix, noon)
				return err
			}},
			{"retire role", func(ctx context.Context, tx *store.Tx) error { return access.RetireRole(ctx, tx, owner, role.ID, noon) }},
			{"invite", func(ctx context.Context, tx *store.Tx) (err error) {
				invitation, _, err = access.Invite(ctx, tx, owner, chance{}, "new@example.com", access.Manager, noon)
				return err
			}},
			{"resend", func(ctx context.Context, tx *store.Tx) (err error) {
				invitation, _, err = access.Resend(ctx, tx, owner, chance{}, invitation.ID, noon)
				return err
			}},
			{"revoke", func(ctx context.Context, tx *store.Tx) error {
				return access.RevokeInvitation(ctx, tx, owner, invitation.ID, noon)
			}},
			{"make department", func(ctx context.Context, tx *store.Tx) (err error) {
				department, err = access.MakeDepartment(ctx, tx, owner, chance{}, "Sales", noon)
				return err
			}},
			{"rename department", func(ctx context.Context, tx *store.Tx) error {
				return access.RenameDepartment(ctx, tx, owner, department.ID, "Sale", noon)
			}},
			{"set people", func(ctx context.Context, tx *store.Tx) error {
				return access.SetPeople(ctx, tx, owner, department.ID, []account.UserID{ann}, noon)
			}},
			{"delete department", func(ctx context.Context, tx *store.Tx) error {
				return access.DeleteDepartment(ctx, tx, owner, department.ID, noon)
			}},
			{"take seat", func(ctx context.Context, tx *store.Tx) error {
				return access.TakeSeat(ctx, tx, owner, h.counted, ann, "virtual_pbx", noon)
			}},
			{"block", func(ctx context.Context, tx *store.Tx) error {
				_, err := access.Block(ctx, tx, owner, h.counted, ann, "", noon)
				return err
			}},
			{"unblock", func(ctx context.Context, tx *store.Tx) error {
				_, err := access.Unblock(ctx, tx, owner, h.counted, ann, noon)
				return err
			}},
			{"leave seat", func(ctx context.Context, tx *store.Tx) error {
				return access.LeaveSeat(ctx, tx, owner, h.counted, ann, "virtual_pbx", noon)
			}},
			{"remove", func(ctx context.Context, tx *store.Tx) error {
				return access.RemoveMember(ctx, tx, owner, h.counted, ann, "", noon)
			}},
			{"open agency", func(ctx context.Context, tx *store.Tx) error {
				_, err := access.OpenAgency(ctx, tx, operator, "south", "South", noon)
				return err
			}},
			{"move project", func(ctx context.Context, tx *store.Tx) error {
				return access.MoveProject(ctx, tx, operator, "bank", "south", noon)
			}},
		} {
			before := entries()
			h.must(c.run)
			if got := entries() - before; got != 1 {
				t.Errorf("%s leaves %d entries", c.name, got)
			}
			newest, err := audit.List(t.Context(), db, audit.Filter{}, 0, 1)
			if err != nil {
				t.Fatal(err)
			}
			by := newest[0].Actor
			if by.User == "" || by.Address != "192.0.2.1" || by.Request != "r1" || newest[0].Org.Kind == "" || !newest[0].At.Equal(noon) {
				t.Errorf("%s: %+v", c.name, newest[0])
			}
		}
	})
}

// A blocked member does nothing, and a change of theirs that is refused leaves nothing. Rule A-12.
func TestBlock(t *testing.T) {
	t.Parallel()
	storetest.Each(t, func(t *testing.T, db *store.DB) {
		h := newHouse(t, db)
		ann, bob := h.employee("ann@example.com", access.Manager), h.employee("bob@example.com", access.Manager)
		h.join(h.bankOwner, bank, ann, access.ReadOnly)
		owner := h.permit(h.shopOwner, shop)
		seat := func(id account.UserID) {
			h.must(func(ctx context.Context, tx *store.Tx) error {
				return access.TakeSeat(ctx, tx, owner, h.counted, id, "virtual_pbx", noon)
			})
		}
		seat(ann)
		seat(bob)
		block := func(p access.Permit, id, heir account.UserID) error {
			return h.do(func(ctx context.Context, tx *store.Tx) error {
				_, err := access.Block(ctx, tx, p, h.counted, id, heir, noon)
				return err
			})
		}
		wantCode(t, block(h.permit(bob, shop), ann, ""), "access.denied")
		wantCode(t, block(owner, h.shopOwner, ""), "access.oneself")
		wantCode(t, block(owner, h.bankOwner, ""), "access.no_member")
		wantCode(t, block(owner, ann, h.bankOwner), "access.bad_heir")
		wantCode(t, block(owner, ann, ann), "access.bad_heir")
		wantCode(t, block(h.permit(h.agent, shop), h.shopOwner, ""), "access.last_head")

		token := h.session(ann) // of no project: it ends for the bank too
		var reset account.Reset
		h.must(func(ctx context.Context, tx *store.Tx) (err error) {
			reset, err = account.RequestReset(ctx, tx, from, chance{}, "ann@example.com", noon)
			return err
		})
		hers := access.ByKey(account.Key{ID: "k", Scope: account.ProjectWrite, Project: "shop", MadeBy: ann}, from)
		wantCode(t, h.enter(hers, shop), "")
		wantCode(t, block(owner, ann, bob), "")
		later := noon.Add(5 * time.Second)
		enter := func(p access.Principal, org ident.Org) error {
			_, err := h.gate.Enter(t.Context(), p, org, later)
			return err
		}
		if _, _, err := account.AuthenticateSession(t.Context(), db, token, later); err == nil {
			t.Error("a session outlived the blocking")
		}
		if _, err := account.ResetOf(t.Context(), db, reset.Token, later); errs.CodeOf(err) != "account.bad_token" {
			t.Errorf("a link that was mailed outlived the blocking: %v", err)
		}
		wantCode(t, enter(hers, shop), "account.bad_key")
		wantCode(t, enter(signedIn(ann), shop), "project.not_found")
		wantCode(t, enter(signedIn(ann), bank), "") // where she is not blocked, once she signs in again
		same(t, "seats in use", int64(1), h.counted.seats["shop virtual_pbx"])
		same(t, "the news", []string{`access.user_blocked {"handed_to":"` + string(bob) + `","seats":["virtual_pbx"],"user":"` + string(ann) + `"}`}, h.news("access.user_blocked"))
		wantCode(t, block(owner, ann, bob), "") // again
		same(t, "the news after a second time", 1, len(h.news("access.user_blocked")))
		wantCode(t, block(owner, bob, ann), "access.bad_heir") // she is blocked

		h.must(func(ctx context.Context, tx *store.Tx) error {
			_, err := access.Unblock(ctx, tx, owner, h.counted, ann, noon)
			return err
		})
		h.fresh()
		wantCode(t, h.enter(hers, shop), "")
		wantCode(t, h.enter(signedIn(ann), shop), "")
		same(t, "seats in use after unblocking", int64(2), h.counted.seats["shop virtual_pbx"])
	})
}

// Rule A-12.
func TestBlockEverywhere(t *testing.T) {
	t.Parallel()
	storetest.Each(t, func(t *testing.T, db *store.DB) {
		h := newHouse(t, db)
		ann := h.employee("ann@example.com", access.Manager)
		h.join(h.bankOwner, bank, ann, access.ReadOnly)
		bankOwner, shopOwner, operator := h.permit(h.bankOwner, bank), h.permit(h.shopOwner, shop), h.permit(h.op, ident.Operator)
		h.must(func(ctx context.Context, tx *store.Tx) error {
			_, err := access.Block(ctx, tx, bankOwner, h.counted, ann, "", noon)
			return err
		})
		everywhere := func(p access.Permit, id account.UserID) error {
			return h.do(func(ctx context.Context, tx *store.Tx) error {
				return access.BlockEverywhere(ctx, tx, p, h.counted, id, nil, noon)
			})
		}
		wantCode(t, everywhere(shopOwner, ann), "access.denied")
		wantCode(t, everywhere(operator, h.op), "access.oneself")
		wantCode(t, everywhere(operator, "nobody"), "account.no_user")
		wantCode(t, everywhere(operator, ann), "")
		h.fresh()
		wantCode(t, h.enter(signedIn(ann), shop), "project.not_found")
		unblock := func(p access.Permit) error {
			return h.do(func(ctx context.Context, tx *store.Tx) error {
				_, err := access.Unblock(ctx, tx, p, h.counted, ann, noon)
				return err
			})
		}
		wantCode(t, unblock(shopOwner), "access.blocked_everywhere")
		h.must(func(ctx context.Context, tx *store.Tx) error {
			return access.UnblockEverywhere(ctx, tx, operator, h.counted, ann, noon)
		})
		h.fresh()
		wantCode(t, h.enter(signedIn(ann), shop), "")
		wantCode(t, h.enter(signedIn(ann), bank), "project.not_found") // the bank's own blocking stands
		wantCode(t, unblock(bankOwner), "")
		same(t, "the news", 2, len(h.news("access.user_blocked")))
	})
}

// news gives the events of a topic with their bodies.
func (h *house) news(topic string) (list []string) {
	h.Helper()
	rows, err := h.db.Query(h.Context(), `SELECT topic, body FROM event_outbox WHERE topic = $1 ORDER BY id`, topic)
	if err != nil {
		h.Fatal(err)
	}
	defer func() { _ = rows.Close() }()
	for rows.Next() {
		var topic, body string
		if err := rows.Scan(&topic, &body); err != nil {
			h.Fatal(err)
		}
		list = append(list, strings.TrimSpace(topic+" "+body))
	}
	return list
}

func (h *house) session(id account.UserID) (token string) {
	h.Helper()
	h.must(func(ctx context.Context, tx *store.Tx) (err error) {
		token, _, err = account.OpenSession(ctx, tx, from, chance{}, account.NewSession{User: id, Method: account.ByPassword, Lifetime: account.Signed}, noon)
		return err
	})
	return token
}
