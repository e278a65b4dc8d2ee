package help

import (
	"bytes"
	"crypto/sha256"
	"embed"
	"encoding/hex"
	"fmt"
	"image/png"
	"io/fs"
	"path"
	"strconv"
	"sync"

	"github.com/yuin/goldmark/ast"
)

// shelf is where the pictures are, as an article names it and as the program has it.
const shelf = "pictures"

// PicturePrefix is the path under which pictures are served.
const PicturePrefix = prefix + shelf + "/"

//go:embed pictures/*.png
var pictureFiles embed.FS

// Picture is a picture of a page in one language.
type Picture struct {
	PNG           []byte
	Version       string // changes with its content
	Width, Height int
}

// pictures are all that there are, by file: "home.en.png".
var pictures = sync.OnceValue(func() map[string]Picture {
	all := map[string]Picture{}
	files, err := fs.Glob(pictureFiles, shelf+"/*.png")
	if err != nil {
		panic(err) // the pattern is one
	}
	for _, file := range files {
		content, err := pictureFiles.ReadFile(file)
		if err != nil {
			panic(err) // it is part of the program
		}
		size, err := png.DecodeConfig(bytes.NewReader(content))
		if err != nil {
			panic(fmt.Errorf("%s: %w", file, err))
		}
		sum := sha256.Sum256(content)
		all[path.Base(file)] = Picture{PNG: content, Version: hex.EncodeToString(sum[:6]), Width: size.Width, Height: size.Height}
	}
	return all
})

// PictureOf gives a picture by its file, "home.en.png".
func PictureOf(file string) (p Picture, ok bool) {
	p, ok = pictures()[file]
	return p, ok
}

// hang gives the pictures of an article their addresses and sizes, so that nothing moves when they come, and makes each a link to itself:
// a page is wider than a column of text. One that is not taken yet has no size; a test tells of it.
func hang(document ast.Node) {
	var images []*ast.Image
	_ = ast.Walk(document, func(n ast.Node, entering bool) (ast.WalkStatus, error) {
		if image, ok := n.(*ast.Image); ok && entering {
			images = append(images, image)
		}
		return ast.WalkContinue, nil
	})
	for _, image := range images {
		file := path.Base(string(image.Destination))
		image.Destination = []byte(PicturePrefix + file)
		if p, ok := PictureOf(file); ok {
			image.Destination = append(image.Destination, "?v="+p.Version...)
			image.SetAttributeString("width", []byte(strconv.Itoa(p.Width)))
			image.SetAttributeString("height", []byte(strconv.Itoa(p.Height)))
		}
		image.SetAttributeString("loading", []byte("lazy"))
		link := ast.NewLink()
		link.Destination = image.Destination
		link.SetAttributeString("target", []byte("_blank"))
		image.Parent().ReplaceChild(image.Parent(), image, link)
		link.AppendChild(link, image)
	}
}
