package vault_test

import (
	"crypto/rand"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"bellwether/internal/errs"
	"bellwether/internal/vault"
)

func parse(t *testing.T, text string) *vault.Vault {
	t.Helper()
	v, err := vault.Parse(text)
	if err != nil {
		t.Fatal(err)
	}
	return v
}

func key(t *testing.T, id string) string {
	t.Helper()
	line, err := vault.NewKey(rand.Reader, id)
	if err != nil {
		t.Fatal(err)
	}
	return line
}

func seal(t *testing.T, v *vault.Vault, owner, plain string) string {
	t.Helper()
	sealed, err := v.Seal(rand.Reader, owner, []byte(plain))
	if err != nil {
		t.Fatal(err)
	}
	return sealed
}

func TestOnlyTheOwnersTextOpens(t *testing.T) {
	t.Parallel()
	v := parse(t, key(t, "k1"))
	sealed := seal(t, v, "u1", "seed")
	if strings.Contains(sealed, "seed") || sealed == seal(t, v, "u1", "seed") {
		t.Errorf("sealed as %q", sealed)
	}
	if plain, err := v.Open("u1", sealed); err != nil || string(plain) != "seed" {
		t.Errorf("opened as %q, %v", plain, err)
	}
	flipped := []byte(sealed)
	flipped[len(flipped)-3] ^= 1
	for owner, text := range map[string]string{"u2": sealed, "u1": string(flipped), "u3": "k1.", "u4": "k1.!"} {
		if plain, err := v.Open(owner, text); errs.CodeOf(err) != "vault.damaged" {
			t.Errorf("%s opens %q as %q, %v", owner, text, plain, err)
		}
	}
}

func TestRotation(t *testing.T) {
	t.Parallel()
	first, second := key(t, "k1"), key(t, "k2")
	old := parse(t, first)
	sealed := seal(t, old, "u1", "seed")
	both := parse(t, "# newest first\n"+second+"\n"+first)
	if old.Stale(sealed) || !both.Stale(sealed) {
		t.Error("a text of the older key is not seen as such")
	}
	if plain, err := both.Open("u1", sealed); err != nil || string(plain) != "seed" {
		t.Errorf("the older key: %q, %v", plain, err)
	}
	again := seal(t, both, "u1", "seed")
	rotated := parse(t, second)
	if plain, err := rotated.Open("u1", again); err != nil || string(plain) != "seed" {
		t.Errorf("the newer key alone: %q, %v", plain, err)
	}
	if _, err := rotated.Open("u1", sealed); errs.CodeOf(err) != "vault.no_key" {
		t.Errorf("a key that was removed: %v", err)
	}
}

func TestBadKeyFiles(t *testing.T) {
	t.Parallel()
	good := key(t, "k1")
	for _, text := range []string{"", "# nothing", "k1", "k1 short", good + good, "a.b" + good[2:]} {
		if _, err := vault.Parse(text); errs.CodeOf(err) != "vault.bad_key_file" {
			t.Errorf("%q: %v", text, err)
		}
	}
}

func TestKeyFile(t *testing.T) {
	t.Parallel()
	path := filepath.Join(t.TempDir(), "secrets.key")
	made, err := vault.OpenFile(path, rand.Reader)
	if err != nil {
		t.Fatal(err)
	}
	again, err := vault.OpenFile(path, rand.Reader)
	if err != nil {
		t.Fatal(err)
	}
	if plain, err := again.Open("u1", seal(t, made, "u1", "seed")); err != nil || string(plain) != "seed" {
		t.Errorf("after a restart: %q, %v", plain, err)
	}
	if err := os.Chmod(path, 0o640); err != nil {
		t.Fatal(err)
	}
	if _, err := vault.OpenFile(path, rand.Reader); errs.CodeOf(err) != "vault.open_to_others" {
		t.Errorf("a file that others read: %v", err)
	}
}

// A signature holds for its text, its owner and the keys of the file, and for nothing else.
func TestSign(t *testing.T) {
	t.Parallel()
	k1, k2 := key(t, "k1"), key(t, "k2")
	old := parse(t, k1)
	signature := old.Sign("link", []byte("a text"))
	rotated := parse(t, k2+k1)
	if !old.Signed("link", []byte("a text"), signature) || !rotated.Signed("link", []byte("a text"), signature) {
		t.Error("its own signature is refused")
	}
	if rotated.Sign("link", []byte("a text")) == signature {
		t.Error("the new key signs as the old one did")
	}
	stranger := parse(t, key(t, "k1"))
	for name, good := range map[string]bool{
		"another owner": old.Signed("other", []byte("a text"), signature), "another text": old.Signed("link", []byte("a text "), signature),
		"another key": stranger.Signed("link", []byte("a text"), signature), "nothing": old.Signed("link", []byte("a text"), ""),
		"cut": old.Signed("link", []byte("a text"), signature[:len(signature)-1]), "an unknown key": old.Signed("link", []byte("a text"), "k9"+signature[2:]),
	} {
		if good {
			t.Errorf("%s is believed", name)
		}
	}
}
