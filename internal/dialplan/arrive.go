package dialplan

import (
	"slices"

	"bellwether/internal/phone"
)

// arrived begins a call.
func (r *run) arrived(a Arrived) {
	r.Call, r.Began = a, r.at
	switch {
	case len(a.Talks) > 1:
		r.talkOn()
	case a.Kind == Inbound:
		r.inbound()
	case a.Kind == Outbound || a.Kind == Internal:
		r.outgoing()
	default:
		r.callBack()
	}
}

// inbound admits a caller: not one who is blocked (Rule T-06), nor where no channel is free (Rule T-57), and once the leg is authorised, for some books price it.
func (r *run) inbound() {
	to := Endpoint{Phone, r.Call.Number}
	r.Near = r.addLeg(Leg{Role: Outside, Incoming: true, To: to, Charge: ChargeInbound, State: LegRinging})
	r.note("call.arrived", "from", r.Call.From, "number", r.Call.Number)
	r.Phase = PhaseArrived
	if r.Call.Blocked != "" {
		r.end(CauseRejected, reason("call.blocked", "rule", r.Call.Blocked))
		return
	}
	if r.Call.Full {
		r.end(CauseBusy, reason("call.no_channel"))
		return
	}
	r.leg(r.Near).Money = MoneyAsked
	r.do(Authorise{Leg: r.Near, Charge: ChargeInbound, To: to, Number: r.Call.Number})
}

// admitted chooses the scheme and who rings before it.
func (r *run) admitted() {
	if r.Call.Suspended {
		r.fallBack()
		return
	}
	open := r.Call.Opening.Open
	r.do(Note{r.Call.Opening.Reason})
	if r.AfterHours = !open && r.Call.Closed != nil; r.AfterHours {
		r.note("hours.after_hours_scheme")
	}
	if open && r.Call.Asked == ToBeAsked {
		r.comfort(r.Near, "")
		r.do(AskOwner{})
		r.start(timerOwner, seconds(ownerSeconds))
		return
	}
	r.greet(OwnerSaid{r.Call.Owner, r.Call.Asked})
}

// ownerSeconds is how long a caller waits for a CRM, whatever becomes of it: longer than it may take (Rule W-12).
const ownerSeconds = 5

// ownerSaid goes on with what a CRM said, where the call waits for it.
func (r *run) ownerSaid(e OwnerSaid) {
	if slices.ContainsFunc(r.Timers, func(t Timer) bool { return t.Name == timerOwner }) {
		r.cancel(timerOwner)
		r.greet(e)
	}
}

// greet puts those first who ring before the scheme, and begins.
func (r *run) greet(e OwnerSaid) {
	r.Call.Owner, r.Call.Asked = e.Employee, e.Asked
	if r.Call.Opening.Open {
		if r.Call.Asked != NotAsked {
			r.note("owner." + string(r.Call.Asked))
		}
		r.firstRing(r.Call.Owner, r.Call.Settings.OwnerFirst)
		r.do(Note{r.Call.LastAgent.Reason})
		r.firstRing(r.Call.LastAgent.Employee, r.Call.Settings.LastAgent.On)
	}
	r.announce(r.Near)
}

// fallBack rings the one number that takes the calls of a suspended project (Rule T-07).
func (r *run) fallBack() {
	to := string(r.Call.Settings.Fallback)
	if to == "" {
		r.end(CauseRejected, reason("call.suspended"))
		return
	}
	r.note("call.fallback", "to", to)
	r.Call.Scheme = only(Target{Phone: to})
	r.Phase = PhaseRoute
	r.enter(r.scheme().from(0))
}

// only is a scheme of one ringing step.
func only(to Target) RoutingScheme {
	const patience = 40
	return RoutingScheme{Format: Format, Steps: []RouteStep{{ID: "only", Ring: &Ring{Order: Together, Seconds: patience, Targets: []Target{to}}}}}
}

// firstRing puts an employee before the scheme (Rules T-04 and T-05), once.
func (r *run) firstRing(employee string, wanted bool) {
	if e, ok := r.Call.Staff.Employee(employee); wanted && ok && len(e.Contacts) > 0 && !slices.Contains(r.First, employee) {
		r.First = append(r.First, employee)
	}
}

// announce tells an outside party that the call is recorded, where the project wants it (Rule T-20), and goes on.
func (r *run) announce(id LegID) {
	recording := r.Call.Settings.Recording
	r.MayRecord = recording.Mode == RecordSilently
	if recording.Mode != RecordAnnounce && recording.Mode != RecordConsent {
		r.announced(id)
		return
	}
	r.Phase, r.Consenting = PhaseConsent, id
	prompt := recording.Prompt
	if prompt == "" {
		prompt = map[RecordingMode]string{RecordAnnounce: "@recording", RecordConsent: "@consent"}[recording.Mode]
	}
	r.answer(id)
	r.note("recording.announced", "mode", string(recording.Mode))
	r.play(id, Sound{Kind: Prompt, Name: prompt})
}

// consentPlayed waits for a key after the announcement, where one is wanted.
func (r *run) consentPlayed() {
	if r.Call.Settings.Recording.Mode == RecordConsent {
		r.start(timerConsent, seconds(ConsentSeconds))
		return
	}
	r.consented(true)
}

// consented goes on after the announcement.
func (r *run) consented(yes bool) {
	id := r.Consenting
	r.cancel(timerConsent)
	r.quiet(id)
	r.MayRecord, r.Consenting = yes, 0
	if !yes || r.Call.Settings.Recording.Mode == RecordConsent {
		r.note(map[bool]string{true: "recording.consent", false: "recording.no_consent"}[yes])
	}
	r.announced(id)
}

// announced goes on with a party that need not hear an announcement, or has.
func (r *run) announced(id LegID) {
	r.Phase = PhaseRoute
	switch {
	case id != r.Near:
		r.talk(id)
	case r.Call.Kind == Inbound:
		r.first()
	default:
		r.nearReady()
	}
}

// first rings whoever comes before the scheme, then begins the scheme.
func (r *run) first() {
	if len(r.First) == 0 {
		r.enter(r.scheme().from(0))
		return
	}
	id := r.First[0]
	r.First = r.First[1:]
	e, _ := r.Call.Staff.Employee(id)
	rings := r.Call.Settings.FirstSeconds
	if rings == 0 {
		rings = firstSeconds
	}
	code := "first.last_agent"
	if id == r.Call.Owner {
		code = "first.owner"
	}
	r.note(code, "employee", id)
	r.comfort(r.Near, "")
	r.ring(Attempt{For: ForFirst, Seconds: rings}, []party{{Employee: id, Contacts: e.Contacts}})
}

// scheme is the one the call goes by.
func (r *run) scheme() *RoutingScheme {
	if r.AfterHours {
		return r.Call.Closed
	}
	return &r.Call.Scheme
}

// Dialled is what an employee's dialled digits mean.
type Dialled struct {
	Employee  string // with that extension
	Emergency bool
	Number    string // E.164, or the digits of an emergency number
}

// ReadDialled reads what an employee dialled: an emergency number before all else, an extension, a number as it is written in
// a country (Rule T-14). Anything that is not digits with separators is refused: ok is false.
func ReadDialled(dialled, country string, staff Staff) (d Dialled, ok bool) {
	if digits, emergency := phone.Emergency(dialled, country); emergency {
		return Dialled{Emergency: true, Number: digits}, true
	}
	if e, found := staff.Extension(dialled); found {
		return Dialled{Employee: e.ID}, true
	}
	number, err := phone.Parse(dialled, country)
	return Dialled{Number: string(number)}, err == nil
}

// outgoing connects an employee who has dialled.
func (r *run) outgoing() {
	const patience = 90
	r.Near = r.addLeg(Leg{Role: Inside, Employee: r.Call.Employee, Incoming: true, State: LegRinging})
	r.note("call.dialled", "employee", r.Call.Employee, "to", r.Call.To)
	r.Phase = PhaseRoute
	d, ok := ReadDialled(r.Call.To, r.Call.Country, r.Call.Staff)
	switch {
	case !ok:
		r.end(CauseUnreachable, reason("call.bad_number", "to", r.Call.To))
		return
	case d.Employee != "":
		r.Call.Kind = Internal
		r.internal(d.Employee)
		return
	}
	r.Call.Kind, r.Call.To, r.Emergency = Outbound, d.Number, d.Emergency
	if r.callerID() == "" && !r.Emergency {
		r.end(CauseForbidden, reason("call.no_caller_id"))
		return
	}
	r.comfort(r.Near, "")
	r.ringOutside(Attempt{For: ForFar, Seconds: patience}, d.Number, ChargeOutbound)
}

// internal rings an employee by extension.
func (r *run) internal(employee string) {
	const patience = 60
	parties := r.Call.Staff.parties([]Target{{Employee: employee}})
	if len(parties) == 0 {
		r.end(CauseUnreachable, reason("step.nobody", "employee", employee))
		return
	}
	r.comfort(r.Near, "")
	r.ring(Attempt{For: ForFar, Seconds: patience}, parties)
}

// shown is the number a leg shows to whoever is called: to a phone outside one of the project's own, never the caller's
// (Rule T-10); to its own devices and partners whom the call is with.
func (r *run) shown(l *Leg) string {
	if l.To.Kind == Phone {
		return r.callerID()
	}
	if r.Call.Kind == Internal {
		e, _ := r.Call.Staff.Employee(r.Call.Employee)
		return e.Extension
	}
	return r.outsideNumber()
}

// callerID is the first of the employee's, the called, the project's and any number that belongs to the project; empty where
// it has none.
func (r *run) callerID() string {
	e, _ := r.Call.Staff.Employee(r.Call.Employee)
	for _, number := range []string{e.CallerID, r.Call.Number, string(r.Call.Settings.CallerID)} {
		if slices.Contains(r.Call.Own, number) {
			return number
		}
	}
	if len(r.Call.Own) > 0 {
		return r.Call.Own[0]
	}
	return ""
}

// outsideNumber is the number of the party outside.
func (r *run) outsideNumber() string {
	if r.Call.Kind == Inbound {
		return r.Call.From
	}
	return r.Call.To
}
