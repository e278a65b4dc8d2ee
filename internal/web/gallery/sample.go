package gallery

import (
	"fmt"
	"math"
	"net/url"
	"strings"
	"time"

	"github.com/a-h/templ"

	"bellwether/internal/civil"
	"bellwether/internal/money"
	"bellwether/internal/phone"
	"bellwether/internal/web/ui"
)

// sample is what the gallery shows to one reader.
type sample struct {
	v       *ui.View
	texts   texts
	period  ui.Period
	address *url.URL
	hostile bool
}

// code is a QR code of the gallery itself.
func (s sample) code() ui.QR {
	code, err := ui.NewQR(Root)
	if err != nil {
		panic(err) // a short text always fits
	}
	return code
}

// texts are the samples of one language.
type texts struct {
	section, lead, project, agency, person        string
	answered, missed, waiting, draft              string
	day, caller, source, result, talk, cost, note string
	sources                                       []string
	total, calls                                  string
	balance, spent, target, than, fee, minutes    string
	rule                                          string
	confirm                                       ui.Confirm
	done, hint, wrong                             string
	steps                                         []string
	nothing, why, sections                        string
	name                                          string
}

var englishTexts = texts{
	section: "Funds", lead: "What a component looks like with an ordinary text.", project: "Acme Windows", agency: "North agency", person: "Olena Kovalenko",
	answered: "Answered", missed: "Missed", waiting: "Waiting", draft: "Provisional",
	day: "Time", caller: "Caller", source: "Source", result: "Result", talk: "Talk", cost: "Cost", note: "Note",
	sources: []string{"google / cpc", "facebook / social", "direct", "yandex / organic"}, total: "Total over 30 days", calls: "1,204 calls",
	balance: "Balance", spent: "Spent per day", target: "Target calls", than: "than the 30 days before", fee: "Daily fee", minutes: "Minutes, 412 at 0.38 ₴",
	rule: "Rule B-07: fees of a day", done: "Call tracking is on from tomorrow.", hint: "With the country's code: +380 44 123 4567.", wrong: "This number has too few digits. Write it with the country's code.",
	confirm: ui.Confirm{
		Title: "Switch on call tracking?", Text: "It starts tomorrow at midnight. Until then you can undo it.", Yes: "Switch on from tomorrow",
		Effect: []ui.Effect{{Text: "Daily charge", Before: "86.10 ₴", After: "98.50 ₴", Tone: ui.Warning}, {Text: "Funds last", Before: "24 days", After: "21 days"}},
	},
	steps: []string{"Site", "Number", "Snippet", "First call"}, nothing: "No calls yet", why: "Calls appear here as soon as somebody rings a number of this project.",
	sections: "Home|Live|Calls|Reports|Numbers|Funds|Settings", name: "Name",
}

var russianTexts = texts{
	section: "Финансы", lead: "Как выглядит компонент с обычным текстом.", project: "Окна Альфа", agency: "Агентство «Север»", person: "Елена Коваленко",
	answered: "Отвечен", missed: "Пропущен", waiting: "Ожидает", draft: "Предварительно",
	day: "Время", caller: "Звонящий", source: "Источник", result: "Итог", talk: "Разговор", cost: "Стоимость", note: "Комментарий",
	sources: []string{"google / cpc", "facebook / social", "прямые заходы", "yandex / organic"}, total: "Итого за 30 дней", calls: "1 204 звонка",
	balance: "Баланс", spent: "Расход в день", target: "Целевые звонки", than: "к предыдущим 30 дням", fee: "Абонентская плата", minutes: "Минуты, 412 по 0,38 ₴",
	rule: "Правило B-07: плата за день", done: "Коллтрекинг включится с завтрашнего дня.", hint: "С кодом страны: +380 44 123 4567.", wrong: "В номере не хватает цифр. Напишите его с кодом страны.",
	confirm: ui.Confirm{
		Title: "Включить коллтрекинг?", Text: "Он заработает завтра в полночь. До этого можно передумать.", Yes: "Включить с завтрашнего дня",
		Effect: []ui.Effect{{Text: "Списание в день", Before: "86,10 ₴", After: "98,50 ₴", Tone: ui.Warning}, {Text: "Денег хватит", Before: "на 24 дня", After: "на 21 день"}},
	},
	steps: []string{"Сайт", "Номер", "Код на сайт", "Первый звонок"}, nothing: "Звонков пока нет", why: "Звонки появятся здесь, как только кто-нибудь позвонит на номер проекта.",
	sections: "Главная|Сейчас|Звонки|Отчёты|Номера|Финансы|Настройки", name: "Имя",
}

var ukrainianTexts = texts{
	section: "Фінанси", lead: "Який вигляд має компонент зі звичайним текстом.", project: "Вікна Альфа", agency: "Агенція «Північ»", person: "Олена Коваленко",
	answered: "Відповіли", missed: "Пропущено", waiting: "Очікує", draft: "Попередньо",
	day: "Час", caller: "Хто дзвонив", source: "Джерело", result: "Підсумок", talk: "Розмова", cost: "Вартість", note: "Коментар",
	sources: []string{"google / cpc", "facebook / social", "прямі заходи", "yandex / organic"}, total: "Разом за 30 днів", calls: "1 204 дзвінки",
	balance: "Баланс", spent: "Витрати на день", target: "Цільові дзвінки", than: "до попередніх 30 днів", fee: "Абонентська плата", minutes: "Хвилини, 412 по 0,38 ₴",
	rule: "Правило B-07: плата за день", done: "Колтрекінг увімкнеться із завтрашнього дня.", hint: "З кодом країни: +380 44 123 4567.", wrong: "У номері бракує цифр. Напишіть його з кодом країни.",
	confirm: ui.Confirm{
		Title: "Увімкнути колтрекінг?", Text: "Він запрацює завтра опівночі. До того можна передумати.", Yes: "Увімкнути із завтра",
		Effect: []ui.Effect{{Text: "Списання на день", Before: "86,10 ₴", After: "98,50 ₴", Tone: ui.Warning}, {Text: "Грошей вистачить", Before: "на 24 дні", After: "на 21 день"}},
	},
	steps: []string{"Сайт", "Номер", "Код на сайт", "Перший дзвінок"}, nothing: "Дзвінків ще немає", why: "Дзвінки з’являться тут, щойно хтось зателефонує на номер проєкту.",
	sections: "Головна|Зараз|Дзвінки|Звіти|Номери|Фінанси|Налаштування", name: "Ім’я",
}

const (
	script  = `<script>document.title="owned"</script><img src=x onerror="document.title='owned'">`
	rtl     = "\u202eمرحبا بالعالم, שלום עולם\u202c"
	formula = `=HYPERLINK("http://example.com";"pay")`
)

// hostileTexts are what somebody might write into any field.
var hostileTexts = texts{
	section: script, lead: strings.Repeat("verylongword", 40), project: `"><svg onload=alert(1)>` + rtl, agency: formula, person: rtl + script,
	answered: script, missed: rtl, waiting: strings.Repeat("ы", 200), draft: formula,
	day: script, caller: rtl, source: strings.Repeat("Донаудампфшиффартс", 6), result: formula, talk: "{{.Evil}}", cost: "%s%n%00", note: "'; DROP TABLE calls; --",
	sources: []string{script, rtl, formula, strings.Repeat("x", 300)}, total: strings.Repeat("total", 30), calls: script,
	balance: strings.Repeat("B", 120), spent: rtl, target: script, than: formula, fee: strings.Repeat("fee ", 40), minutes: script,
	rule: script, done: script, hint: strings.Repeat("hint", 60), wrong: rtl + script,
	confirm: ui.Confirm{
		Title: script, Text: rtl + strings.Repeat("w", 200), Yes: strings.Repeat("Yes", 40),
		Effect: []ui.Effect{{Text: strings.Repeat("e", 150), Before: script, After: rtl, Tone: ui.Bad}},
	},
	steps: []string{script, rtl, strings.Repeat("step", 30), formula}, nothing: script, why: strings.Repeat("why", 100),
	sections: script + "|" + rtl + "|" + strings.Repeat("S", 90) + "|" + formula, name: `" onfocus="alert(1)" autofocus="`,
}

func (s sample) sections() []ui.Section {
	icons := []ui.Icon{ui.IconHome, ui.IconLive, ui.IconCalls, ui.IconReports, ui.IconNumbers, ui.IconFunds, ui.IconSettings}
	keys := []string{"home", "live", "calls", "reports", "numbers", "funds", "settings"}
	var sections []ui.Section
	for i, text := range strings.Split(s.texts.sections, "|") {
		section := ui.Section{Key: keys[i], Text: text, Href: pages[i%len(pages)].path, Icon: icons[i], Break: i == 6}
		if i == 2 {
			section.Count = 3
		}
		sections = append(sections, section)
	}
	return sections
}

// days are the points of a wave over so many days up to today; the last one is provisional.
func (s sample) days(n int, base, swing float64) []ui.Point {
	var points []ui.Point
	for i := range n {
		day := s.v.Today() - civil.Date(n-1-i)
		value := math.Round((base+swing*math.Sin(float64(i)/3)+swing/2*math.Sin(float64(i)))*100) / 100
		amount := money.Micro(math.Round(value*100)) * 10_000
		points = append(points, ui.Point{
			Label: s.v.DateShort(day), Value: value, Text: s.v.Money(amount, "UAH"), Draft: i == n-1,
		})
	}
	return points
}

func (s sample) axis(value float64) string {
	return s.v.MoneyWhole(money.Micro(math.Round(value))*money.Unit, "UAH")
}

// forecast is a balance that falls, and the band of how it may go on.
func (s sample) forecast() ui.Forecast {
	f := ui.Forecast{ID: "forecast", Title: s.texts.balance, Axis: s.axis}
	for i := range 20 {
		value := 2400 - 60*float64(i) + 30*math.Sin(float64(i))
		f.Past = append(f.Past, ui.Point{Label: s.v.DateShort(s.v.Today() - civil.Date(19-i)), Value: value, Text: s.axis(value)})
	}
	last := f.Past[19].Value
	for i := range 21 {
		day := float64(i + 1)
		low, mid, high := last-78*day, last-60*day, last-45*day
		f.Next = append(f.Next, ui.Band{
			Label: s.v.DateShort(s.v.Today() + civil.Date(i+1)), Low: low, Mid: mid, High: high, Text: s.axis(mid) + " (" + s.axis(low) + " … " + s.axis(high) + ")",
		})
	}
	return f
}

func (s sample) status(i int) templ.Component {
	switch i % 4 {
	case 1:
		return ui.Status(ui.Bad, s.texts.missed)
	case 2:
		return ui.Status(ui.Warning, s.texts.waiting)
	default:
		return ui.Status(ui.Good, s.texts.answered)
	}
}

func (s sample) spec() ui.TableSpec {
	var choices []ui.Choice
	for i, source := range s.texts.sources {
		choices = append(choices, ui.Choice{Value: fmt.Sprint("s", i), Text: source})
	}
	return ui.TableSpec{
		Name: "calls", Sort: "-day",
		Columns: []ui.Column{
			{Key: "day", Title: s.texts.day, Sortable: true, Fixed: true},
			{Key: "caller", Title: s.texts.caller},
			{Key: "source", Title: s.texts.source, Sortable: true, Hint: s.texts.lead},
			{Key: "result", Title: s.texts.result},
			{Key: "talk", Title: s.texts.talk, Numeric: true, Sortable: true},
			{Key: "cost", Title: s.texts.cost, Numeric: true, Sortable: true},
			{Key: "note", Title: s.texts.note, Extra: true},
		},
		Filters: []ui.Filter{{Key: "source", Title: s.texts.source, Choices: choices}, {Key: "caller", Title: s.texts.caller}},
	}
}

func (s sample) row(i int) ui.Row {
	numbers := []phone.Number{"+380441234567", "+74951234567", "+14155552671", "+48221234567"}
	at := s.v.Now.Add(-time.Duration(i) * 83 * time.Minute)
	talk := time.Duration(20+i*47) * time.Second
	row := ui.Row{
		ID: fmt.Sprint(i), Href: Root + "/confirm", Draft: i == 0,
		Cells: map[string]templ.Component{
			"day": ui.Moment(at), "caller": ui.PhoneText(numbers[i%4]), "source": ui.Text(s.texts.sources[i%4]), "result": s.status(i),
			"talk": ui.Duration(talk), "cost": ui.MoneyMove(-money.Micro(380_000*int64(1+i*3)), "UAH"), "note": ui.Text(s.texts.note),
		},
	}
	if i%4 == 1 {
		row.Tone = ui.Bad
		delete(row.Cells, "talk")
	}
	return row
}

func (s sample) table(rows int) ui.Table {
	t := ui.Table{
		State: ui.ReadTable(s.address, s.spec()), Caption: s.texts.calls, Count: s.texts.calls, Next: "cursor-2", Sum: s.texts.total,
		Sums:    map[string]templ.Component{"talk": ui.Duration(3*time.Hour + 7*time.Minute), "cost": ui.MoneyMove(money.MustParse("-412.38"), "UAH")},
		Exports: []ui.Export{{Format: "csv", Text: "CSV"}, {Format: "xlsx", Text: "XLSX"}, {Format: "json", Text: "JSON"}},
		Views:   []ui.SavedView{{Name: s.texts.missed, Query: "calls.f.source=s1", Remove: Root + "/undo"}}, Save: Root + "/undo",
		Empty: ui.Empty{Icon: ui.IconCalls, Title: s.texts.nothing, Text: s.texts.why, Action: ui.Button{Text: s.texts.steps[1], Kind: ui.Primary, Href: Root}},
	}
	for i := range rows {
		t.Rows = append(t.Rows, s.row(i))
	}
	return t
}

// question is the sample of a confirmation.
func (s sample) question() ui.Confirm {
	c := s.texts.confirm
	c.Action, c.No = Root+"/confirm", Root
	c.Fields = []ui.Choice{{Value: "product", Text: "call_tracking"}}
	return c
}

// loading and nothing are tables on a page with others: their state has names of its own.
func (s sample) editor() ui.Editor {
	return ui.Editor{
		Path: Root + "/refuse", State: s.status(2), Unsaved: s.texts.draft, Tools: []templ.Component{ui.Button{Text: s.texts.section, Kind: ui.Quiet, Small: true, Href: Root}.Draw()},
		Trial: s.texts.result, Fields: ui.Field{ID: "tried", Name: "tried", Label: s.texts.caller, Type: "tel"}.Draw(), Try: s.texts.confirm.Yes, TryPath: Root + "/later",
		Outcome: ui.Callout(ui.Good, s.texts.answered),
	}
}

func (s sample) step() ui.StepCard {
	return ui.StepCard{
		ID: "sample-step", Spoken: s.texts.section, Title: s.texts.steps[1], Badges: []templ.Component{ui.Badge(ui.Neutral, s.texts.draft)},
		Tools: []ui.Button{{Text: s.texts.steps[0], Icon: ui.IconDown, Bare: true, Small: true, Kind: ui.Quiet, Name: "do", Value: "down:0"}}, Wrong: []string{s.texts.wrong},
	}
}

func (s sample) loading() ui.Table { return s.named("loading", func(t *ui.Table) { t.Loading = true }) }

func (s sample) named(name string, change func(*ui.Table)) ui.Table {
	t := s.table(0)
	spec := s.spec()
	spec.Name = name
	t.State, t.Sums, t.Views, t.Save, t.Short = ui.ReadTable(s.address, spec), nil, nil, "", true
	change(&t)
	return t
}

func loading(s sample) ui.Table { return s.loading() }

func nothing(s sample) ui.Table {
	return s.named("nothing", func(t *ui.Table) { t.Count, t.Next = "", "" })
}
