package routing

import (
	"bytes"
	"context"
	"os/exec"
	"slices"
	"strings"
	"time"
	"unicode/utf8"

	"bellwether/internal/errs"
	"bellwether/internal/ident"
)

// speaker is the program that speaks prompts, where it is installed.
const speaker = "espeak-ng"

// Voices are the languages that prompts are spoken in.
var Voices = []string{"ru", "uk", "en"}

const (
	longestSpoken  = 1000 // characters
	speakingAtMost = 20 * time.Second
)

// CanSpeak reports whether this node can speak prompts.
func CanSpeak() bool {
	_, err := exec.LookPath(speaker)
	return err == nil
}

// Speak makes a WAV file of a text. Call it outside transactions. Errors: errs.Invalid `routing.bad_text`; errs.Unavailable
// `routing.no_voice` where espeak-ng is not installed or fails.
func Speak(ctx context.Context, text, voice string) ([]byte, error) {
	text = strings.TrimSpace(text)
	if _, hidden := ident.Hidden(strings.NewReplacer("\r", "", "\n", " ").Replace(text)); hidden || text == "" || !utf8.ValidString(text) || utf8.RuneCountInString(text) > longestSpoken {
		return nil, errs.New(errs.Invalid, "routing.bad_text", "a text to speak has 1 to %d characters that can be seen", longestSpoken).At("text")
	}
	if !slices.Contains(Voices, voice) {
		return nil, errs.New(errs.Invalid, "routing.bad_text", "%.10q is not one of %s", voice, strings.Join(Voices, ", ")).At("voice")
	}
	ctx, cancel := context.WithTimeout(ctx, speakingAtMost)
	defer cancel()
	var out bytes.Buffer
	cmd := exec.CommandContext(ctx, speaker, "-v", voice, "-s", "150", "--stdin", "--stdout") // the text comes by stdin: it is never an argument
	cmd.Stdin, cmd.Stdout, cmd.WaitDelay = strings.NewReader(text), &out, time.Second
	if err := cmd.Run(); err != nil {
		return nil, errs.New(errs.Unavailable, "routing.no_voice", "this node cannot speak").Try("install espeak-ng, or upload a recording").Because(err)
	}
	return out.Bytes(), nil
}
