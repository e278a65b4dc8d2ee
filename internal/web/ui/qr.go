package ui

import (
	"fmt"
	"image/color"
	"strings"

	"github.com/boombuler/barcode"
	"github.com/boombuler/barcode/qr"
)

// QR is a QR code as SVG: one path of black squares in a grid of size by size.
type QR struct {
	size int
	path string
}

// quiet is the white border a camera needs, in squares.
const quiet = 4

// NewQR draws a text for a camera; an error where it is too long for a code.
func NewQR(text string) (QR, error) {
	code, err := qr.Encode(text, qr.M, qr.Auto)
	if err != nil {
		return QR{}, err
	}
	size := code.Bounds().Dx()
	var path strings.Builder
	for y := range size {
		for x := range size {
			if isBlack(code, x, y) {
				fmt.Fprintf(&path, "M%d %dh1v1h-1z", x+quiet, y+quiet)
			}
		}
	}
	return QR{size + 2*quiet, path.String()}, nil
}

func isBlack(code barcode.Barcode, x, y int) bool {
	grey, _ := color.Gray16Model.Convert(code.At(x, y)).(color.Gray16)
	return grey.Y == 0
}
