package call

import (
	"bellwether/internal/access"
	"bellwether/internal/errs"
)

// MayCallBack refuses whoever may not edit all calls to have a scheme's employees rung, whoever they are. errs.Denied `access.denied`.
func MayCallBack(p access.Permit) error {
	reach, err := p.May(access.Edit, access.Calls)
	if err == nil && reach.Level != access.All {
		err = errs.New(errs.Denied, "access.denied", "this needs the right to edit all calls").Try("ask the owner of the project, or ring the client yourself")
	}
	return err
}
