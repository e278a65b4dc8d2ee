package funds

import (
	"encoding/json"
	"fmt"

	"bellwether/internal/civil"
	"bellwether/internal/lang"
	"bellwether/internal/money"
	"bellwether/internal/pricing"
)

// promiseRule is that of credit for a missed promise of call tracking.
const promiseRule = "C-111"

// promise explains such a credit: of what the day cost, the share of the numbers whose pools missed their promise.
func (n naming) promise(line pricing.Line, s stored) (text string, steps []step) {
	var in struct {
		Day     string      `json:"day"`
		Paid    money.Micro `json:"paid"`
		Missed  int64       `json:"missed"`
		Numbers int64       `json:"numbers"`
		Pools   []struct {
			Name   string  `json:"name"`
			Target int     `json:"target_percent"`
			Low    float64 `json:"low"`
			High   float64 `json:"high"`
		} `json:"pools"`
	}
	_ = json.Unmarshal(s.Inputs, &in) // what cannot be read has no day
	day, err := civil.ParseDate(in.Day)
	if err != nil { // undone, or of an unknown form
		return n.reason(s), nil
	}
	for _, p := range in.Pools {
		steps = append(steps, step{text: n.T("funds.step_missed", lang.Values{"Pool": p.Name, "Target": n.Percent(p.Target*100, false)}), result: n.share(p.Low) + "–" + n.share(p.High)})
	}
	sum := fmt.Sprintf("%s × %s ÷ %s", n.exact(in.Paid), n.Int(int(in.Missed)), n.Int(int(in.Numbers)))
	steps = append(steps, step{text: n.T("funds.step_promise"), sum: sum, result: n.exact(line.Amount)})
	return n.T("funds.why_promise", lang.Values{"Day": n.DateLong(day)}), steps
}

const hundredths = 10_000

// share writes a share of one in per cent.
func (n naming) share(x float64) string { return n.Percent(int(x*hundredths), false) }
