package pbx_test

import (
	"context"
	"slices"

	"github.com/google/go-cmp/cmp"
	"github.com/google/go-cmp/cmp/cmpopts"

	"bellwether/internal/access"
	"bellwether/internal/call"
	"bellwether/internal/charging"
	"bellwether/internal/dialplan"
	"bellwether/internal/ident"
	"bellwether/internal/money"
	"bellwether/internal/pbx"
	"bellwether/internal/store"
)

// outcomes are the words of the log for those of dialplan.
var outcomes = map[dialplan.Status]call.Status{
	dialplan.StatusAnswered: call.Answered, dialplan.StatusNoAnswer: call.NoAnswer,
	dialplan.StatusBusy: call.Busy, dialplan.StatusFailed: call.Failed, dialplan.StatusVoicemail: call.Voicemail, dialplan.StatusWrongExtension: call.WrongExtension,
	dialplan.StatusClientNoAnswer: call.ClientNoAnswer, dialplan.StatusForbidden: call.Forbidden, dialplan.StatusBlocked: call.TurnedAway,
}

// retell goes through the stored timeline and legs of a call once more and compares what they come to with the stored row: how it ended, who
// hung up, whether people talked, and what it cost, which is what its legs were charged. Rules T-35, T-100, T-103.
func (h *house) retell(d call.Detail) {
	h.Helper()
	if d.ID == 0 || d.Open() {
		return
	}
	status, by, talked := d.Status, d.EndedBy, false
	for i, e := range d.Timeline {
		if i > 0 && e.At.Before(d.Timeline[i-1].At) {
			h.Errorf("the timeline goes back: %+v", d.Timeline)
		}
		switch e.Code {
		case call.AnsweredBy, call.ClientAnswered, call.TalkOn:
			talked = true
		case call.HungUp:
			by = call.Party(e.Params["by"])
			fallthrough
		case call.Blocked:
			status = outcomes[dialplan.Status(e.Params["status"])]
		}
	}
	picked := slices.ContainsFunc(d.Legs, func(l call.Leg) bool { return l.Incoming && l.N > 1 && !l.AnsweredAt.IsZero() }) // with *8: its leg is not dialled
	if status != d.Status || by != d.EndedBy || d.Status == call.Answered && !talked && !picked || (d.Status == call.Answered) != !d.AnsweredAt.IsZero() {
		h.Errorf("the timeline tells of %s, ended by %s, talk %t; the row says %s, by %s, answered %v: %+v", status, by, talked, d.Status, d.EndedBy, d.AnsweredAt, d.Timeline)
	}
	sum := money.Micro(0)
	for _, l := range d.Legs {
		sum += l.Cost
		if l.EndedAt.IsZero() || l.EndedAt.Before(l.AnsweredAt) || l.AnsweredAt.IsZero() && l.Cost != 0 {
			h.Errorf("leg %d of call %s: %+v", l.N, d.ID, l)
		}
		h.chargedAs(l)
	}
	if sum != d.Cost {
		h.Errorf("the legs cost %s, the call %s", sum, d.Cost)
	}
	h.replay(d)
}

// replay lives through the stored history of a call, and compares what that comes to with the stored timeline and the row. Of a call whose node
// died the end is missing. Rule T-116.
func (h *house) replay(d call.Detail) {
	h.Helper()
	window, err := call.Look(h.permit(ident.ProjectOrg(shop)), access.View)
	if err != nil {
		h.Fatal(err)
	}
	var history []dialplan.Happened
	if err := h.db.Snapshot(context.Background(), func(ctx context.Context, q store.Querier) (err error) {
		history, err = window.History(ctx, q, d.ID)
		return err
	}); err != nil {
		h.Errorf("the history of call %s: %v", d.ID, err)
		return
	}
	lived := dialplan.Replay(history)
	told, stored := pbx.Timeline(lived), d.Timeline
	if d.Recovered {
		stored = stored[:len(stored)-1]
	} else if end := lived[len(lived)-1].State; end.Phase != dialplan.PhaseDone || outcomes[end.Result.Status] != d.Status {
		h.Errorf("a replay of call %s ends as %s %s, the row says %s", d.ID, end.Phase, end.Result.Status, d.Status)
	}
	if diff := cmp.Diff(stored, told, cmpopts.EquateEmpty()); diff != "" {
		h.Errorf("a replay of call %s tells (-stored +replayed): %s", d.ID, diff)
	}
}

// chargedAs compares what a leg costs in the log with what it was charged.
func (h *house) chargedAs(l call.Leg) {
	h.Helper()
	if l.Charging == "" {
		return
	}
	if err := h.db.Snapshot(context.Background(), func(ctx context.Context, q store.Querier) error {
		charged, err := charging.GetLeg(ctx, q, shop, l.Charging)
		if err == nil && charged.State != charging.Open && charged.Amount != l.Cost {
			h.Errorf("leg %s was charged %s, and costs %s in the log", l.Charging, charged.Amount, l.Cost)
		}
		return err
	}); err != nil {
		h.Error(err)
	}
}
