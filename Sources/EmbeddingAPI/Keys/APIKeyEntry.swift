/// A key as the keys file has it, and what its bearer may do.
public struct APIKeyEntry: Sendable, Equatable, CustomStringConvertible {
    /// For people and logs.
    public var name: String
    public var hash: APIKeyHash
    /// Nil for no limit, as below.
    public var tokensPerMinute: Int?
    public var requestsAtOnce: Int?
    /// Names of the models that it may use; nil for all.
    public var models: [String]?

    /// - Throws: what is wrong with the name, a limit, or the models.
    public init(
        name: String, hash: APIKeyHash, tokensPerMinute: Int? = nil, requestsAtOnce: Int? = nil, models: [String]? = nil
    ) throws(APIKeyEntryIssue) {
        guard Self.isName(name) else { throw .name }
        guard !APIKey.looksLikeKey(name[...]) else { throw .nameLooksLikeKey }
        guard Self.limits.contains(tokensPerMinute ?? 1), Self.limits.contains(requestsAtOnce ?? 1) else { throw .limit }
        if let models, models.isEmpty || models.contains(where: { !Self.isModel($0) }) { throw .models }
        self.name = name
        self.hash = hash
        self.tokensPerMinute = tokensPerMinute
        self.requestsAtOnce = requestsAtOnce
        self.models = models
    }

    private static let limits = 1...1_000_000_000_000

    /// Reads a line of the keys file.
    init(fields: [Substring]) throws(APIKeyEntryIssue) {
        guard fields.count >= 2, let hash = APIKeyHash(fields[1]) else { throw .hash }
        var options: [Substring: Substring] = [:]
        for field in fields.dropFirst(2) {
            let parts = field.split(separator: "=", maxSplits: 1, omittingEmptySubsequences: false)
            guard parts.count == 2, Self.optionNames.contains(parts[0]) else { throw .option }
            guard options.updateValue(parts[1], forKey: parts[0]) == nil else { throw .repeatedOption(String(parts[0])) }
        }
        func number(_ name: Substring) throws(APIKeyEntryIssue) -> Int? {
            guard let text = options[name] else { return nil }
            guard let number = Int(text), text.utf8.allSatisfy({ $0 != UInt8(ascii: "+") }) else { throw .limit }
            return number
        }
        try self.init(
            name: String(fields[0]), hash: hash, tokensPerMinute: number(Self.optionNames[0]),
            requestsAtOnce: number(Self.optionNames[1]), models: options[Self.optionNames[2]].map(Self.models))
    }

    private static let optionNames: [Substring] = ["tokens_per_minute", "requests_at_once", "models"]

    /// The line for the keys file.
    public var description: String {
        var fields = [name, hash.description]
        let values = [tokensPerMinute.map(String.init), requestsAtOnce.map(String.init), models?.joined(separator: ",")]
        for (name, value) in zip(Self.optionNames, values) where value != nil { fields.append("\(name)=\(value ?? "")") }
        return fields.joined(separator: " ")
    }

    /// The names in a list with commas between.
    public static func models(_ list: Substring) -> [String] {
        list.split(separator: ",", omittingEmptySubsequences: false).map(String.init)
    }

    /// What can stand in a list in the file.
    private static func isModel(_ name: String) -> Bool {
        !name.isEmpty && !name.contains { $0.isWhitespace || $0 == "," || $0 == "#" }
    }

    private static func isName(_ text: String) -> Bool {
        (1...64).contains(text.utf8.count)
            && text.utf8.allSatisfy { byte in
                switch byte {
                case UInt8(ascii: "a")...UInt8(ascii: "z"), UInt8(ascii: "A")...UInt8(ascii: "Z"),
                    UInt8(ascii: "0")...UInt8(ascii: "9"), UInt8(ascii: "-"), UInt8(ascii: "."), UInt8(ascii: "_"):
                    true
                default: false
                }
            }
    }
}

/// What is wrong with one key's line. The line is not repeated: it may hold the key itself in the place of its hash.
public enum APIKeyEntryIssue: Error, Equatable, Sendable, CustomStringConvertible {
    case name, nameLooksLikeKey, hash, option, repeatedOption(String), limit, models
    /// With the line that had it first.
    case duplicateName(line: Int), duplicateHash(line: Int)

    public var description: String {
        switch self {
        case .name: "a key's name is 1 to 64 letters, digits and -._"
        case .nameLooksLikeKey: "a name does not begin as keys do; the key itself does not belong here"
        case .hash: "behind the name comes sha256: and the key's hash in 64 hexadecimal digits, as hyperembed hash-key prints it"
        case .option: "behind the hash may come tokens_per_minute=N, requests_at_once=N and models=NAME,NAME"
        case .repeatedOption(let name): "\(name) is given twice"
        case .limit: "a limit is a whole number from 1 to 1000000000000"
        case .models: "models are names with commas between, without spaces"
        case .duplicateName(let line): "the name is that of line \(line)"
        case .duplicateHash(let line): "the key is that of line \(line)"
        }
    }
}
