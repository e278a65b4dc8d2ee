package demo

import (
	"context"
	"time"

	"bellwether/internal/call"
	"bellwether/internal/dialplan"
	"bellwether/internal/phone"
	"bellwether/internal/routing"
	"bellwether/internal/store"
)

// The schemes by which the shop's calls go.
const (
	mainScheme    = "Main line"         // a menu, a queue, the owner as the reserve
	nightScheme   = "After hours"       // for calls outside working hours
	adScheme      = "Advertising lines" // one after another
	urgentScheme  = "Day and night"     // everybody's telephones at once, at all hours
	rushScheme    = "8 March rush"      // being written
	salesQueue    = "florists"
	mailbox       = owner
	longestRing   = 25
	longestInTurn = 15
)

// The changes of the shop's telephony.
const (
	stageOpen = iota + 1
	stageMenu
	stageQueue
	stageNumber
	stageRush
	stagePools // call tracking gets more numbers and rules
	stageLess  // and one number fewer
)

// urgentNumber rings everybody at all hours: the client of the simulated network calls it.
var urgentNumber = trackingNumbers[0]

// fit is one change of the shop's telephony, by its place in the story.
func (l *life) fit(ctx context.Context, stage int, at time.Time) error {
	if !l.telephony() {
		return nil
	}
	var err error
	if l.acting, err = l.personal(ctx, call.Person{User: l.users[owner]}, at); err != nil {
		return err
	}
	if stage > stageOpen {
		return l.DB.Write(ctx, func(ctx context.Context, tx *store.Tx) error { return l.rebuild(ctx, tx, stage, at) })
	}
	sounds, err := l.sounds(ctx)
	if err != nil {
		return err
	}
	return l.DB.Write(ctx, func(ctx context.Context, tx *store.Tx) error {
		if err := l.engage(ctx, tx, at); err != nil {
			return err
		}
		if err := l.furnish(ctx, tx, sounds, at); err != nil {
			return err
		}
		if err := l.decide(ctx, tx, at); err != nil {
			return err
		}
		return l.track(ctx, tx, stageOpen, at)
	})
}

// furnish adds the prompts, sets the working hours and blocks two callers.
func (l *life) furnish(ctx context.Context, tx *store.Tx, sounds map[string]routing.Stored, at time.Time) error {
	l.prompts = map[string]string{}
	for _, p := range prompts {
		made, err := l.Routing.AddPrompt(ctx, tx, l.acting, p.name, routing.Announcement, sounds[p.name], p.text, shopVoice, at)
		if err != nil {
			return err
		}
		l.prompts[p.name] = string(made.ID)
	}
	made, err := l.Routing.AddPrompt(ctx, tx, l.acting, waltz, routing.Music, sounds[waltz], "", "", at)
	if err != nil {
		return err
	}
	l.prompts[waltz] = string(made.ID)
	for _, b := range [][2]string{{"+380445550199", "Sells windows, every week"}, {"+38089*", "Prize draws"}} {
		if _, err := l.Routing.Block(ctx, tx, l.acting, b[0], b[1], at); err != nil {
			return err
		}
	}
	return l.Routing.SetHours(ctx, tx, l.acting, shopHours(), at)
}

// shopHours are when the shop is open, as the days of the story have it.
func shopHours() dialplan.BusinessHours {
	span := func(p pattern) dialplan.Span { return dialplan.Span{From: hour(p.opens), To: hour(p.closes)} }
	return dialplan.BusinessHours{
		Week: []dialplan.Shift{
			{Days: []dialplan.Day{"mon", "tue", "wed", "thu", "fri"}, Span: span(weekday)},
			{Days: []dialplan.Day{"sat"}, Span: span(saturday)},
			{Days: []dialplan.Day{"sun"}, Span: span(sunday)},
		},
		Holidays: []dialplan.Holiday{
			{Date: "2026-12-25", Name: "Christmas", Yearly: true},
			{Date: "2027-01-01", Name: "New Year", Yearly: true},
			{Date: "2027-02-14", Name: "Valentine's Day", Yearly: true, Open: []dialplan.Span{{From: "07:00", To: "22:00"}}},
			{Date: "2027-03-08", Name: "8 March", Yearly: true, Open: []dialplan.Span{{From: "07:00", To: "22:00"}}},
		},
	}
}

func hour(h int) string { return clock(0, time.UTC, h, 0).Format("15:04") }

// decide makes the first schemes, gives them to the numbers, and decides about all calls.
func (l *life) decide(ctx context.Context, tx *store.Tx, at time.Time) error {
	l.schemes = map[string]call.Scheme{}
	for _, s := range []struct {
		name string
		body dialplan.RoutingScheme
	}{{nightScheme, l.closedLine()}, {mainScheme, l.mainLine(stageOpen)}, {adScheme, l.advertising()}, {urgentScheme, l.dayAndNight()}} {
		if err := l.publish(ctx, tx, s.name, s.body, at); err != nil {
			return err
		}
	}
	for _, n := range append([]string{mainNumber}, trackingNumbers[:5]...) { // the sixth is given back
		if err := l.lead(ctx, tx, n, at); err != nil {
			return err
		}
	}
	settings, err := routing.GetSettings(ctx, tx, Project)
	if err != nil {
		return err
	}
	settings.LastAgent = dialplan.LastAgent{On: true}
	settings.Recording = dialplan.Recording{Mode: dialplan.RecordAnnounce, Prompt: l.prompts[consent]}
	settings.CallerID, settings.AfterHours = mainNumber, routing.SchemeID(l.schemes[nightScheme].ID)
	if err := l.Routing.SetSettings(ctx, tx, l.acting, settings, at); err != nil {
		return err
	}
	return call.SetSettings(ctx, tx, l.acting, call.Settings{ProperSeconds: call.Standard.ProperSeconds, Categories: categories}, at)
}

// lead gives a number its scheme.
func (l *life) lead(ctx context.Context, tx *store.Tx, n string, at time.Time) error {
	name := l.schemeOf(n)
	after := routing.SchemeID("")
	if name == urgentScheme {
		after = routing.SchemeID(l.schemes[urgentScheme].ID)
	}
	return l.Routing.SetScheme(ctx, tx, l.acting, phone.Number(n), routing.SchemeID(l.schemes[name].ID), after, at)
}

// schemeOf is the scheme of one of the shop's numbers, by its name.
func (l *life) schemeOf(n string) string {
	switch n {
	case mainNumber:
		return mainScheme
	case urgentNumber:
		return urgentScheme
	}
	return adScheme
}

// rebuild is a later change: the main line gets its menu, then its queue; a scheme for the busiest day of the year is begun.
func (l *life) rebuild(ctx context.Context, tx *store.Tx, stage int, at time.Time) error {
	if err := l.track(ctx, tx, stage, at); err != nil {
		return err
	}
	switch stage {
	case stagePools:
		for _, n := range later() {
			if err := l.lead(ctx, tx, string(n), at); err != nil {
				return err
			}
		}
		return nil
	case stageLess:
		return nil
	case stageMenu, stageQueue:
		return l.publish(ctx, tx, mainScheme, l.mainLine(stage), at)
	case stageNumber:
		return l.lead(ctx, tx, seventhNumber, at)
	}
	_, err := l.Routing.Make(ctx, tx, l.acting, rushScheme, l.rush(), at)
	return err
}

// publish makes a version of a scheme, and the scheme where it is new.
func (l *life) publish(ctx context.Context, tx *store.Tx, name string, body dialplan.RoutingScheme, at time.Time) error {
	known, ok := l.schemes[name]
	id := routing.SchemeID(known.ID)
	if ok {
		if _, err := l.Routing.Save(ctx, tx, l.acting, id, name, body, at); err != nil {
			return err
		}
	} else {
		made, err := l.Routing.Make(ctx, tx, l.acting, name, body, at)
		if err != nil {
			return err
		}
		id = made.ID
	}
	made, err := l.Routing.Publish(ctx, tx, l.acting, id, at)
	l.schemes[name] = call.Scheme{ID: string(made.ID), Name: made.Name, Version: int64(made.Live)}
	return err
}

func (l *life) employee(email string) dialplan.Target {
	return dialplan.Target{Employee: string(l.cast.employees[email].ID)}
}

func (l *life) department(name string) dialplan.Target {
	return dialplan.Target{Department: string(l.cast.departments[name])}
}

func (l *life) voicemail(id string) dialplan.RouteStep {
	return dialplan.RouteStep{ID: id, Name: "Message", Voicemail: &dialplan.Voicemail{Greeting: l.prompts[message], MaxSeconds: 120, Emails: []string{mailbox}}}
}

func scheme(steps ...dialplan.RouteStep) dialplan.RoutingScheme {
	return dialplan.RoutingScheme{Format: dialplan.Format, Steps: steps}
}

// mainLine is the main number's scheme at a stage: first it rings, then it asks, then callers wait in a queue.
func (l *life) mainLine(stage int) dialplan.RoutingScheme {
	florists := dialplan.RouteStep{ID: "florists", Name: "Florists", Next: dialplan.End, Ring: &dialplan.Ring{Order: dialplan.Together, Seconds: longestRing, Targets: []dialplan.Target{l.department(sales)}}}
	if stage == stageOpen {
		florists.Next = ""
		return scheme(florists, l.voicemail("message"))
	}
	if stage == stageQueue {
		florists.Ring = nil
		florists.Queue = &dialplan.Queue{
			Queue: salesQueue, Strategy: dialplan.LongestIdle, Targets: []dialplan.Target{l.department(sales)}, RingSeconds: longestInTurn, RestSeconds: 5,
			Music: l.prompts[waltz], MaxWaitSeconds: 180, AnnounceEverySeconds: 45, SayPosition: true, SayWait: true,
			Callback: &dialplan.QueueCallback{Digit: "1", Prompt: l.prompts[ringBack], AfterSeconds: 30, Done: l.prompts[willRing]},
		}
	}
	body := scheme(
		dialplan.RouteStep{ID: "menu", Name: "Welcome", Next: "florists", Menu: &dialplan.IVRMenu{
			Prompt: l.prompts[welcome], Choices: map[string]string{"1": "florists", "2": "delivery", "3": "accounting"}, Extensions: true, TimeoutSeconds: 4, Repeats: 1, Wrong: l.prompts[wrongKey],
		}},
		florists,
		dialplan.RouteStep{ID: "delivery", Name: "Delivery", Next: dialplan.End, Ring: &dialplan.Ring{
			Order: dialplan.InTurn, Seconds: longestInTurn, Music: l.prompts[waltz], Targets: []dialplan.Target{l.employee("taras@kvitka.example"), l.department(sales)},
		}},
		dialplan.RouteStep{ID: "accounting", Name: "Accounting", Next: "message", Ring: &dialplan.Ring{Order: dialplan.Together, Seconds: longestRing, Targets: []dialplan.Target{l.department(accounting)}}},
		dialplan.RouteStep{ID: "owner", Name: "The owner herself", Next: "message", Ring: &dialplan.Ring{Order: dialplan.Together, Seconds: longestRing, Targets: []dialplan.Target{l.employee(owner)}}},
		l.voicemail("message"),
	)
	body.Reserve = "owner"
	return body
}

// closedLine takes messages, and puts through what cannot wait.
func (l *life) closedLine() dialplan.RoutingScheme {
	return scheme(
		dialplan.RouteStep{ID: "closed", Name: "We are closed", Next: "message", Menu: &dialplan.IVRMenu{Prompt: l.prompts[closed], Choices: map[string]string{"1": "urgent"}, TimeoutSeconds: 4}},
		dialplan.RouteStep{ID: "urgent", Name: "Urgent delivery", Ring: &dialplan.Ring{Order: dialplan.Together, Seconds: longestRing, Targets: []dialplan.Target{l.employee(owner)}}},
		l.voicemail("message"),
	)
}

// advertising rings the florists one after another, then everybody else.
func (l *life) advertising() dialplan.RoutingScheme {
	return scheme(
		dialplan.RouteStep{ID: "florists", Name: "Florists in turn", Ring: &dialplan.Ring{Order: dialplan.InTurn, Seconds: longestInTurn, Targets: []dialplan.Target{
			l.employee("olena@kvitka.example"), l.employee("iryna@kvitka.example"), l.employee("maksym@kvitka.example"),
		}}},
		dialplan.RouteStep{ID: "delivery", Name: "Delivery", Ring: &dialplan.Ring{Order: dialplan.Together, Seconds: longestRing, Targets: []dialplan.Target{l.department(delivery)}}},
		l.voicemail("message"),
	)
}

// dayAndNight rings everybody's telephones at once.
func (l *life) dayAndNight() dialplan.RoutingScheme {
	return scheme(
		dialplan.RouteStep{ID: "everybody", Name: "Everybody", Ring: &dialplan.Ring{Order: dialplan.Together, Seconds: 30, Targets: []dialplan.Target{l.department(sales), l.department(delivery)}}},
		l.voicemail("message"),
	)
}

// rush is being written: its second step rings nobody yet.
func (l *life) rush() dialplan.RoutingScheme {
	return scheme(
		dialplan.RouteStep{ID: "all", Name: "All hands", Ring: &dialplan.Ring{Order: dialplan.Together, Seconds: longestRing, Targets: []dialplan.Target{l.department(sales), l.department(delivery), l.employee(owner)}}},
		dialplan.RouteStep{ID: "helpers", Name: "Hired florists", Ring: &dialplan.Ring{Order: dialplan.InTurn, Seconds: longestInTurn}},
	)
}

// telephony reports whether the story is told with its telephony and its call log.
func (l *life) telephony() bool { return l.Files != nil }
