package spoken

import (
	"bytes"
	"embed"
	"strconv"
	"sync"
	"time"

	"bellwether/internal/media/audio"
)

//go:embed clips/*/*.wav
var files embed.FS

// Voices are the languages that are spoken.
var Voices = []string{"ru", "uk", "en"}

// The phrases, which are whole by themselves.
const (
	Recorded  = "recording"  // the call is recorded
	Consent   = "consent"    // to agree to that, press one
	Voicemail = "voicemail"  // leave a message after the tone
	Code      = "code"       // enter the code that the site shows
	CodeWrong = "code-wrong" // there is no such code
	Echo      = "echo"       // speak after the tone, and hear yourself
)

var (
	mu     sync.Mutex
	loaded = map[string]*audio.Clip{}
)

// Clip is one recording: a phrase, or a word of one. It panics where there is none of the name: names are of the program.
func Clip(voice, name string) *audio.Clip {
	path := "clips/" + voice + "/" + name + ".wav"
	mu.Lock()
	defer mu.Unlock()
	if c := loaded[path]; c != nil {
		return c
	}
	raw, err := files.ReadFile(path)
	if err != nil {
		panic("spoken: nobody has recorded " + path)
	}
	c, err := audio.Read(bytes.NewReader(raw))
	if err != nil {
		panic("spoken: " + path + ": " + err.Error())
	}
	loaded[path] = c
	return c
}

const (
	betweenWords     = 40 * time.Millisecond
	betweenSentences = 350 * time.Millisecond
)

// Place says a place in a queue, from 1, and how long its caller will wait; 0 leaves either out.
func Place(voice string, position int, wait time.Duration) *audio.Clip {
	var clips []*audio.Clip
	for _, sentence := range [][]string{place(position), waits(voice, wait)} {
		if len(clips) > 0 && len(sentence) > 0 {
			clips = append(clips, audio.Silence(betweenSentences))
		}
		for _, word := range sentence {
			clips = append(clips, Clip(voice, word), audio.Silence(betweenWords))
		}
	}
	return audio.Join(clips...)
}

// farthest is the last place that is said as a number.
const farthest = 100

// place: "you are" - "twenty" - "third" - "in the queue".
func place(n int) []string {
	switch {
	case n <= 0:
		return nil
	case n > farthest:
		return []string{"many-before"}
	}
	return append(append([]string{"you-are"}, number("ordinal", n)...), "in-the-queue")
}

// waits: "wait about" - "twenty" - "two" - "minutes". A part of a minute is one.
func waits(voice string, wait time.Duration) []string {
	minutes := int((wait + time.Minute - 1) / time.Minute)
	switch {
	case wait <= 0:
		return nil
	case minutes > 60:
		return []string{"long-wait"}
	}
	return append(append([]string{"wait"}, number("count", minutes)...), "minute-"+form(voice, minutes))
}

// number is a number from 1 to 100 as words of a kind, ordinal or count: only the last word of a number is of the kind, the tens before it are not.
func number(kind string, n int) []string {
	ten := n / 10 * 10
	switch {
	case n < 20 || kind == "ordinal" && n == ten:
		return []string{kind + "-" + strconv.Itoa(n)}
	case n == ten:
		return []string{"ten-" + strconv.Itoa(n)}
	}
	return []string{"ten-" + strconv.Itoa(ten), kind + "-" + strconv.Itoa(n-ten)}
}

// form is the form of a word behind a number: минуту, минуты, минут; minute, minutes.
func form(voice string, n int) string {
	unit, teens := n%10, n%100 >= 11 && n%100 <= 14
	switch {
	case voice == "en" && n == 1, voice != "en" && unit == 1 && !teens:
		return "one"
	case voice != "en" && unit >= 2 && unit <= 4 && !teens:
		return "few"
	}
	return "many"
}
