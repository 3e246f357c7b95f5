/// Which answers are worth compressing, and how hard to try.
///
/// An answer that this lets pass needs `Vary: Accept-Encoding` even when the client takes it uncompressed (RFC 9110 section
/// 12.5.5), and a strong `ETag` no longer fits once it is compressed (section 8.8.3.3). Lengths of compressed answers betray a
/// secret that stands in one body with text of an attacker's choice (BREACH): such an answer must say `no-transform`.
public struct CompressionPolicy: Sendable {
    /// zlib's level, 1 to 9.
    ///
    /// Rows of floats are nearly random digits, which no level can do much about. 600 rows of 384 floats as JSON, 2.9 MB: level 1
    /// makes 100 MB/s and a ratio of 2.27, level 6 15 MB/s and 2.57. An eighth less to send is not worth seven times the work.
    public var level = 1
    /// Shorter bodies are left alone: with their header they fill one TCP segment of 1,460 bytes either way.
    public var minimumBytes = 1 << 10

    public init() {}

    /// Whether to compress an answer for a client that accepts it.
    ///
    /// - Parameters:
    ///   - contentLength: the body's bytes; nil if it is streamed and nobody knows yet.
    ///   - contentEncoding: of the answer; any value at all means that it is as its maker wants it.
    ///   - cacheControl: of the answer; `no-transform` forbids every change (RFC 9111 section 5.2.2.6).
    public func compresses(
        status: HTTPStatus, contentType: String?, contentLength: Int?, contentEncoding: String? = nil,
        cacheControl: String? = nil
    ) -> Bool {
        !Self.keepsBodyAsItIs(status) && contentLength ?? .max >= minimumBytes && contentEncoding == nil
            && !Self.forbidsChange(cacheControl) && contentType.map(Self.isCompressible) ?? false
    }

    /// No body (RFC 9110 section 6.4.1), an empty one (205, section 15.3.6), or a range of bytes of something that was not
    /// compressed (206, section 14.2).
    private static func keepsBodyAsItIs(_ status: HTTPStatus) -> Bool {
        status.forbidsBody || status.code == 205 || status.code == 206
    }

    private static func forbidsChange(_ cacheControl: String?) -> Bool {
        cacheControl?.fieldElements.contains("no-transform") ?? false
    }

    /// Text in its many names. What is not known to be text is left alone: images, archives and safetensors have no
    /// redundancy that deflate could find.
    private static func isCompressible(_ contentType: String) -> Bool {
        // Over bytes: every answer comes through here. Names of types are compared without regard to case.
        var contentType = contentType
        return contentType.withUTF8 { bytes in
            func isSpace(_ byte: UInt8) -> Bool { byte == UInt8(ascii: " ") || byte == UInt8(ascii: "\t") }
            let essence = bytes.drop(while: isSpace).prefix { $0 != UInt8(ascii: ";") && !isSpace($0) }
            func equal(_ part: Slice<UnsafeBufferPointer<UInt8>>, _ text: String) -> Bool {
                part.count == text.utf8.count
                    && part.elementsEqual(text.utf8) { CharacterClass.lowercased($0) == $1 }
            }
            return equal(essence.prefix(5), "text/") || textTypes.contains { equal(essence, $0) }
                || textSuffixes.contains { equal(essence.suffix($0.utf8.count), $0) }
        }
    }

    private static let textTypes = [
        "application/json", "application/x-ndjson", "application/jsonl", "application/yaml", "application/xml",
        "application/javascript", "application/openmetrics-text",
    ]

    /// Structured syntax suffixes (RFC 6839, RFC 9512): `problem+json`, `svg+xml` and whatever is yet to come.
    private static let textSuffixes = ["+json", "+xml", "+yaml"]
}
