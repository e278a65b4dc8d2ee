package api_test

import (
	"context"
	"fmt"
	"net/http"
	"strings"
	"testing"
	"time"

	"bellwether/internal/call"
	"bellwether/internal/dialplan"
	"bellwether/internal/money"
	"bellwether/internal/store"
	"bellwether/internal/store/storetest"
)

// logCall writes a call that has ended; one with a talk of so many seconds was answered.
func (s *site) logCall(n int, client string, talk int, cost money.Micro) call.ID {
	s.Helper()
	at := instant(s, midday).Add(time.Duration(n) * time.Minute)
	o := call.Opening{Project: "demo", ID: call.IDAt(at, n), Direction: call.Inbound, Client: client, Number: "+380443337701"}
	r := call.Closing{Status: call.NoAnswer, EndedAt: at.Add(time.Duration(10+talk) * time.Second), EndedBy: call.ByClient, Part: call.Part{
		Legs:   []call.Leg{{N: 1, Address: client, Incoming: true, StartedAt: at, Cost: cost, Quality: call.Quality{MOS: 412, Loss: 35, Jitter: 4 * time.Millisecond}}},
		Events: []call.Event{{At: at, Code: call.CameIn}},
	}}
	arrived, shared := dialplan.Arrived{Kind: dialplan.Inbound, From: client, Country: "UA"}.Split()
	basis, err := call.NewBasis(shared)
	if err != nil {
		s.Fatal(err)
	}
	o.Basis, r.Steps = &basis, call.Steps{Plan: basis.Hash, Steps: []dialplan.Happened{{At: at, Event: arrived}}}
	if talk > 0 {
		r.Status, r.AnsweredAt, r.Person = call.Answered, at.Add(10*time.Second), call.Person{ID: "e1", Name: "=Ann"}
	}
	s.write(func(ctx context.Context, tx *store.Tx) error { return call.Log(ctx, tx, o, r) })
	return o.ID
}

// recordedCall logs a call with a recording, whose file is nowhere.
func (s *site) recordedCall() call.ID {
	s.Helper()
	id := s.logCall(1, "+380671234567", 95, 1_570_000)
	s.write(func(ctx context.Context, tx *store.Tx) error {
		return call.AddRecording(ctx, tx, call.Recording{Call: call.Ref{Project: "demo", ID: id}, N: 1, Kind: call.TalkRecording, StartedAt: id.Began(), Sound: call.Sound{Hash: "aa", Seconds: 95}})
	})
	return id
}

// The log is listed page by page, narrowed, and exported; one call has all that belongs to it. Rules T-105, T-106, T-108.
func TestCalls(t *testing.T) {
	t.Parallel()
	s := openSite(t, storetest.SQLite(t))
	const ann, other, base = "+380671234567", "+380501112233", "/v1/projects/demo/calls"
	first, missed, last := s.logCall(1, ann, 95, 1_570_000), s.logCall(2, other, 0, 0), s.logCall(3, ann, 20, 0)
	reader, writer := s.as("project:read demo"), s.as("project:write demo")
	ids := func(query string) string {
		var got []string
		for cursor := ""; ; {
			var page struct {
				Items []struct{ ID, Result, Cost string }
				Next  string
			}
			s.must(reader, http.MethodGet, base+"?limit=1&"+query+cursor, "", http.StatusOK).into(t, &page)
			for _, c := range page.Items {
				got = append(got, strings.NewReplacer(first.String(), "1", missed.String(), "2", last.String(), "3").Replace(c.ID))
			}
			if page.Next == "" {
				return strings.Join(got, "")
			}
			cursor = "&cursor=" + page.Next
		}
	}
	for query, want := range map[string]string{
		"": "321", "result=repeated": "3", "result=answered": "31", "owed=true": "2", "client=%2B380671234567": "31", "client_digits=1112": "2", "min_talk=21": "1", "max_wait=0&min_wait=0": "321", "min_counter=2": "3", "max_counter=1": "21", "ended_by=system": "", "note=nothing%25": "",
		"min_cost=1.57": "1", "min_cost=1.571": "", "employee=e1": "31", "direction=outbound": "", "from=2026-03-10T10:02:00Z": "32", "until=2026-03-10T10:02:00Z": "1", "recorded=false": "321",
	} {
		if got := ids(query); got != want {
			t.Errorf("%s gives %s, want %s", query, got, want)
		}
	}
	s.refused(reader, http.MethodGet, base+"?min_cost=much", "", http.StatusBadRequest, "api.bad_amount")
	s.refused(reader, http.MethodGet, base+"?cursor=x", "", http.StatusUnprocessableEntity, "api.bad_cursor")
	one := s.must(reader, http.MethodGet, base+"/"+first.String(), "", http.StatusOK).json(t)
	if one["result"] != "proper" || one["talk_seconds"] != 95.0 || one["cost"] != "1.57" || one["caller"] != ann || fmt.Sprint(one["timeline"]) == "[]" {
		t.Errorf("%v", one)
	}
	s.refused(reader, http.MethodGet, base+"/12", "", http.StatusNotFound, "call.not_found")
	s.must(writer.with("Idempotency-Key", "n1"), http.MethodPost, base+"/"+first.String()+"/notes", `{"text":"wants roses"}`, http.StatusCreated)
	s.must(writer.with("Idempotency-Key", "n1"), http.MethodPost, base+"/"+first.String()+"/notes", `{"text":"wants roses"}`, http.StatusCreated)
	s.refused(reader.with("Idempotency-Key", "n2"), http.MethodPost, base+"/"+first.String()+"/notes", `{"text":"x"}`, http.StatusForbidden, "access.denied")
	s.must(writer.with("Idempotency-Key", "l1"), http.MethodPut, base+"/"+first.String()+"/labels", `{"tags":["VIP"],"category":""}`, http.StatusOK)
	s.refused(writer.with("Idempotency-Key", "l2"), http.MethodPut, base+"/"+first.String()+"/labels", `{"tags":[],"category":"Order"}`, http.StatusUnprocessableEntity, "call.no_category")
	if got := ids("note=ROSES"); got != "1" {
		t.Errorf("notes with roses: %s", got)
	}
	card := s.must(reader, http.MethodGet, "/v1/projects/demo/clients/"+ann, "", http.StatusOK).json(t)
	if card["calls"] != 2.0 || card["talk_seconds"] != 115.0 || len(card["notes"].([]any)) != 1 || fmt.Sprint(card["tags"]) != "[VIP]" {
		t.Errorf("%v", card)
	}
	csv := string(s.must(reader, http.MethodGet, base+".csv?owed=true", "", http.StatusOK).body)
	if lines := strings.Split(strings.TrimSpace(csv), "\n"); len(lines) != 2 || !strings.HasPrefix(lines[1], missed.String()+",inbound,"+other) {
		t.Errorf("the export is %q", csv)
	}
	if csv := string(s.must(reader, http.MethodGet, base+".csv?employee=e1", "", http.StatusOK).body); strings.Contains(csv, ",=Ann") {
		t.Errorf("a name is a formula: %q", csv)
	}
	s.refused(reader, http.MethodGet, base+"/"+first.String()+"/recordings/1/link", "", http.StatusNotFound, "call.no_recording")
	if live := s.must(reader, http.MethodGet, "/v1/projects/demo/live-calls", "", http.StatusOK).json(t); fmt.Sprint(live["calls"]) != "[]" {
		t.Errorf("%v", live)
	}
}

// Where calls came from: in the list, narrowed by it, in the export and summed up. Rules T-114 and T-115.
func TestOriginsOfCalls(t *testing.T) {
	t.Parallel()
	s := openSite(t, storetest.SQLite(t))
	const base = "/v1/projects/demo/calls"
	ads, plain := s.logCall(1, "+380671234567", 95, 1_570_000), s.logCall(2, "+380501112233", 0, 0)
	s.write(func(ctx context.Context, tx *store.Tx) error {
		return call.Attribute(ctx, tx, call.Ref{Project: "demo", ID: ads}, call.Origin{
			Visit: "v1", Certainty: 9300, Channel: "paid_search", Source: "google", Medium: "cpc", Campaign: "=roses", FoundAt: instant(s, midday),
		})
	})
	reader := s.as("project:read demo")
	for query, want := range map[string]string{
		"source=google": ads.String(), "source=bing": "", "unknown=source": plain.String(), "origin_known=false": plain.String(), "channel=paid_search&campaign=%3Droses": ads.String(),
	} {
		var page struct{ Items []struct{ ID string } }
		s.must(reader, http.MethodGet, base+"?"+query, "", http.StatusOK).into(t, &page)
		got := ""
		for _, c := range page.Items {
			got += c.ID
		}
		if got != want {
			t.Errorf("%s gives %q, want %q", query, got, want)
		}
	}
	origin, _ := s.must(reader, http.MethodGet, base+"/"+ads.String(), "", http.StatusOK).json(t)["origin"].(map[string]any)
	if origin["source"] != "google" || origin["certainty"] != 0.93 {
		t.Errorf("the origin of a call: %v", origin)
	}
	lines := strings.Split(string(s.must(reader, http.MethodGet, base+".csv", "", http.StatusOK).body), "\n")
	if !strings.Contains(lines[2], "paid_search,google,cpc,'=roses") || strings.Count(lines[0], ",") != strings.Count(lines[1], ",") {
		t.Errorf("the export:\n%s\n%s", lines[0], lines[2])
	}
	var report struct {
		Rows []struct {
			Of    []string
			Calls int
			First int `json:"first_calls"`
			Cost  string
		}
	}
	s.must(reader, http.MethodGet, "/v1/projects/demo/call-report?by=source,status", "", http.StatusOK).into(t, &report)
	if got := fmt.Sprint(report.Rows); got != "[{[ no_answer] 1 1 0} {[google answered] 1 1 1.57}]" {
		t.Errorf("the report: %s", got)
	}
	s.refused(reader, http.MethodGet, base+"?unknown=number", "", http.StatusUnprocessableEntity, "call.bad_dimension")
	s.refused(reader, http.MethodGet, "/v1/projects/demo/call-report?by=client", "", http.StatusUnprocessableEntity, "call.bad_dimension")
}
