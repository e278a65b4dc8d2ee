package help

import (
	"bytes"
	"net/http"
	"time"

	base "bellwether/internal/help"
	"bellwether/internal/web/cabinet"
)

// picture is GET /help/pictures/{picture}: a picture of an article. Articles name it with its version, so it may be kept.
func picture(c *cabinet.Cabinet, v *cabinet.Visit) error {
	file := v.R.PathValue("picture")
	p, ok := base.PictureOf(file)
	if !ok {
		c.NotFound(v.W, v.R)
		return nil
	}
	h := v.W.Header()
	h.Set("ETag", `"`+p.Version+`"`)
	h.Set("Cache-Control", "public, max-age=3600")
	if v.URL.Query().Get("v") == p.Version {
		h.Set("Cache-Control", "public, max-age=31536000, immutable")
	}
	http.ServeContent(v.W, v.R, file, time.Time{}, bytes.NewReader(p.PNG))
	return nil
}
