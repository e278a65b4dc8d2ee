package people

import (
	"cmp"
	"maps"
	"slices"
	"strings"

	"bellwether/internal/access"
	"bellwether/internal/account"
	"bellwether/internal/audit"
	"bellwether/internal/ident"
	"bellwether/internal/lang"
	"bellwether/internal/money"
	"bellwether/internal/phone"
	"bellwether/internal/pricebook"
	"bellwether/internal/web/cabinet"
	"bellwether/internal/web/ui"
)

// Wording says entries of the trail in a reader's words.
type Wording struct {
	*ui.View
	Books    *pricebook.Library
	Currency money.Currency // of the project; empty where entries are of several
	Person   func(account.UserID) string
	Role     func(access.RoleID) string
	Key      func(id string) string // of the API

	CurrencyOf func(ident.ProjectID) money.Currency // where entries are of several; empty for a project that is gone
	Named      func(object, id string) string       // what a thing was called last; empty where nobody knows
}

// WordingOf is how entries of everybody's trail are said to the operator: person gives the names of people.
func WordingOf(v *ui.View, books *pricebook.Library, person func(account.UserID) string) Wording {
	role := func(id access.RoleID) string {
		if name, ok := cabinet.BuiltinRole(v.Printer, id); ok {
			return name
		}
		return v.T("people.role_own")
	}
	return Wording{View: v, Books: books, Person: person, Role: role, Key: func(id string) string { return id }}
}

var thingKeys = map[string]lang.Key{
	"agency": "people.thing_agency", "approval": "people.thing_approval",
	"chat": "people.thing_chat", "chat_answer": "people.thing_answer",
	"conversation": "people.thing_conversation", "day": "people.thing_day", "department": "people.thing_department", "invitation": "people.thing_invitation",
	"hint": "people.thing_hint", "job": "people.thing_job", "key": "people.thing_key", "ledger": "people.thing_ledger", "member": "people.thing_member", "number": "people.thing_number",
	"number_stock": "people.thing_stock", "package": "people.thing_package", "passkey": "people.thing_passkey", "plan": "people.thing_plan",
	"price_book": "people.thing_book", "products": "people.thing_products", "project": "people.thing_project", "request": "people.thing_request",
	"role": "people.thing_role", "seat": "people.thing_seat", "session": "people.thing_session", "term": "people.thing_term", "user": "people.thing_user",
	"view":       "people.thing_view",
	"block_list": "people.thing_blocked", "business_hours": "people.thing_hours", "call": "people.thing_call", "call_settings": "people.thing_call_settings", "client": "people.thing_client", "employee": "people.thing_employee",
	"number_scheme": "people.thing_number_scheme", "prompt": "people.thing_prompt", "scheme": "people.thing_scheme", "sip_account": "people.thing_sip_account", "telephony_settings": "people.thing_telephony", "trunk": "people.thing_trunk", "ban": "people.thing_ban",
	"tracking_number": "people.thing_tracking_number", "tracking_pool": "people.thing_tracking_pool", "tracking_credit": "people.thing_tracking_credit", "tracking_rules": "people.thing_tracking_rules", "tracking_site": "people.thing_tracking_site", "lead": "people.thing_lead", "webhook": "people.thing_webhook", "crm": "people.thing_crm",
}

var deedKeys = map[string]lang.Key{
	"add numbers": "people.did_add_numbers", "set source": "people.did_set_source",
	"add": "people.did_add", "adjust": "people.did_adjust", "answer": "people.did_answer", "approve": "people.did_approve", "ask": "people.did_ask", "begin": "people.did_begin",
	"barge": "people.did_barge", "block": "people.did_block", "book": "people.did_book", "bring": "people.did_bring", "cancel": "people.did_cancel", "change email": "people.did_email",
	"change password": "people.did_password", "check": "people.did_check", "claim": "people.did_claim", "confirm": "people.did_confirm",
	"create": "people.did_create", "date": "people.did_date", "delete": "people.did_delete", "discard": "people.did_discard", "drop": "people.did_delete",
	"edit": "people.did_edit", "end": "people.did_end", "end sessions": "people.did_end_sessions", "free": "people.did_free", "hide": "people.did_hide", "join": "people.did_join", "load": "people.did_load", "request reset": "people.did_ask_reset", "show": "people.did_show",
	"keep": "people.did_keep", "label": "people.did_label", "leave": "people.did_leave", "move": "people.did_move", "open": "people.did_open",
	"overdraft": "people.did_overdraft", "pay": "people.did_pay", "payment": "people.did_payment", "post": "people.did_post", "prove": "people.did_prove", "quarantine": "people.did_quarantine",
	"recount": "people.did_recount", "refuse": "people.did_refuse", "refuse copied passkey": "people.did_copied_passkey", "rehearse": "people.did_rehearse",
	"release": "people.did_release", "remove": "people.did_remove", "rename": "people.did_rename", "renew recovery codes": "people.did_recovery",
	"rent": "people.did_rent", "reopen": "people.did_reopen", "repair": "people.did_repair", "request email": "people.did_ask_email",
	"reset password": "people.did_reset", "retire": "people.did_retire", "reverse": "people.did_reverse", "revoke": "people.did_revoke", "save": "people.did_edit", "seats": "people.did_seats", "send": "people.did_send",
	"set": "people.did_set", "set limits": "people.did_limits", "set people": "people.did_people", "set role": "people.did_role",
	"set zone": "people.did_zone", "sign in": "people.did_sign_in", "solve": "people.did_solve", "state": "people.did_state", "submit": "people.did_submit",
	"switch": "people.did_switch", "take": "people.did_take", "take back": "people.did_take_back", "turn off totp": "people.did_totp_off",
	"turn on totp": "people.did_totp_on", "unblock": "people.did_unblock", "unclaim": "people.did_unclaim", "undo": "people.did_undo", "unsubscribe": "people.did_unsubscribe",
	"use": "people.did_use", "view as": "people.did_view", "withdraw": "people.did_withdraw",
	"rescore": "people.did_rescore", "hang_up": "people.did_hang_up", "transfer": "people.did_transfer", "consult": "people.did_consult", "complete": "people.did_complete",
	"return": "people.did_return", "merge": "people.did_merge", "hold": "people.did_hold", "resume": "people.did_resume", "park": "people.did_park", "connect": "people.did_connect", "spare": "people.did_spare", "unspare": "people.did_unspare",
	"note": "people.did_note", "remove note": "people.did_note_remove", "tag": "people.did_tag", "give code": "people.did_give_code", "categorise": "people.did_categorise", "restore recording": "people.did_restore", "listen": "people.did_listen", "whisper": "people.did_whisper",
	"erase recording": "people.did_erase", "carry": "people.did_carry", "new password": "people.did_new_password", "take scheme": "people.did_take_scheme", "give scheme": "people.did_give_scheme",
	"save draft": "people.did_save_draft", "discard draft": "people.did_discard_draft", "publish": "people.did_publish", "roll back": "people.did_roll_back", "new secret": "people.did_new_secret", "send again": "people.did_send_again", "try": "people.did_try", "set hours": "people.did_set_hours", "set telephony": "people.did_set_telephony",
}

// otherDeeds are deeds that another thing gives another word.
var otherDeeds = map[string]lang.Key{
	"project book": "people.did_move_book", "price_book move": "people.did_move_book", "plan move": "people.did_plan", "call take": "people.did_take_call", "ban release": "people.did_let_in",
}

// requests are the operations of the API that change something, each as what it does and to what.
var requests = map[string][2]string{
	"add-numbers":      {"number_stock", "add"},
	"add-user":         {"user", "add"},
	"adjust":           {"ledger", "adjust"},
	"change-zone":      {"project", "set zone"},
	"move-book":        {"price_book", "move"},
	"open-project":     {"project", "open"},
	"pay-term":         {"term", "pay"},
	"put-back-number":  {"number", "free"},
	"release-number":   {"number", "release"},
	"remove-user":      {"user", "remove"},
	"rent-number":      {"number", "rent"},
	"repair-day":       {"day", "repair"},
	"retire-number":    {"number", "retire"},
	"reverse-entry":    {"ledger", "reverse"},
	"set-limits":       {"project", "set limits"},
	"set-number-label": {"number", "label"},
	"set-number-use":   {"number", "use"},
	"set-overdraft":    {"project", "overdraft"},
	"set-package":      {"package", "set"},
	"set-seats":        {"products", "seats"},
	"switch-products":  {"products", "switch"},
	"take-payment":     {"ledger", "payment"},
	"unsubscribe":      {"project", "unsubscribe"},
}

// Things are what entries are about, in the reader's words.
func Things(v *ui.View) (list []ui.Choice) {
	for _, name := range slices.Sorted(maps.Keys(thingKeys)) {
		list = append(list, ui.Choice{Value: name, Text: v.T(thingKeys[name])})
	}
	return list
}

// Thing names what an entry is about: "Member".
func (w Wording) Thing(object string) string {
	if key, ok := thingKeys[object]; ok {
		return w.T(key)
	}
	return strings.ReplaceAll(object, "_", " ")
}

// Action says what was done to it: "another role". What has no words of its own is said as programs know it.
func (w Wording) Action(object, action string) string {
	action = strings.ReplaceAll(action, "_", " ")
	if key, ok := otherDeeds[object+" "+action]; ok {
		return w.T(key)
	}
	if key, ok := deedKeys[action]; ok {
		return w.T(key)
	}
	return action
}

// Deed says an entry in one phrase: "Member: another role". A request of the API is said as what it asked for.
func (w Wording) Deed(e audit.Entry) string {
	if does, ok := requests[e.Action]; ok && e.Object == "request" {
		return w.T("people.by_api", lang.Values{"Deed": w.Thing(does[0]) + ": " + w.Action(does[0], does[1])})
	}
	if e.Object == "approval" && e.Action == "book" { // below the limit: nobody was asked
		return w.T("people.thing_by_hand") + ": " + w.Action(e.Object, e.Action)
	}
	return w.Thing(e.Object) + ": " + w.Action(e.Object, e.Action)
}

// Subject is whom or what an entry is about, by name; its identifier where it has none.
func (w Wording) Subject(e audit.Entry) string {
	switch e.Object {
	case "member", "user":
		if e.Action == "request reset" {
			break // the address that was typed, which may be nobody's
		}
		return w.Person(account.UserID(e.ObjectID))
	case "seat":
		if account.WellFormed(e.ObjectID) {
			return w.Person(account.UserID(e.ObjectID))
		}
		return w.title(e.ObjectID)
	case "key":
		return w.Key(e.ObjectID)
	case "number", "number_scheme":
		return w.Phone(phone.Number(e.ObjectID))
	case "products", "package", "plan":
		return w.titles(strings.Split(e.ObjectID, ","))
	}
	if name := e.Name(); name != "" {
		return name
	}
	switch e.Object {
	case "call", "call_settings", "telephony_settings", "hint", "term", "request", "approval", "conversation", "job", "ledger", "session", "chat", "chat_answer", "number_stock", "invitation":
		return "" // nothing but an identifier
	}
	return w.named(e.Object, e.ObjectID)
}

// named is what a thing is called; its identifier where it has no name.
func (w Wording) named(object, id string) string {
	if w.Named == nil {
		return id
	}
	return cmp.Or(w.Named(object, id), id)
}

// title is what a price book calls a product, a package or a plan; the newest version that has it counts.
func (w Wording) title(name string) string {
	if w.Books == nil {
		return name
	}
	for _, book := range w.Books.Names() {
		for _, b := range slices.Backward(w.Books.Versions(book)) {
			if title, ok := titleIn(b, name); ok {
				return title.In(string(w.Lang))
			}
		}
	}
	return name
}

func titleIn(b *pricebook.Book, name string) (pricebook.Text, bool) {
	if product, ok := b.Product(name); ok {
		return product.Title, true
	}
	if pack, ok := b.Package(name); ok {
		return pack.Title, true
	}
	if b.Terms != nil {
		if plan, ok := b.Terms.Plan(name); ok {
			return plan.Title, true
		}
	}
	return pricebook.Text{}, false
}

func (w Wording) titles(names []string) string {
	said := make([]string, len(names))
	for i, name := range names {
		said[i] = w.title(name)
	}
	return strings.Join(said, ", ")
}
