package telephony

import (
	"context"
	"errors"
	"net"
	"net/url"
	"slices"
	"strings"

	"bellwether/internal/access"
	"bellwether/internal/billing"
	"bellwether/internal/errs"
	"bellwether/internal/help"
	"bellwether/internal/lang"
	"bellwether/internal/project"
	"bellwether/internal/routing"
	"bellwether/internal/staff"
	"bellwether/internal/store"
	"bellwether/internal/web/cabinet"
	"bellwether/internal/web/ui"
)

// smartPhone is the product with which employees call in the browser.
const smartPhone = "smart_phone"

// offerView offers a product with its price (Rules T-45, T-47).
type offerView struct {
	title, text string
	activate    ui.Button
}

var offerKeys = map[string][2]lang.Key{
	smartPhone:  {"telephony.offer_smart_phone", "telephony.offer_smart_phone_text"},
	routing.PBX: {"telephony.offer_pbx", "telephony.offer_pbx_text"},
}

// offer is a product that the project does not have and its book sells; nil where there is nothing to offer.
func (p *pages) offer(v *cabinet.Visit, product string) (*offerView, error) {
	var sold, has bool
	err := v.Read(func(ctx context.Context, q store.Querier) error {
		home, err := project.Get(ctx, q, v.Project.ID)
		if err != nil {
			return err
		}
		tariff, err := home.Tariff(p.Books, home.Calendar.DayAt(v.At))
		if err != nil {
			return err
		}
		_, sold = tariff.Book.Product(product)
		config, err := billing.GetConfiguration(ctx, q, home.ID)
		has = slices.Contains(config.Products, product)
		return err
	})
	if err != nil || !sold || has {
		return nil, err
	}
	o := &offerView{title: v.T(offerKeys[product][0])}
	price, err := p.Routing.Price(v.Context(), v.Project.ID, product, v.At)
	switch {
	case err == nil && price.Per30 == 0:
		o.text = v.T("telephony.offer_included")
	case err == nil:
		o.text = v.T(offerKeys[product][1], lang.Values{"Price": v.Money(price.Monthly, price.Currency), "Per30": v.Money(price.Per30, price.Currency)})
	case errs.KindOf(err) == errs.Internal:
		return nil, err
	default: // funds have ended, or it needs others: the page of products says which
		o.text, _ = v.Error(err)
	}
	if v.May(access.Edit, access.Products) {
		o.activate = ui.Button{Text: v.T("telephony.activate"), Href: v.Path("/funds/products/switch/" + product + "?to=on"), Dialog: true}
	}
	return o, nil
}

func accountPath(v *cabinet.Visit, user string) string { return v.Path(root + "/accounts/" + user) }

// accountView is what stands on the page of a SIP account.
type accountView struct {
	path, wrong      string
	off              bool
	label            ui.Field
	most             ui.Field
	enabled          ui.Check
	settings         []settingLine
	secret           *secretView
	password, remove ui.Button
	back             ui.Button
	offer            *offerView
	shut             bool
	now              string // what is registered
	registered       bool
}

// settingLine is a line of what is typed into a telephone.
type settingLine struct{ name, value string }

// secretView is a password that was just made, with a picture that telephones read.
type secretView struct {
	password string
	picture  *ui.QR
}

// host is where telephones register: the name that people open.
func (p *pages) host() string {
	u, err := url.Parse(p.Origin)
	if err != nil || u.Hostname() == "" {
		return "localhost"
	}
	return u.Hostname()
}

// server is what telephones register with, as they want it written: the node's own address, without the port that is usual.
func (p *pages) server() (server, transports string) {
	lines := p.Lines()
	if len(lines) == 0 {
		return p.host(), ""
	}
	var ways []string
	for _, l := range lines {
		_, port, _ := net.SplitHostPort(l.Address)
		ways = append(ways, l.Transport+" "+port)
	}
	host, port, _ := net.SplitHostPort(lines[0].Address)
	if len(lines) == 1 && port != usualPort {
		host = lines[0].Address
	}
	return host, strings.Join(ways, ", ")
}

const usualPort = "5060"

func (p *pages) settingsOf(v *ui.View, user string) []settingLine {
	server, transports := p.server()
	lines := []settingLine{{v.T("telephony.sip_server"), server}, {v.T("telephony.sip_user"), user}}
	if transports != "" {
		lines = append(lines, settingLine{v.T("telephony.sip_transport"), transports})
	}
	return append(lines, settingLine{v.T("telephony.sip_realm"), staff.Realm})
}

// chosenAccount is the one that the path names, with whose it is.
func (p *pages) chosenAccount(v *cabinet.Visit) (e staff.Employee, a staff.SIPAccount, err error) {
	user := v.R.PathValue("account")
	err = v.Read(func(ctx context.Context, q store.Querier) error {
		roster, err := staff.ReadRoster(ctx, q, v.Project.ID)
		if err != nil {
			return err
		}
		found := false
		if e, found = roster.ByAccount(user); !found {
			return errs.New(errs.NotFound, "staff.no_account", "there is no SIP account %.40q", user).At("account")
		}
		a = e.Accounts[slices.IndexFunc(e.Accounts, func(a staff.SIPAccount) bool { return a.UserName == user })]
		return nil
	})
	return e, a, err
}

func (p *pages) accountPageOf(v *cabinet.Visit, e staff.Employee, a staff.SIPAccount) ui.Page {
	page := below(v, "/employees", accountName(v.View, e, a.UserName), ui.Link{Text: e.Name, Href: employeePath(v, e.ID)})
	page.Help = help.About(root + "/accounts")
	return page
}

func (p *pages) accountViewOf(v *cabinet.Visit, e staff.Employee, a staff.SIPAccount, f *cabinet.Form) (accountView, error) {
	view := accountView{
		path: accountPath(v, a.UserName), wrong: f.Wrong[""], off: !can(v, access.Telephony), shut: e.Shut,
		label: field(f, "name", v.T("telephony.account_label"), v.T("telephony.account_label_hint")), most: whole(f, "most_contacts", v.T("telephony.account_most"), v.T("telephony.account_most_hint"), ""),
		enabled: tick(f, "enabled", v.T("telephony.account_enabled"), ""), settings: p.settingsOf(v.View, a.UserName),
		back: ui.Button{Text: e.Name, Kind: ui.Quiet, Href: employeePath(v, e.ID)},
	}
	devices, err := p.devices(v, e)
	if err != nil {
		return view, err
	}
	view.now = v.T("telephony.registered_none")
	if n := devices[a.UserName]; n > 0 {
		view.now, view.registered = v.N("telephony.registered", n), true
	}
	view.label.Off, view.most.Off, view.enabled.Off = view.off, view.off, view.off
	if !view.off {
		view.password = ui.Button{Text: v.T("telephony.password_new"), Href: view.path + "/password", Dialog: true}
		view.remove = ui.Button{Text: v.T("telephony.account_remove"), Kind: ui.Danger, Href: view.path + "/remove", Dialog: true}
	}
	view.offer, err = p.offer(v, smartPhone)
	return view, err
}

func accountForm(a staff.SIPAccount) *cabinet.Form {
	enabled := ""
	if a.Enabled {
		enabled = "on"
	}
	return cabinet.NewForm(map[string]string{"name": a.Label, "most_contacts": itoa(a.Most), "enabled": enabled})
}

// account is GET /telephony/accounts/{account}.
func (p *pages) account(v *cabinet.Visit) error {
	e, a, err := p.chosenAccount(v)
	if err != nil {
		return err
	}
	view, err := p.accountViewOf(v, e, a, accountForm(a))
	if err != nil {
		return err
	}
	return v.Render(p.accountPageOf(v, e, a), accountPage(view))
}

// editAccount is POST /telephony/accounts/{account}, with name, most_contacts and enabled.
func (p *pages) editAccount(v *cabinet.Visit) error {
	e, a, err := p.chosenAccount(v)
	if err != nil {
		return err
	}
	f := v.Form()
	err = v.Change(func(ctx context.Context, tx *store.Tx) error {
		_, err := p.Staff.EditAccount(ctx, tx, v.Permit, a.UserName, f.Get("name"), number(f, "most_contacts"), f.Get("enabled") != "", v.At)
		return err
	})
	if errs.KindOf(err) == errs.Invalid {
		if err := f.Refuse(v, err, "name", "most_contacts"); err != nil {
			return err
		}
		view, err := p.accountViewOf(v, e, a, f)
		return errors.Join(err, v.RenderWrong(p.accountPageOf(v, e, a), accountPage(view)))
	}
	if err != nil {
		return err
	}
	if f.Get("enabled") == "" {
		p.Staff.Closed(a.UserName)
	}
	p.Staff.Changed(v.Project.ID)
	return v.Done(accountPath(v, a.UserName), ui.Toast{Text: v.T("telephony.account_saved")})
}

// askAccount is GET /telephony/employees/{employee}/account.
func (p *pages) askAccount(v *cabinet.Visit) error {
	e, err := p.chosenEmployee(v)
	if err != nil {
		return err
	}
	return v.Render(below(v, "/employees", v.T("telephony.account_new"), ui.Link{Text: e.Name, Href: employeePath(v, e.ID)}), newAccountPage(p.newAccount(v, e, cabinet.NewForm(map[string]string{"most_contacts": "3"}))))
}

func (p *pages) newAccount(v *cabinet.Visit, e staff.Employee, f *cabinet.Form) accountView {
	return accountView{
		path: employeePath(v, e.ID) + "/account", wrong: f.Wrong[""], back: ui.Button{Text: v.T("telephony.cancel"), Kind: ui.Quiet, Href: employeePath(v, e.ID)},
		label: field(f, "name", v.T("telephony.account_label"), v.T("telephony.account_label_hint")), most: whole(f, "most_contacts", v.T("telephony.account_most"), v.T("telephony.account_most_hint"), ""),
	}
}

// openAccount is POST /telephony/employees/{employee}/account, with name and most_contacts: the page with its password follows, once.
func (p *pages) openAccount(v *cabinet.Visit) error {
	e, err := p.chosenEmployee(v)
	if err != nil {
		return err
	}
	f := v.Form()
	var made staff.Opened
	err = v.Change(func(ctx context.Context, tx *store.Tx) (err error) {
		made, err = p.Staff.OpenAccount(ctx, tx, v.Permit, e.ID, f.Get("name"), number(f, "most_contacts"), v.At)
		return err
	})
	if kind := errs.KindOf(err); kind == errs.Invalid || kind == errs.Conflict {
		if err := f.Refuse(v, err, "name", "most_contacts"); err != nil {
			return err
		}
		return v.RenderWrong(below(v, "/employees", v.T("telephony.account_new"), ui.Link{Text: e.Name, Href: employeePath(v, e.ID)}), newAccountPage(p.newAccount(v, e, f)))
	}
	if err != nil {
		return err
	}
	p.Staff.Changed(v.Project.ID)
	e.Accounts = append(e.Accounts, made.SIPAccount)
	return p.showSecret(v, e, made)
}

// showSecret is the page with a password that was just made: it is on no other, and no cache keeps it.
func (p *pages) showSecret(v *cabinet.Visit, e staff.Employee, made staff.Opened) error {
	v.W.Header().Set("Cache-Control", "no-store")
	view, err := p.accountViewOf(v, e, made.SIPAccount, accountForm(made.SIPAccount))
	if err != nil {
		return err
	}
	view.secret = &secretView{password: made.Password}
	server, _ := p.server()
	if picture, err := ui.NewQR("sip:" + made.UserName + ":" + made.Password + "@" + server); err == nil {
		view.secret.picture = &picture
	}
	return v.Render(p.accountPageOf(v, e, made.SIPAccount), accountPage(view))
}

// askPassword is GET /telephony/accounts/{account}/password.
func (p *pages) askPassword(v *cabinet.Visit) error {
	e, a, err := p.chosenAccount(v)
	if err != nil {
		return err
	}
	ask := ui.Confirm{
		Title: v.T("telephony.password_title"), Text: v.T("telephony.password_text"), Action: accountPath(v, a.UserName) + "/password",
		Yes: v.T("telephony.password_new"), No: accountPath(v, a.UserName), Danger: true,
	}
	return v.Render(p.accountPageOf(v, e, a), ask.Draw())
}

// newPassword is POST /telephony/accounts/{account}/password: the old one opens nothing any more.
func (p *pages) newPassword(v *cabinet.Visit) error {
	e, a, err := p.chosenAccount(v)
	if err != nil {
		return err
	}
	var made staff.Opened
	err = v.Change(func(ctx context.Context, tx *store.Tx) (err error) {
		made, err = p.Staff.NewPassword(ctx, tx, v.Permit, a.UserName, v.At)
		return err
	})
	if err != nil {
		return err
	}
	p.Staff.Closed(a.UserName)
	return p.showSecret(v, e, made)
}

// askRemoveAccount is GET /telephony/accounts/{account}/remove.
func (p *pages) askRemoveAccount(v *cabinet.Visit) error {
	e, a, err := p.chosenAccount(v)
	if err != nil {
		return err
	}
	ask := ui.Confirm{
		Title: v.T("telephony.account_remove_title", lang.Values{"Name": accountName(v.View, e, a.UserName)}), Text: v.T("telephony.account_remove_text"),
		Action: accountPath(v, a.UserName) + "/remove", Yes: v.T("telephony.account_remove"), No: accountPath(v, a.UserName), Danger: true,
	}
	return v.Render(p.accountPageOf(v, e, a), ask.Draw())
}

// removeAccount is POST /telephony/accounts/{account}/remove.
func (p *pages) removeAccount(v *cabinet.Visit) error {
	e, a, err := p.chosenAccount(v)
	if err != nil {
		return err
	}
	err = v.Change(func(ctx context.Context, tx *store.Tx) error {
		return p.Staff.RemoveAccount(ctx, tx, v.Permit, a.UserName, v.At)
	})
	if err != nil {
		return err
	}
	p.Staff.Closed(a.UserName)
	p.Staff.Changed(v.Project.ID)
	return v.Done(employeePath(v, e.ID), ui.Toast{Text: v.T("telephony.account_removed")})
}
