package lang_test

import (
	"go/ast"
	"go/parser"
	"go/token"
	"io/fs"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"bellwether/internal/lang"
)

// noPages are packages whose errors no page ever shows.
var noPages = map[string]string{
	"api": "answers programs, in English", "cli": "talks to whoever runs the program, in English", "config": "read before there are pages",
	"app": "certificates and listening, before there are pages", "vault": "key files, read at the start", "callimport": "a command's work",
	"mail": "the delivery of mails, in its log", "faults": "a test", "bench": "a command",
}

// unseen are the codes of other packages that no page can show.
var unseen = map[string]string{
	"account.bad_cursor": "a list of the API", "account.bad_key": "keys are for the API", "account.bad_origin": "checked at the start",
	"billing.bad_sessions": "reported by programs", "web.bad_proxy": "checked at the start",
	"charging.bad_duration": "reported by a PBX", "charging.bad_record": "reported by a PBX", "charging.before_project": "reported by a PBX",
	"charging.leg_closed": "reported by a PBX", "charging.no_message": "asked by a PBX", "charging.record_conflict": "reported by a PBX",
	"ledger.hold_closed": "asked by programs", "ledger.no_hold": "asked by programs", "ledger.sealed_meanwhile": "work in the background",
	"pricing.bad_number": "asked by programs", "pricing.bad_segments": "asked by programs", "pricing.not_sip": "asked by programs",
	"pricing.unknown_leg": "asked by programs", "pricing.leg_not_sold": "pages say simulate.not_under", "pricing.sms_not_sold": "pages say simulate.not_under",
	"pricebook.no_file": "a folder of books, read at the start", "simulate.bad_day": "asked by programs", "simulate.bad_event": "a command's file",
	"store.backup_damaged": "a command", "store.backup_failed": "a command", "store.bad_path": "a command", "store.dsn": "before there are pages",
	"store.engine_old": "before there are pages", "store.exists": "a command", "store.in_use": "before there are pages",
	"store.migration_changed": "before there are pages", "store.missing": "before there are pages", "store.not_durable": "before there are pages",
	"trunk.bad_number": "read by the SIP side",
	"audio.too_long":   "pages say routing.bad_sound", "audio.unreadable": "pages say routing.bad_sound",
	"dialplan.bad_step": "a scheme of the API; the editor makes whole steps", "dialplan.unknown_field": "a scheme of the API",
	"dialplan.unknown_format": "a scheme of the API", "dialplan.wrong_kind": "a scheme of the API",
	"hit.body": "answered to the tag", "hit.consent": "answered to the tag", "hit.id": "answered to the tag", "hit.kind": "answered to the tag",
	"hit.lead": "answered to the tag", "hit.size": "answered to the tag", "hit.width": "answered to the tag",
	"media.bad_config": "checked at the start", "media.bad_key": "answered to a peer", "media.closed": "a call's log", "media.disk_slow": "the log of the program",
	"media.leg_closed": "a call's log", "media.no_loop": "checked at the start", "media.no_ports": "answered to a peer", "media.no_such_key": "a call's log",
	"media.not_recorded": "the log of the program", "media.nowhere": "a call's log", "media.room_closed": "a call's log", "media.room_full": "answered to a peer",
	"media.same_leg": "a call's log", "media.too_many_keys": "a call's log", "media.webrtc": "answered to a peer",
	"pbx.foreign_number": "answered to a peer", "pbx.no_channel": "answered to a peer", "pbx.no_extension": "answered to a peer", "pbx.not_routed": "answered to a peer",
	"pbx.in_the_clear": "answered to a peer", "pbx.nothing_to_take": "answered to a peer", "pbx.replaces": "answered to a peer",
	"pool.bad_delays": "figures that were learnt, never typed",
	"sdp.malformed":   "answered to a peer", "sdp.not_acceptable": "answered to a peer", "sdp.too_large": "answered to a peer",
	"sip.bad_identity": "a call's log", "sip.bad_number": "a call's log", "sip.bad_state": "the log of the program", "sip.bad_trunk": "the log of the program",
	"sip.bad_uri": "answered to a peer", "sip.leg_state": "a call's log", "sip.no_trunk": "a call's log",
	"sip.trunk_refused": "what the far side said, shown as it came beside a trunk",
	"store.not_empty":   "a command", "store.restore_failed": "a command", "store.schema_newer": "before there are pages",
}

// made is an error that a source makes: its code, where, and the parameters it gives.
type made struct {
	code, where string
	params      []string
}

// TestErrorsOfPagesHaveTexts collects the errors that the sources make: each that a page can show is said in every language, with no
// place in the text that the error leaves empty.
func TestErrorsOfPagesHaveTexts(t *testing.T) {
	t.Parallel()
	texts, all := readTexts(t), errorsMade(t)
	if len(all) < 250 {
		t.Fatalf("only %d errors were found: the sources are not read", len(all))
	}
	gone := map[string]bool{}
	for code := range unseen {
		gone[code] = true
	}
	for _, e := range all {
		delete(gone, e.code)
		if unseen[e.code] != "" {
			continue
		}
		for _, l := range lang.All {
			m, ok := texts[l]["error."+e.code]
			if !ok {
				t.Errorf("%s: %s has no text error.%s", e.where, l, e.code)
				continue
			}
			for _, name := range placesOf(m) {
				if !slices.Contains(e.params, name) {
					t.Errorf("%s: the %s text of %s asks for %s, which is not given With", e.where, l, e.code, name)
				}
			}
		}
	}
	for code := range gone {
		t.Errorf("%s is listed as unseen, and nothing makes it", code)
	}
}

func errorsMade(t *testing.T) (all []made) {
	t.Helper()
	root := filepath.Join("..")
	err := filepath.WalkDir(root, func(path string, entry fs.DirEntry, err error) error {
		if err != nil || entry.IsDir() || !strings.HasSuffix(path, ".go") || strings.HasSuffix(path, "_test.go") {
			return err
		}
		part, _, _ := strings.Cut(filepath.ToSlash(strings.TrimPrefix(path, root+string(filepath.Separator))), "/")
		if noPages[part] != "" || part == "errs" {
			return nil
		}
		files := token.NewFileSet()
		file, err := parser.ParseFile(files, path, nil, parser.SkipObjectResolution)
		if err != nil {
			return err
		}
		all = append(all, madeIn(files, file)...)
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
	return all
}

// madeIn reads chains such as errs.New(...).At(...).With("name", ...), the longest first.
func madeIn(files *token.FileSet, file *ast.File) (all []made) {
	seen := map[ast.Node]bool{}
	ast.Inspect(file, func(n ast.Node) bool {
		call, ok := n.(*ast.CallExpr)
		if !ok || seen[call] {
			return true
		}
		if code, ok := handedOn(call); ok {
			all = append(all, made{code: code, where: files.Position(call.Pos()).String()})
			return true
		}
		var params []string
		for {
			seen[call] = true
			method, ok := call.Fun.(*ast.SelectorExpr)
			if !ok {
				return true
			}
			if of, ok := method.X.(*ast.Ident); ok && of.Name == "errs" && method.Sel.Name == "New" {
				for _, code := range codesOf(file, call) {
					all = append(all, made{code, files.Position(call.Pos()).String(), params})
				}
				return true
			}
			if name, ok := literal(firstOf(call.Args)); ok && method.Sel.Name == "With" {
				params = append(params, name)
			}
			if call, ok = method.X.(*ast.CallExpr); !ok {
				return true
			}
		}
	})
	return all
}

// handedOn reads found.add(path, "dialplan.code", ...): the mistakes of a scheme are collected before they are told.
func handedOn(call *ast.CallExpr) (code string, ok bool) {
	const at = 1
	if method, is := call.Fun.(*ast.SelectorExpr); !is || method.Sel.Name != "add" || len(call.Args) <= at {
		return "", false
	}
	code, ok = literal(call.Args[at])
	return code, ok && strings.HasPrefix(code, "dialplan.")
}

// codesOf is the code that a call of errs.New gives; errors that are nobody's mistake but ours have no text of their own.
func codesOf(file *ast.File, call *ast.CallExpr) []string {
	if kind, ok := call.Args[0].(*ast.SelectorExpr); ok && kind.Sel.Name == "Internal" {
		return nil
	}
	switch code := call.Args[1].(type) {
	case *ast.BasicLit:
		text, _ := literal(code)
		return []string{text}
	case *ast.Ident:
		if code.Name == "code" && file.Name.Name == "dialplan" { // see handedOn
			return nil
		}
		return valuesOf(file, code.Name)
	case *ast.CallExpr, *ast.SelectorExpr: // another error's code, passed on
		return nil
	case *ast.IndexExpr: // a map of codes, declared in the same file
		if of, ok := code.X.(*ast.Ident); ok {
			return valuesOf(file, of.Name)
		}
	}
	return []string{"a code that the test cannot read"}
}

// valuesOf are the texts that a constant or a variable of the file is declared with.
func valuesOf(file *ast.File, name string) (codes []string) {
	ast.Inspect(file, func(n ast.Node) bool {
		spec, ok := n.(*ast.ValueSpec)
		if !ok || spec.Names[0].Name != name {
			return true
		}
		for _, value := range spec.Values {
			ast.Inspect(value, func(n ast.Node) bool {
				if text, ok := literal(n); ok {
					codes = append(codes, text)
				}
				return true
			})
		}
		return false
	})
	if len(codes) == 0 {
		return []string{"a code that the test cannot read"}
	}
	return codes
}

func firstOf(args []ast.Expr) ast.Node {
	if len(args) == 0 {
		return nil
	}
	return args[0]
}
