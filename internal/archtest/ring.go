package archtest

import "slices"

// packagesMatchTheTable: every package has its row, every row its package, unless it is marked as planned.
func packagesMatchTheTable(t *tree, report reporter) {
	exists := map[string]bool{}
	for _, p := range t.packages {
		exists[p.name] = true
		if _, ok := t.architecture.row(p.name); !ok {
			report(p.dir, "has no row in docs/ARCHITECTURE.md: give it a ring")
		}
	}
	for _, r := range t.architecture.rows {
		switch {
		case !exists[r.name] && !r.planned:
			report("docs/ARCHITECTURE.md", "there is no package %s: remove its row or mark it (planned)", r.name)
		case exists[r.name] && r.planned:
			report("docs/ARCHITECTURE.md", "package %s exists: remove (planned)", r.name)
		}
		for _, peer := range r.peers {
			if other, ok := t.architecture.row(peer); !ok || other.ring != r.ring {
				report("docs/ARCHITECTURE.md", "%s lists %s, which is not of its ring", r.name, peer)
			}
		}
	}
}

// importsFollowTheRings: a package imports lower rings, plumbing where it may, and of its own ring what its row lists.
func importsFollowTheRings(t *tree, report reporter) {
	for _, p := range t.packages {
		from, ok := t.architecture.row(p.name)
		if !ok {
			continue
		}
		for _, path := range p.imports {
			to, ok := t.architecture.row(path)
			if ok && !mayImport(from, to) {
				report(p.dir, "imports %s: %s", path, why(from, to))
			}
		}
	}
}

func mayImport(from, to row) bool {
	switch {
	case from.ring == to.ring:
		return slices.Contains(from.peers, to.name)
	case to.ring == plumbing:
		return ringIndex(from.ring) >= 2
	case from.ring == plumbing:
		return to.ring == "0"
	default:
		return ringIndex(to.ring) < ringIndex(from.ring)
	}
}

func why(from, to row) string {
	switch {
	case from.ring == to.ring:
		return "an edge within a ring must be listed in docs/ARCHITECTURE.md"
	case to.ring == plumbing:
		return "rings 0 and 1 do without plumbing"
	case from.ring == plumbing:
		return "plumbing knows nothing of the domain"
	default:
		return "ring " + from.ring + " must not know ring " + to.ring
	}
}
