// Package mail writes to people: what is to be mailed is put into a table with the change that causes it, and delivered
// over SMTP once that is committed.
//
// It owns the table mail_message, the words of the mails (texts/mail.LANGUAGE.yaml), and how often and how long a delivery
// is tried. It does not own the secrets of links, nor whether somebody is to be told: a domain or a surface decides that.
//
// Invariants:
//   - A mail is sent if and only if the transaction that put it is committed, and with one Message-ID at every try.
//   - Of several nodes one tries at a time. A mail is sent a second time only where the server took it and its word, or
//     the note of it, was lost.
//   - A mail is tried for a day, ever more rarely; a server's final no ends it at once.
//   - The text lies sealed (package vault) while it waits and is dropped when it is ended, for it may carry the secret of
//     a link. Neither it nor any address gets into the log.
//   - What strangers call themselves is no header, no markup and no link.
package mail
