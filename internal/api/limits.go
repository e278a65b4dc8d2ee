package api

import (
	"errors"

	"bellwether/internal/errs"
	"bellwether/internal/project"
)

// checkLimits refuses caps that mean nothing, at their place in the body.
func checkLimits(l project.Limits) error {
	var wrong *errs.Error
	if err := l.Check(); !errors.As(err, &wrong) {
		return err
	}
	located := *wrong
	located.Code, located.Where = "api.bad_limit", "body."+wrong.Where
	return &located
}
