import Foundation
import Testing

/// Prometheus' text format 0.0.4, read strictly: what its documentation leaves to readers' tolerance is an error here.
struct Exposition {
    struct Family {
        var type: String
        var samples: [Sample] = []
    }

    struct Sample {
        var name: String
        var labels: [String: String]
        var value: Double
    }

    struct Malformed: Error { var line: String }

    private(set) var families: [String: Family] = [:]

    init(_ text: String) throws {
        guard text.hasSuffix("\n") else { throw Malformed(line: "the last line has no end") }
        var helped: Set<String> = []
        var family = ""
        var series: Set<String> = []
        for line in text.dropLast().split(separator: "\n", omittingEmptySubsequences: false).map(String.init) {
            if let match = line.wholeMatch(of: /# HELP ([a-zA-Z_:][a-zA-Z0-9_:]*) ((?:[^\\]|\\\\|\\n)+)/) {
                guard helped.insert(String(match.1)).inserted else { throw Malformed(line: line) }
            } else if let match = line.wholeMatch(of: /# TYPE ([a-zA-Z_:][a-zA-Z0-9_:]*) (counter|gauge|histogram)/) {
                family = String(match.1)
                guard helped.contains(family), families[family] == nil else { throw Malformed(line: line) }
                families[family] = Family(type: String(match.2))
            } else {
                let sample = try Self.sample(line)
                guard let type = families[family]?.type, Self.names(family, type).contains(sample.name),
                    series.insert("\(sample.name) \(sample.labels.sorted { $0.key < $1.key })").inserted
                else { throw Malformed(line: line) }
                families[family]?.samples.append(sample)
            }
        }
        for (name, family) in families { try Self.check(name, family) }
    }

    private static func names(_ family: String, _ type: String) -> [String] {
        type == "histogram" ? ["_bucket", "_sum", "_count"].map { family + $0 } : [family]
    }

    private static func sample(_ line: String) throws -> Sample {
        var rest = Substring(line)
        guard let name = rest.prefixMatch(of: /[a-zA-Z_:][a-zA-Z0-9_:]*/) else { throw Malformed(line: line) }
        rest = rest[name.range.upperBound...]
        var labels: [String: String] = [:]
        if rest.first == "{" {
            var separator: Character = "{"
            while rest.first == separator, let label = rest.dropFirst().prefixMatch(of: /([a-zA-Z_][a-zA-Z0-9_]*)="((?:[^"\\\n]|\\\\|\\"|\\n)*)"/) {
                guard labels.updateValue(unescape(label.2), forKey: String(label.1)) == nil else { throw Malformed(line: line) }
                rest = rest[label.range.upperBound...]
                separator = ","
            }
            guard rest.first == "}" else { throw Malformed(line: line) }
            rest = rest.dropFirst()
        }
        guard rest.first == " ", let value = Double(rest.dropFirst()) else { throw Malformed(line: line) }
        return Sample(name: String(name.0), labels: labels, value: value)
    }

    private static func unescape(_ text: Substring) -> String {
        var result = ""
        var rest = text
        while let character = rest.popFirst() {
            guard character == "\\", let escaped = rest.popFirst() else {
                result.append(character)
                continue
            }
            result.append(escaped == "n" ? "\n" : escaped)
        }
        return result
    }

    private static func check(_ name: String, _ family: Family) throws {
        switch family.type {
        case "counter":
            guard name.hasSuffix("_total"), family.samples.allSatisfy({ $0.value >= 0 && $0.labels["le"] == nil }) else {
                throw Malformed(line: name)
            }
        case "histogram":
            let groups = Dictionary(grouping: family.samples) { $0.labels.filter { $0.key != "le" } }
            for samples in groups.values {
                let buckets = samples.filter { $0.name == name + "_bucket" }
                let bounds = buckets.map { $0.labels["le"] == "+Inf" ? Double.infinity : Double($0.labels["le"] ?? "") ?? .nan }
                guard bounds == bounds.sorted(), Set(bounds).count == bounds.count, bounds.last == .infinity,
                    buckets.map(\.value) == buckets.map(\.value).sorted(),
                    samples.filter({ $0.name == name + "_count" }).map(\.value) == buckets.suffix(1).map(\.value),
                    samples.count(where: { $0.name == name + "_sum" && $0.value >= 0 }) == 1
                else { throw Malformed(line: name) }
            }
        default: guard !name.hasSuffix("_total") else { throw Malformed(line: name) }
        }
    }

    /// The value of the only sample of that name with these labels among its own; nil if there is none, or several.
    subscript(name: String, labels: [String: String]) -> Double? {
        let all = families.values.flatMap(\.samples).filter { sample in
            sample.name == name && labels.allSatisfy { sample.labels[$0.key] == $0.value }
        }
        return all.count == 1 ? all[0].value : nil
    }

    subscript(name: String) -> Double? { self[name, [:]] }
}

@Suite struct ExpositionTests {
    @Test func readsTheDocumentationsExamples() throws {
        let text = """
            # HELP http_requests_total The total number of HTTP requests.
            # TYPE http_requests_total counter
            http_requests_total{method="post",code="200"} 1027
            http_requests_total{method="post",code="400"} 3
            # HELP msdos_file_access_time_seconds Escapes.
            # TYPE msdos_file_access_time_seconds gauge
            msdos_file_access_time_seconds{path="C:\\\\DIR\\\\FILE.TXT",error="Cannot find file:\\n\\"FILE.TXT\\""} 1.458255915e9
            # HELP http_request_duration_seconds A histogram of the request duration.
            # TYPE http_request_duration_seconds histogram
            http_request_duration_seconds_bucket{le="0.05"} 24054
            http_request_duration_seconds_bucket{le="+Inf"} 144320
            http_request_duration_seconds_sum 53423
            http_request_duration_seconds_count 144320

            """
        let exposition = try Exposition(text)
        #expect(exposition["http_requests_total", ["code": "400"]] == 3 && exposition["http_request_duration_seconds_count"] == 144_320)
        #expect(exposition["msdos_file_access_time_seconds", ["path": #"C:\DIR\FILE.TXT"#, "error": "Cannot find file:\n\"FILE.TXT\""]] != nil)
    }

    @Test(arguments: [
        "# HELP a_total A.\n# TYPE a_total counter\na_total 1", "# TYPE a_total counter\na_total 1\n", "a_total 1\n",
        "# HELP a A.\n# TYPE a counter\na 1\n", "# HELP a_total A.\n# TYPE a_total counter\na_total 1\na_total 2\n",
        "# HELP a A.\n# TYPE a gauge\na{b=\"\"\"} 1\n", "# HELP a A.\n# TYPE a gauge\na{b=\"\\t\"} 1\n", "# HELP a A.\n# TYPE a gauge\na x\n",
        "# HELP a A.\n# TYPE a histogram\na_bucket{le=\"1\"} 2\na_bucket{le=\"+Inf\"} 1\na_sum 1\na_count 1\n",
        "# HELP a A.\n# TYPE a histogram\na_bucket{le=\"1\"} 1\na_sum 1\na_count 1\n", "# HELP a A.\n# TYPE a gauge\n\na 1\n",
    ])
    func refusesWhatIsNone(text: String) {
        #expect(throws: Exposition.Malformed.self) { try Exposition(text) }
    }
}
