/// Names of requests, for people who compare logs.
enum RequestID {
    private static let digits = Array("0123456789abcdef".utf8)

    /// The caller's own, if it is 1 to 128 visible ASCII characters.
    static func accepted(_ value: String?) -> String? {
        guard let value, (1...128).contains(value.utf8.count), value.utf8.allSatisfy({ CharacterClass.isTarget($0) }) else {
            return nil
        }
        return value
    }

    /// 32 random hexadecimal digits.
    static func make() -> String {
        let random = (UInt64.random(in: .min ... .max), UInt64.random(in: .min ... .max))
        return String(unsafeUninitializedCapacity: 32) { buffer in
            for index in 0..<16 {
                buffer[index] = digits[Int(random.0 >> (4 * UInt64(index)) & 15)]
                buffer[16 + index] = digits[Int(random.1 >> (4 * UInt64(index)) & 15)]
            }
            return 32
        }
    }

    /// The id as the `instance` of a problem.
    static func instance(_ requestID: String) -> String { "urn:request:\(requestID)" }
}
