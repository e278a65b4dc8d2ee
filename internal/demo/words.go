package demo

import "time"

// The sides of a recording.
const (
	client = iota
	florist
)

// line is what one of two says.
type line struct {
	side int
	text string
}

// voices are what people say on a call.
type voices struct {
	length time.Duration // of a message
	lines  []line
}

func (v voices) seconds() int { return int(v.length / time.Second) }

func says(seconds int, text string) voices {
	return voices{time.Duration(seconds) * time.Second, []line{{client, text}}}
}

// messages are left with the voicemail.
var messages = []voices{
	says(13, "Добрий вечір, це Марина. Чи можна замовити букет на завтра, на дев'яту ранку? Зателефонуйте мені, будь ласка."),
	says(11, "Доброго дня. Хочу уточнити, коли привезуть замовлення номер сорок сім. Дякую."),
	says(14, "Вітаю, мене звати Андрій. Потрібне оформлення зали на шістдесят гостей, дванадцятого числа. Чекаю на ваш дзвінок."),
	says(9, "Це офіс на Подолі. Нам потрібен рахунок за минулий місяць."),
}

// dialogues are what is said on calls that are recorded.
var dialogues = []voices{
	{lines: []line{
		{florist, "Майстерня квітів «Квітка», вітаю!"},
		{client, "Добрий день! Мені потрібні двадцять п'ять білих троянд на п'ятницю."},
		{florist, "Так, звісно. На котру годину доставити?"},
		{client, "До десятої ранку, будь ласка. Вулиця Саксаганського, сорок два."},
		{florist, "Записала. Додати листівку?"},
		{client, "Так, напишіть: з днем народження, мамо."},
		{florist, "Разом тисяча вісімсот сімдесят гривень. Надішлю посилання на оплату."},
		{client, "Дякую, до побачення!"},
	}},
	{lines: []line{
		{florist, "«Квітка», доброго дня!"},
		{client, "Добрий день, я замовляла доставку на сьогодні. Можна перенести на суботу?"},
		{florist, "Зараз подивлюся. Так, у суботу після дванадцятої є вільний кур'єр."},
		{client, "Чудово, тоді о першій."},
		{florist, "Перенесла. Адреса та сама?"},
		{client, "Та сама, дякую вам!"},
		{florist, "Гарного дня!"},
	}},
	{lines: []line{
		{florist, "Майстерня «Квітка», слухаю вас."},
		{client, "Підкажіть, чи є у вас півонії?"},
		{florist, "Півонії будуть у середу. Сьогодні є ранункулюси та еустома, вони дуже схожі."},
		{client, "А скільки коштує букет?"},
		{florist, "Від семисот гривень. Можу надіслати фото в месенджер."},
		{client, "Так, надішліть, будь ласка, я оберу."},
		{florist, "За п'ять хвилин надішлю."},
	}},
}
