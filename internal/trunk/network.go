package trunk

import (
	"cmp"
	"context"
	"slices"
	"time"

	"bellwether/internal/ident"
	"bellwether/internal/phone"
	"bellwether/internal/store"
)

// Network is all trunks that are enabled, and how they are, as read at one moment. It is shared: nobody changes it.
type Network struct {
	Trunks  []Trunk // in the order in which they are tried
	Healths map[ID]Health

	gone map[ID]bool // trunks whose number to show is no longer their project's
}

// Way is one way for a call to leave: over which trunk, and how the numbers are written there.
type Way struct {
	Trunk  Trunk
	Own    bool   // it is the project's: its calls cost nothing here (the project pays its carrier)
	To     string // the destination as the carrier wants it
	From   string // the caller's number as the carrier wants it; empty where the call has none
	Caller phone.Number
}

// Network gives the trunks that are enabled, believed for seconds.
func (s *Service) Network(ctx context.Context, at time.Time) (*Network, error) {
	const all = "all"
	if n, ok := s.network.Get(all, at); ok {
		return n, nil
	}
	n := &Network{gone: map[ID]bool{}}
	err := s.db.Snapshot(ctx, func(ctx context.Context, q store.Querier) (err error) {
		if n.Trunks, err = list(ctx, q, `WHERE enabled = 1 ORDER BY priority, trunk_id`); err != nil {
			return err
		}
		for _, t := range n.Trunks {
			held, err := t.holdsCaller(ctx, q)
			if err != nil {
				return err
			}
			n.gone[t.ID] = !held
		}
		n.Healths, err = Healths(ctx, q)
		return err
	})
	if err != nil {
		return nil, err
	}
	s.network.Put(all, n, at)
	return n, nil
}

// Changed forgets what is remembered, so that a change counts at once on this node.
func (s *Service) Changed() { s.network.Forget("all") }

// Out gives the ways for a call of a project to a destination, best first (Rule T-55): the project's own trunks before the
// operator's, those meant for a longer beginning of the number before others, then by priority; those that are down come last
// and are still tried. A trunk that shows only its own numbers is left out where it does not carry caller, and a
// project's that always shows one where the project has that no more (Rule T-10). caller is a number
// the project holds, or empty. No ways is an empty list.
func (s *Service) Out(ctx context.Context, project ident.ProjectID, to, caller phone.Number, at time.Time) ([]Way, error) {
	n, err := s.Network(ctx, at)
	if err != nil {
		return nil, err
	}
	var carrier ID
	if caller != "" {
		c, _, err := Of(ctx, s.db, string(caller))
		if err != nil {
			return nil, err
		}
		carrier = c.Trunk
	}
	return n.ways(project, to, caller, carrier), nil
}

// ToEmergency gives the ways for a call of a project to the emergency services, which go over any trunk that there is: whatever it is
// meant for, whatever number it shows, and with the digits as they were dialled, for no carrier knows them otherwise (Rules T-12 and
// T-56). Trunks are in the order of Out.
func (s *Service) ToEmergency(ctx context.Context, project ident.ProjectID, digits string, caller phone.Number, at time.Time) ([]Way, error) {
	n, err := s.Network(ctx, at)
	if err != nil {
		return nil, err
	}
	var ways []Way
	for _, t := range n.Trunks {
		if t.Project == "" || t.Project == project {
			if n.gone[t.ID] {
				t.Policy = AnyCaller
			}
			way := t.way(caller)
			way.To = digits
			ways = append(ways, way)
		}
	}
	slices.SortStableFunc(ways, func(a, b Way) int {
		return cmp.Or(cmp.Compare(n.rank(a), n.rank(b)), cmp.Compare(a.Trunk.Priority, b.Trunk.Priority))
	})
	return ways, nil
}

// way is one over the trunk, for a call that shows a number; the destination is left out.
func (t Trunk) way(caller phone.Number) Way {
	w := Way{Trunk: t, Own: t.Project != "", Caller: caller}
	if t.Policy == FixedCaller {
		w.Caller = t.Caller
	}
	if w.Caller != "" {
		w.From = t.Out.Write(w.Caller)
	}
	return w
}

// ways is Out where the trunk that carries the caller's number is known.
func (n *Network) ways(project ident.ProjectID, to, caller phone.Number, carrier ID) (ways []Way) {
	for _, t := range n.Trunks {
		if t.Project != "" && t.Project != project || t.reach(to) < 0 {
			continue
		}
		if t.Policy == OwnCaller && (caller == "" || carrier != t.ID) || n.gone[t.ID] {
			continue
		}
		way := t.way(caller)
		way.To = t.Out.Write(to)
		ways = append(ways, way)
	}
	slices.SortStableFunc(ways, func(a, b Way) int {
		return cmp.Or(
			cmp.Compare(n.rank(a), n.rank(b)),
			cmp.Compare(b.Trunk.reach(to), a.Trunk.reach(to)),
			cmp.Compare(a.Trunk.Priority, b.Trunk.Priority),
		)
	})
	return ways
}

// rank puts what is down behind what is up, and within each the operator's behind the project's own.
func (n *Network) rank(w Way) int {
	rank := 0
	if h := n.Healths[w.Trunk.ID]; h.Known && !h.Up {
		rank += 2
	}
	if !w.Own {
		rank++
	}
	return rank
}

// Trunk finds an enabled trunk.
func (n *Network) Trunk(id ID) (Trunk, bool) {
	i := slices.IndexFunc(n.Trunks, func(t Trunk) bool { return t.ID == id })
	if i < 0 {
		return Trunk{}, false
	}
	return n.Trunks[i], true
}
