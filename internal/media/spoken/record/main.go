// Command record speaks the words of package spoken into its clips, by espeak-ng: `make record`. Clips that are there are made anew.
package main

import (
	"bufio"
	"bytes"
	"encoding/binary"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strings"

	"bellwether/internal/media/audio"
)

func main() {
	if len(os.Args) != 2 {
		fail(fmt.Errorf("usage: record FOLDER, with words.txt in it"))
	}
	file, err := os.Open(filepath.Join(os.Args[1], "words.txt"))
	if err != nil {
		fail(err)
	}
	defer file.Close() //nolint:errcheck // it was only read
	for lines := bufio.NewScanner(file); lines.Scan(); {
		fields := strings.Split(lines.Text(), "\t")
		if len(fields) != 3 {
			continue // a remark
		}
		if err := record(filepath.Join(os.Args[1], "clips", fields[0], fields[1]+".wav"), fields[0], fields[2]); err != nil {
			fail(fmt.Errorf("%s %s: %w", fields[0], fields[1], err))
		}
	}
}

func fail(err error) {
	fmt.Fprintln(os.Stderr, err)
	os.Exit(1)
}

// record speaks a text into a file, without the silence around it.
func record(path, voice, text string) error {
	speak := exec.Command("espeak-ng", "-v", voice, "-s", "145", "--stdin", "--stdout")
	speak.Stdin = strings.NewReader(text)
	spoken, err := speak.Output()
	if err != nil {
		return err
	}
	clip, err := audio.Read(bytes.NewReader(spoken))
	if err != nil {
		return err
	}
	if err := os.MkdirAll(filepath.Dir(path), 0o755); err != nil {
		return err
	}
	return os.WriteFile(path, wav(master(clip.PCM())), 0o644)
}

// wav is a WAV file of µ-law at 8 kHz.
func wav(sound []byte) []byte {
	file := []byte("RIFF\x00\x00\x00\x00WAVEfmt \x12\x00\x00\x00\x07\x00\x01\x00\x40\x1f\x00\x00\x40\x1f\x00\x00\x01\x00\x08\x00\x00\x00data")
	file = binary.LittleEndian.AppendUint32(file, uint32(len(sound)))
	file = append(file, sound...)
	if len(sound)%2 == 1 {
		file = append(file, 0)
	}
	binary.LittleEndian.PutUint32(file[4:], uint32(len(file)-8))
	return file
}
