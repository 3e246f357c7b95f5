import DequeModule
import Hypernetworks

/// Requests of one priority that wait, and take turns: each gives a few tokens to a batch and goes to the end of the line, so that
/// a long one holds nobody up.
struct RequestRing {
    private struct Entry {
        let request: GenerationRequest
        /// The first token that no worker has taken.
        var next = 0
    }

    private var entries: Deque<Entry> = []
    /// Source rows of all tokens that wait.
    private(set) var rows = 0
    /// When the first request came that no batch has been made of.
    private var firstArrival: ContinuousClock.Instant?

    var isEmpty: Bool { entries.isEmpty }
    var count: Int { entries.count }
    /// Whose tokens come first.
    var generator: RowGenerator? { entries.first?.request.generator }
    /// Since when there is something; nil if there is nothing, or what there is has waited for long enough.
    var arrival: ContinuousClock.Instant? { entries.isEmpty ? nil : firstArrival }

    mutating func append(_ request: GenerationRequest, at now: ContinuousClock.Instant) {
        if entries.isEmpty { firstArrival = now }
        entries.append(Entry(request: request))
        rows += request.sourceRows
    }

    /// Takes tokens of one hypernetwork until they have `rows` source rows; one token at least, if there is any.
    ///
    /// - Parameters:
    ///   - turn: rows that one request gives before it is the next one's turn.
    ///   - generator: whose tokens; nil for those that are first in line.
    ///   - taken: the tokens are added here.
    mutating func take(
        rows budget: Int, turn: Int, of generator: RowGenerator? = nil, at now: ContinuousClock.Instant,
        into taken: inout [Destination]
    ) {
        guard let generator = generator ?? entries.first?.request.generator else { return }
        var takenRows = 0
        var place = 0
        while takenRows < budget, place < entries.count {
            guard entries[place].request.generator === generator else {
                place += 1
                continue
            }
            var entry = entries.remove(at: place)
            entry.request.noteBegin(now)
            let isCutShort = budget - takenRows < turn
            takenRows += Self.take(rows: min(turn, budget - takenRows), of: &entry, into: &taken)
            guard entry.next < entry.request.tokens.count else { continue }
            // Whose turn the batch's end has cut short comes first in the next batch: a request that fits into a turn should not
            // wait for two.
            entries.insert(entry, at: isCutShort ? place : entries.count)
        }
        rows -= takenRows
        firstArrival = nil
    }

    /// One token at least, then as many more as fit.
    private static func take(rows budget: Int, of entry: inout Entry, into taken: inout [Destination]) -> Int {
        let tokens = entry.request.tokens
        var rows = 0
        repeat {
            taken.append(Destination(request: entry.request, token: entry.next))
            rows += tokens[entry.next].ids.count
            entry.next += 1
        } while entry.next < tokens.count && rows + tokens[entry.next].ids.count <= budget
        return rows
    }

    /// Takes out requests that are not worth any more work.
    mutating func removeFailures(at now: ContinuousClock.Instant, into failures: inout [WorkQueue.Failure]) {
        entries.removeAll { entry in
            guard let error = entry.request.failure(at: now) else { return false }
            failures.append((entry.request, error))
            rows -= entry.request.tokens[entry.next...].sourceRows
            return true
        }
    }
}
