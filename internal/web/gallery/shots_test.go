package gallery_test

import (
	"os"
	"path/filepath"
	"testing"

	"bellwether/internal/lang"
	"bellwether/internal/web/ui"
	"bellwether/internal/web/webtest"
)

// TestShots keeps pictures of every page in the folder that BELLWETHER_SHOTS names, for somebody to look at.
func TestShots(t *testing.T) {
	folder := os.Getenv("BELLWETHER_SHOTS")
	if folder == "" {
		t.Skip("no shots wanted")
	}
	browser := webtest.Start(t)
	for _, l := range []look{{lang.Russian, ui.ThemeLight, 360}, {lang.English, ui.ThemeDark, 360}, {lang.Ukrainian, ui.ThemeLight, 1280}} {
		url := serve(t, l)
		for _, path := range paths {
			page := browser.Open(t, l.width)
			page.Go(t, url+path)
			page.Shoot(t, filepath.Join(folder, l.String()+"-"+filepath.Base(path[:min(len(path), 12)])+".png"))
		}
	}
}
