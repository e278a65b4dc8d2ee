package callimport_test

import (
	"bytes"
	"errors"
	"io"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"testing/iotest"
	"time"

	"bellwether/internal/callimport"
	"bellwether/internal/civil"
	"bellwether/internal/errs"

	"github.com/google/go-cmp/cmp"
)

func zone(t testing.TB, name string) *time.Location {
	t.Helper()
	loc, err := civil.LoadZone(name)
	if err != nil {
		t.Fatal(err)
	}
	return loc
}

func kyiv(t testing.TB) callimport.Options {
	return callimport.Options{Zone: zone(t, "Europe/Kyiv"), Country: "UA"}
}

func testdata(t testing.TB, name string) []byte {
	t.Helper()
	content, err := os.ReadFile(filepath.Join("testdata", name))
	if err != nil {
		t.Fatal(err)
	}
	return content
}

func utc(text string) time.Time {
	t, err := time.Parse(time.DateTime, text)
	if err != nil {
		panic(err)
	}
	return t
}

// brief is a record without what the test does not look at.
func brief(records []callimport.Record) []callimport.Record {
	short := make([]callimport.Record, len(records))
	for i, r := range records {
		r.Extra = nil
		r.StartedAt, r.AnsweredAt = r.StartedAt.UTC(), r.AnsweredAt.UTC()
		short[i] = r
	}
	return short
}

// An export as it comes: UTF-8 with a mark, semicolons, CRLF, quotes, a line break in a cell, a column of the client's own.
func TestUkrainianExport(t *testing.T) {
	t.Parallel()
	got, err := callimport.Read(bytes.NewReader(testdata(t, "ringostat_uk.csv")), "calls.csv", kyiv(t))
	if err != nil {
		t.Fatal(err)
	}
	olena, yevhen, project := "Шевченко Олена Ігорівна", "Коваль; Євген", "+380443334455"
	want := []callimport.Record{
		{
			ID: "ua1-1620817435.101", Line: 2, Leg: callimport.Forward, StartedAt: utc("2021-05-12 11:03:55"), AnsweredAt: utc("2021-05-12 11:04:19"), Seconds: 71,
			Caller: "380671234567", To: "+380501112233", Number: project, Disposition: "ANSWERED", Employee: olena,
		},
		{
			ID: "ua1-1620817802.102", Line: 3, Leg: callimport.Inbound, StartedAt: utc("2021-05-12 11:10:02"),
			Caller: "380671234567", To: project, Number: project, Disposition: "NO ANSWER",
		},
		{
			ID: "ua1-1620817960.103", Line: 4, Leg: callimport.Outbound, StartedAt: utc("2021-05-12 11:12:40"), AnsweredAt: utc("2021-05-12 11:13:02"), Seconds: 118,
			Caller: "380443334455", To: "+380671234567", Disposition: "ANSWERED", Employee: "Коваль Їжакевич Євген Ґедзь",
		},
		{
			ID: "ua1-1620820800.104", Line: 5, Leg: callimport.SIP, StartedAt: utc("2021-05-12 12:00:00"), AnsweredAt: utc("2021-05-12 12:00:01"), Seconds: 60,
			Caller: "380501234567", To: "sip:olena@shop.ringostat.example", Number: project, Disposition: "PROPER", Employee: olena,
		},
		{
			ID: "ua1-1620822600.105/manager", Line: 6, Leg: callimport.CallbackManager, StartedAt: utc("2021-05-12 12:30:00"), AnsweredAt: utc("2021-05-12 12:31:40"), Seconds: 200,
			Caller: "380501234567", To: "+380671112233", Disposition: "ANSWERED", Employee: olena,
		},
		{
			ID: "ua1-1620822600.105/client", Line: 6, Leg: callimport.CallbackClient, StartedAt: utc("2021-05-12 12:30:00"), AnsweredAt: utc("2021-05-12 12:31:40"), Seconds: 200,
			Caller: "380501234567", To: "+380501234567", Disposition: "ANSWERED", Employee: olena,
		},
		{
			ID: "ua1-1620823200.106/manager", Line: 7, Leg: callimport.CallbackManager, StartedAt: utc("2021-05-12 12:40:00"), AnsweredAt: utc("2021-05-12 12:40:33"), Seconds: 12,
			Caller: "380661234567", To: "sip:yevhen@shop.ringostat.example", Disposition: "CLIENT NO ANSWER", Employee: yevhen,
		},
		{
			ID: "ua1-1620823200.106/client", Line: 7, Leg: callimport.CallbackClient, StartedAt: utc("2021-05-12 12:40:00"),
			Caller: "380661234567", To: "+380661234567", Disposition: "CLIENT NO ANSWER", Employee: yevhen,
		},
		{
			ID: "ua1-1620853190.107", Line: 9, Leg: callimport.Inbound, StartedAt: utc("2021-05-12 20:59:50"), AnsweredAt: utc("2021-05-12 21:00:30"), Seconds: 40,
			Caller: "anonymous", To: project, Number: project, Disposition: "VOICEMAIL",
		},
		{
			ID: "ua1-1620886500.108", Line: 10, Leg: callimport.Inbound, StartedAt: utc("2021-05-13 06:15:00"),
			Caller: "380931234567", To: project, Number: project, Disposition: "BUSY", Employee: `=HYPERLINK("http://evil.example";"натисни")`,
		},
	}
	if diff := cmp.Diff(want, brief(got.Records)); diff != "" {
		t.Errorf("records (-want +got):\n%s", diff)
	}
	if diff := cmp.Diff([]string{"Настрій клієнта"}, got.Unknown); diff != "" || got.Lines != 8 || len(got.Warnings) != 0 {
		t.Errorf("%d lines, unknown columns %v, warnings %v", got.Lines, got.Unknown, got.Warnings)
	}
	first := map[string]string{
		"department": "Відділ продажу", "connected_with": "+38 (050) 111-22-33", "waittime": "24", "pool_name": "Google Ads", "scheme_name": "Основна",
		"utm_source": "google", "utm_medium": "cpc", "utm_campaign": "літо_київ", "utm_content": "оголошення 1", "utm_term": `купити "розумний" дім`,
		"gclid": "EAIaIQobChMI-abc", "client_id": "1620817000.1234567890", "ip": "93.184.216.34", "referrer": "https://www.google.com/",
		"landing_page": "https://shop.example/kyiv?x=1", "category": "Цільовий", "proper_flag": "1", "repeat_flag": "0", "recording": "https://rec.example/101.mp3",
	}
	if diff := cmp.Diff(first, got.Records[0].Extra); diff != "" {
		t.Errorf("other columns (-want +got):\n%s", diff)
	}
	plain := map[string]string{"waittime": "15", "scheme_name": "Основна", "utm_source": "+sale", "utm_medium": "-cpc", "utm_campaign": "@brand", "proper_flag": "0", "repeat_flag": "0"}
	if diff := cmp.Diff(plain, got.Records[9].Extra); diff != "" {
		t.Errorf("cells that look like formulas (-want +got):\n%s", diff)
	}
}

// Windows-1251, commas, LF, columns in another order, no call id, dates as a spreadsheet writes them, national numbers.
func TestRussianExport(t *testing.T) {
	t.Parallel()
	got, err := callimport.Read(bytes.NewReader(testdata(t, "ringostat_ru_1251.csv")), "calls.csv", callimport.Options{Zone: zone(t, "Europe/Moscow"), Country: "RU"})
	if err != nil {
		t.Fatal(err)
	}
	want := []callimport.Record{
		{
			Line: 2, Leg: callimport.Forward, StartedAt: utc("2021-05-12 07:15:30"), AnsweredAt: utc("2021-05-12 07:15:48"), Seconds: 332,
			Caller: "74951234567", To: "+79161234567", Number: "+78002000600", Disposition: "ANSWERED", Employee: "Иванов Пётр Сергеевич",
		},
		{
			Line: 3, Leg: callimport.Outbound, StartedAt: utc("2021-05-12 07:30:00"), AnsweredAt: utc("2021-05-12 07:30:14"), Seconds: 61,
			Caller: "74957654321", To: "+79161234567", Disposition: "ANSWERED", Employee: "Щукина Ёлка",
		},
		{Line: 4, Leg: callimport.Inbound, StartedAt: utc("2021-05-12 07:31:00"), Caller: "79161112233", To: "+78002000600", Number: "+78002000600", Disposition: "NO ANSWER"},
		{Line: 5, Leg: callimport.Outbound, StartedAt: utc("2021-05-12 07:32:00"), Caller: "74957654321", To: "112", Disposition: "FAILED", Employee: "Щукина Ёлка"},
	}
	short := brief(got.Records)
	for i := range short {
		if !strings.HasPrefix(short[i].ID, "csv-") || len(short[i].ID) != 36 {
			t.Errorf("line %d has the id %q", short[i].Line, short[i].ID)
		}
		short[i].ID = ""
	}
	if diff := cmp.Diff(want, short); diff != "" {
		t.Errorf("records (-want +got):\n%s", diff)
	}
	if got := got.Records[0].Extra["utm_campaign"]; got != `ООО "Ромашка", Москва` {
		t.Errorf("campaign %q", got)
	}
}

// Every bad line is named with everything that is wrong with it, and nothing is read.
func TestBadFile(t *testing.T) {
	t.Parallel()
	got, err := callimport.Read(bytes.NewReader(testdata(t, "bad.csv")), "calls.csv", kyiv(t))
	want := `calls.csv: 11 problems
calls.csv:3: calldate: "12/05/2021" is not a date and time: write 2021-05-12 14:03:55, or with an offset 2021-05-12T14:03:55+03:00
calls.csv:3: billsec: "-71" is not a duration: write whole seconds or H:MM:SS
calls.csv:3: call_type: "inn" is not a type of call: write in, out, callback or internal
calls.csv:3: disposition: "ANSWERD" is not a result of a call: write ANSWERED, NO ANSWER, BUSY or FAILED
calls.csv:4: duration: 60 seconds in all are less than 71 of talk
calls.csv:6: dst: "3,80671E+11" has lost its digits in a spreadsheet: export it again and do not save it there
calls.csv:7: a quotation mark stands within a cell: put the cell in quotation marks and double those within it
calls.csv:8: the line has 7 cells and the header 10
calls.csv:11: billsec: the cell is empty: write 0 for a call without talk
calls.csv:11: disposition: the call was not over when it was exported: export it again
calls.csv:12: this is the same call as line 2, with other contents`
	if err == nil || len(got.Records) != 0 {
		t.Fatalf("%d records, %v", len(got.Records), err)
	}
	if diff := cmp.Diff(want, err.Error()); diff != "" {
		t.Errorf("problems (-want +got):\n%s", diff)
	}
	wantCode(t, err, errs.Invalid, "callimport.bad_file")
	var e *errs.Error
	if !errors.As(err, &e) || len(e.Params["problems"].([]string)) != 11 {
		t.Errorf("the error's parameters: %+v", e)
	}
}

func wantCode(t testing.TB, err error, kind errs.Kind, code string) {
	t.Helper()
	if errs.KindOf(err) != kind || errs.CodeOf(err) != code {
		t.Errorf("got %v (%v, %s), want %v, %s", err, errs.KindOf(err), errs.CodeOf(err), kind, code)
	}
}

// Files that are wrong as a whole say so in one line.
func TestNotAnExport(t *testing.T) {
	t.Parallel()
	const needed = "; needed: calldate, caller, dst, billsec, call_type, disposition"
	for _, c := range []struct{ name, content, want string }{
		{"empty", "", "f:1: the file is empty: the first line must name the columns"},
		{"blank lines", "\r\n\n", "f:1: the file is empty: the first line must name the columns"},
		{"a mark and nothing else", "\ufeff", "f:1: the file is empty: the first line must name the columns"},
		{"other columns", "date;from;to\n1;2;3\n", "f:1: no column calldate, caller, dst, billsec, call_type, disposition; found: date, from, to" + needed},
		{"two columns missing", "\n\nCalldate,caller,DST,billsec\n", "f:3: no column call_type, disposition; found: Calldate, caller, DST, billsec" + needed},
		{"twice", "calldate,caller,dst,billsec,call_type,disposition,Call Date\n", "f:1: calldate: the column is there twice"},
		{"a workbook", "PK\x03\x04\x14\x00", "f:1: this is an Excel workbook or another archive: save it as CSV in UTF-8"},
		{"UTF-16", "\xff\xfec\x00a\x00", "f:1: this is UTF-16 text: save it as CSV in UTF-8"},
		{"a header that is no CSV", "calldate,\"caller\n", "f:1: a closing quotation mark is missing or followed by text: double quotation marks within a cell"},
	} {
		t.Run(c.name, func(t *testing.T) {
			t.Parallel()
			_, err := callimport.Read(strings.NewReader(c.content), "f", callimport.Options{})
			if err == nil {
				t.Fatal("it was read")
			}
			if diff := cmp.Diff("f: 1 problem\n"+c.want, err.Error()); diff != "" {
				t.Errorf("problem (-want +got):\n%s", diff)
			}
		})
	}
}

const head = "calldate,caller,dst,duration,billsec,call_type,disposition,call_id\n"

func TestProblemsAreCapped(t *testing.T) {
	t.Parallel()
	_, err := callimport.Read(strings.NewReader(head+strings.Repeat("never,1,2,3,0,in,BUSY,\n", 250)), "f", callimport.Options{})
	var problems *callimport.Problems
	if !errors.As(err, &problems) || len(problems.List) != 100 || problems.More != 150 {
		t.Fatalf("%v", err)
	}
	if lines := strings.Split(err.Error(), "\n"); lines[0] != "f: 250 problems" || lines[101] != "and 150 more" || len(lines) != 102 {
		t.Errorf("%d lines from %q to %q", len(lines), lines[0], lines[len(lines)-1])
	}
}

// A reader that breaks off is an error of its own, never a short file.
func TestBrokenUpload(t *testing.T) {
	t.Parallel()
	whole := head + strings.Repeat("2021-05-12 14:00:00,1,2,3,0,in,BUSY,\n", 5000)
	for _, n := range []int{0, 1, 3, 4, len(head), len(head) + 37, 64 << 10, len(whole)} {
		broken := io.MultiReader(strings.NewReader(whole[:n]), &once{})
		_, err := callimport.Read(broken, "f", callimport.Options{})
		wantCode(t, err, errs.Unavailable, "callimport.unreadable")
	}
}

// once fails once and then pretends that all is well.
type once struct{ failed bool }

func (o *once) Read([]byte) (int, error) {
	if o.failed {
		return 0, io.EOF
	}
	o.failed = true
	return 0, errors.New("connection reset")
}

// However the bytes arrive, the records are the same.
func TestSlowReaders(t *testing.T) {
	t.Parallel()
	for name, options := range map[string]callimport.Options{"ringostat_uk.csv": kyiv(t), "ringostat_ru_1251.csv": {Country: "RU"}} {
		content := testdata(t, name)
		want, err := callimport.Read(bytes.NewReader(content), "f", options)
		if err != nil {
			t.Fatal(err)
		}
		for _, slow := range []io.Reader{iotest.OneByteReader(bytes.NewReader(content)), iotest.HalfReader(bytes.NewReader(content)), iotest.DataErrReader(bytes.NewReader(content))} {
			got, err := callimport.Read(slow, "f", options)
			if err != nil {
				t.Fatal(err)
			}
			if diff := cmp.Diff(want, got); diff != "" {
				t.Errorf("%s, slowly (-want +got):\n%s", name, diff)
			}
		}
	}
}
