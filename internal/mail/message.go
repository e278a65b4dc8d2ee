package mail

import (
	"time"

	"bellwether/internal/errs"
	"bellwether/internal/lang"
)

// Kind says what a mail is for.
type Kind string

// The kinds. A mail that a stranger can cause (Confirm, Taken, Reset) names nobody: else it would carry their words to
// whomever they like.
const (
	Confirm   Kind = "confirm"    // the address of whoever signed up; Path confirms it
	Taken     Kind = "taken"      // somebody signed up with an address that has a user; Path resets the password
	Reset     Kind = "reset"      // Path sets a new password
	Invite    Kind = "invite"     // Who invites to Place; Path accepts
	EmailOld  Kind = "email_old"  // to the address so far: Path agrees to the new one, which Place names
	EmailNew  Kind = "email_new"  // to the new address: Path confirms it
	NewDevice Kind = "new_device" // somebody signed in from Place with Device; Path shows the sessions
	// PasskeyAdded and PasskeyGone tell that a passkey opens the account, or no longer does: Who is its name, Place from where it was done;
	// Path shows what opens the account.
	PasskeyAdded Kind = "passkey_added"
	PasskeyGone  Kind = "passkey_gone"

	Voicemail Kind = "voicemail"  // Who, a number or nobody, left a message for Place; Path shows the call
	TrunkDead Kind = "trunk_dead" // the trunk Who of Place, or of the installation where that is empty, has been down since At for Reason; Path shows it
	TrunkBack Kind = "trunk_back" // ... and is well again

	// What is told of the pool Who of the project Place; Path shows it.
	PoolOverload Kind = "pool_overload" // of its visits the share Reason found no number free
	PoolAccuracy Kind = "pool_accuracy" // sources are right in the share Reason of the calls alone
	PoolStuck    Kind = "pool_stuck"    // it should grow and cannot, for Reason
	PoolWell     Kind = "pool_well"     // the trouble that began At is over
	PoolGrown    Kind = "pool_grown"    // it rented numbers: how many, and for how much, is Reason
	PoolShrunk   Kind = "pool_shrunk"   // it gave numbers back: how many is Reason

	WebhookOff  Kind = "webhook_off"  // the webhook Who of Place was switched off: nothing came through since At; Path shows it
	WebhookGone Kind = "webhook_gone" // ... because its server says that it is gone
)

// Message is a mail to one person. Who, Place and Device may be hostile: they are shown as plain words.
type Message struct {
	Kind   Kind
	To     string         // address, in the form package account takes
	Lang   lang.Lang      // the recipient's
	Path   string         // of the page that its button opens, with the secret in it: "/reset?code=..."
	Who    string         // Invite: who invites; PasskeyAdded, PasskeyGone: the passkey; Voicemail: who called; TrunkDead, TrunkBack: the trunk
	Place  string         // Invite, Voicemail: into what, for what; EmailOld: the new address; NewDevice, PasskeyAdded, PasskeyGone: from where; TrunkDead, TrunkBack: whose
	Device string         // NewDevice
	Reason string         // TrunkDead: what the far side said; empty for nothing; of a pool: as its kind says, in the recipient's language
	At     time.Time      // TrunkDead, TrunkBack: when the trouble began
	Zone   *time.Location // of At as it is written; nil for UTC
}

// words are the keys of a kind's texts.
type words struct{ subject, lead, button, note lang.Key }

var wordsOf = map[Kind]words{
	Confirm:      {"mail.confirm.subject", "mail.confirm.lead", "mail.confirm.button", "mail.confirm.note"},
	Taken:        {"mail.taken.subject", "mail.taken.lead", "mail.taken.button", "mail.taken.note"},
	Reset:        {"mail.reset.subject", "mail.reset.lead", "mail.reset.button", "mail.reset.note"},
	Invite:       {"mail.invite.subject", "mail.invite.lead", "mail.invite.button", "mail.invite.note"},
	EmailOld:     {"mail.email_old.subject", "mail.email_old.lead", "mail.email_old.button", "mail.email_old.note"},
	EmailNew:     {"mail.email_new.subject", "mail.email_new.lead", "mail.email_new.button", "mail.email_new.note"},
	NewDevice:    {"mail.new_device.subject", "mail.new_device.lead", "mail.new_device.button", "mail.new_device.note"},
	PasskeyAdded: {"mail.passkey_added.subject", "mail.passkey_added.lead", "mail.passkey_added.button", "mail.passkey_added.note"},
	PasskeyGone:  {"mail.passkey_gone.subject", "mail.passkey_gone.lead", "mail.passkey_gone.button", "mail.passkey_gone.note"},

	Voicemail: {"mail.voicemail.subject", "mail.voicemail.lead", "mail.voicemail.button", "mail.voicemail.note"},
	TrunkDead: {"mail.trunk_dead.subject", "mail.trunk_dead.lead", "mail.trunk_dead.button", "mail.trunk_dead.note"},
	TrunkBack: {"mail.trunk_back.subject", "mail.trunk_back.lead", "mail.trunk_back.button", "mail.trunk_back.note"},

	PoolOverload: {"mail.pool_overload.subject", "mail.pool_overload.lead", "mail.pool_overload.button", "mail.pool_overload.note"},
	PoolAccuracy: {"mail.pool_accuracy.subject", "mail.pool_accuracy.lead", "mail.pool_accuracy.button", "mail.pool_accuracy.note"},
	PoolStuck:    {"mail.pool_stuck.subject", "mail.pool_stuck.lead", "mail.pool_stuck.button", "mail.pool_stuck.note"},
	PoolWell:     {"mail.pool_well.subject", "mail.pool_well.lead", "mail.pool_well.button", "mail.pool_well.note"},
	PoolGrown:    {"mail.pool_grown.subject", "mail.pool_grown.lead", "mail.pool_grown.button", "mail.pool_grown.note"},
	PoolShrunk:   {"mail.pool_shrunk.subject", "mail.pool_shrunk.lead", "mail.pool_shrunk.button", "mail.pool_shrunk.note"},

	WebhookOff:  {"mail.webhook_off.subject", "mail.webhook_off.lead", "mail.webhook_off.button", "mail.webhook_off.note"},
	WebhookGone: {"mail.webhook_gone.subject", "mail.webhook_gone.lead", "mail.webhook_gone.button", "mail.webhook_gone.note"},
}

// letter is a mail as it is stored and sent.
type letter struct {
	Subject string `json:"subject"`
	Text    string `json:"text"`
	HTML    string `json:"html"`
}

// write puts a message into words. Links lead to origin ("https://cabinet.example.com").
func (m Message) write(origin string) (letter, error) {
	keys, ok := wordsOf[m.Kind]
	if !ok {
		return letter{}, errs.New(errs.Internal, "mail.bad_kind", "%q is no kind of mail", m.Kind)
	}
	p := lang.For(m.Lang, m.Zone)
	values := lang.Values{"Who": tame(m.Who), "Place": tame(m.Place), "Device": tame(m.Device), "Reason": tame(m.Reason), "At": p.DateTime(m.At), "Zone": p.Zone().String()}
	sheet := sheet{
		Lang: string(p.Lang), Subject: p.T(keys.subject, values), Lead: p.T(keys.lead, values), Button: p.T(keys.button),
		Note: p.T(keys.note, values), Link: origin + m.Path, Origin: origin, Sender: p.T("mail.sender"),
	}
	return sheet.letter()
}
