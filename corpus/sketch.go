package corpus

import (
	"math"
	"math/bits"
	"sync"
)

// sketches tell which few of many vectors are worth multiplying: an exact search costs what reading 2 KB of each costs, a sketch has 72
// bytes and takes 9 ns, without training.
//
// A vector x is kept as the signs s of its dimensions less the mean m of all, a question q as three bits a dimension of q-m. The product q·x
// is (q-m)·(x-m) + m·x + a part that is the same for all x; m·x is kept, and (q-m)·(x-m) is about (q-m)·s times |x-m|²/Σ|x-m|, the factor that
// makes it right for q = x and right on average for others (RaBitQ: Gao, Long, SIGMOD 2024; its random rotation makes no difference to
// vectors of sentences). With 12 looks for each of the 64, 48, 12, 6 or 5 nearest, all of them are found among the plan's vectors, and .994
// of the 48 nearest among 40,000 harder ones (docs/speed.md).
type sketches struct {
	mean   []float32
	words  int         // 64 dimensions each, whole blocks
	below  []uint64    // bit i of vector n: whether its dimension i is below the mean
	known  []knownPart // by vector
	tables sync.Pool   // of *sketchTable
}

// A knownPart is what is kept of a vector beside its bits.
type knownPart struct {
	ones   int32   // bits that are set
	factor float32 // see sketches
	base   float32 // product with the mean
}

// A sketchTable is for one question.
type sketchTable struct {
	sum   []int32  // by vector, of the question's dimensions that are below in it, see plainSumPlanes
	grade []uint16 // by vector: the higher the likelier
	count []int32  // how many have a grade
	taken []int    // see likely
}

const (
	planes = 3                 // bits of a question's dimension; with two of them recall falls, a fourth gains nothing
	most   = 1 << (planes - 1) // they say -most to most-1
	// blockWords is how many words of a vector are looked at together.
	blockWords = 4
	// Products from -gradeRange to gradeRange are told apart by grades of .001.
	gradeRange = 2
	grades     = 4096
)

func newSketches(all [][]float32) *sketches {
	s := &sketches{mean: make([]float32, len(all[0])), known: make([]knownPart, len(all))}
	s.words = (len(s.mean) + 64*blockWords - 1) / (64 * blockWords) * blockWords
	scratch := make([]float32, len(s.mean))
	for _, v := range all {
		add(s.mean, v, 1/float32(len(all)), scratch)
	}
	s.below = make([]uint64, len(all)*s.words)
	for n, v := range all {
		k := knownPart{base: float32(dot(v, s.mean))}
		var sum, squares float64
		for i, x := range v {
			d := float64(x - s.mean[i])
			sum, squares = sum+math.Abs(d), squares+d*d
			if d < 0 {
				s.below[n*s.words+i/64] |= 1 << (i % 64)
				k.ones++
			}
		}
		if sum > 0 {
			k.factor = float32(squares / sum)
		}
		s.known[n] = k
	}
	return s
}

// ahead is how many vectors before one its memory is asked for.
const ahead = 6

// likely calls look with the numbers of the n vectors that are likeliest to be near q, ascending; between equals the lower numbers are
// taken. A little before, it calls soon with each.
func (s *sketches) likely(q []float32, n int, soon, look func(int)) {
	table, ok := s.tables.Get().(*sketchTable)
	if !ok {
		table = &sketchTable{sum: make([]int32, len(s.known)), grade: make([]uint16, len(s.known)), count: make([]int32, grades)}
	}
	defer s.tables.Put(table)
	clear(table.count)
	mine, all, step := s.planesOf(q)
	sumPlanes(s.below, s.words, mine, table.sum)
	sums, graded := table.sum[:len(s.known)], table.grade[:len(s.known)]
	for i := range s.known {
		k := &s.known[i]
		product := k.factor*step*float32(int32(all)-2*(sums[i]-most*k.ones)) + k.base
		grade := int32((product + gradeRange) * (grades / (2 * gradeRange)))
		if uint32(grade) >= grades { // min and max of floats take longer than all the rest
			grade = max(0, min(grades-1, grade))
		}
		graded[i] = uint16(grade)
		table.count[grade]++
	}
	last := grades - 1 // the lowest grade that is taken
	for last > 0 && n > int(table.count[last]) {
		n -= int(table.count[last])
		last--
	}
	taken := table.taken[:0]
	for i, grade := range table.grade {
		switch {
		case int(grade) > last:
			taken = append(taken, i)
		case int(grade) == last && n > 0:
			taken = append(taken, i)
			n--
		}
	}
	inTurn(taken, soon, look)
	table.taken = taken
}

// inTurn calls look with every number, and soon some places before.
func inTurn(numbers []int, soon, look func(int)) {
	for _, n := range numbers[:min(ahead, len(numbers))] {
		soon(n)
	}
	for i, n := range numbers {
		if i+ahead < len(numbers) {
			soon(numbers[i+ahead])
		}
		look(n)
	}
}

// planesOf writes q less the mean in steps, counted from -most: of each block the words of the lowest bits, then of the next ones. all is the
// sum of all dimensions in steps.
func (s *sketches) planesOf(q []float32) (mine []uint64, all int, step float32) {
	mine = make([]uint64, planes*s.words)
	apart := make([]float32, len(q))
	copy(apart, q)
	add(apart, s.mean, -1, make([]float32, len(q)))
	step = float32(max(math.Sqrt(squaredLength(apart)/float64(len(q))), 1e-9) / 2) // a difference of usual size is two steps
	for i, x := range apart {
		level := int(max(-most, min(most-1, math.Round(float64(x/step)))))
		all += level
		block, word := i/64/blockWords, i/64%blockWords
		for p := range planes {
			mine[(block*planes+p)*blockWords+word] |= uint64((level+most)>>p&1) << (i % 64)
		}
	}
	return mine, all, step
}

// plainSumPlanes sets sums[i] to the sum, over the bits that are set in vector i of below, of what the planes say there.
func plainSumPlanes(below []uint64, words int, mine []uint64, sums []int32) {
	for i := range sums {
		sum := 0
		for w, theirs := range below[i*words : (i+1)*words] {
			at := w/blockWords*planes*blockWords + w%blockWords
			for p := range planes {
				sum += bits.OnesCount64(theirs&mine[at+p*blockWords]) << p
			}
		}
		sums[i] = int32(sum)
	}
}
