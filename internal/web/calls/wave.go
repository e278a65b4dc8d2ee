package calls

import (
	"fmt"
	"math"
	"slices"
	"strconv"
	"strings"

	"bellwether/internal/call"
	"bellwether/internal/lang"
)

// drawnWave is a waveform as the paths of an SVG drawing.
type drawnWave struct{ box, left, right string }

const (
	waveHeight = 64
	waveStep   = 3
	waveBar    = 2
)

// wavePaths draws a bar a piece: the left side upwards from the middle, the right side downwards. The loudest piece is as high
// as there is room, and quiet ones are raised, as the ear hears them.
func wavePaths(p call.Peaks) drawnWave {
	if len(p.Left) == 0 || len(p.Left) != len(p.Right) {
		return drawnWave{}
	}
	loudest := max(1, slices.Max(p.Left), slices.Max(p.Right))
	return drawnWave{
		box: "0 0 " + strconv.Itoa(len(p.Left)*waveStep) + " " + strconv.Itoa(waveHeight), left: waveBars(p.Left, -1, loudest), right: waveBars(p.Right, 1, loudest),
	}
}

func waveBars(peaks []byte, direction int, loudest byte) string {
	const middle, most = waveHeight / 2, waveHeight/2 - 2
	var b strings.Builder
	for i, peak := range peaks {
		height := direction * max(1, int(most*math.Sqrt(float64(peak)/float64(loudest))))
		fmt.Fprintf(&b, "M%d %dv%dh%dv%dz", i*waveStep, middle, height, waveBar, -height)
	}
	return b.String()
}

func (p player) secondsText() string { return strconv.FormatInt(p.Seconds, 10) }

// said is what is to be known of a recording: its length, what the parties were told, where it is, until when.
func (p player) said() string {
	parts := []string{p.Clock(seconds(p.Seconds)), p.T(consentKeys[string(p.Consent)])}
	switch {
	case p.State == call.Archived:
		parts = append(parts, p.T("calls.archived"))
	case p.State == call.Restoring:
		parts = append(parts, p.T("calls.restoring"))
	case !p.listen:
		parts = append(parts, p.T("calls.may_not_listen"))
	}
	if !p.ExpiresAt.IsZero() {
		parts = append(parts, p.T("calls.kept_until", lang.Values{"Until": p.DateTime(p.ExpiresAt)}))
	}
	return strings.Join(parts, " · ")
}
