@testable import HTTPServer

/// What holds for all bytes that may be said to be a compressed body.
enum InflaterProperty {
    private enum Outcome: Equatable {
        case decompressed([UInt8])
        case refused(ContentCodingError)
    }

    /// Small, so that short inputs reach them, and yet longer than the buffer of 16 kB.
    private static var limits: InflationLimits {
        var limits = InflationLimits(bytes: 40_000)
        limits.ratio = 100
        limits.graceBytes = 1_000
        return limits
    }

    /// However the input is cut, the same comes out of it, within the limits.
    static func check(_ input: [UInt8]) throws(Finding) {
        for coding in [ContentCoding.gzip, .deflate] {
            let whole = try outcome(Cutting.whole.pieces(of: input), coding)
            for cutting in [Cutting.byteByByte, .somewhere] {
                let outcome = try outcome(cutting.pieces(of: input), coding)
                try expect(outcome == whole, "\(coding), \(cutting): \(outcome), whole: \(whole)")
            }
        }
    }

    private static func outcome(_ pieces: [ArraySlice<UInt8>], _ coding: ContentCoding) throws(Finding) -> Outcome {
        var output: [UInt8] = []
        var outcome: Outcome
        do {
            try inflate(pieces, coding, limits: limits, to: &output)
            outcome = .decompressed(output)
        } catch {
            guard let error = error as? ContentCodingError else { throw Finding("\(error)") }
            outcome = .refused(error)
        }
        try expect(output.count <= limits.bytes, "\(coding): \(output.count) bytes")
        return outcome
    }
}
