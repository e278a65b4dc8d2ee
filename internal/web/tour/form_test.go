package tour_test

import (
	"bytes"
	"maps"
	"mime/multipart"
	"net/http"
	"net/url"
	"regexp"
	"slices"
	"strconv"
	"strings"

	"golang.org/x/net/html"

	"bellwether/internal/account"
	"bellwether/internal/web/cabinet/cabinettest"
)

// form is a form of a page, as a browser would send it.
type form struct {
	page    string       // where it was found
	who     account.User // for whom; the zero value for a stranger
	pattern string       // of the route it is sent to
	method  string
	action  string
	fields  []field
	undo    bool // it stands in a toast
	files   bool // it takes files too
}

// field is a control of a form.
type field struct {
	name, value string
	kind        string // the type of an input; textarea; select
	longest     int    // characters, 0 for no limit
	wrong       bool
}

// written reports whether somebody writes into the field, rather than choosing.
func (f field) written() bool {
	return !slices.Contains([]string{"hidden", "checkbox", "radio", "submit", "select", "file"}, f.kind)
}

// lines of a form, such as the contacts of an employee, are as many as somebody fills in.
var lines = regexp.MustCompile(`\.[0-9]+\.`)

// name tells forms of one kind from others.
func (f form) name() string {
	var names []string
	for _, one := range f.fields {
		if name := lines.ReplaceAllString(one.name, ".#."); one.written() && !slices.Contains(names, name) {
			names = append(names, name)
		}
	}
	return f.pattern + " " + strings.Join(names, " ")
}

// written reports whether the form has a field to write into.
func (f form) written() bool { return slices.ContainsFunc(f.fields, field.written) }

// formsOf are the forms of a page; one that leads to no route has no pattern.
func formsOf(routes *http.ServeMux, who account.User, path string, body *html.Node) (found []form) {
	for n := range body.Descendants() {
		if n.Data != "form" || attribute(n, "method") == "dialog" || !sendable(n) {
			continue
		}
		f := form{page: path, who: who, method: strings.ToUpper(attribute(n, "method")), action: attribute(n, "action"), fields: fieldsOf(n), undo: n.Parent.Data == "bw-toast", files: has(n, "enctype")}
		r, err := http.NewRequest(f.method, f.action, nil)
		if err != nil {
			continue
		}
		_, f.pattern = routes.Handler(r)
		found = append(found, f)
	}
	return found
}

// sendable reports whether a form has a button that can be pressed, or needs none.
func sendable(form *html.Node) bool {
	off := false
	for n := range form.Descendants() {
		if n.Data == "button" {
			if !has(n, "disabled") {
				return true
			}
			off = true
		}
	}
	return !off
}

// fieldsOf are the controls of a form that would be sent, the first of its buttons among them.
func fieldsOf(form *html.Node) (fields []field) {
	pressed := false
	for n := range form.Descendants() {
		f := field{name: attribute(n, "name"), value: attribute(n, "value"), kind: n.Data, wrong: attribute(n, "aria-invalid") == "true"}
		f.longest, _ = strconv.Atoi(attribute(n, "maxlength"))
		switch n.Data {
		case "input":
			f.kind = attribute(n, "type")
		case "textarea":
			f.value = strings.TrimPrefix(rawText(n), "\n")
		case "select":
			f.value = chosen(n)
		case "button":
			if f.kind = "submit"; pressed {
				continue
			}
			pressed = true
		default:
			continue
		}
		if f.name != "" && !has(n, "disabled") && (f.kind != "checkbox" && f.kind != "radio" || has(n, "checked")) {
			fields = append(fields, f)
		}
	}
	return fields
}

// chosen is the value of a list: what is selected, else the first that is one.
func chosen(list *html.Node) (value string) {
	for n := range list.Descendants() {
		if n.Data == "option" && has(n, "selected") {
			return attribute(n, "value")
		}
		if n.Data == "option" && value == "" {
			value = attribute(n, "value")
		}
	}
	return value
}

func has(n *html.Node, key string) bool {
	return slices.ContainsFunc(n.Attr, func(a html.Attribute) bool { return a.Key == key })
}

func rawText(n *html.Node) string {
	var text strings.Builder
	for child := range n.Descendants() {
		if child.Type == html.TextNode {
			text.WriteString(child.Data)
		}
	}
	return text.String()
}

// honest is what somebody would write into a field.
func (f field) honest() string {
	switch {
	case f.value != "":
		return f.value
	case f.kind == "password":
		return cabinettest.Password
	case f.kind == "email":
		return "somebody@shop.example"
	case f.kind == "date":
		return "2027-03-01"
	case f.kind == "time":
		return "10:05"
	case f.name == "amount" || f.name == "minutes":
		return "10"
	case f.name == "number":
		return "+380441112233"
	case f.name == "id" || f.name == "client_id":
		return "an-id"
	}
	return "Plain words"
}

// with is the form filled in: what is written is said by text.
func (f form) with(text func(field) string) url.Values {
	values := url.Values{}
	for _, one := range f.fields {
		value := one.value
		if one.written() {
			value = text(one)
		}
		if one.kind != "file" {
			values.Add(one.name, value)
		}
	}
	return values
}

// send sends the form as somebody does.
func (f form) send(who *cabinettest.Person, values url.Values) cabinettest.Answer {
	if f.method == http.MethodGet {
		path, _, _ := strings.Cut(f.action, "?")
		return who.Get(path + "?" + values.Encode())
	}
	if !f.files {
		return who.Post(f.action, values)
	}
	var body bytes.Buffer
	parts := multipart.NewWriter(&body)
	for name, all := range values {
		for _, value := range all {
			_ = parts.WriteField(name, value) // into memory
		}
	}
	_ = parts.Close()
	return who.PostAs(f.action, parts.FormDataContentType(), &body)
}

// in finds the form among those of an answer that is this one again.
func (f form) in(all []form) (form, bool) {
	for _, other := range all {
		if other.pattern == f.pattern && other.name() == f.name() {
			return other, true
		}
	}
	return form{}, false
}

// distinct are one form of each kind, in the order of their names.
func distinct(all []form) []form {
	byName := map[string]form{}
	for _, f := range all {
		if _, known := byName[f.name()]; !known {
			byName[f.name()] = f
		}
	}
	var forms []form
	for _, name := range slices.Sorted(maps.Keys(byName)) {
		forms = append(forms, byName[name])
	}
	return forms
}
