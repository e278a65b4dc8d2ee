package account

import "context"

// MarkDevice gives what a browser keeps to show that a user has signed in there. It opens nothing: whoever shows it only does not wait
// behind strangers who try the user's password (Rule A-04).
func (d *Door) MarkDevice(id UserID) (string, error) {
	return d.Vault.Seal(d.Random, deviceOwner(id), nil)
}

// KnowsDevice reports whether a mark is one of the user's.
func (d *Door) KnowsDevice(id UserID, mark string) bool {
	_, err := d.Vault.Open(deviceOwner(id), mark)
	return err == nil
}

func deviceOwner(id UserID) string { return "device of " + string(id) }

// signInTry is what a try to sign in counts as: those at a device of the user's are counted apart from everybody else's.
func (d *Door) signInTry(ctx context.Context, address email, from, mark string) (attempt, error) {
	u, err := userByKey(ctx, d.DB, address.key)
	if err := unlessMissing(err); err != nil {
		return attempt{}, err
	}
	try := attempt{"sign-in", address.key, from}
	if d.KnowsDevice(u.ID, mark) {
		try.what = "sign-in at a known device"
	}
	return try, nil
}
