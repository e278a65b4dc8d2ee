package mail_test

import (
	"bytes"
	"context"
	"crypto/rand"
	"crypto/x509"
	"errors"
	"log/slog"
	"net"
	netmail "net/mail"
	"net/url"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/emersion/go-smtp"

	"bellwether/internal/errs"
	"bellwether/internal/lang"
	"bellwether/internal/mail"
	"bellwether/internal/mail/mailtest"
	"bellwether/internal/store"
	"bellwether/internal/store/storetest"
	"bellwether/internal/vault"
)

const secret = "bwt_0123456789abcdef_hush"

var toAnna = mail.Message{Kind: mail.Reset, To: "Anna@example.com", Lang: lang.Ukrainian, Path: "/reset?code=" + secret}

// office is a node that mails, with a clock that the test moves.
type office struct {
	*testing.T
	db      *store.DB
	post    *mail.Post
	courier *mail.Courier
	log     bytes.Buffer
	counted map[string]int

	mu  sync.Mutex
	now time.Time
}

func newVault(t *testing.T) *vault.Vault {
	t.Helper()
	line, err := vault.NewKey(rand.Reader, "k1")
	if err != nil {
		t.Fatal(err)
	}
	v, err := vault.Parse(line)
	if err != nil {
		t.Fatal(err)
	}
	return v
}

func newOffice(t *testing.T, db *store.DB, address string, roots *x509.CertPool) *office {
	t.Helper()
	o := &office{T: t, db: db, now: time.Now().Add(time.Minute), counted: map[string]int{}}
	o.post = &mail.Post{Vault: newVault(t), Random: rand.Reader, Origin: "https://bell.example", Ready: address != ""}
	o.courier = &mail.Courier{
		DB: db, Post: o.post, Now: o.clock, Log: slog.New(slog.NewTextHandler(&o.log, nil)),
		Count: func(_ mail.Kind, result string) { o.counted[result]++ },
	}
	if address != "" {
		server, err := mail.ParseServer(address, "Bellwether <no-reply@bell.example>")
		if err != nil {
			t.Fatal(err)
		}
		server.Roots = roots
		o.courier.Server = server
	}
	return o
}

func (o *office) clock() time.Time {
	o.mu.Lock()
	defer o.mu.Unlock()
	return o.now
}

func (o *office) later(d time.Duration) {
	o.mu.Lock()
	defer o.mu.Unlock()
	o.now = o.now.Add(d)
}

func (o *office) send(messages ...mail.Message) {
	o.Helper()
	if err := o.db.Write(context.Background(), func(ctx context.Context, tx *store.Tx) error {
		for _, m := range messages {
			if err := o.post.Send(ctx, tx, m); err != nil {
				return err
			}
		}
		return nil
	}); err != nil {
		o.Fatal(err)
	}
}

func (o *office) step() int {
	o.Helper()
	sent, err := o.courier.Step(context.Background())
	if err != nil {
		o.Fatal(err)
	}
	return sent
}

func (o *office) lag() mail.Lag {
	o.Helper()
	lag, err := mail.GetLag(context.Background(), o.db)
	if err != nil {
		o.Fatal(err)
	}
	return lag
}

// A mail goes out once, over TLS, with a password, in the reader's language; then its text is gone from the database.
func TestMailIsDeliveredOnce(t *testing.T) {
	t.Parallel()
	for name, options := range map[string]mailtest.Options{"STARTTLS": {Password: "p@ss/word"}, "TLS from the start": {Password: "p@ss/word", Implicit: true}} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			box := mailtest.New(t, options)
			scheme := map[bool]string{false: "smtp", true: "smtps"}[options.Implicit]
			storetest.Each(t, func(t *testing.T, db *store.DB) {
				before := len(box.Deliveries())
				o := newOffice(t, db, (&url.URL{Scheme: scheme, User: url.UserPassword(mailtest.User, options.Password), Host: box.Address}).String(), box.Roots)
				o.send(mail.Message{Kind: mail.Reset, To: t.Name() + "@example.com", Lang: lang.Ukrainian, Path: "/reset?code=" + secret})
				if lag := o.lag(); lag.Waiting != 1 || lag.Oldest.IsZero() {
					t.Errorf("before it went out the lag is %+v", lag)
				}
				if sent, again := o.step(), o.step(); sent != 1 || again != 0 {
					t.Fatalf("sent %d, then %d", sent, again)
				}
				var mine []mailtest.Delivery
				for _, d := range box.Deliveries()[before:] {
					if strings.HasPrefix(d.To, t.Name()) {
						mine = append(mine, d)
					}
				}
				if len(mine) != 1 || mine[0].From != "no-reply@bell.example" {
					t.Fatalf("the server has %v", mine)
				}
				_, text, html := mine[0].Read(t)
				if got := mine[0].Subject(t); got != "Новий пароль" {
					t.Errorf("subject is %q", got)
				}
				link := "https://bell.example/reset?code=" + secret
				if !strings.Contains(text, "\n"+link) || !strings.Contains(html, `href="`+link+`"`) || !strings.Contains(html, `lang="uk"`) {
					t.Errorf("no link in %s\n%s", text, html)
				}
				var sealed string
				if err := db.QueryRow(context.Background(), `SELECT sealed FROM mail_message`).Scan(&sealed); err != nil || sealed != "" {
					t.Errorf("the text is still there: %q, %v", sealed, err)
				}
				if lag := o.lag(); lag.Waiting != 0 || o.counted["sent"] != 1 {
					t.Errorf("afterwards the lag is %+v, counted %v", lag, o.counted)
				}
			})
		})
	}
}

// A mail lives and dies with the transaction that put it, and its link is not to be read in the database or the log.
func TestMailBelongsToItsTransaction(t *testing.T) {
	t.Parallel()
	storetest.Each(t, func(t *testing.T, db *store.DB) {
		o := newOffice(t, db, "smtp://"+nobodyAt(t)+"?tls=off", nil)
		undone := errors.New("undone")
		if err := db.Write(context.Background(), func(ctx context.Context, tx *store.Tx) error {
			return errors.Join(o.post.Send(ctx, tx, toAnna), undone)
		}); !errors.Is(err, undone) {
			t.Fatal(err)
		}
		if lag := o.lag(); lag.Waiting != 0 {
			t.Errorf("a mail of an undone transaction waits: %+v", lag)
		}
		o.send(toAnna)
		o.step()
		var row string
		if err := db.QueryRow(context.Background(), `SELECT sealed || error FROM mail_message`).Scan(&row); err != nil || strings.Contains(row, "hush") {
			t.Errorf("the row tells the secret: %s, %v", row, err)
		}
		if text := o.log.String(); strings.Contains(text, "hush") || strings.Contains(strings.ToLower(text), "anna@") || !strings.Contains(text, "refused") {
			t.Errorf("the log says %s", text)
		}
	})
}

// A server that is down, busy or broken is asked again, ever later; one that says no for good is not.
func TestFailingServers(t *testing.T) {
	t.Parallel()
	db := storetest.SQLite(t)
	box := mailtest.New(t, mailtest.Options{})
	o := newOffice(t, db, "smtp://"+box.Address, box.Roots)
	o.send(toAnna)
	box.Behave(func(string) error {
		return &smtp.SMTPError{Code: 451, EnhancedCode: smtp.EnhancedCode{4, 7, 1}, Message: "greylisted Anna@example.com"}
	}, nil)
	for try, wait := range []time.Duration{30 * time.Second, time.Minute, 2 * time.Minute, 4 * time.Minute} {
		if sent := o.step(); sent != 0 || o.counted["retry"] != try+1 {
			t.Fatalf("try %d: sent %d, counted %v", try, sent, o.counted)
		}
		o.later(wait - time.Second)
		if o.step(); o.counted["retry"] != try+1 {
			t.Fatalf("it was tried again before %v passed", wait)
		}
		o.later(time.Second)
	}
	if lag := o.lag(); lag.Waiting != 1 || lag.Tries != 4 || !strings.Contains(lag.Error, "greylisted the recipient") {
		t.Errorf("the lag is %+v", lag)
	}
	box.Behave(nil, func() error { return &smtp.SMTPError{Code: 452, Message: "disk full"} })
	o.step()
	box.Behave(nil, nil)
	o.later(time.Hour)
	if sent := o.step(); sent != 1 || len(box.Deliveries()) != 1 {
		t.Fatalf("sent %d of a server that is well again", sent)
	}
	box.Behave(func(string) error { return &smtp.SMTPError{Code: 550, Message: "no such mailbox"} }, nil)
	o.send(toAnna)
	if o.step(); o.counted["failed"] != 1 || o.lag().Failed != 1 || o.lag().Waiting != 0 {
		t.Errorf("a final no: counted %v, lag %+v", o.counted, o.lag())
	}
}

// A mail that nobody takes is given up after a day; what ended is forgotten after a month.
func TestMailIsGivenUp(t *testing.T) {
	t.Parallel()
	storetest.Each(t, func(t *testing.T, db *store.DB) {
		o := newOffice(t, db, "smtp://"+nobodyAt(t), nil)
		o.send(toAnna, toAnna)
		o.step()
		if o.counted["retry"] != 1 {
			t.Errorf("nobody answers, and yet %v", o.counted)
		}
		o.later(25 * time.Hour)
		o.step()
		if lag := o.lag(); lag.Waiting != 0 || lag.Failed != 2 || o.counted["given_up"] != 2 {
			t.Errorf("after a day the lag is %+v, counted %v", lag, o.counted)
		}
		o.later(31 * 24 * time.Hour)
		o.step()
		if lag := o.lag(); lag.Failed != 0 {
			t.Errorf("after a month the lag is %+v", lag)
		}
	})
}

// Where no server is set, mails wait and the log says once what to set.
func TestNowhereToSend(t *testing.T) {
	t.Parallel()
	o := newOffice(t, storetest.SQLite(t), "", nil)
	o.step()
	if o.log.Len() > 0 {
		t.Errorf("nothing waits, and yet: %s", &o.log)
	}
	o.send(toAnna)
	o.step()
	o.send(toAnna)
	o.step()
	if text := o.log.String(); strings.Count(text, "nowhere") != 1 || !strings.Contains(text, "--smtp") || !strings.Contains(text, "--mail-from") {
		t.Errorf("the log says %s", text)
	}
	if lag := o.lag(); lag.Waiting != 2 {
		t.Errorf("the lag is %+v", lag)
	}
}

// Many nodes on one database send each mail once.
func TestNodesShareTheWork(t *testing.T) {
	t.Parallel()
	storetest.Each(t, func(t *testing.T, db *store.DB) {
		box := mailtest.New(t, mailtest.Options{WithoutTLS: true})
		first := newOffice(t, db, "smtp://"+box.Address+"?tls=off", nil)
		const mails, nodes = 12, 4
		for range mails {
			first.send(toAnna)
		}
		var wg sync.WaitGroup
		for range nodes {
			node := newOffice(t, db, "smtp://"+box.Address+"?tls=off", nil)
			node.courier.Post = first.post
			wg.Go(func() {
				if _, err := node.courier.Step(context.Background()); err != nil {
					t.Error(err)
				}
			})
		}
		wg.Wait()
		seen := map[string]int{}
		for _, d := range box.Deliveries() {
			header, _, _ := d.Read(t)
			seen[header.Get("Message-Id")]++
		}
		if len(seen) != mails || len(box.Deliveries()) != mails {
			t.Errorf("%d mails with %d names, want %d", len(box.Deliveries()), len(seen), mails)
		}
	})
}

// A node that died while it tried keeps nobody waiting for long, and the next try carries the same Message-ID.
func TestANodeDiesWhileItTries(t *testing.T) {
	t.Parallel()
	db := storetest.SQLite(t)
	box := mailtest.New(t, mailtest.Options{WithoutTLS: true})
	o := newOffice(t, db, "smtp://"+box.Address+"?tls=off", nil)
	o.send(toAnna)
	if err := db.Write(context.Background(), func(ctx context.Context, tx *store.Tx) error { // as a claim leaves it
		_, err := tx.Exec(ctx, `UPDATE mail_message SET attempts = 1, due_at = $1`, o.clock().Add(2*time.Minute).UnixMicro())
		return err
	}); err != nil {
		t.Fatal(err)
	}
	if sent := o.step(); sent != 0 {
		t.Error("a mail was taken from the node that tries it")
	}
	o.later(2 * time.Minute)
	if sent := o.step(); sent != 1 {
		t.Error("the mail is lost")
	}
}

// Passwords go over TLS or not at all, and only to the server whose certificate is right.
func TestPasswordsNeedTLS(t *testing.T) {
	t.Parallel()
	plain := mailtest.New(t, mailtest.Options{WithoutTLS: true, Password: "hush"})
	tls := mailtest.New(t, mailtest.Options{Password: "hush"})
	for name, at := range map[string]string{"no TLS": plain.Address, "unknown certificate": tls.Address} {
		o := newOffice(t, storetest.SQLite(t), "smtp://"+mailtest.User+":hush@"+at, x509.NewCertPool())
		o.send(toAnna)
		if sent := o.step(); sent != 0 || o.counted["retry"] != 1 || strings.Contains(o.log.String(), "hush") {
			t.Errorf("%s: sent %d, counted %v, log %s", name, sent, o.counted, &o.log)
		}
	}
	if plain.SignIns()+tls.SignIns() != 0 || len(plain.Deliveries())+len(tls.Deliveries()) != 0 {
		t.Error("a server that was not to be trusted got the password or the mail")
	}
}

// Whatever people call themselves: no header, no markup, no link comes of it.
func TestHostileNames(t *testing.T) {
	t.Parallel()
	box := mailtest.New(t, mailtest.Options{WithoutTLS: true})
	o := newOffice(t, storetest.SQLite(t), "smtp://"+box.Address+"?tls=off", nil)
	hostile := []string{
		"Eve\r\nBcc: all@example.com\r\n\r\n<h1>pwned</h1>", "<script>alert(1)</script>", "win at http://evil.example/now", "\u202Egnp.exe\u0000\x1b[31m",
		strings.Repeat("A", 5000), `"><img src=x onerror=alert(1)>`, "{{.Link}} {{template \"x\"}}", "\n.\nMAIL FROM:<x>", "mail me: eve@evil.example",
	}
	for _, name := range hostile {
		o.send(mail.Message{Kind: mail.Invite, To: "bob@example.com", Lang: lang.English, Path: "/invitation?code=x", Who: name, Place: name})
	}
	if sent := o.step(); sent != len(hostile) {
		t.Fatalf("%d of %d went out", sent, len(hostile))
	}
	for i, d := range box.Deliveries() {
		header, text, html := d.Read(t)
		for _, line := range d.Headers() {
			name, _, ok := strings.Cut(line, ":")
			if !ok || strings.EqualFold(name, "bcc") || len(line) > 998 {
				t.Errorf("%d: header line %.100q", i, line)
			}
		}
		if to := header["To"]; len(to) != 1 || to[0] != "<bob@example.com>" || d.To != "bob@example.com" {
			t.Errorf("%d: goes to %v", i, to)
		}
		for _, bad := range []string{"<script", "<img", "<h1", "evil.example", "http://", "\u202E", "\x1b", "@evil"} {
			if strings.Contains(html, bad) || strings.Contains(d.Subject(t)+text, bad) && !strings.HasPrefix(bad, "<") {
				t.Errorf("%d: %q got into the mail:\n%s\n%s", i, bad, text, html)
			}
		}
		if len(text) > 2000 {
			t.Errorf("%d: the text has %d letters", i, len(text))
		}
	}
}

// Addresses are written as servers know them; what is none is not tried twice.
func TestAddresses(t *testing.T) {
	t.Parallel()
	box := mailtest.New(t, mailtest.Options{WithoutTLS: true})
	o := newOffice(t, storetest.SQLite(t), "smtp://"+box.Address+"?tls=off", nil)
	for address, want := range map[string]string{"anna@пошта.укр": "anna@xn--80a1acn3a.xn--j1amh", "o'brien+x@example.com": "o'brien+x@example.com"} {
		o.send(mail.Message{Kind: mail.Taken, To: address, Lang: lang.English, Path: "/forgot"})
		if sent := o.step(); sent != 1 {
			t.Errorf("%s: not sent: %s", address, &o.log)
			continue
		}
		if all := box.Deliveries(); all[len(all)-1].To != want {
			t.Errorf("%s went to %s", address, all[len(all)-1].To)
		}
	}
	o.send(mail.Message{Kind: mail.Taken, To: "a@example.com\r\nRCPT TO:<b@example.com>", Lang: lang.English})
	if o.step(); o.counted["failed"] != 1 {
		t.Errorf("counted %v", o.counted)
	}
}

// Every kind has words in every language, and nothing is left unfilled.
func TestEveryKindInEveryLanguage(t *testing.T) {
	t.Parallel()
	box := mailtest.New(t, mailtest.Options{WithoutTLS: true})
	o := newOffice(t, storetest.SQLite(t), "smtp://"+box.Address+"?tls=off", nil)
	kinds := []mail.Kind{mail.Confirm, mail.Taken, mail.Reset, mail.Invite, mail.EmailOld, mail.EmailNew, mail.NewDevice, mail.PasskeyAdded, mail.PasskeyGone, mail.Voicemail, mail.TrunkDead, mail.TrunkBack}
	for _, l := range lang.All {
		for _, kind := range kinds {
			o.send(mail.Message{Kind: kind, To: "bob@example.com", Lang: l, Path: "/x", Who: "Anna", Place: "Shop", Device: "Firefox"})
		}
	}
	if sent := o.step(); sent != len(kinds)*len(lang.All) {
		t.Fatalf("%d went out", sent)
	}
	for _, d := range box.Deliveries() {
		_, text, html := d.Read(t)
		if all := d.Subject(t) + text + html; strings.Contains(all, "<no value>") || strings.Contains(all, "mail.") || strings.Contains(all, "{{") {
			t.Errorf("unfilled: %s", all)
		}
	}
}

func TestServerSettings(t *testing.T) {
	t.Parallel()
	for address, want := range map[string]mail.Server{
		"smtp://relay.example":                     {Host: "relay.example", Port: 587},
		"smtps://u%40x:p%2Fw@relay.example":        {Host: "relay.example", Port: 465, User: "u@x", Password: "p/w", Implicit: true},
		"smtp://localhost:1025?tls=off":            {Host: "localhost", Port: 1025, Plain: true},
		"smtp://user:pass@mail.example.com:2525//": {},
		"http://relay.example":                     {},
		"relay.example:25":                         {},
		"smtp://relay.example:0":                   {},
		"smtp://relay.example?tls=maybe":           {},
		"smtps://relay.example?tls=off":            {},
		"smtp://u:hush@[::1":                       {},
	} {
		got, err := mail.ParseServer(address, "a@example.com")
		if want.Host == "" {
			if errs.CodeOf(err) != "mail.bad_server" || strings.Contains(err.Error(), "hush") {
				t.Errorf("%s: %v", address, err)
			}
			continue
		}
		want.From = netmail.Address{Address: "a@example.com"}
		if err != nil || got != want {
			t.Errorf("%s: %+v, %v", address, got, err)
		}
	}
	if _, err := mail.ParseServer("smtp://x", "nobody"); errs.CodeOf(err) != "mail.bad_from" {
		t.Errorf("a sender that is none: %v", err)
	}
}

// nobodyAt is the address of a server that is not there: nothing listens on its port any more.
func nobodyAt(t *testing.T) string {
	t.Helper()
	listener, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	if err := listener.Close(); err != nil {
		t.Fatal(err)
	}
	return listener.Addr().String()
}
