import HTTPServer

/// Writes metrics in Prometheus' text format, version 0.0.4.
struct ExpositionText {
    static let contentType = "text/plain; version=0.0.4; charset=utf-8"

    enum Kind: String {
        case counter, gauge, histogram
    }

    typealias Label = (name: StaticString, value: String)

    private(set) var bytes: [UInt8] = []
    private var family: StaticString = ""

    init() { bytes.reserveCapacity(64 << 10) }

    /// Begins a metric; what follows are its samples.
    mutating func begin(_ name: StaticString, _ kind: Kind, _ help: StaticString) {
        family = name
        bytes += "# HELP \(name) \(help)\n# TYPE \(name) \(kind.rawValue)\n".utf8
    }

    /// A metric of a single sample.
    mutating func add(_ name: StaticString, _ kind: Kind, _ help: StaticString, _ value: Double) {
        begin(name, kind, help)
        sample(value)
    }

    mutating func sample(_ value: Double, _ labels: Label...) { sample("", labels, value) }

    mutating func sample(_ value: Int, _ labels: Label...) { sample("", labels, Double(value)) }

    /// The samples of one histogram.
    mutating func samples(_ distribution: Distribution, _ labels: Label...) {
        var count = 0
        for (place, number) in distribution.counts.enumerated() {
            count += number
            let bound = place < distribution.bounds.count ? Self.text(distribution.bounds[place]) : "+Inf"
            sample("_bucket", labels + [("le", bound)], Double(count))
        }
        sample("_sum", labels, distribution.sum)
        sample("_count", labels, Double(count))
    }

    private mutating func sample(_ suffix: StaticString, _ labels: [Label], _ value: Double) {
        append(family)
        append(suffix)
        var separator = UInt8(ascii: "{")
        for label in labels {
            bytes.append(separator)
            append(label.name)
            bytes += "=\"".utf8
            append(escaping: label.value)
            bytes.append(UInt8(ascii: "\""))
            separator = UInt8(ascii: ",")
        }
        if !labels.isEmpty { bytes.append(UInt8(ascii: "}")) }
        bytes.append(UInt8(ascii: " "))
        bytes += Self.text(value).utf8
        bytes.append(UInt8(ascii: "\n"))
    }

    private mutating func append(_ text: StaticString) { text.withUTF8Buffer { bytes.append(contentsOf: $0) } }

    /// A label's value may be any text; three characters of it are written as two.
    private mutating func append(escaping text: String) {
        for byte in text.utf8 {
            switch byte {
            case UInt8(ascii: "\\"), UInt8(ascii: "\""): bytes += [UInt8(ascii: "\\"), byte]
            case UInt8(ascii: "\n"): bytes += #"\n"#.utf8
            default: bytes.append(byte)
            }
        }
    }

    private static func text(_ value: Double) -> String {
        Int(exactly: value).map(String.init) ?? "\(value)"
    }
}
