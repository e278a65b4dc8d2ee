package dialplan

import (
	"slices"
	"strconv"

	"bellwether/internal/errs"
)

// Destinations are the places a scheme can ring, each once.
func (s RoutingScheme) Destinations(staff Staff) []Endpoint {
	var all []Endpoint
	for _, step := range s.Steps {
		for _, p := range staff.parties(step.targets()) {
			for _, at := range p.Contacts {
				if !slices.Contains(all, at) {
					all = append(all, at)
				}
			}
		}
	}
	return all
}

func (s RouteStep) targets() []Target {
	switch {
	case s.Ring != nil:
		return s.Ring.Targets
	case s.Queue != nil:
		return s.Queue.Targets
	}
	return nil
}

// CheckSingle refuses a scheme of a project that has only Call tracking or Callback, where it does more than ring one
// destination: one account or number (Rule T-03). Errors have the kind Denied, the code "dialplan.needs_pbx" and a path; what
// the PBX costs is the caller's to add.
func (s RoutingScheme) CheckSingle(staff Staff) error {
	for i, step := range s.Steps {
		if kind := step.Kind(); kind == "menu" || kind == "queue" || kind == "voicemail" {
			return needsPBX("a "+kind, "steps["+strconv.Itoa(i)+"]."+kind).With("step", kind)
		}
	}
	if all := s.Destinations(staff); len(all) > 1 {
		return needsPBX("ringing "+strconv.Itoa(len(all))+" destinations", "steps").With("destinations", len(all))
	}
	return nil
}

// Single is what a project without the PBX has of a scheme: all of it where that rings one destination, else its first one alone (Rule T-03). Schemes
// come to ring more after they were published: the PBX is switched off, an employee gets a telephone.
func (s RoutingScheme) Single(staff Staff) RoutingScheme {
	if s.CheckSingle(staff) == nil {
		return s
	}
	for _, step := range s.Steps {
		for _, target := range step.targets() {
			parties := staff.parties([]Target{target})
			if len(parties) == 0 {
				continue
			}
			if first := parties[0].Employee; first != "" {
				target = Target{Employee: first}
			}
			return only(target)
		}
	}
	return RoutingScheme{Format: Format, Steps: []RouteStep{{ID: "only", HangUp: &HangUp{Busy: true}}}}
}

// Only are the same employees with no contact but the first that schemes ring where all are there (Rule T-03).
func (s Staff) Only(all Staff, schemes ...RoutingScheme) Staff {
	var keep []Endpoint
	for _, scheme := range schemes {
		if places := scheme.Destinations(all); len(places) > 0 {
			keep = append(keep, places[0])
		}
	}
	list := slices.Clone(s)
	for i, e := range list {
		list[i].Contacts = slices.DeleteFunc(slices.Clone(e.Contacts), func(at Endpoint) bool { return !slices.Contains(keep, at) })
	}
	return list
}

func needsPBX(what, where string) *errs.Error {
	return errs.New(errs.Denied, "dialplan.needs_pbx", "%s is part of the Virtual PBX", what).At(where).
		Try("ring one account or number, or turn on the Virtual PBX")
}
