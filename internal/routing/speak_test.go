package routing_test

import (
	"bytes"
	"strings"
	"testing"

	"bellwether/internal/errs"
	"bellwether/internal/routing"
)

// Rule T-50: texts are spoken where there is a voice, and are never an option of the program that speaks.
func TestSpeak(t *testing.T) {
	t.Parallel()
	for _, c := range []struct{ voice, text string }{{"-w/tmp/x", "hello"}, {"en", " "}, {"en", strings.Repeat("x", 1001)}} {
		if _, err := routing.Speak(t.Context(), c.text, c.voice); errs.CodeOf(err) != "routing.bad_text" {
			t.Errorf("%q in %q: %v", c.text, c.voice, err)
		}
	}
	if !routing.CanSpeak() {
		if _, err := routing.Speak(t.Context(), "hello", "en"); errs.CodeOf(err) != "routing.no_voice" {
			t.Errorf("without a voice: %v", err)
		}
		t.Skip("espeak-ng is not installed")
	}
	for voice, text := range map[string]string{"uk": "Вітаємо! Залишайтеся на лінії.", "ru": "Здравствуйте! Оставайтесь на линии.", "en": "--help, please hold"} {
		wav, err := routing.Speak(t.Context(), text, voice)
		if err != nil || len(wav) < 40_000 || !bytes.HasPrefix(wav, []byte("RIFF")) { // a second at 22 kHz
			t.Errorf("%s: %d bytes, %v", voice, len(wav), err)
		}
	}
}
