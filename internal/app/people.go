package app

import (
	"context"
	"crypto/rand"
	"fmt"
	"net/netip"
	"os"
	"path/filepath"

	"bellwether/internal/account"
	"bellwether/internal/mail"
	"bellwether/internal/store"
	"bellwether/internal/vault"
	"bellwether/internal/web"
	"bellwether/internal/web/live"
)

// openDoor makes what people sign in with and are written to by.
func (a *App) openDoor() (err error) {
	c := a.Config
	if err := os.MkdirAll(filepath.Dir(c.KeyFile), 0o700); err != nil {
		return err
	}
	keys, err := vault.OpenFile(c.KeyFile, rand.Reader)
	if err != nil {
		return fmt.Errorf("%s: %w", c.KeyFile, err)
	}
	cost := a.options.HashCost
	if cost == (account.Cost{}) {
		cost = account.Production
	}
	hasher, err := account.NewHasher(cost)
	if err != nil {
		return err
	}
	a.Door = &account.Door{DB: a.DB, Hasher: hasher, Vault: keys, Random: rand.Reader}
	if a.Door.Passkeys, err = passkeys(c.Host(), c.PublicURL); err != nil {
		return err
	}
	if a.proxies, err = web.ParseProxies(c.TrustedProxies); err != nil {
		return err
	}
	a.Sessions, a.Hub = account.NewSessions(a.DB), live.NewHub()
	return a.openPost(keys)
}

// passkeys are bound to the name people open; a bare address has none.
func passkeys(host, origin string) (*account.Passkeys, error) {
	if _, err := netip.ParseAddr(host); err == nil || host == "" {
		return nil, nil
	}
	return account.NewPasskeys(host, origin)
}

func (a *App) openPost(keys *vault.Vault) error {
	a.Post = &mail.Post{Vault: keys, Random: rand.Reader, Origin: a.Config.PublicURL, Ready: a.Config.SMTP != ""}
	a.courier = &mail.Courier{
		DB: a.DB, Post: a.Post, Now: a.clock, Log: a.Log, Count: func(kind mail.Kind, result string) { a.Metrics.Mail(string(kind), result) },
	}
	if !a.Post.Ready {
		return nil
	}
	server, err := mail.ParseServer(a.Config.SMTP, a.Config.MailFrom)
	if err != nil {
		return err
	}
	server.Roots = a.options.MailRoots
	a.courier.Server = server
	return nil
}

// CarryMail delivers the mails that are due. Serve does so by itself.
func (a *App) CarryMail(ctx context.Context) {
	_, err := a.courier.Step(ctx)
	if ctx.Err() == nil {
		a.complain("delivering mails", err)
	}
}

// resealedAtOnce bounds the secrets of a kind that are sealed anew in one transaction.
const resealedAtOnce = 200

// reseal goes on with a rotation of keys: what was sealed with an older one is sealed with the first.
func (a *App) reseal(ctx context.Context) error {
	totp := func(ctx context.Context, tx *store.Tx, limit int) (int, error) {
		return account.ResealTOTP(ctx, tx, a.Door, limit)
	}
	for _, some := range []func(context.Context, *store.Tx, int) (int, error){totp, a.Staff.Reseal, a.Trunks.Reseal, a.Webhooks.Reseal} {
		for n := resealedAtOnce; n == resealedAtOnce; {
			if err := a.DB.Write(ctx, func(ctx context.Context, tx *store.Tx) (err error) {
				n, err = some(ctx, tx, resealedAtOnce)
				return err
			}); err != nil {
				return err
			}
		}
	}
	return nil
}
