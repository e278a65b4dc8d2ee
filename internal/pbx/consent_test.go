package pbx_test

import (
	"strings"
	"testing"

	"bellwether/internal/dialplan"
	"bellwether/internal/pbx"
)

// Rule T-20: the timeline says that somebody agreed only where they did.
func TestConsentInTheTimeline(t *testing.T) {
	t.Parallel()
	note := func(code string) dialplan.Effect {
		return dialplan.Note{Reason: dialplan.Reason{Code: code, Params: map[string]string{"mode": "consent"}}}
	}
	for answer, want := range map[string]string{"": "", "recording.consent": "recording given", "recording.no_consent": "no_recording "} {
		state := dialplan.State{}
		state.Call.Settings.Recording.Mode = dialplan.RecordConsent
		lived := dialplan.Lived{State: state, Effects: []dialplan.Effect{note("recording.announced")}}
		if answer != "" {
			lived.Effects = append(lived.Effects, note(answer))
		}
		var said []string
		for _, e := range pbx.Timeline([]dialplan.Lived{lived}) {
			said = append(said, e.Code+" "+e.Params["consent"])
		}
		if got := strings.Join(said, ", "); got != want {
			t.Errorf("after %q: %q, want %q", answer, got, want)
		}
	}
}
