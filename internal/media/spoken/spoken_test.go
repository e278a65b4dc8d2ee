package spoken

import (
	"math"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
)

// words are what is said, by the names of the recordings, as people read them.
func words(t *testing.T) map[string]string {
	t.Helper()
	raw, err := os.ReadFile("words.txt")
	if err != nil {
		t.Fatal(err)
	}
	said := map[string]string{}
	for line := range strings.Lines(string(raw)) {
		if f := strings.Split(strings.TrimSpace(line), "\t"); len(f) == 3 {
			said[f[0]+"/"+f[1]] = f[2]
		}
	}
	return said
}

// Places and waits are said by the rules of each language.
func TestNumbersAreSaid(t *testing.T) {
	t.Parallel()
	said := words(t)
	for _, c := range []struct {
		voice    string
		position int
		wait     time.Duration
		want     string
	}{
		{"ru", 3, 2 * time.Minute, "Вы, третий в очереди. Ждать примерно, две минуты."},
		{"ru", 1, time.Second, "Вы, первый в очереди. Ждать примерно, одну минуту."},
		{"ru", 23, 21 * time.Minute, "Вы, двадцать третий в очереди. Ждать примерно, двадцать одну минуту."},
		{"ru", 40, 11 * time.Minute, "Вы, сороковой в очереди. Ждать примерно, одиннадцать минут."},
		{"ru", 100, 34 * time.Minute, "Вы, сотый в очереди. Ждать примерно, тридцать четыре минуты."},
		{"ru", 101, 61 * time.Minute, "Перед вами в очереди не меньше ста человек. Ждать больше часа."},
		{"ru", 0, 5 * time.Minute, "Ждать примерно, пять минут."},
		{"uk", 3, 2 * time.Minute, "Ви, третій у черзі. Чекати приблизно, дві хвилини."},
		{"uk", 12, 14 * time.Minute, "Ви, дванадцятий у черзі. Чекати приблизно, чотирнадцять хвилин."},
		{"uk", 91, 60 * time.Minute, "Ви, дев'яносто перший у черзі. Чекати приблизно, шістдесят хвилин."},
		{"uk", 7, 0, "Ви, сьомий у черзі."},
		{"en", 3, 2 * time.Minute, "You are third in the queue. Your wait is about two minutes."},
		{"en", 21, time.Minute, "You are twenty first in the queue. Your wait is about one minute."},
		{"en", 30, 61 * time.Second, "You are thirtieth in the queue. Your wait is about two minutes."},
		{"en", 5, 22 * time.Minute, "You are fifth in the queue. Your wait is about twenty two minutes."},
		{"en", 0, 0, ""},
	} {
		var text []string
		for _, name := range append(place(c.position), waits(c.voice, c.wait)...) {
			text = append(text, said[c.voice+"/"+name])
		}
		if got := strings.Join(text, " "); got != c.want {
			t.Errorf("%s, place %d, %v: %q, not %q", c.voice, c.position, c.wait, got, c.want)
		}
	}
}

// Whatever can be said has been recorded, in each language, and is heard.
func TestEverythingIsRecorded(t *testing.T) {
	t.Parallel()
	for _, voice := range Voices {
		for _, name := range []string{Recorded, Consent, Voicemail, Code, CodeWrong, Echo} {
			if d := Clip(voice, name).Duration(); d < time.Second || d > 10*time.Second {
				t.Errorf("%s, %s takes %v", voice, name, d)
			}
		}
		for n := 1; n <= farthest+1; n++ {
			if d := Place(voice, n, time.Duration(n)*time.Minute).Duration(); d < time.Second || d > 8*time.Second {
				t.Errorf("%s, place %d takes %v", voice, n, d)
			}
		}
	}
}

// Clips sound alike wherever they are put together: none is much louder or quieter than another, none is cut off by the top of the scale or
// hums beside its middle, and each begins and ends in quiet, so that nothing clicks between two.
func TestClipsFitTogether(t *testing.T) {
	t.Parallel()
	for name := range words(t) {
		voice, clip, _ := strings.Cut(name, "/")
		pcm := Clip(voice, clip).PCM()
		var sum, power, peak float64
		for _, x := range pcm {
			sum, power, peak = sum+float64(x), power+float64(x)*float64(x), max(peak, math.Abs(float64(x)))
		}
		const edge = 8 // 1 ms
		n := float64(len(pcm))
		rms, first, last := decibels(math.Sqrt(power/n)), pcm[:edge], pcm[len(pcm)-edge:]
		if rms < -28 || rms > -19 || decibels(peak) > -1.9 || math.Abs(sum/n) > 10 || slices.Max(first) > 300 || slices.Max(last) > 300 {
			t.Errorf("%s: %.1f dB, peak %.1f dB, middle %.0f, begins %v, ends %v", name, rms, decibels(peak), sum/n, first, last)
		}
	}
}

// decibels below the loudest sample there is.
func decibels(x float64) float64 { return 20 * math.Log10(x/math.MaxInt16) }

// The list of words and the recordings are of each other: nothing is recorded that is not in the list, and the other way round.
func TestWordsAndRecordings(t *testing.T) {
	t.Parallel()
	listed, there := map[string]bool{}, map[string]bool{}
	for name := range words(t) {
		listed[name] = true
	}
	all, err := filepath.Glob("clips/*/*.wav")
	if err != nil {
		t.Fatal(err)
	}
	for _, path := range all {
		there[strings.TrimSuffix(strings.TrimPrefix(path, "clips/"), ".wav")] = true
	}
	if diff := cmp.Diff(listed, there); diff != "" {
		t.Errorf("listed, and recorded:\n%s", diff)
	}
}
