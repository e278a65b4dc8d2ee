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

func needsPBX(what, where string) *errs.Error {
	return errs.New(errs.Denied, "dialplan.needs_pbx", "%s is part of the Virtual PBX", what).At(where).
		Try("ring one account or number, or turn on the Virtual PBX")
}
