import Foundation
import Synchronization

/// Writes a line for every request: JSON for machines, or text for people.
///
/// Lines are collected and written together, by the loop that fills the buffer or by a timer, so a busy server makes one system
/// call for hundreds of requests. A full disk or a closed pipe loses lines, never requests.
public final class AccessLog: HTTPServerObserver, @unchecked Sendable {
    public enum Format: String, Sendable, CaseIterable {
        case json, text
    }

    private struct Buffer {
        var bytes: [UInt8] = []
        /// The time that the lines of this second begin with.
        var second: time_t = 0
        var timestamp: [UInt8] = []
    }

    private let descriptor: Int32
    private let format: Format
    private let buffer = Mutex(Buffer())
    // Set up in `init`, cancelled in `deinit`, touched nowhere else.
    private let timer: any DispatchSourceTimer

    private static let writeSize = 32 << 10

    /// - Parameter descriptor: where the lines go; it stays the caller's.
    public init(format: Format, descriptor: Int32) {
        self.format = format
        self.descriptor = descriptor
        timer = DispatchSource.makeTimerSource(queue: DispatchQueue(label: "hyperembed.access-log"))
        timer.setEventHandler { [weak self] in self?.flush() }
        timer.schedule(deadline: .now() + .milliseconds(250), repeating: .milliseconds(250), leeway: .milliseconds(50))
        timer.activate()
    }

    deinit {
        timer.cancel()
        flush()
    }

    /// Writes what has been collected.
    public func flush() { buffer.withLock { write(&$0) } }

    public func finished(_ record: HTTPRequestRecord) {
        buffer.withLock { buffer in
            let now = time(nil)
            if now != buffer.second {
                buffer.second = now
                buffer.timestamp = Self.timestamp(now)
            }
            switch format {
            case .json: Self.appendJSON(record, buffer.timestamp, to: &buffer.bytes)
            case .text: Self.appendText(record, buffer.timestamp, to: &buffer.bytes)
            }
            if buffer.bytes.count >= Self.writeSize { write(&buffer) }
        }
    }

    private func write(_ buffer: inout Buffer) {
        var written = 0
        while written < buffer.bytes.count {
            let count = buffer.bytes[written...].withUnsafeBytes { Foundation.write(descriptor, $0.baseAddress, $0.count) }
            if count < 0, errno == EINTR { continue }
            guard count > 0 else { break }
            written += count
        }
        buffer.bytes.removeAll(keepingCapacity: true)
    }

    // MARK: Lines

    private static func appendJSON(_ record: HTTPRequestRecord, _ timestamp: [UInt8], to bytes: inout [UInt8]) {
        bytes.append("{\"time\":\"")
        bytes.append(contentsOf: timestamp)
        bytes.append("\",\"method\":\"")
        bytes.append(escaping: record.method)
        bytes.append("\",\"path\":\"")
        bytes.append(escaping: record.path)
        if let route = record.route {
            bytes.append("\",\"route\":\"")
            bytes.append(escaping: route)
        }
        if let caller = record.caller {
            bytes.append("\",\"key\":\"")
            bytes.append(escaping: caller)
        }
        bytes.append("\",\"status\":")
        bytes.append(decimal: record.status)
        bytes.append(",\"duration_ms\":")
        bytes.append(milliseconds: record.duration)
        bytes.append(",\"request_bytes\":")
        bytes.append(decimal: record.requestBytes)
        bytes.append(",\"response_bytes\":")
        bytes.append(decimal: record.responseBytes)
        if !record.isComplete { bytes.append(",\"complete\":false") }
        bytes.append(",\"peer\":\"")
        record.peerAddress.append(to: &bytes)
        bytes.append("\",\"request_id\":\"")
        switch record.id {
        case .given(let text): bytes.append(escaping: text)
        case .made: record.id.append(to: &bytes)
        }
        bytes.append("\"")
        if let trace = record.traceContext { appendTrace(trace, to: &bytes) }
        if record.status >= 500, let code = record.problemCode {
            bytes.append(",\"code\":\"")
            bytes.append(code)
            bytes.append("\"")
        }
        for (name, value) in record.notes.fields { appendNote(name, value, to: &bytes) }
        bytes.append("}\n")
    }

    private static func appendTrace(_ trace: TraceContext, to bytes: inout [UInt8]) {
        bytes.append(",\"trace_id\":\"")
        trace.appendTraceID(to: &bytes)
        bytes.append("\",\"span_id\":\"")
        trace.appendSpanID(to: &bytes)
        bytes.append("\",\"trace_flags\":\"")
        trace.appendFlags(to: &bytes)
        bytes.append("\"")
    }

    private static func appendNote(_ name: StaticString, _ value: RequestNotes.Value, to bytes: inout [UInt8]) {
        bytes.append(",\"")
        name.withUTF8Buffer { bytes.append(contentsOf: $0) }
        bytes.append("\":")
        switch value {
        case .number(let number): bytes.append(decimal: number)
        case .text(let text): appendQuoted(text, to: &bytes)
        case .texts(let texts):
            for (index, text) in texts.enumerated() {
                bytes.append(index == 0 ? "[" : ",")
                appendQuoted(text, to: &bytes)
            }
            bytes.append(texts.isEmpty ? "[]" : "]")
        }
    }

    private static func appendQuoted(_ text: String, to bytes: inout [UInt8]) {
        bytes.append("\"")
        bytes.append(escaping: text)
        bytes.append("\"")
    }

    private static func appendText(_ record: HTTPRequestRecord, _ timestamp: [UInt8], to bytes: inout [UInt8]) {
        bytes.append(contentsOf: timestamp)
        bytes.append(" ")
        record.peerAddress.append(to: &bytes)
        bytes.append(" ")
        // What a client sends must not look like a line of its own, nor move a terminal's cursor.
        bytes.append(escaping: record.method.isEmpty ? "-" : record.method)
        bytes.append(" ")
        bytes.append(escaping: record.path.isEmpty ? "-" : record.path)
        bytes.append(" ")
        bytes.append(decimal: record.status)
        bytes.append(" ")
        bytes.append(decimal: record.responseBytes)
        bytes.append(record.isComplete ? " bytes in " : " bytes, cut off after ")
        bytes.append(milliseconds: record.duration)
        bytes.append(" ms ")
        record.id.append(to: &bytes)
        if let caller = record.caller {
            bytes.append(" key ")
            bytes.append(escaping: caller)
        }
        bytes.append("\n")
    }

    /// RFC 3339, to the second.
    private static func timestamp(_ second: time_t) -> [UInt8] {
        var second = second
        var parts = tm()
        gmtime_r(&second, &parts)
        var text = [CChar](repeating: 0, count: 32)
        let count = strftime(&text, text.count, "%Y-%m-%dT%H:%M:%SZ", &parts)
        return text[..<count].map(UInt8.init(bitPattern:))
    }
}

extension [UInt8] {
    /// A duration in milliseconds, to the microsecond.
    fileprivate mutating func append(milliseconds duration: Duration) {
        let microseconds = Int(duration.nanoseconds / 1_000)
        append(decimal: microseconds / 1_000)
        append(UInt8(ascii: "."))
        let rest = microseconds % 1_000
        append(UInt8(ascii: "0") + UInt8(rest / 100))
        append(UInt8(ascii: "0") + UInt8(rest / 10 % 10))
        append(UInt8(ascii: "0") + UInt8(rest % 10))
    }
}
