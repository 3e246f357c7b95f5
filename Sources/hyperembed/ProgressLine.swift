import Foundation

/// Tells how far a long piece of work has come: one line that is written over and over on a terminal, plain lines now and then elsewhere.
struct ProgressLine {
    private let name: String
    private let unit: String
    private let total: Double
    private let start = ContinuousClock.now
    private var lastReport: ContinuousClock.Instant
    private var done = 0.0
    private let isTerminal = isatty(STDERR_FILENO) == 1

    private static let width = 30

    init(_ name: String, unit: String, total: Double) {
        self.name = name
        self.unit = unit
        self.total = total
        lastReport = start
    }

    mutating func advance(by amount: Double) {
        done += amount
        let now = ContinuousClock.now
        guard now - lastReport >= (isTerminal ? .milliseconds(100) : .seconds(5)) else { return }
        lastReport = now
        show(now)
    }

    /// Replaces the line by a last one.
    func finish(_ text: String) {
        let seconds = (.now - start) / .seconds(1)
        let rate = done / max(seconds, 1e-9)
        let figures = "\(Self.rounded(done)) \(unit) in \(Self.rounded(seconds)) s, \(Self.rounded(rate)) \(unit)/s"
        write((isTerminal ? "\r\u{1B}[K" : "") + "\(text) (\(figures))\n")
    }

    private func show(_ now: ContinuousClock.Instant) {
        let share = total > 0 ? min(done / total, 1) : 1
        let rate = done / max((now - start) / .seconds(1), 1e-9)
        let left = rate > 0 ? (total - done) / rate : 0
        let numbers =
            "\(name): \(Int(share * 100)) %, \(Self.rounded(done)) of \(Self.rounded(total)) \(unit), \(Self.rounded(rate)) \(unit)/s, "
            + "\(Int(left.rounded(.up))) s left"
        guard isTerminal else { return write(numbers + "\n") }
        let filled = Int(share * Double(Self.width))
        let bar = String(repeating: "█", count: filled) + String(repeating: "░", count: Self.width - filled)
        write("\r\u{1B}[K\(bar) \(numbers)")
    }

    private static func rounded(_ value: Double) -> String {
        value >= 100 ? String(Int(value.rounded())) : String(Double(Int((value * 10).rounded())) / 10)
    }

    private func write(_ text: String) { FileHandle.standardError.write(Data(text.utf8)) }
}
