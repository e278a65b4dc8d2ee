package store

import (
	"os"
	"syscall"

	"bellwether/internal/errs"
)

// fileLock keeps other processes, and other DBs of this one, from opening the same SQLite file for writing. It lies on a
// file of its own: closing any handle of the database itself would drop the locks SQLite holds on it.
type fileLock struct{ file *os.File }

func lockFile(path string) (*fileLock, error) {
	file, err := os.OpenFile(path, os.O_CREATE|os.O_RDWR, 0o600)
	if isFull(err) {
		return nil, diskFull(path, err)
	}
	if err != nil {
		return nil, errs.New(errs.Unavailable, "store.unreachable", "the database's folder cannot be written to").At(path).Because(err)
	}
	if err := syscall.Flock(int(file.Fd()), syscall.LOCK_EX|syscall.LOCK_NB); err != nil {
		_ = file.Close()
		return nil, errs.New(errs.Conflict, "store.in_use", "the database is open in another process").At(path).
			Try("stop the other bellwether, or use its API").Because(err)
	}
	return &fileLock{file}, nil
}

func (l *fileLock) unlock() error {
	if l == nil || l.file == nil {
		return nil
	}
	file := l.file
	l.file = nil
	return file.Close()
}
