package callimport_test

import (
	"fmt"
	"strings"
	"testing"
	"time"

	"bellwether/internal/callimport"

	"github.com/google/go-cmp/cmp"
	"golang.org/x/text/encoding/charmap"
)

func read(t testing.TB, content string) callimport.Result {
	t.Helper()
	got, err := callimport.Read(strings.NewReader(content), "f", kyiv(t))
	if err != nil {
		t.Fatal(err)
	}
	return got
}

// What a type, a result and whoever answered make of a line. Rows: "leg to seconds", "-" for nobody answered.
func TestLegs(t *testing.T) {
	t.Parallel()
	const columns = "call_type,disposition,connected_with,dst,caller,billsec,duration,calldate\n"
	const project, client, manager = "+380443334455", "+380671234567", "+380501112233"
	for _, c := range []struct {
		row  string // type, disposition, connected_with, dst; the caller is the client, 30 s of talk
		want string
	}{
		{"in,ANSWERED,380501112233," + project, "forward " + manager + " 30"},
		{"in,answered,050 111-22-33," + project, "forward " + manager + " 30"},
		{"IN,PROPER,+380501112233," + project, "forward " + manager + " 30"},
		{"in,REPEATED,+380501112233," + project, "forward " + manager + " 30"},
		{"in,ANSWERED,sip:olena@shop.example," + project, "sip sip:olena@shop.example 30"},
		{"in,ANSWERED,SIP/olena," + project, "sip sip:olena 30"},
		{"in,ANSWERED,olena@10.0.0.1:5060," + project, "sip sip:olena@10.0.0.1:5060 30"},
		{"in,ANSWERED,101," + project, "inbound " + project + " 30"},
		{"in,ANSWERED,Шевченко Олена," + project, "inbound " + project + " 30"},
		{"in,ANSWERED,," + project, "inbound " + project + " 30"},
		{"in,VOICEMAIL,," + project, "inbound " + project + " 30"},
		{"in,NO ANSWER,380501112233," + project, "inbound " + project + " -"},
		{"in,NO_ANSWER,," + project, "inbound " + project + " -"},
		{"in,NO-ANSWER,,Рекламний номер", "inbound Рекламний номер -"},
		{"in,WRONG EXTENSION,," + project, "inbound " + project + " -"},
		{"out,ANSWERED,olena@shop.example,0671234567", "outbound " + client + " 30"},
		{"out,BUSY,,0671234567", "outbound " + client + " -"},
		{"out,FORBIDDEN DESTINATION,,0900123456", "outbound +380900123456 -"},
		{"out,FAILED,,12", "outbound 12 -"},
		{"callback,ANSWERED,380501112233," + project, "callback_manager " + manager + " 30; callback_client " + client + " 30"},
		{"callback,ANSWERED,olena@shop.example," + project, "callback_manager sip:olena@shop.example 30; callback_client " + client + " 30"},
		{"callback,ANSWERED,,380501112233", "callback_manager " + manager + " 30; callback_client " + client + " 30"},
		{"callback,CLIENT NO ANSWER,380501112233," + project, "callback_manager " + manager + " 30; callback_client " + client + " -"},
		{"callback,NO ANSWER,380501112233," + project, "callback_manager " + manager + " -"},
		{"internal,ANSWERED,,102", "sip sip:102 30"},
	} {
		got := read(t, columns+c.row+",380671234567,30,45,2021-05-12 14:00:00\n")
		var legs []string
		for _, r := range got.Records {
			seconds := "-"
			if r.Answered() {
				seconds = fmt.Sprint(r.Seconds)
			} else if r.Seconds != 0 {
				t.Errorf("%s: %d seconds and nobody answered", c.row, r.Seconds)
			}
			legs = append(legs, fmt.Sprint(r.Leg, " ", r.To, " ", seconds))
		}
		if diff := cmp.Diff(c.want, strings.Join(legs, "; ")); diff != "" {
			t.Errorf("%s (-want +got):\n%s", c.row, diff)
		}
	}
}

// A mark such as "repeated" says nothing of whether anybody talked; seconds do.
func TestMarksWithoutTalk(t *testing.T) {
	t.Parallel()
	for _, disposition := range []string{"PROPER", "REPEATED"} {
		got := read(t, head+"2021-05-12 14:00:00,1,380443334455,9,0,in,"+disposition+",1\n")
		if r := got.Records[0]; r.Answered() || r.Seconds != 0 {
			t.Errorf("%s without talk: %+v", disposition, r)
		}
	}
	got := read(t, head+"2021-05-12 14:00:00,1,380443334455,9,7,in,BUSY,1\n")
	want := []callimport.Problem{{Line: 2, Column: "billsec", Text: "7 seconds of a call that nobody answered are not counted"}}
	if diff := cmp.Diff(want, got.Warnings); diff != "" || got.Records[0].Seconds != 0 {
		t.Errorf("busy with seconds: %+v\n%s", got.Records[0], diff)
	}
}

// What can be charged must be dialled as written; what cannot is left alone.
func TestChargedNumbersMustBeNumbers(t *testing.T) {
	t.Parallel()
	const row = "2021-05-12 14:00:00,1,%s,9,7,out,%s,1\n"
	for _, bad := range []string{"", "12", "+", "Олена", "380501112233x5", "=380501112233", "'380501112233", "3.80501E+11", "sip:", "sip:a b@c", "<sip:a@b>", strings.Repeat("1", 300)} {
		if _, err := callimport.Read(strings.NewReader(head+fmt.Sprintf(row, bad, "ANSWERED")), "f", kyiv(t)); err == nil || !strings.Contains(err.Error(), "f:2: dst: ") {
			t.Errorf("an answered call to %q: %v", bad, err)
		}
		got := read(t, head+fmt.Sprintf(row, bad, "FAILED"))
		if r := got.Records[0]; r.To != strings.TrimSpace(bad) {
			t.Errorf("a failed call to %q was read as one to %q", bad, r.To)
		}
	}
}

func TestCallDate(t *testing.T) {
	t.Parallel()
	for _, c := range []struct{ zone, text, want, warning string }{
		{"Europe/Kyiv", "2021-05-12 14:03:55", "2021-05-12T11:03:55Z", ""},
		{"Europe/Kyiv", "2021-05-12T14:03:55", "2021-05-12T11:03:55Z", ""},
		{"Europe/Kyiv", "2021-05-12 14:03", "2021-05-12T11:03:00Z", ""},
		{"Europe/Kyiv", "12.05.2021 14:03:55", "2021-05-12T11:03:55Z", ""},
		{"Europe/Kyiv", "2021-05-12T14:03:55+00:00", "2021-05-12T14:03:55Z", ""},
		{"Europe/Kyiv", "2021-05-12T14:03:55Z", "2021-05-12T14:03:55Z", ""},
		{"Europe/Kyiv", "2021-05-12 14:03:55+0200", "", "is not"},
		{"Europe/Kyiv", "2021-05-12 14:03:55 +0200", "2021-05-12T12:03:55Z", ""},
		{"Europe/Kyiv", "2021-05-12T14:03:55.250+03:00", "2021-05-12T11:03:55.25Z", ""},
		{"Europe/Kyiv", "2021-03-28 02:59:59", "2021-03-28T00:59:59Z", ""},
		{"Europe/Kyiv", "2021-03-28 03:00:00", "", "clocks in Europe/Kyiv skip "},
		{"Europe/Kyiv", "2021-03-28 03:30:00", "", "clocks in Europe/Kyiv skip "},
		{"Europe/Kyiv", "2021-03-28 04:00:00", "2021-03-28T01:00:00Z", ""},
		{"Europe/Kyiv", "2021-10-31 02:59:59", "2021-10-30T23:59:59Z", ""},
		{"Europe/Kyiv", "2021-10-31 03:30:00", "2021-10-31T00:30:00Z", "clocks in Europe/Kyiv show this time twice: taken as the first, 2021-10-31T03:30:00+03:00"},
		{"Europe/Kyiv", "2021-10-31 04:00:00", "2021-10-31T02:00:00Z", ""},
		{"Europe/Kyiv", "2021-10-31T03:30:00+02:00", "2021-10-31T01:30:00Z", ""},
		{"America/Sao_Paulo", "2018-11-04 00:30:00", "", "clocks in America/Sao_Paulo skip "},
		{"America/Sao_Paulo", "2018-02-17 23:30:00", "2018-02-18T01:30:00Z", "clocks in America/Sao_Paulo show this time twice: taken as the first, 2018-02-17T23:30:00-02:00"},
		{"Pacific/Apia", "2011-12-30 12:00:00", "", "clocks in Pacific/Apia skip "},
		{"UTC", "", "", "is not"},
		{"UTC", "2021-02-30 10:00:00", "", "is not"},
		{"UTC", "2021-05-12", "", "is not"},
		{"UTC", "44328.586", "", "is not"},
		{"UTC", "1900-01-00 10:00:00", "", "is not"},
		{"UTC", "1900-01-01 10:00:00", "", "cannot be right"},
		{"UTC", "9999-01-01 10:00:00", "", "cannot be right"},
	} {
		options := callimport.Options{Zone: zone(t, c.zone)}
		got, err := callimport.Read(strings.NewReader(head+c.text+",1,2,9,0,in,BUSY,1\n"), "f", options)
		if c.want == "" {
			if err == nil || !strings.Contains(err.Error(), "f:2: calldate: ") || !strings.Contains(err.Error(), c.warning) {
				t.Errorf("%q: %v, want an error with %q", c.text, err, c.warning)
			}
			continue
		}
		if err != nil {
			t.Error(err)
			continue
		}
		if at := got.Records[0].StartedAt.UTC().Format(time.RFC3339Nano); at != c.want {
			t.Errorf("%q in %s is %s, want %s", c.text, c.zone, at, c.want)
		}
		var warning string
		if len(got.Warnings) > 0 {
			warning = got.Warnings[0].Text
		}
		if warning != c.warning {
			t.Errorf("%q in %s: warning %q, want %q", c.text, c.zone, warning, c.warning)
		}
	}
}

// When the talk began: duration less talk after the call did, or the wait where there is no duration.
func TestDurations(t *testing.T) {
	t.Parallel()
	const columns = "calldate,caller,dst,duration,billsec,waittime,call_type,disposition\n2021-05-12 14:00:00,1,380443334455,"
	for _, c := range []struct {
		cells   string // duration, billsec, waittime
		ringing time.Duration
		talk    int64
		bad     string
	}{
		{"95,71,5", 24 * time.Second, 71, ""},
		{",71,5", 5 * time.Second, 71, ""},
		{",71,", 0, 71, ""},
		{"0,0,", 0, 0, ""},
		{"1:35,1:11,", 24 * time.Second, 71, ""},
		{"00:01:35,00:01:11,", 24 * time.Second, 71, ""},
		{"24:00:00,86400,", 0, 86_400, ""},
		{"86401,1,", 0, 0, "duration: \"86401\" is longer than a day"},
		{"70,71,", 0, 0, "duration: 70 seconds in all are less than 71 of talk"},
		{"95,1.5,", 0, 0, "billsec: \"1.5\" is not a duration"},
		{"95,-1,", 0, 0, "billsec: \"-1\" is not a duration"},
		{"95,+1,", 0, 0, "billsec: \"+1\" is not a duration"},
		{"95,1:60,", 0, 0, "billsec: \"1:60\" is not a duration"},
		{"95,1:2,", 0, 0, "billsec: \"1:2\" is not a duration"},
		{"95,1:00:00:00,", 0, 0, "billsec: \"1:00:00:00\" is not a duration"},
		{"95,99999999999999999999,", 0, 0, "billsec: \"99999999999999999999\" is not a duration"},
		{"95,,", 0, 0, "billsec: the cell is empty"},
		{"95,71,soon", 0, 0, "waittime: \"soon\" is not a duration"},
	} {
		got, err := callimport.Read(strings.NewReader(columns+c.cells+",in,ANSWERED\n"), "f", kyiv(t))
		if c.bad != "" {
			if err == nil || !strings.Contains(err.Error(), "f:2: "+c.bad) {
				t.Errorf("%s: %v, want %q", c.cells, err, c.bad)
			}
			continue
		}
		if err != nil {
			t.Error(err)
			continue
		}
		if r := got.Records[0]; r.AnsweredAt.Sub(r.StartedAt) != c.ringing || r.Seconds != c.talk {
			t.Errorf("%s: rang for %v, talked for %d", c.cells, r.AnsweredAt.Sub(r.StartedAt), r.Seconds)
		}
	}
}

// The same call has the same id however the export is written; what people add to it later does not change it.
func TestIDsAreStable(t *testing.T) {
	t.Parallel()
	first := read(t, "calldate,caller,dst,duration,billsec,call_type,disposition,employee_fio\n2021-05-12 14:03:55,380671234567,380443334455,95,71,in,ANSWERED,Олена\n").Records[0].ID
	legacy, err := charmap.Windows1251.NewEncoder().String("Employee_FIO;Caller;Calldate;Dst;Billsec;Call_Type;Disposition;Category\r\nЇжак;\"+38 067 123-45-67\";2021-05-12T11:03:55Z;380443334455;71;IN;PROPER;Цільовий\r\n")
	if err != nil {
		t.Fatal(err)
	}
	if second := read(t, legacy).Records[0]; second.ID != first || second.Employee != "Їжак" {
		t.Errorf("another export of the call gave %+v, want the id %s", second, first)
	}
	for _, other := range []string{
		"2021-05-12 14:03:56,380671234567,380443334455,95,71,in,ANSWERED,Олена",
		"2021-05-12 14:03:55,380671234568,380443334455,95,71,in,ANSWERED,Олена",
		"2021-05-12 14:03:55,380671234567,380443334456,95,71,in,ANSWERED,Олена",
		"2021-05-12 14:03:55,380671234567,380443334455,95,72,in,ANSWERED,Олена",
		"2021-05-12 14:03:55,380671234567,380443334455,95,71,out,ANSWERED,Олена",
		"2021-05-12 14:03:55,anonymous,380443334455,95,71,in,ANSWERED,Олена",
	} {
		if id := read(t, "calldate,caller,dst,duration,billsec,call_type,disposition,employee_fio\n"+other+"\n").Records[0].ID; id == first {
			t.Errorf("another call has the same id: %s", other)
		}
	}
}

// A call that stands there twice is read once and reported; with other contents it is an error.
func TestDuplicates(t *testing.T) {
	t.Parallel()
	const call = "2021-05-12 14:03:55,380671234567,380443334455,95,71,in,ANSWERED,"
	got := read(t, head+call+"7\n"+call+"\n"+call+"7\n"+call+"\n"+call+"8\n")
	want := []callimport.Problem{{Line: 4, Text: "repeats line 2: read once"}, {Line: 5, Text: "repeats line 3: read once"}}
	if diff := cmp.Diff(want, got.Warnings); diff != "" || got.Duplicates != 2 || len(got.Records) != 3 || got.Lines != 5 {
		t.Errorf("%d records of %d lines, %d duplicates, warnings (-want +got):\n%s", len(got.Records), got.Lines, got.Duplicates, diff)
	}

	callback := strings.Replace(call, ",in,", ",callback,", 1)
	got = read(t, head+callback+"7\n"+callback+"7\n")
	if len(got.Records) != 2 || got.Duplicates != 1 {
		t.Errorf("a callback that stands there twice: %d records, %d duplicates", len(got.Records), got.Duplicates)
	}

	_, err := callimport.Read(strings.NewReader(head+call+"7\n"+strings.Replace(call, "71", "72", 1)+"7\n"), "f", kyiv(t))
	if err == nil || !strings.Contains(err.Error(), "f:3: this is the same call as line 2, with other contents") {
		t.Errorf("one id, two calls: %v", err)
	}
	got = read(t, head+strings.Repeat(call+"7\n", 150))
	if len(got.Warnings) != 100 || got.More != 49 || got.Duplicates != 149 {
		t.Errorf("%d warnings and %d more of %d duplicates", len(got.Warnings), got.More, got.Duplicates)
	}
}

func TestOddLines(t *testing.T) {
	t.Parallel()
	const call = "2021-05-12 14:03:55,380671234567,380443334455,95,71,in,ANSWERED,7"
	for _, good := range []string{call, call + ",,,", "\n\n" + call, ",,,,,,,\n" + call, " " + strings.ReplaceAll(call, ",", " , "), call + "\r", `"` + strings.ReplaceAll(call, ",", `","`) + `"`} {
		if got := read(t, head+good+"\n"); len(got.Records) != 1 || got.Records[0].Seconds != 71 || got.Lines != 1 {
			t.Errorf("%q: %+v", good, got)
		}
	}
	for bad, want := range map[string]string{
		call + ",x":                     "f:2: the line has 9 cells and the header 8",
		"2021-05-12 14:03:55":           "f:2: the line has 1 cells and the header 8",
		call + "\x00":                   "f:2: call_id: the cell holds bytes that are no text: save the file as UTF-8",
		"ї" + call + "\xff":             "f:2: call_id: the cell holds bytes that are no text: save the file as UTF-8",
		call + strings.Repeat("7", 200): "f:2: call_id: the id is longer than 200 bytes",
		`"` + call + "\n\n":             "f:2: a quotation mark is opened here and never closed",
		call + "\n\"" + call + "\n" + call + "\"7,x\n" + call: "f:3: a quotation mark is opened here and never closed",
	} {
		_, err := callimport.Read(strings.NewReader(head+bad), "f", kyiv(t))
		if err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("%q: %v, want %q", bad, err, want)
		}
	}
}

// Cyrillic is told apart by itself, wherever in the file it begins.
func TestEncodings(t *testing.T) {
	t.Parallel()
	const line = "2021-05-12 14:03:55,380671234567,380443334455,95,71,in,ANSWERED,%d,%s\n"
	for _, filler := range []int{0, 1, 700, 2000} {
		var file strings.Builder
		file.WriteString("calldate,caller,dst,duration,billsec,call_type,disposition,call_id,employee_fio\n")
		for i := range filler {
			fmt.Fprintf(&file, line, i, "Olena")
		}
		for i, name := range []string{"Вікторія Їжакевич", "Пётр", "І", "Ґедзь №5 «Ромашка»", "Шевченко"} {
			fmt.Fprintf(&file, line, filler+i, name)
		}
		utf8 := file.String()
		legacy, err := charmap.Windows1251.NewEncoder().String(utf8)
		if err != nil {
			t.Fatal(err)
		}
		want := read(t, utf8)
		for name, other := range map[string]string{"with a mark": "\ufeff" + utf8, "Windows-1251": legacy} {
			if diff := cmp.Diff(want, read(t, other)); diff != "" {
				t.Errorf("%s after %d lines (-want +got):\n%s", name, filler, diff)
			}
		}
	}
}
