package vault

import (
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
)

// OpenFile reads a key file, or makes one with a first key where there is none, readable by its owner alone. A file that
// others may read is refused with `vault.open_to_others`.
func OpenFile(path string, random io.Reader) (*Vault, error) {
	text, err := os.ReadFile(path)
	if errors.Is(err, fs.ErrNotExist) {
		text, err = makeFile(path, random)
	}
	if err != nil {
		return nil, err
	}
	info, err := os.Stat(path)
	if err != nil {
		return nil, err
	}
	if info.Mode().Perm()&0o077 != 0 {
		return nil, openToOthers(path)
	}
	return Parse(string(text))
}

// makeFile makes the file unless another process just did: then that one counts.
func makeFile(path string, random io.Reader) ([]byte, error) {
	line, err := NewKey(random, "k1")
	if err != nil {
		return nil, err
	}
	text := "# Keys that seal secrets in the database, newest first. Keep a copy apart from the database and its backups.\n" + line
	file, err := os.OpenFile(path, os.O_WRONLY|os.O_CREATE|os.O_EXCL, 0o600)
	if errors.Is(err, fs.ErrExist) {
		return os.ReadFile(path)
	}
	if err != nil {
		return nil, err
	}
	_, err = file.WriteString(text)
	if err := errors.Join(err, file.Sync(), file.Close()); err != nil {
		return nil, fmt.Errorf("write the key file %s: %w", path, err)
	}
	return []byte(text), nil
}
