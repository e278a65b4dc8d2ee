package calls_test

import (
	"context"
	"encoding/binary"
	"fmt"
	"net/http"
	"net/url"
	"os"
	"slices"
	"strings"
	"testing"
	"time"

	"bellwether/internal/access"
	"bellwether/internal/account"
	"bellwether/internal/app"
	"bellwether/internal/call"
	"bellwether/internal/config"
	"bellwether/internal/dialplan"
	"bellwether/internal/errs"
	"bellwether/internal/ident"
	"bellwether/internal/phone"
	"bellwether/internal/routing"
	"bellwether/internal/store"
	"bellwether/internal/web/cabinet/cabinettest"
	"bellwether/internal/web/calls"
	"bellwether/internal/web/webtest"
)

func TestMain(m *testing.M) { os.Exit(webtest.Main(m)) }

var shop = ident.ProjectOrg("shop")

const (
	main   = "+380443337701"
	client = "+380671234567"
	shown  = "67\u00a0123\u00a04567"
	evil   = `<script>alert(1)</script>`
)

// desk is a shop with an owner, a manager Ann and another one, and a few calls.
type desk struct {
	*cabinettest.House
	owner, ann, marketer, stranger *cabinettest.Person
	exchange                       *exchange
	annID                          account.UserID
	byAnn, byBob, missed, mail     call.ID
}

// exchange is a PBX that notes what it is asked for.
type exchange struct {
	asked []string
	wrong error // what it answers
}

func (e *exchange) Obey(_ context.Context, _ access.Permit, id call.ID, o call.Command) error {
	e.asked = append(e.asked, strings.Join(strings.Fields(fmt.Sprint(o.Kind, " ", o.Employee, " ", o.To, " ", id)), " "))
	return e.wrong
}

func (e *exchange) Callback(_ context.Context, _ ident.ProjectID, number phone.Number, to string, clientFirst bool) (call.ID, error) {
	e.asked = append(e.asked, fmt.Sprint(number, " ", to, " ", clientFirst))
	return 7, e.wrong
}

func (e *exchange) CallBack(_ context.Context, _ access.Permit, id call.ID) error {
	e.asked = append(e.asked, "call back "+id.String())
	return nil
}

func (e *exchange) Agents(context.Context, ident.ProjectID) ([]calls.Agent, error) {
	return []calls.Agent{{Person: call.Person{ID: "e1", Name: "Ann"}, State: calls.AgentFree, Since: cabinettest.Noon}}, nil
}

func open(t *testing.T) *desk {
	t.Helper()
	return openWith(t, &exchange{})
}

func openWith(t *testing.T, e *exchange) *desk {
	t.Helper()
	options := app.Options{}
	if e != nil {
		options.Exchange = e
	}
	d := &desk{House: cabinettest.OpenWith(t, config.Flags{}, options), exchange: e}
	d.Project("shop", "1000")
	d.Project("other", "5")
	d.owner, d.ann, d.marketer = d.Member(shop, access.Owner), d.Member(shop, access.Manager), d.Member(shop, access.Marketer)
	d.stranger = d.Member(ident.ProjectOrg("other"), access.Owner)
	d.annID = d.ann.ID
	ann, bob := call.Person{ID: "e1", Name: "Ann", Department: "d1", DepartmentName: "Sales", User: d.annID}, call.Person{ID: "e2", Name: "Bob " + evil, User: "somebody"}
	d.byAnn = d.log(1, -3*time.Hour, client, call.Answered, ann, 95)
	d.byBob = d.log(2, -2*time.Hour, "+380501112233", call.Answered, bob, 20)
	d.missed = d.log(3, -time.Hour, client, call.NoAnswer, call.Person{}, 0)
	d.mail = d.log(4, -30*time.Minute, client, call.Voicemail, call.Person{}, 0)
	d.record(d.byAnn, call.TalkRecording, 95)
	d.record(d.mail, call.VoicemailRecording, 7)
	return d
}

// log writes a call that began before now and has ended.
func (d *desk) log(n int, ago time.Duration, from string, status call.Status, who call.Person, talk int) call.ID {
	d.Helper()
	at := d.Now().Add(ago)
	o := call.Opening{Project: "shop", ID: call.IDAt(at, n), Direction: call.Inbound, Client: from, Number: main, Scheme: call.Scheme{ID: "s", Name: "Day " + evil, Version: 2}}
	r := call.Closing{Status: status, EndedAt: at.Add(time.Duration(12+talk) * time.Second), EndedBy: call.ByClient, Part: call.Part{
		Legs: []call.Leg{
			{N: 1, Address: from, Incoming: true, Trunk: "Kyiv", StartedAt: at, EndedAt: at.Add(time.Minute), SIPCode: 487, Reason: "Request " + evil, Q850: 16},
			{N: 2, Address: "sip:ann@shop", EmployeeName: who.Name, StartedAt: at, EndedAt: at.Add(time.Minute), SIPCode: 486, Quality: call.Quality{MOS: 412, Loss: 35, Jitter: 4 * time.Millisecond}},
		},
		Events: []call.Event{
			{At: at, Code: call.CameIn, Params: map[string]string{"number": main}},
			{At: at.Add(time.Second), Code: call.DeclinedLeg, Params: map[string]string{"name": evil, "sip": "486"}},
			{At: at.Add(2 * time.Second), Code: "something new"},
			{At: at.Add(9 * time.Second), Code: call.HungUp, Params: map[string]string{"by": "client"}},
		},
	}}
	if status == call.Answered {
		r.AnsweredAt, r.Person = at.Add(12*time.Second), who
	}
	d.Write(func(ctx context.Context, tx *store.Tx) error { return call.Log(ctx, tx, o, r) })
	return o.ID
}

// wav is so many seconds of a loud left and a silent right side, µ-law.
func wav(seconds int) []byte {
	head := append([]byte("RIFF\x00\x00\x00\x00WAVEfmt \x10\x00\x00\x00\x07\x00\x02\x00"), make([]byte, 12)...)
	binary.LittleEndian.PutUint32(head[24:], 8000)
	binary.LittleEndian.PutUint32(head[28:], 16000)
	head[32], head[34] = 2, 8
	head = append(head, "data"...)
	head = binary.LittleEndian.AppendUint32(head, uint32(seconds*16000))
	binary.LittleEndian.PutUint32(head[4:], uint32(len(head)-8+seconds*16000))
	return append(head, strings.Repeat("\x90\xff\xa0\xf0", seconds*4000)...)
}

func (d *desk) record(id call.ID, kind call.Kind, seconds int) {
	d.Helper()
	path, err := d.App.Files.Incoming(id.String())
	if err != nil {
		d.Fatal(err)
	}
	if err := os.WriteFile(path, wav(seconds), 0o600); err != nil {
		d.Fatal(err)
	}
	sound, err := d.App.Files.Keep("shop", path)
	if err != nil {
		d.Fatal(err)
	}
	d.Write(func(ctx context.Context, tx *store.Tx) error {
		return call.AddRecording(ctx, tx, call.Recording{Call: call.Ref{Project: "shop", ID: id}, N: 1, Kind: kind, StartedAt: id.Began(), Sound: sound, Consent: call.ConsentAnnounced})
	})
}

func at(id call.ID) string { return "/p/shop/calls/" + id.String() }

func not(t *testing.T, a cabinettest.Answer, texts ...string) {
	t.Helper()
	for _, text := range texts {
		if strings.Contains(a.Body, text) {
			t.Errorf("%s says %q", a.Path, text)
		}
	}
}

// The log shows what the reader's level reaches, narrowed as they ask, and its export has the same rows. Rules T-105, T-107.
func TestLog(t *testing.T) {
	t.Parallel()
	d := open(t)
	all := d.owner.Get("/p/shop/calls").Must(t, http.StatusOK, "4 calls", "Ann", shown, "repeated", "answered", "voicemail", "1:35", "Cost", "2 to call back")
	not(t, all, evil)
	mine := d.ann.Get("/p/shop/calls").Must(t, http.StatusOK, "3 calls", "Ann")
	not(t, mine, "Bob", "111 2233", "Cost")
	for query, want := range map[string]int{
		"f.result=voicemail": 1, "f.employee=e1": 1, "f.client=67123": 3, "f.talk_from=1:35": 1, "f.talk_from=1:36": 0, "f.missed=yes": 2, "f.recording=yes": 2,
		"f.direction=outbound": 0, "f.department=d1": 1, "period=yesterday": 0, "f.cost_from=1": 0, "f.scheme=s": 4, "f.wait_to=0:00": 4, "f.note=nothing%00": 0, "f.ended_by=staff": 0, "f.ended_by=client": 4, "f.counter_to=1": 2, "f.counter_from=2": 2, "f.counter_from=x": 4,
	} {
		got := d.owner.Get("/p/shop/calls?"+query).Must(t, http.StatusOK)
		if n := strings.Count(got.Body, `href="/p/shop/calls/18`); n != want {
			t.Errorf("%s shows %d calls, want %d", query, n, want)
		}
	}
	csv := d.owner.Get("/p/shop/calls?format=csv&cols=at,client,result&f.missed=yes").Must(t, http.StatusOK).Body
	if lines := strings.Split(strings.TrimSpace(csv), "\n"); len(lines) != 3 || !strings.HasSuffix(lines[1], ","+client+",voicemail") {
		t.Errorf("the export is %q", csv)
	}
	d.ann.Get("/p/shop/calls?format=csv").Must(t, http.StatusForbidden)
	d.stranger.Get("/p/shop/calls").Must(t, http.StatusNotFound)
}

// A call's page says what happened in the reader's language, and is not there for whom the call is not. Rules T-103, T-107.
func TestCall(t *testing.T) {
	t.Parallel()
	d := open(t)
	got := d.owner.Get(at(d.byAnn)).Must(t, http.StatusOK, "Call from", "A call came in on", "busy (486)", "something new", "Hung up: the client", "+0:09",
		"SIP 487 Request", "Q.850 16", "Quality 4.1 of 5, 0.4% lost, jitter 4 ms", "recording was announced", "<svg class=\"wave\"")
	not(t, got, evil)
	d.ann.Get(at(d.byAnn)).Must(t, http.StatusOK)
	d.ann.Get(at(d.missed)).Must(t, http.StatusOK)
	d.ann.Get(at(d.byBob)).Must(t, http.StatusNotFound, "no such call")
	for _, path := range []string{"/p/shop/calls/1", "/p/shop/calls/x", "/p/shop/calls/99999999999999999999"} {
		d.owner.Get(path).Must(t, http.StatusNotFound)
	}
	d.stranger.Get("/p/other/calls/"+d.byAnn.String()).Must(t, http.StatusNotFound)
	for language, words := range map[string][]string{"ru": {"Звонок с", "Звонок поступил на", "занято (486)", "Трубку положил: клиент"}, "uk": {"Дзвінок із", "зайнято (486)"}} {
		d.owner.Post("/preferences", url.Values{"lang": {language}, "back": {"/"}})
		d.owner.Get(at(d.byAnn)).Must(t, http.StatusOK, words...)
	}
}

// A call between colleagues has no number of the project's and came from no visit; what was passed on without a name ends no sentence in
// the air; a trunk that is not the reader's is not named by its id. Rule T-103.
func TestInternalCall(t *testing.T) {
	t.Parallel()
	d := open(t)
	id := call.IDAt(d.Now().Add(-time.Minute), 9)
	d.Write(func(ctx context.Context, tx *store.Tx) error {
		return call.Log(ctx, tx, call.Opening{Project: "shop", ID: id, Direction: call.Internal, Client: "202"}, call.Closing{
			Status: call.NoAnswer, EndedAt: d.Now(), EndedBy: call.ByStaff, Part: call.Part{
				Legs: []call.Leg{{N: 1, Address: "+380501112202", EmployeeName: "Bob", Trunk: "t-of-the-operator", StartedAt: d.Now(), EndedAt: d.Now()}},
				Events: []call.Event{
					{At: d.Now(), Code: call.AskedCallback, Params: map[string]string{"name": "Ann"}},
					{At: d.Now(), Code: call.AskedCallback},
					{At: d.Now(), Code: call.RingingLeg, Params: map[string]string{"leg": "1"}},
					{At: d.Now(), Code: call.Transferred, Params: map[string]string{"name": "Ann"}},
					{At: d.Now(), Code: call.Transferred, Params: map[string]string{"name": "Ann", "to": "Bob"}},
				},
			},
		})
	})
	got := d.owner.Get(at(id)).Must(t, http.StatusOK, "Dialled", "Ann wants to talk to the client<", "A call back was asked for<", "Ringing: Bob, +380",
		"Ann passed the call on<", "Ann passed the call on: Bob<", "not reached")
	not(t, got, "number withheld", "Your number", "Where it came from", "t-of-the-operator")
	not(t, d.owner.Get("/p/shop/calls?f.direction=internal").Must(t, http.StatusOK, "202"), "number withheld")
}

// Notes, tags and the category are written, refused with what was typed, and undone. Rule T-108.
func TestAnnotating(t *testing.T) {
	t.Parallel()
	d := open(t)
	d.owner.Post("/p/shop/calls/settings", url.Values{"proper_seconds": {"40"}, "repeated_days": {"0"}, "keep_days": {"0"}, "voicemail_days": {"30"}, "categories": {"Order\nComplaint"}}).
		Must(t, http.StatusOK, "The settings are saved", "Complaint")
	d.owner.Post("/p/shop/calls/settings", url.Values{"proper_seconds": {"-1"}, "repeated_days": {"ten"}, "keep_days": {"0"}, "voicemail_days": {"30"}}).
		Must(t, http.StatusUnprocessableEntity, "from 0 to 3,650", "ten")
	d.ann.Get("/p/shop/calls/settings").Must(t, http.StatusForbidden)
	d.Pass(48 * time.Hour)
	shorter := url.Values{"proper_seconds": {"40"}, "repeated_days": {"0"}, "keep_days": {"1"}, "voicemail_days": {"30"}, "categories": {"Order\nComplaint"}}
	d.owner.Post("/p/shop/calls/settings", shorter).Must(t, http.StatusOK, "Delete 1 recording?", `name="agreed" value="yes"`)
	d.owner.Get(at(d.byAnn)).Must(t, http.StatusOK, "recording was announced")
	shorter.Set("agreed", "yes")
	d.owner.Post("/p/shop/calls/settings", shorter).Must(t, http.StatusOK, "The settings are saved")
	d.ann.Post(at(d.byAnn)+"/note", url.Values{"text": {evil + " wants roses"}}).Must(t, http.StatusOK, "wants roses", "The note is added")
	not(t, d.ann.Get(at(d.byAnn)), evil)
	d.ann.Post(at(d.byAnn)+"/note", url.Values{"text": {" "}}).Must(t, http.StatusUnprocessableEntity, "Write something first")
	d.ann.Post(at(d.byBob)+"/note", url.Values{"text": {"mine"}}).Must(t, http.StatusNotFound)
	d.ann.Post(at(d.byAnn)+"/labels", url.Values{"tags": {"VIP, wedding"}, "category": {"Order"}}).Must(t, http.StatusOK, "VIP, wedding", "Category and tags are saved")
	long := strings.Repeat("x", 41)
	d.ann.Post(at(d.byAnn)+"/labels", url.Values{"tags": {long}, "category": {"Order"}}).Must(t, http.StatusUnprocessableEntity, long, "Up to 40 characters")
	d.owner.Get("/p/shop/calls?f.tag=VIP").Must(t, http.StatusOK, "1 call")
	d.owner.Get("/p/shop/calls?f.category=Order").Must(t, http.StatusOK, "1 call")
	body := d.owner.Get(at(d.byAnn)).Body
	_, rest, _ := strings.Cut(body, `action="`+at(d.byAnn)+"/note/")
	note, _, _ := strings.Cut(rest, "/")
	d.owner.Post(at(d.byAnn)+"/note/"+note+"/remove", nil).Must(t, http.StatusOK, "The note is removed")
	not(t, d.owner.Get(at(d.byAnn)), "wants roses")
}

// A card adds up a client's calls that the reader sees; the search leads to it. A client is erased after being asked. Rule T-113.
func TestCard(t *testing.T) {
	t.Parallel()
	d := open(t)
	d.owner.Get("/p/shop/clients/"+url.PathEscape(client)).Must(t, http.StatusOK, shown, "3 calls", "Ann", "Who talked")
	d.ann.Get("/p/shop/clients/+380501112233").Must(t, http.StatusNotFound)
	d.owner.Get("/p/shop/clients/"+url.PathEscape(evil)).Must(t, http.StatusNotFound)
	d.owner.Get("/p/shop/search?q=671234").Must(t, http.StatusOK, "/p/shop/clients/+380671234567")
	not(t, d.ann.Get("/p/shop/search?q=1112233"), "/p/shop/clients/")
	d.ann.Get("/p/shop/clients/"+client+"/erase").Must(t, http.StatusForbidden)
	d.owner.Get("/p/shop/clients/+380000000000/erase").Must(t, http.StatusNotFound)
	d.owner.Get("/p/shop/clients/"+client+"/erase").Must(t, http.StatusOK, "3 calls")
	d.owner.Post("/p/shop/clients/"+client+"/erase", nil).Must(t, http.StatusOK, "The client is erased", "4 calls", "erased")
	d.owner.Get("/p/shop/clients/"+client).Must(t, http.StatusNotFound)
}

// Who may listen hears a recording in pieces that nobody on the way keeps; a link opens without signing in while its maker may
// listen. Rule T-112.
func TestSound(t *testing.T) {
	t.Parallel()
	d := open(t)
	sound := at(d.byAnn) + "/recordings/1/sound"
	r, err := http.NewRequest(http.MethodGet, d.URL+sound, nil)
	if err != nil {
		t.Fatal(err)
	}
	r.Header.Set("Range", "bytes=0-3")
	got := d.ann.Send(r)
	if got.Status != http.StatusPartialContent || got.Body != "RIFF" || !strings.Contains(got.Header.Get("Cache-Control"), "no-store") || got.Header.Get("Content-Type") != "audio/wav" {
		t.Errorf("%d %q %v", got.Status, got.Body, got.Header)
	}
	d.ann.Get(at(d.mail)+"/recordings/1/sound").Must(t, http.StatusForbidden)
	d.ann.Get(at(d.byBob)+"/recordings/1/sound").Must(t, http.StatusNotFound)
	d.stranger.Get(sound).Must(t, http.StatusNotFound)
	d.Stranger().Get(sound).Must(t, http.StatusUnauthorized)
	page := d.ann.Get(at(d.byAnn)+"/recordings/1/link").Must(t, http.StatusOK, `data-text="`)
	_, rest, _ := strings.Cut(page.Body, `data-text="`)
	address, _, _ := strings.Cut(rest, `"`)
	link := address[strings.Index(address, call.LinkPath):]
	if heard := d.Stranger().Get(link); heard.Status != http.StatusOK || !strings.HasPrefix(heard.Body, "RIFF") {
		t.Errorf("the link answers %d %.300s", heard.Status, heard.Body)
	}
	d.Stranger().Get(link[:len(link)-3]+"abc").Must(t, http.StatusNotFound)
	d.Write(func(ctx context.Context, tx *store.Tx) error {
		_, err := access.SetRole(ctx, tx, d.Permit(shop), d.annID, access.ReadOnly, d.Now())
		return err
	})
	d.Pass(5 * time.Second)
	d.Stranger().Get(link).Must(t, http.StatusNotFound)
	mine := d.owner.Get(at(d.byAnn) + "/recordings/1/link")
	_, rest, _ = strings.Cut(mine.Body, `data-text="`)
	address, _, _ = strings.Cut(rest, `"`)
	link = address[strings.Index(address, call.LinkPath):]
	d.Stranger().Get(link).Must(t, http.StatusOK)
	d.Pass(call.LinkLasts)
	d.Stranger().Get(link).Must(t, http.StatusNotFound)
}

// Voicemails are heard, unheard, and erased only after being asked.
func TestVoicemail(t *testing.T) {
	t.Parallel()
	d := open(t)
	d.owner.Get("/p/shop/calls/voicemail").Must(t, http.StatusOK, "1 new message", "0:07")
	d.owner.Post(at(d.mail)+"/recordings/1/heard", nil).Must(t, http.StatusOK, "Marked as heard", "Not heard")
	not(t, d.owner.Get("/p/shop/calls/voicemail"), "1 new message")
	d.owner.Post(at(d.mail)+"/recordings/1/unheard", nil).Must(t, http.StatusOK, "1 new message")
	d.ann.Get(at(d.mail)+"/recordings/1/erase").Must(t, http.StatusForbidden)
	d.owner.Get(at(d.mail)+"/recordings/1/erase").Must(t, http.StatusOK, "cannot be brought back")
	d.owner.Post(at(d.mail)+"/recordings/1/erase", nil).Must(t, http.StatusOK, "The recording is deleted")
	d.owner.Get("/p/shop/calls/voicemail").Must(t, http.StatusOK, "No messages")
}

// Those to call back leave the list with a talk; the button is there only with a PBX. Rule T-106.
func TestMissed(t *testing.T) {
	t.Parallel()
	d := open(t)
	d.owner.Get("/p/shop/calls/missed").Must(t, http.StatusOK, shown, "Call back</span>")
	d.owner.Post(at(d.missed)+"/call-back", nil).Must(t, http.StatusOK, "Your phone rings")
	if want := "call back " + d.missed.String(); len(d.exchange.asked) != 1 || d.exchange.asked[0] != want {
		t.Errorf("asked %q, want %q", d.exchange.asked, want)
	}
	d.log(9, -time.Minute, client, call.Answered, call.Person{ID: "e1", Name: "Ann", User: d.annID}, 20)
	d.owner.Get("/p/shop/calls/missed").Must(t, http.StatusOK, "Nobody waits for a call")
	without := openWith(t, nil)
	not(t, without.owner.Get("/p/shop/calls/missed").Must(t, http.StatusOK), "call-back")
}

// Whoever sets telephony up lives through a call again and sees that it tells what is stored. Rule T-116.
func TestReplay(t *testing.T) {
	t.Parallel()
	d := open(t)
	begun := d.Now().Add(-time.Minute)
	arrived, shared := dialplan.Arrived{Kind: dialplan.Inbound, From: client, Number: main, Country: "UA"}.Split()
	basis, err := call.NewBasis(shared)
	if err != nil {
		t.Fatal(err)
	}
	o := call.Opening{Project: "shop", ID: call.IDAt(begun, 8), Direction: call.Inbound, Client: client, Number: main}
	o.Basis = &basis
	told := []call.Event{{At: begun, Code: call.CameIn, Params: map[string]string{"number": main}}}
	r := call.Closing{Status: call.NoAnswer, EndedAt: d.Now(), Part: call.Part{Events: told, Steps: call.Steps{Plan: basis.Hash, Steps: []dialplan.Happened{{At: begun, Event: arrived}}}}}
	d.Write(func(ctx context.Context, tx *store.Tx) error { return call.Log(ctx, tx, o, r) })
	d.owner.Get(at(o.ID)).Must(t, http.StatusOK, at(o.ID)+"/replay")
	d.owner.Get(at(o.ID)+"/replay").Must(t, http.StatusOK, "1 event", "the very timeline that is stored", "arrived", "authorise")
	not(t, d.owner.Get(at(d.byAnn)), "/replay")
	d.owner.Get(at(d.byAnn)+"/replay").Must(t, http.StatusNotFound)
	not(t, d.ann.Get(at(o.ID)), "/replay")
	d.ann.Get(at(o.ID)+"/replay").Must(t, http.StatusForbidden)
	d.stranger.Get("/p/other/calls/"+o.ID.String()+"/replay").Must(t, http.StatusNotFound)
}

// What can be done with a call that goes on is offered by what it does now and by whose it is, and said where it cannot be done. Rule T-125.
func TestOrders(t *testing.T) {
	t.Parallel()
	d := open(t)
	ann, bob := call.Person{ID: "e1", Name: "Ann", User: d.annID}, call.Person{ID: "e2", Name: "Bob", User: "somebody"}
	talk, held, asks := d.begin(1, call.Talking, ann), d.begin(2, call.OnHold, ann), d.begin(3, call.Consulting, ann)
	parked, foreign := d.begin(4, call.IsParked, ann), d.begin(5, call.Talking, bob)
	live := func(id call.ID, verb string) string { return "/p/shop/live/" + id.String() + "/" + verb }
	mine := d.ann.Get("/p/shop/live").Must(t, http.StatusOK, live(talk, "pass"), live(talk, "hold"), live(talk, "park"), live(talk, "hang-up"), live(held, "resume"),
		live(asks, "complete"), live(asks, "merge"), live(asks, "return"), live(parked, "take"), "What to do with the call with")
	not(t, mine, live(talk, "resume"), live(held, "hold"), live(parked, "hold"), foreign.String(), "Call a client back")
	d.owner.Get("/p/shop/live").Must(t, http.StatusOK, live(foreign, "hold"), "Call a client back")
	d.marketer.Get(live(talk, "pass")).Must(t, http.StatusOK)
	for verb, said := range map[string]string{"hold": "The client hears music", "resume": "The talk goes on", "park": "The call is parked", "complete": "talks with the colleague", "merge": "All three talk", "return": "Back with the client"} {
		d.ann.Post(live(talk, verb), nil).Must(t, http.StatusOK, said)
	}
	d.ann.Post(live(parked, "take"), nil).Must(t, http.StatusOK, "Your phone rings")
	d.ann.Get(live(talk, "hang-up")).Must(t, http.StatusOK, "End the call with", shown, "Everybody in the call")
	d.ann.Post(live(talk, "hang-up"), nil).Must(t, http.StatusOK, "The call is ended")
	if want := "take " + parked.String(); !slices.Contains(d.exchange.asked, want) || !slices.Contains(d.exchange.asked, "hold e1 "+talk.String()) {
		t.Errorf("asked %q, want %s among them", d.exchange.asked, want)
	}
	d.ann.Post(live(foreign, "hold"), nil).Must(t, http.StatusNotFound)
	d.stranger.Post("/p/other/live/"+talk.String()+"/hold", nil).Must(t, http.StatusNotFound)
	d.exchange.wrong = errs.New(errs.Conflict, "pbx.not_now", "not now")
	d.ann.Post(live(talk, "merge"), nil).Must(t, http.StatusOK, "it has gone on meanwhile")
	d.owner.Get("/p/shop/people/audit").Must(t, http.StatusOK, "put the call on hold", "took the call")
}

// A call is passed on to one, a colleague or a number, at once or after asking. Rule T-125.
func TestPass(t *testing.T) {
	t.Parallel()
	d := open(t)
	talk := d.begin(1, call.Talking, call.Person{ID: "e2", Name: "Bob", User: d.annID})
	path := "/p/shop/live/" + talk.String() + "/pass"
	d.ann.Get(path).Must(t, http.StatusOK, "Ann · Free", "Ask first", "Pass on at once")
	d.ann.Post(path, url.Values{"do": {"consult"}}).Must(t, http.StatusUnprocessableEntity, "one of the two")
	d.ann.Post(path, url.Values{"do": {"consult"}, "employee": {"e1"}, "phone": {"0671234567"}}).Must(t, http.StatusUnprocessableEntity, "one of the two")
	d.ann.Post(path, url.Values{"do": {"consult"}, "phone": {evil}}).Must(t, http.StatusUnprocessableEntity)
	d.ann.Post(path, url.Values{"do": {"consult"}, "employee": {"e1"}}).Must(t, http.StatusOK, "The colleague is called")
	d.ann.Post(path, url.Values{"do": {"transfer"}, "phone": {"067 123 45 67"}}).Must(t, http.StatusOK, "The call is passed on")
	if want := []string{"consult e2 e1 " + talk.String(), "transfer e2 " + client + " " + talk.String()}; !slices.Equal(d.exchange.asked, want) {
		t.Errorf("asked %q, want %q", d.exchange.asked, want)
	}
	d.exchange.wrong = errs.New(errs.Conflict, "pbx.nobody_there", "nobody")
	d.ann.Post(path, url.Values{"do": {"transfer"}, "employee": {"e1"}}).Must(t, http.StatusUnprocessableEntity, "Nothing rings there")
}

// Whoever may edit all calls has a client called back by the scheme of a number. Rule T-15.
func TestConnect(t *testing.T) {
	t.Parallel()
	d := open(t)
	const path = "/p/shop/live/connect"
	d.ann.Get(path).Must(t, http.StatusForbidden)
	d.owner.Get(path).Must(t, http.StatusOK, "No number has a scheme yet")
	d.exchange.wrong = routing.UnknownNumber(main)
	d.owner.Post(path, url.Values{"client": {"067 123 45 67"}, "number": {main}}).Must(t, http.StatusUnprocessableEntity)
	d.exchange.wrong = nil
	d.owner.Post(path, url.Values{"client": {"call me"}, "number": {main}}).Must(t, http.StatusUnprocessableEntity)
	d.owner.Post(path, url.Values{"client": {"067 123 45 67"}, "number": {main}, "first": {"client"}}).Must(t, http.StatusOK, "The client is called")
	if want := main + " 067 123 45 67 true"; d.exchange.asked[len(d.exchange.asked)-1] != want {
		t.Errorf("asked %q, want %q", d.exchange.asked, want)
	}
	d.ann.Post(path, url.Values{"client": {"067 123 45 67"}, "number": {main}}).Must(t, http.StatusForbidden)
}

// In a browser a call appears on the board by itself, a recording plays by the keyboard, and the pages fit and are accessible.
func TestInABrowser(t *testing.T) {
	t.Parallel()
	d := open(t)
	ctx, stop := context.WithCancel(context.Background())
	t.Cleanup(stop)
	go d.App.Calls.Run(ctx)
	browser := webtest.Start(t)
	page := d.owner.Browse(t, browser, 1280)
	page.Go(t, d.URL+"/p/shop/live")
	page.Await(t, `document.documentElement.dataset.live === "on"`)
	d.begin(1, call.Ringing, call.Person{ID: "e1", Name: "Ann"})
	page.Await(t, `document.querySelector("#board").textContent.includes("Ringing") && document.querySelector(".board-calls a")`)
	page.Await(t, `document.querySelector("bw-since").textContent !== "0:30"`)
	// what is typed on the page of a call that goes on stays typed while the call changes
	talk := d.begin(2, call.Ringing, call.Person{ID: "e1", Name: "Ann"})
	page.Go(t, d.URL+at(talk))
	page.Fill(t, map[string]string{"text": "wants roses"})
	page.Text(t, `document.activeElement.blur()`)
	d.Write(func(ctx context.Context, tx *store.Tx) error {
		return call.Connect(ctx, tx, call.Connection{Project: "shop", ID: talk, At: d.Now(), Person: call.Person{ID: "e2", Name: "Bob"}})
	})
	page.Await(t, `document.querySelector("#call").textContent.includes("Bob")`)
	page.Await(t, `document.querySelector("#note").value === "wants roses"`)
	page.Go(t, d.URL+at(d.byAnn))
	page.Await(t, `document.querySelector(".wave").getAttribute("role") === "slider"`)
	page.Text(t, `document.querySelector(".wave").focus()`)
	page.Press(t, "\u0304") // the arrow to the right
	page.Await(t, `document.querySelector(".wave").getAttribute("aria-valuenow") === "5"`)
	page.CheckConsole(t)
	for theme, width := range map[string]int64{"light": 360, "dark": 1280} {
		look := d.owner.Browse(t, browser, width)
		look.SetCookie(t, d.URL, "__Host-theme", theme)
		for _, path := range []string{"/p/shop/calls", at(d.byAnn), "/p/shop/live", "/p/shop/calls/voicemail", "/p/shop/calls/missed", "/p/shop/clients/" + client, "/p/shop/calls/settings"} {
			look.Go(t, d.URL+path)
			look.Check(t)
		}
	}
}

// The timeline says what an event of a real call leaves to its leg: whom it rang, for how long, why it ended; a step without a name
// is what it does. Rule T-103.
func TestTimelineAsksTheLegs(t *testing.T) {
	t.Parallel()
	d := open(t)
	at := d.Now().Add(-10 * time.Minute)
	o := call.Opening{Project: "shop", ID: call.IDAt(at, 9), Direction: call.Inbound, Client: client, Number: main}
	leg := func(n int64, address, name string, from, to int, code int64) call.Leg {
		return call.Leg{N: n, Address: address, EmployeeName: name, StartedAt: at.Add(time.Duration(from) * time.Second), EndedAt: at.Add(time.Duration(to) * time.Second), SIPCode: code}
	}
	event := func(after int, code string, params ...string) call.Event {
		e := call.Event{At: at.Add(time.Duration(after) * time.Second), Code: code, Params: map[string]string{}}
		for i := 0; i < len(params); i += 2 {
			e.Params[params[i]] = params[i+1]
		}
		return e
	}
	r := call.Closing{Status: call.Voicemail, EndedAt: at.Add(80 * time.Second), EndedBy: call.ByClient, Part: call.Part{
		Legs: []call.Leg{leg(1, client, "", 0, 80, 200), leg(2, "sip:ann@shop", "Ann", 1, 21, 487), leg(3, "+380501112233", "", 21, 25, 486)},
		Events: []call.Event{
			event(0, call.StepBegan, "step", "s1", "kind", "ring", "name", ""), event(1, call.RingingLeg, "leg", "2", "employee", "e1"), event(21, call.SilentLeg, "leg", "2", "cause", "no_answer"),
			event(21, call.RingingLeg, "leg", "3"), event(25, call.DeclinedLeg, "leg", "3", "cause", "busy"), event(26, call.StepBegan, "step", "s2", "kind", "queue", "name", "Florists"),
			event(30, call.LeftQueue, "queue", "florists"), event(40, call.NoChannel, "leg", "3"), event(40, call.FundsRefused, "leg", "3", "code", "charging.country_forbidden"),
			event(41, call.FundsRefused, "leg", "3", "code", "charging.new_reason"), event(80, call.LeftVoicemail),
		},
	}}
	d.Write(func(ctx context.Context, tx *store.Tx) error { return call.Log(ctx, tx, o, r) })
	d.record(o.ID, call.VoicemailRecording, 7)
	d.owner.Get("/p/shop/calls/"+o.ID.String()).Must(t, http.StatusOK,
		"Step “Ring”", "Ringing: Ann", "Ann did not answer within 20 s", "50\u00a0111\u00a02233 declined: busy (486)", "Step “Florists”", "Left the queue “florists”<", "left a message, 7 s",
		"No channel to +380\u00a050\u00a0111\u00a02233 is free", "calls to this country are not allowed", "it may not be called")
}

// Whoever listens to others' calls is in the activity log. Rule T-19.
func TestListeningIsRecorded(t *testing.T) {
	t.Parallel()
	d := open(t)
	id := call.NewID(d.Now())
	d.Write(func(ctx context.Context, tx *store.Tx) error {
		return call.Open(ctx, tx, call.Opening{Project: "shop", ID: id, Direction: call.Inbound, Client: client, Number: main})
	})
	d.owner.Post("/p/shop/live/"+id.String()+"/whisper", nil).Must(t, http.StatusOK)
	d.owner.Get("/p/shop/people/audit").Must(t, http.StatusOK, "whispered to the employee")
}

// A number's card leads to the block list with the number written in.
func TestCardBlocks(t *testing.T) {
	t.Parallel()
	d := open(t)
	d.owner.Get("/p/shop/clients/"+client).Must(t, http.StatusOK, "/p/shop/telephony/blocked/new?pattern=%2B380671234567")
	d.owner.Get("/p/shop/telephony/blocked/new?pattern=%2B380671234567").Must(t, http.StatusOK, `value="+380671234567"`)
}
