/// How sequences of different lengths lie in a matrix without padding: first the first elements of all sequences, then the
/// second elements of those that have one, and so on, longer sequences before shorter ones.
///
/// So the sequences that are still alive at a step are neighbouring rows, and the first so many of the step before.
struct PackedSteps: Sendable {
    private(set) var lengths: [Int] = []
    /// How many sequences have an element at each step; a 0 follows.
    private(set) var alive: [Int] = []
    /// The first row of each step; the number of all rows follows.
    private(set) var starts: [Int] = []
    /// Neighbouring steps whose rows are multiplied at once.
    private(set) var stretches: [Range<Int>] = []
    /// The place of each sequence among all, longest first.
    private var ranks: [Int] = []
    private var nextRanks: [Int] = []

    /// Rows of a stretch, unless a single step has more: a few of the matrix kernel's blocks of rows, and few enough that what
    /// they are multiplied into stays in a cache until it is used.
    private static let stretchRows = 192

    var rows: Int { starts.last ?? 0 }

    /// The row of a sequence at a step that it has.
    func row(of sequence: Int, step: Int) -> Int { starts[step] + ranks[sequence] }

    /// Lays out sequences of these lengths, all of them at least 1.
    mutating func layOut(lengths newLengths: some Sequence<Int>) {
        lengths.removeAll(keepingCapacity: true)
        lengths.append(contentsOf: newLengths)
        precondition(lengths.allSatisfy { $0 > 0 }, "an empty sequence")
        countAlive()
        rank()
        cutIntoStretches()
    }

    private mutating func countAlive() {
        let longest = lengths.max() ?? 0
        alive.removeAll(keepingCapacity: true)
        alive.append(contentsOf: repeatElement(0, count: longest + 1))
        for length in lengths { alive[length - 1] += 1 }
        for step in (0..<longest).reversed() { alive[step] += alive[step + 1] }
        starts.removeAll(keepingCapacity: true)
        var row = 0
        for count in alive {
            starts.append(row)
            row += count
        }
    }

    private mutating func rank() {
        // So many sequences are longer than `length`: alive[length].
        nextRanks.removeAll(keepingCapacity: true)
        nextRanks.append(contentsOf: alive)
        ranks.removeAll(keepingCapacity: true)
        for length in lengths {
            ranks.append(nextRanks[length])
            nextRanks[length] += 1
        }
    }

    private mutating func cutIntoStretches() {
        let steps = alive.count - 1
        stretches.removeAll(keepingCapacity: true)
        var first = 0
        for step in 0..<steps where step > first && starts[step + 1] - starts[first] > Self.stretchRows {
            stretches.append(first..<step)
            first = step
        }
        if first < steps { stretches.append(first..<steps) }
    }
}
