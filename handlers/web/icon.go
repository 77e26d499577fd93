package web

import (
	"bytes"
	"fmt"
	"image"
	"image/color"
	"image/png"
)

// drawIcons draws icon.svg's picture as PNG for those who want one: home screens and previews of links. No picture is kept in the repository.
func drawIcons() map[string][]byte {
	out := map[string][]byte{}
	for _, path := range IconPaths() {
		var size int
		_, _ = fmt.Sscanf(path, "/icon-%d.png", &size) // our own names
		var b bytes.Buffer
		_ = png.Encode(&b, drawIcon(size)) // a buffer takes everything
		out[path] = b.Bytes()
	}
	return out
}

// drawIcon draws on a grid of 32 by 32, each pixel from two by two points, so that slopes are smooth.
func drawIcon(size int) image.Image {
	const points = 2
	blue, white := [3]int{0x0b, 0x4a, 0x8f}, [3]int{255, 255, 255}
	img := image.NewRGBA(image.Rect(0, 0, size, size))
	for y := range size {
		for x := range size {
			var sum [3]int
			for n := range points * points {
				px := (float64(x) + (float64(n%points)+.5)/points) * 32 / float64(size)
				py := (float64(y) + (float64(n/points)+.5)/points) * 32 / float64(size)
				c := blue
				if inBubble(px, py) {
					c = white
				}
				for i := range sum {
					sum[i] += c[i]
				}
			}
			const all = points * points
			img.Set(x, y, color.RGBA{uint8(sum[0] / all), uint8(sum[1] / all), uint8(sum[2] / all), 255})
		}
	}
	return img
}

// inBubble is the speech bubble without the two lines of text in it.
func inBubble(x, y float64) bool {
	line := (y >= 12 && y < 14 && x >= 11 && x < 21) || (y >= 16 && y < 18 && x >= 11 && x < 17)
	box := x >= 7 && x < 25 && y >= 9 && y < 21
	tail := x >= 10 && y >= 21 && y < 25 && x+y < 36
	return (box && !line) || tail
}
