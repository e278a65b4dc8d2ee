package audio

import (
	"encoding/binary"
	"io/fs"
	"os"
	"path/filepath"
	"strings"

	"bellwether/internal/errs"
)

// stereoHeader is the length of what stands before the sound: RIFF, fmt with 18 bytes, fact, data.
const stereoHeader = 12 + 26 + 12 + 8

// StereoFile is a recording as it grows: a WAV of two channels of G.711, 16,000 bytes a second, 57.6 MB an hour.
type StereoFile struct {
	file   *os.File
	law    Law
	frames uint32 // pairs of samples
}

// CreateStereo begins a recording. The file must not be there yet.
func CreateStereo(path string, law Law) (*StereoFile, error) {
	file, err := os.OpenFile(path, os.O_CREATE|os.O_EXCL|os.O_WRONLY, 0o600)
	if err != nil {
		return nil, err
	}
	s := StereoOf(file, law)
	if _, err := file.Write(s.header()); err != nil {
		_ = file.Close()
		return nil, err
	}
	return s, nil
}

// StereoOf goes on writing pairs to a file behind a header that is there.
func StereoOf(file *os.File, law Law) *StereoFile { return &StereoFile{file: file, law: law} }

func (s *StereoFile) header() []byte { return header(s.law, s.frames) }

func header(law Law, frames uint32) []byte {
	h := make([]byte, 0, stereoHeader)
	tag := uint16(formatULaw)
	if law == ALaw {
		tag = formatALaw
	}
	u16, u32 := binary.LittleEndian.AppendUint16, binary.LittleEndian.AppendUint32
	h = u32(append(h, "RIFF"...), stereoHeader-8+2*frames)
	h = u32(append(h, "WAVEfmt "...), 18)
	h = u32(u32(u16(u16(h, tag), 2), Rate), 2*Rate)
	h = u16(u16(u16(h, 2), 8), 0)
	h = u32(u32(append(h, "fact"...), 4), frames)
	return u32(append(h, "data"...), 2*frames)
}

// maxFrames keeps a file within the 4 GiB of its format: 74 hours.
const maxFrames = 1<<31 - 1<<10

// Write adds pairs of samples, left and right in turn.
func (s *StereoFile) Write(pairs []byte) error {
	if uint64(s.frames)+uint64(len(pairs)/2) > maxFrames {
		return errs.New(errs.Conflict, "audio.too_long", "a recording of more than 74 hours")
	}
	n, err := s.file.Write(pairs)
	s.frames += uint32(n / 2)
	return err
}

// Mark brings the header up to what was written, so that whoever opens the file now hears all of it.
func (s *StereoFile) Mark() error {
	_, err := s.file.WriteAt(s.header(), 0)
	return err
}

// Close marks and closes.
func (s *StereoFile) Close() error {
	err := s.Mark()
	if closed := s.file.Close(); err == nil {
		err = closed
	}
	return err
}

// Repair mends the recordings under a folder whose writer was killed: their headers say less than there is. It gives the paths it mended.
// Files that are no recordings of ours are left alone.
func Repair(folder string) ([]string, error) {
	var mended []string
	err := filepath.WalkDir(folder, func(path string, entry fs.DirEntry, err error) error {
		if err != nil || !entry.Type().IsRegular() || !strings.HasSuffix(path, ".wav") {
			return err
		}
		done, err := RepairFile(path)
		if done {
			mended = append(mended, path)
		}
		return err
	})
	return mended, err
}

// RepairFile mends one recording, and tells whether there was anything to mend.
func RepairFile(path string) (bool, error) {
	file, err := os.OpenFile(path, os.O_RDWR, 0)
	if err != nil {
		return false, err
	}
	defer file.Close()
	info, err := file.Stat()
	if err != nil {
		return false, err
	}
	got := make([]byte, stereoHeader)
	if n, _ := file.ReadAt(got, 0); n < stereoHeader {
		return false, nil
	}
	law, ok := ours(got)
	frames := uint32(min((info.Size()-stereoHeader)/2, maxFrames))
	want := header(law, frames)
	if !ok || string(got) == string(want) {
		return false, nil
	}
	if _, err := file.WriteAt(want, 0); err != nil {
		return false, err
	}
	return true, file.Truncate(stereoHeader + 2*int64(frames))
}

// ours tells whether a header is one of ours but for its sizes.
func ours(got []byte) (Law, bool) {
	for _, law := range []Law{ULaw, ALaw} {
		want := header(law, 0)
		if string(got[8:42]) == string(want[8:42]) && string(got[50:54]) == "data" {
			return law, true
		}
	}
	return ULaw, false
}
