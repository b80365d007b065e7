// Package search finds articles.
package search

import (
	"context"
	"fmt"
	"sort"
	"strings"

	"shop.example/services/internal/meter"
)

type hit struct {
	article int
	score   float64
}

// Index knows which articles a word stands in.
type Index struct {
	titles []string
	words  map[string][]int
}

var vocabulary = strings.Fields("red blue green small large wool cotton steel glass wooden shirt shoe lamp table chair cup plate book")

// NewIndex makes an index of so many articles.
func NewIndex(articles int) *Index {
	index := &Index{words: make(map[string][]int)}
	for i := 0; i < articles; i++ {
		title := vocabulary[i%7] + " " + vocabulary[7+i%11] + fmt.Sprintf(" no%d", i)
		index.titles = append(index.titles, title)
		for _, word := range strings.Fields(title) {
			index.words[word] = append(index.words[word], i)
		}
	}
	return index
}

// Find looks for an article's number, or for one of the common words.
func (x *Index) Find(ctx context.Context, article int) (string, error) {
	word := fmt.Sprintf("no%d", article)
	if article%25 == 0 {
		word = vocabulary[article%7]
	}
	defer meter.Waiting(ctx)()
	hits := x.rank(word)
	return fmt.Sprint(len(hits)), nil
}

// rank puts the articles first whose titles are closest to the word.
func (x *Index) rank(word string) []hit {
	found := x.words[word]
	hits := make([]hit, 0, len(found))
	for _, article := range found {
		title := x.titles[article]
		hits = append(hits, hit{article, distance(word, title) + float64(len(title))/1000})
	}
	sort.Slice(hits, func(a, b int) bool { return hits[a].score < hits[b].score })
	return hits
}

// distance is how many letters must be changed to make one text of the other.
func distance(a, b string) float64 {
	var rows [2][64]int
	for j := range rows[0] {
		rows[0][j] = j
	}
	for i := 1; i <= len(a); i++ {
		before, now := &rows[(i-1)%2], &rows[i%2]
		now[0] = i
		for j := 1; j <= len(b) && j < len(now); j++ {
			change := before[j-1]
			if a[i-1] != b[j-1] {
				change++
			}
			now[j] = least(change, before[j]+1, now[j-1]+1)
		}
	}
	return float64(rows[len(a)%2][least(len(b), 63, 63)])
}

func least(a, b, c int) int {
	if b < a {
		a = b
	}
	if c < a {
		a = c
	}
	return a
}
