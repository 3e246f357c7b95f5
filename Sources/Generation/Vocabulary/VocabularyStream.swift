import Hypernetworks
import Synchronization
import Tensors

/// The bytes of a `VocabularyFile`, or a range of them, in order: rows are computed as they are asked for, and only those that the range
/// has a part of. What one forward pass predicts for later tensors waits in a temporary file.
public final class VocabularyStream: Sendable {
    /// What comes next.
    public enum Next: Sendable {
        case bytes([UInt8])
        /// Not computed yet.
        case notYet
        case failed(VocabularyStreamError)
        case end
    }

    /// A part of the file that is made in one way.
    private enum Step {
        case known([UInt8])
        /// Rows that are computed; what later tensors have of them is spooled.
        case computed(table: Int, rows: Range<Int>)
        case spooled(Range<Int>)
    }

    private struct State {
        /// Those that are not done with, the last one first.
        var steps: [Step]
        /// The rows of the present step, and the first of them that comes next.
        var rows: RowStream?
        var row = 0
        /// What the streams of rows before the present one have taken.
        var durations = (queued: Duration.zero, computed: Duration.zero)
        var computedRows: [Range<Int>] = []
        /// What is to go out with what comes next.
        var prefix: [UInt8] = []

        mutating func takePrefix() -> [UInt8] {
            defer { prefix = [] }
            return prefix
        }
    }

    private let engine: GenerationEngine
    private let transfer: VocabularyTransfer
    private let range: Range<Int>
    private let deadline: ContinuousClock.Instant?
    private let isCancelled: @Sendable () -> Bool
    private let spool: SpoolFile?
    private let state: Mutex<State>

    /// Bytes that are read from the spool at once.
    private static let partBytes = 1 << 20

    /// Begins to compute; see `VocabularyTransfer.stream`.
    init(
        _ engine: GenerationEngine, _ transfer: VocabularyTransfer, range: Range<Int>, deadline: ContinuousClock.Instant?,
        isCancelled: @escaping @Sendable () -> Bool
    ) throws(VocabularyStreamError) {
        self.engine = engine
        self.transfer = transfer
        self.range = range
        self.deadline = deadline
        self.isCancelled = isCancelled
        let steps = Self.steps(of: transfer.file, in: range)
        let spools = steps.contains { if case .spooled = $0 { true } else { false } }
        do throws(TensorFileError) {
            spool = spools ? try SpoolFile() : nil
        } catch {
            throw .spool(error)
        }
        state = Mutex(State(steps: steps.reversed()))
        try state.withLock { state throws(VocabularyStreamError) in try begin(&state, isAdmitted: false) }
    }

    /// All rows that the range has of a tensor are computed, unless an earlier tensor's have been: those it takes from the spool.
    private static func steps(of file: VocabularyFile, in range: Range<Int>) -> [Step] {
        var steps: [Step] = []
        func addKnown(_ bytes: [UInt8], at start: Int) {
            let part = (start..<start + bytes.count).clamped(to: range)
            if !part.isEmpty { steps.append(.known(Array(bytes[part.lowerBound - start..<part.upperBound - start]))) }
        }
        addKnown(file.header, at: 0)
        // A range has the ends of some tensors and the beginnings of those behind, so what is computed is always a vocabulary's end.
        var firstComputed = file.rows
        for (index, table) in file.tables.enumerated() {
            let rows = file.rows(of: table, in: range)
            let missing = rows.clamped(to: 0..<firstComputed)
            if !missing.isEmpty { steps.append(.computed(table: index, rows: missing)) }
            let spooled = rows.clamped(to: firstComputed..<file.rows)
            if !spooled.isEmpty { steps.append(.spooled(table.bytes(of: spooled).clamped(to: range))) }
            if !rows.isEmpty { firstComputed = min(firstComputed, rows.lowerBound) }
        }
        addKnown(file.status, at: file.statusStart)
        return steps
    }

    /// The next bytes, if there are any yet. One thread at a time may ask.
    public func next() -> Next {
        do throws(VocabularyStreamError) {
            return try state.withLock { state throws(VocabularyStreamError) in
                while let step = state.steps.last {
                    switch step {
                    case .known(let bytes):
                        state.prefix += bytes
                        state.steps.removeLast()
                    case .spooled(let bytes):
                        let part = bytes.lowerBound..<min(bytes.upperBound, bytes.lowerBound + Self.partBytes)
                        if part.upperBound < bytes.upperBound {
                            state.steps[state.steps.count - 1] = .spooled(part.upperBound..<bytes.upperBound)
                        } else {
                            try finishStep(&state)
                        }
                        return .bytes(state.takePrefix() + (try read(part)))
                    case .computed(let table, let rows):
                        switch state.rows?.next() {
                        case .rows(let generated):
                            let ids = state.row..<state.row + generated.count
                            state.row = ids.upperBound
                            if ids.upperBound == rows.upperBound { try finishStep(&state) }
                            let bytes = try encode(generated, from: ids.lowerBound, table: table)
                            state.computedRows.append(ids)
                            return .bytes(state.takePrefix() + bytes)
                        case .failed(.notFinite(let row)): throw .generation(.notFinite(row: state.row + row))
                        case .failed(.unmixable(let row, let error)):
                            throw .generation(.unmixable(row: state.row + row, error))
                        case .failed(.overflow(let row)): throw .overflow(id: state.row + row, .float32)
                        case .failed(let error): throw .generation(error)
                        case .notYet: return .notYet
                        case .end, nil: try finishStep(&state)
                        }
                    }
                }
                return state.prefix.isEmpty ? .end : .bytes(state.takePrefix())
            }
        } catch {
            return .failed(error)
        }
    }

    /// Ids whose rows have been computed and given out, also if they were only a part of what was asked for.
    public var computedRows: [Range<Int>] { state.withLock { $0.computedRows } }

    /// What those rows have waited, and what they were computed for, each added up: several go at once.
    public var durations: (queued: Duration, computed: Duration) {
        state.withLock { state in
            let present = state.rows?.durations ?? (.zero, .zero)
            return (state.durations.queued + present.queued, state.durations.computed + present.computed)
        }
    }

    /// Calls `resume` once `next` has something, on a worker; at once, if it has.
    public func whenReady(_ resume: @escaping @Sendable (Worker) -> Void) {
        if let rows = state.withLock({ $0.rows }) { rows.whenReady(resume) } else { engine.perform(.bulk, resume) }
    }

    /// Goes on behind rows.
    private func finishStep(_ state: inout State) throws(VocabularyStreamError) {
        state.steps.removeLast()
        try begin(&state, isAdmitted: true)
    }

    /// Begins to compute what the next step needs.
    private func begin(_ state: inout State, isAdmitted: Bool) throws(VocabularyStreamError) {
        if let durations = state.rows?.durations {
            state.durations.queued += durations.queued
            state.durations.computed += durations.computed
        }
        state.rows = nil
        // What is known goes out with the first rows, which may fail: until then nobody has been promised anything.
        guard let step = state.steps.last(where: { if case .known = $0 { false } else { true } }),
            case .computed(_, let rows) = step
        else { return }
        state.row = rows.lowerBound
        do throws(GenerationError) {
            state.rows = try transfer.rows(rows, on: engine, deadline: deadline, isAdmitted: isAdmitted, isCancelled: isCancelled)
        } catch {
            throw .generation(error)
        }
    }

    /// The bytes that the range has of some rows of a table; what later tables have of them is spooled.
    private func encode(
        _ generated: GeneratedRows, from first: Int, table index: Int
    ) throws(VocabularyStreamError) -> [UInt8] {
        let tables = transfer.file.tables
        let rows = first..<first + generated.count
        for later in tables[(index + 1)...] where spool != nil {
            let bytes = try encode(generated, from: first, later)
            do throws(TensorFileError) {
                try spool?.write(bytes, at: later.bytes(of: rows).lowerBound)
            } catch {
                throw .spool(error)
            }
        }
        let bytes = try encode(generated, from: first, tables[index])
        let place = tables[index].bytes(of: rows)
        let wanted = place.clamped(to: range)
        guard wanted != place else { return bytes }
        return Array(bytes[wanted.lowerBound - place.lowerBound..<wanted.upperBound - place.lowerBound])
    }

    private func encode(
        _ generated: GeneratedRows, from first: Int, _ table: VocabularyFile.Table
    ) throws(VocabularyStreamError) -> [UInt8] {
        var bytes: [UInt8] = []
        bytes.reserveCapacity(generated.count * table.rowBytes)
        if let row = generated[table.output]?.append(0..<generated.count, as: table.format, to: &bytes) {
            throw .overflow(id: first + row, table.format)
        }
        return bytes
    }

    private func read(_ range: Range<Int>) throws(VocabularyStreamError) -> [UInt8] {
        do throws(TensorFileError) {
            return try spool?.read(range) ?? []
        } catch {
            throw .spool(error)
        }
    }
}

extension VocabularyStream {
    /// The next bytes, for callers that may block; nil behind the last ones.
    public func wait() throws(VocabularyStreamError) -> [UInt8]? {
        while true {
            switch next() {
            case .bytes(let bytes): return bytes
            case .failed(let error): throw error
            case .end: return nil
            case .notYet:
                blockUntilReady(whenReady)
            }
        }
    }
}

/// Why the rows of a vocabulary do not come.
public enum VocabularyStreamError: Error, Sendable, CustomStringConvertible {
    case generation(GenerationError)
    /// The rows cannot be kept until their turn.
    case spool(TensorFileError)
    /// A number is too large for the format.
    case overflow(id: Int, FloatFormat)

    public var description: String {
        switch self {
        case .generation(let error): "\(error)"
        case .spool(let error): "\(error)"
        case .overflow(let id, let format): "the row of id \(id) has numbers that are too large for \(format.rawValue)"
        }
    }
}
