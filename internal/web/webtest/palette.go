package webtest

import (
	"bytes"
	"cmp"
	"image"
	"image/color"
	"image/png"
	"slices"
)

// colours is how many a stored picture has: enough that nobody sees a difference on a page, at a third of the bytes.
const colours = 64

// shrunk is a picture of a page in few colours, as a PNG.
func shrunk(picture []byte) ([]byte, error) {
	from, err := png.Decode(bytes.NewReader(picture))
	if err != nil {
		return nil, err
	}
	counts := map[color.RGBA]int{}
	bounds := from.Bounds()
	for y := bounds.Min.Y; y < bounds.Max.Y; y++ {
		for x := bounds.Min.X; x < bounds.Max.X; x++ {
			counts[colourAt(from, x, y)]++
		}
	}
	palette, nearest := paletteOf(counts)
	to := image.NewPaletted(bounds, palette)
	for y := bounds.Min.Y; y < bounds.Max.Y; y++ {
		for x := bounds.Min.X; x < bounds.Max.X; x++ {
			to.SetColorIndex(x, y, nearest[colourAt(from, x, y)])
		}
	}
	var out bytes.Buffer
	encoder := png.Encoder{CompressionLevel: png.BestCompression}
	err = encoder.Encode(&out, to)
	return out.Bytes(), err
}

func colourAt(from image.Image, x, y int) color.RGBA {
	r, g, b, _ := from.At(x, y).RGBA()
	const byteOf = 8
	return color.RGBA{uint8(r >> byteOf), uint8(g >> byteOf), uint8(b >> byteOf), 255}
}

// tint is a colour and how many pixels have it.
type tint struct {
	color.RGBA
	count int
}

// channel is one of the three of a colour.
func (t tint) channel(i int) int { return [...]int{int(t.R), int(t.G), int(t.B)}[i] }

// box is some colours that may become one.
type box []tint

// spread is how much a box would lose by becoming one colour, and in which channel it differs most.
func (b box) spread() (loss, widest int) {
	weight := 0
	for _, t := range b {
		weight += t.count
	}
	for i := range 3 {
		low, high := 255, 0
		for _, t := range b {
			low, high = min(low, t.channel(i)), max(high, t.channel(i))
		}
		if width := high - low; width > loss {
			loss, widest = width, i
		}
	}
	root := 1
	for root*root*root < weight {
		root++
	}
	return loss * root, widest // what few pixels have counts too: a mark of its own colour is small
}

// cut halves a box by its pixels along a channel.
func (b box) cut(channel int) (left, right box) {
	slices.SortFunc(b, func(x, y tint) int {
		return cmp.Or(cmp.Compare(x.channel(channel), y.channel(channel)), cmp.Compare(x.R, y.R), cmp.Compare(x.G, y.G), cmp.Compare(x.B, y.B))
	})
	middle := (b[0].channel(channel) + b[len(b)-1].channel(channel)) / 2
	at, _ := slices.BinarySearchFunc(b, middle+1, func(t tint, value int) int { return cmp.Compare(t.channel(channel), value) })
	return b[:at], b[at:]
}

// likeliest is the colour of a box that most pixels have: a ground stays what it is.
func (b box) likeliest() color.RGBA {
	return slices.MaxFunc(b, func(x, y tint) int { return cmp.Compare(x.count, y.count) }).RGBA
}

// paletteOf chooses the colours of a picture, and for each of its own the place of the one that stands for it.
func paletteOf(counts map[color.RGBA]int) (color.Palette, map[color.RGBA]uint8) {
	var whole box
	for c, count := range counts {
		whole = append(whole, tint{c, count})
	}
	boxes := []box{whole}
	for len(boxes) < min(colours, len(whole)) {
		worst, most, channel := 0, 0, 0
		for i, b := range boxes {
			if loss, widest := b.spread(); loss > most {
				worst, most, channel = i, loss, widest
			}
		}
		left, right := boxes[worst].cut(channel)
		boxes[worst] = left
		boxes = append(boxes, right)
	}
	nearest := map[color.RGBA]uint8{}
	palette := make(color.Palette, len(boxes))
	for i, b := range boxes {
		palette[i] = b.likeliest()
		for _, t := range b {
			nearest[t.RGBA] = uint8(i)
		}
	}
	return palette, nearest
}
