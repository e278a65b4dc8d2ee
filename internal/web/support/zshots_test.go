package support_test

import (
	"net/http"
	"net/url"
	"os"
	"testing"
	"time"

	"bellwether/internal/web/webtest"
)

func TestShots(t *testing.T) {
	dir := os.Getenv("SHOTS")
	if dir == "" {
		t.Skip()
	}
	h, owner, manager, operator := open(t)
	for i, l := range []string{"ru", "uk", "en"} {
		_ = i
		owner.Post("/preferences", url.Values{"lang": {l}})
	}
	owner.Post("/p/shop/support", message("Почему вторник вышел дороже понедельника? Мы ничего не включали.")).Must(t, http.StatusOK)
	path := first(t, operator)
	manager.Post("/p/shop/support", message("Как перезвонить пропущенному?"))
	operator.Post("/op/support/answers", url.Values{"title": {"Пик дня"}, "text": {"Считается наибольшее количество за день."}})
	h.Pass(4 * time.Minute)
	operator.Post(path, message("Здравствуйте! Во вторник добавили шестое рабочее место. Подробнее: /help/dearer-day"))
	h.Pass(2 * time.Minute)
	owner.Post("/p/shop/support", message("Точно, Олег. Спасибо!"))
	b, bo := webtest.Start(t), webtest.Start(t)
	for _, width := range []int64{360, 1280} {
		name := map[int64]string{360: "phone", 1280: "desk"}[width]
		mine, desk := owner.Browse(t, b, width), operator.Browse(t, bo, width)
		for _, theme := range []string{"light", "dark"} {
			if theme == "dark" && width == 360 {
				continue
			}
			shoot := func(p *webtest.Page, at, file string, window bool) {
				p.Go(t, h.URL+at)
				p.Text(t, `document.documentElement.dataset.theme = "`+theme+`"`)
				if window {
					p.Press(t, "s")
					p.Await(t, `document.querySelector("#chat-talk")`)
				}
				p.ShootWindow(t, dir+"/"+file+"-"+name+"-"+theme+".png")
				if window {
					p.Text(t, `document.querySelector(".chat-closer").click()`)
				}
			}
			shoot(mine, "/p/shop/support", "talk", false)
			shoot(mine, "/help", "help", false)
			shoot(mine, "/help", "chat", true)
			shoot(mine, "/help/balance", "article", false)
			shoot(mine, "/help?q=quarentine", "found", false)
			shoot(desk, "/op/support", "queue", false)
			shoot(desk, path+"?queue=waiting", "conv", false)
			shoot(desk, "/op/support/hours", "hours", false)
			shoot(desk, "/op/support/answers", "answers", false)
		}
	}
}
