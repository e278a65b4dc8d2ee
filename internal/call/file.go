package call

import (
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"io"
	"io/fs"
	"os"
	"path/filepath"

	"bellwether/internal/errs"
	"bellwether/internal/ident"
)

// Files are the recordings on disk: Root/PROJECT/ab/abcdef....wav, named by the hash of their content, and the same below
// Archive for those that were archived. The two may lie on different disks.
type Files struct{ Root, Archive string }

// FilesIn keeps recordings below a data directory.
func FilesIn(dataDir string) Files {
	return Files{Root: filepath.Join(dataDir, "recordings"), Archive: filepath.Join(dataDir, "archive", "recordings")}
}

// place is where a file lies below a root. Names of projects are safe in paths (ident.ParseProjectID), hashes are hexadecimal.
func place(root string, project ident.ProjectID, hash string) string {
	return filepath.Join(root, string(project), hash[:2], hash+".wav")
}

const incomingFolder = ".incoming"

// Incoming is a path for a recording that is being written, on the disk on which it will stay. The name must be new; Keep
// or os.Remove takes it away again. Under Recording.IncomingName it comes to its call also when the process dies meanwhile.
func (f Files) Incoming(name string) (string, error) {
	folder := filepath.Join(f.Root, incomingFolder)
	return filepath.Join(folder, filepath.Base(name)), os.MkdirAll(folder, 0o700)
}

// Keep moves a finished WAV file to its place and says what it holds. Otherwise as Store.
func (f Files) Keep(project ident.ProjectID, path string) (Sound, error) {
	s, err := f.Store(project, path)
	if err == nil {
		err = Drop(path)
	}
	return s, err
}

// Drop removes a file of Incoming whose recording is in the log; it may be gone.
func Drop(path string) error {
	if err := os.Remove(path); !errors.Is(err, fs.ErrNotExist) {
		return err
	}
	return nil
}

// Store puts a finished WAV file in its place too, and says what it holds; it is on disk when Store returns. The same file again is
// the same Sound. The name it had stays until Drop: until then a crash loses nothing. Errors: errs.Invalid `call.bad_sound`.
func (f Files) Store(project ident.ProjectID, path string) (Sound, error) {
	s, err := read(path)
	if err != nil {
		return s, err
	}
	to := place(f.Root, project, s.Hash)
	if err := os.MkdirAll(filepath.Dir(to), 0o700); err != nil {
		return s, err
	}
	if err := sync(path); err != nil {
		return s, err
	}
	if err := os.Link(path, to); err != nil && !errors.Is(err, fs.ErrExist) {
		if err := os.Rename(path, to); err != nil { // a disk without links
			return s, err
		}
	}
	return s, sync(filepath.Dir(to))
}

// read measures a file and hashes it.
func read(path string) (s Sound, err error) {
	file, err := os.Open(path)
	if err != nil {
		return s, err
	}
	defer func() { _ = file.Close() }()
	info, err := file.Stat()
	if err != nil {
		return s, err
	}
	if s, err = measure(file, info.Size()); err != nil {
		return s, err
	}
	if _, err := file.Seek(0, io.SeekStart); err != nil {
		return s, err
	}
	sum := sha256.New()
	_, err = io.Copy(sum, file)
	s.Hash = hex.EncodeToString(sum.Sum(nil))
	return s, err
}

func sync(path string) error {
	file, err := os.Open(path)
	if err != nil {
		return err
	}
	return errors.Join(file.Sync(), file.Close())
}

// open opens the file of a recording that is ready; errs.NotFound `call.file_missing` where somebody took it away.
func (f Files) open(project ident.ProjectID, hash string) (*os.File, error) {
	file, err := os.Open(place(f.Root, project, hash))
	if errors.Is(err, fs.ErrNotExist) {
		return nil, errs.New(errs.NotFound, "call.file_missing", "the file of the recording is not there").At("recording")
	}
	return file, err
}

// copyTo copies a file from one root to the other, whole or not at all; nothing is done where it is there already.
func copyTo(fromRoot, toRoot string, project ident.ProjectID, hash string) error {
	from, to := place(fromRoot, project, hash), place(toRoot, project, hash)
	if _, err := os.Stat(to); err == nil {
		return nil
	}
	source, err := os.Open(from)
	if err != nil {
		return err
	}
	defer func() { _ = source.Close() }()
	if err := os.MkdirAll(filepath.Dir(to), 0o700); err != nil {
		return err
	}
	target, err := os.CreateTemp(filepath.Dir(to), "copy-*")
	if err != nil {
		return err
	}
	_, err = io.Copy(target, source)
	if err = errors.Join(err, target.Sync(), target.Close()); err != nil {
		return errors.Join(err, os.Remove(target.Name()))
	}
	return errors.Join(os.Rename(target.Name(), to), sync(filepath.Dir(to)))
}

// remove takes a file away; it may be gone already.
func remove(root string, project ident.ProjectID, hash string) error {
	if err := os.Remove(place(root, project, hash)); !errors.Is(err, fs.ErrNotExist) {
		return err
	}
	return nil
}

// Forget removes the files of a project. It is for a demo.
func (f Files) Forget(project ident.ProjectID) error {
	if project == "" {
		return nil
	}
	return errors.Join(os.RemoveAll(filepath.Join(f.Root, string(project))), os.RemoveAll(filepath.Join(f.Archive, string(project))))
}
