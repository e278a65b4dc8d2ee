package callimport_test

import (
	"bytes"
	"errors"
	"fmt"
	"strings"
	"testing"
	"time"
	"unicode/utf8"

	"bellwether/internal/callimport"
)

// Whatever the bytes, Read says what is wrong or gives records that can be charged, and says the same again.
func FuzzRead(f *testing.F) {
	for _, name := range []string{"ringostat_uk.csv", "ringostat_ru_1251.csv", "bad.csv"} {
		f.Add(testdata(f, name))
	}
	f.Add([]byte("\xff\xfe"))
	f.Add([]byte(head + "2021-10-31 03:30:00,a@b,sip:x,1:00,0:59,callback,PROPER,\n"))
	options := callimport.Options{Zone: zone(f, "Europe/Kyiv"), Country: "UA"}
	f.Fuzz(func(t *testing.T, content []byte) {
		got, err := callimport.Read(bytes.NewReader(content), "f", options)
		again, err2 := callimport.Read(bytes.NewReader(content), "f", options)
		if fmt.Sprint(got, err) != fmt.Sprint(again, err2) {
			t.Fatal("read twice, it says two things")
		}
		if err != nil {
			var problems *callimport.Problems
			if !errors.As(err, &problems) || len(problems.List) == 0 || len(got.Records) != 0 {
				t.Fatalf("%d records and %v", len(got.Records), err)
			}
			return
		}
		seen := map[string]bool{}
		for _, r := range got.Records {
			checkRecord(t, r)
			if seen[r.ID] {
				t.Fatalf("two records %q", r.ID)
			}
			seen[r.ID] = true
		}
	})
}

func checkRecord(t *testing.T, r callimport.Record) {
	t.Helper()
	if r.ID == "" || r.Leg == "" || r.Line < 2 || r.StartedAt.IsZero() {
		t.Fatalf("incomplete: %+v", r)
	}
	if r.Seconds < 0 || r.Seconds > 86_400 || r.Seconds > 0 && !r.Answered() || r.Answered() && r.AnsweredAt.Before(r.StartedAt) {
		t.Fatalf("wrong times: %+v", r)
	}
	if r.Answered() && !strings.HasPrefix(r.To, "+") && !strings.HasPrefix(r.To, "sip:") {
		t.Fatalf("cannot be charged: %+v", r)
	}
	for _, text := range []string{r.ID, r.Caller, r.To, r.Number, r.Employee, fmt.Sprint(r.Extra)} {
		if !utf8.ValidString(text) || strings.Contains(text, "\x00") {
			t.Fatalf("no text: %+v", r)
		}
	}
}

// A hundred thousand lines take a second or two on the slowest machine we know.
func BenchmarkRead(b *testing.B) {
	const lines = 100_000
	content := exported(lines)
	b.SetBytes(int64(len(content)))
	options := callimport.Options{Zone: zone(b, "Europe/Kyiv"), Country: "UA"}
	for b.Loop() {
		got, err := callimport.Read(bytes.NewReader(content), "f", options)
		if err != nil || len(got.Records) != lines {
			b.Fatal(len(got.Records), err)
		}
	}
}

func exported(lines int) []byte {
	var file bytes.Buffer
	file.WriteString("calldate;caller;dst;duration;billsec;call_type;disposition;employee_fio;connected_with;uniqueid;utm_source;utm_medium;utm_campaign;landing\n")
	start := time.Date(2021, 1, 1, 0, 0, 0, 0, time.UTC)
	for i := range lines {
		fmt.Fprintf(&file, "%s;38067%07d;380443334455;95;71;in;ANSWERED;Шевченко Олена Ігорівна;38050%07d;ua1-%d;google;cpc;літо;https://shop.example/?x=%d\n",
			start.Add(time.Duration(i)*time.Minute/2).Format(time.DateTime), i%9_000_001, i%20, i, i)
	}
	return file.Bytes()
}
