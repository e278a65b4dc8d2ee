package demo

import (
	"context"
	"testing"
	"time"

	"bellwether/internal/access"
	"bellwether/internal/call"
	"bellwether/internal/charging"
	"bellwether/internal/money"
	"bellwether/internal/store/storetest"
)

// The shop's log fits what was charged: every charged leg that was answered is in one call, and together they cost as much.
// Rules T-104 to T-106.
func TestTheLogFitsTheCharges(t *testing.T) {
	t.Parallel()
	ctx := context.Background()
	db := storetest.SQLite(t)
	p := parts(db)
	files := p.withTelephony(t)
	story, err := Load(ctx, p, Options{Seed: 1, Now: evening})
	if err != nil {
		t.Fatal(err)
	}
	permit, err := access.NewGate(db).ByInstallation(ctx, shopOrg, evening)
	if err != nil {
		t.Fatal(err)
	}
	w, err := call.Look(permit, access.View)
	if err != nil {
		t.Fatal(err)
	}
	totals, err := w.Totals(ctx, db, call.Filter{})
	if err != nil || totals.Calls < 3000 || totals.Missed < 200 || totals.Owed == 0 || totals.Owed >= totals.Missed || totals.Proper < 1000 || totals.Repeated < 300 {
		t.Errorf("%+v, %v", totals, err)
	}
	var charged money.Micro
	legs := int64(0)
	for day := story.Today - Days; day <= story.Today; day++ {
		for leg, err := range charging.LegsOf(ctx, db, Project, day) {
			if err != nil {
				t.Fatal(err)
			}
			charged += leg.Amount
			legs++
		}
	}
	if totals.Cost != charged || legs != story.Calls {
		t.Errorf("the log costs %v, the legs %v; %d legs of %d", totals.Cost, charged, legs, story.Calls)
	}
	yes := true
	recorded, err := w.List(ctx, db, call.Filter{Recorded: &yes}, call.NewestFirst, 0, 100)
	if err != nil || len(recorded) == 0 || len(recorded) > 60 || evening.Sub(recorded[len(recorded)-1].StartedAt) > (messageDays+1)*24*time.Hour {
		t.Errorf("%d recordings, %v", len(recorded), err)
	}
	for _, c := range recorded {
		_, file, err := files.Hear(ctx, db, permit, access.Listen, c.ID, 1)
		if err != nil {
			t.Fatal(err)
		}
		_ = file.Close()
	}
}
