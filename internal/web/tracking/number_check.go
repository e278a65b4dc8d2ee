package tracking

import (
	"context"
	"strconv"
	"time"

	"bellwether/internal/call"
	"bellwether/internal/errs"
	"bellwether/internal/lang"
	"bellwether/internal/store"
	"bellwether/internal/trunk"
	"bellwether/internal/web/cabinet"
	"bellwether/internal/web/ui"
)

// longestCheck is how long ago a check may have begun: an older page begins anew.
const longestCheck = time.Hour

// checkView is what stands on the page of a wiring check.
type checkView struct {
	topic, refresh string
	number         string
	arrived        string // when and over which trunk; empty while no call came
}

// checkNumber is GET /tracking/numbers/{number}/check: it waits for a call to the number and says that it arrived (Rule C-109). When the waiting began
// stands in the address, so that a page that is loaded again goes on waiting.
func (p *pages) checkNumber(v *cabinet.Visit) error {
	_, u, err := p.chosenNumber(v)
	if err != nil {
		return err
	}
	micros, err := strconv.ParseInt(v.URL.Query().Get("since"), 10, 64)
	since := time.UnixMicro(micros)
	if err != nil || v.At.Sub(since) > longestCheck || since.After(v.At) {
		return v.Go(numberPath(v, u.Number, "/check?since="+strconv.FormatInt(v.At.UnixMicro(), 10)))
	}
	view := checkView{topic: cabinet.Topic(v.Org, cabinet.TopicCalls), refresh: numberPath(v, u.Number, "/check?part=1&since="+strconv.FormatInt(micros, 10)), number: v.Phone(u.Number)}
	if err := v.Read(func(ctx context.Context, q store.Querier) error {
		a, found, err := call.Arrived(ctx, q, v.Project.ID, u.Number, since)
		if err != nil || !found {
			return err
		}
		view.arrived, err = arrivedText(ctx, q, v, a)
		return err
	}); err != nil {
		return err
	}
	if v.URL.Query().Get("part") != "" {
		return v.RenderPart(checkPart(view))
	}
	return v.Render(below(v, "/numbers", v.T("tracking.check"), ui.Link{Text: v.Phone(u.Number), Href: numberPath(v, u.Number, "")}), checkPart(view))
}

// arrivedText says when a call came and over which trunk: the project's own by its name.
func arrivedText(ctx context.Context, q store.Querier, v *cabinet.Visit, a call.Arrival) (string, error) {
	at := lang.Values{"Time": v.Time(a.At)}
	if a.Trunk == "" {
		return v.T("tracking.check_arrived", at), nil
	}
	t, err := trunk.Get(ctx, q, v.Project.ID, trunk.ID(a.Trunk))
	switch {
	case errs.KindOf(err) == errs.NotFound:
		return v.T("tracking.check_operator", at), nil
	case err != nil:
		return "", err
	}
	at["Trunk"] = t.Name
	return v.T("tracking.check_trunk", at), nil
}
