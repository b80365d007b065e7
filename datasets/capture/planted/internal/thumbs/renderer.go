// Package thumbs makes small pictures of articles, beside everything else.
package thumbs

import (
	"image"
	"image/color"
	"math/rand"
	"sync"
	"time"

	"shop.example/services/internal/meter"
	"shop.example/services/internal/work"
)

// Renderer makes pictures in bursts.
type Renderer struct {
	source *image.RGBA
	rounds int
}

// NewRenderer makes a renderer whose picture takes about so long.
func NewRenderer(each time.Duration) *Renderer {
	r := &Renderer{source: image.NewRGBA(image.Rect(0, 0, 128, 128))}
	r.rounds = work.Rounds(func() { r.shrink() }, each)
	return r
}

// Run makes so many pictures at once, now and then.
func (r *Renderer) Run(pictures int, pause time.Duration) {
	for {
		time.Sleep(pause/2 + time.Duration(rand.Int63n(int64(pause))))
		var wait sync.WaitGroup
		end := meter.Span("render")
		for i := 0; i < pictures; i++ {
			wait.Add(1)
			go func() {
				defer wait.Done()
				r.render()
			}()
		}
		wait.Wait()
		end()
	}
}

func (r *Renderer) render() *image.RGBA {
	var small *image.RGBA
	for i := 0; i < r.rounds; i++ {
		small = r.shrink()
	}
	return small
}

func (r *Renderer) shrink() *image.RGBA {
	small := image.NewRGBA(image.Rect(0, 0, 32, 32))
	for y := 0; y < 32; y++ {
		for x := 0; x < 32; x++ {
			var red, green, blue int
			for dy := 0; dy < 4; dy++ {
				for dx := 0; dx < 4; dx++ {
					pixel := r.source.RGBAAt(4*x+dx, 4*y+dy)
					red, green, blue = red+int(pixel.R), green+int(pixel.G), blue+int(pixel.B)
				}
			}
			small.SetRGBA(x, y, color.RGBA{uint8(red / 16), uint8(green / 16), uint8(blue / 16), 255})
		}
	}
	return small
}
