/// What the workers have done so far, and what they have before them.
public struct WorkStatistics: Sendable, Equatable {
    public internal(set) var batches = 0
    /// Source rows of all batches.
    public internal(set) var batchRows = 0
    /// Batches by their source rows: one number for each of `batchBounds`, and one for larger ones.
    public private(set) var batchesBySize = [Int](repeating: 0, count: Self.batchBounds.count + 1)
    /// Workers that have something to do at the moment.
    public internal(set) var busyWorkers = 0
    /// What the workers have spent on batches and everything else, added up.
    public internal(set) var busy = Duration.zero
    /// Source rows that wait.
    public internal(set) var waitingRowsByPriority: [Priority: Int] = [:]
    /// Requests that found the queue full.
    public internal(set) var refused = 0
    /// Requests, or slices of long ones, that were given up because their time was up.
    public private(set) var late = 0
    /// The same because nobody waited for them any more.
    public private(set) var cancelled = 0
    /// What one row takes a worker, of late.
    private var secondsPerRow = 0.0

    /// The most source rows that a batch of each size has.
    public static let batchBounds = [0, 1, 2, 4, 8, 16, 32, 64, 128, 256, 512, 1_024, 2_048, 4_096]

    /// The weight of the newest batch in the average.
    private static let weight = 0.1

    /// Source rows that wait, of all priorities.
    public var waitingRows: Int { waitingRowsByPriority.values.reduce(0, +) }

    mutating func add(rows: Int, _ duration: Duration) {
        batches += 1
        batchRows += rows
        batchesBySize[Self.batchBounds.firstIndex { rows <= $0 } ?? Self.batchBounds.count] += 1
        let seconds = duration / .seconds(1) / Double(max(rows, 1))
        secondsPerRow = batches == 1 ? seconds : secondsPerRow + Self.weight * (seconds - secondsPerRow)
    }

    mutating func add(_ error: GenerationError) {
        switch error {
        case .deadlineExceeded: late += 1
        case .cancelled: cancelled += 1
        case .queueFull, .method, .unmixable, .notFinite, .overflow: break
        }
    }

    /// How long so many rows will take.
    func time(forRows rows: Int, workers: Int) -> Duration { .seconds(secondsPerRow * Double(rows) / Double(workers)) }
}
