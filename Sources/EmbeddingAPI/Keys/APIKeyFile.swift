import Foundation

/// The file of the keys that a service knows: a line for each, `NAME sha256:HEX [tokens_per_minute=N] [requests_at_once=N]
/// [models=NAME,NAME]`; what follows `#` is for people.
struct APIKeyFile {
    let entries: [APIKeyEntry]

    /// Far more than anybody has keys.
    private static let maximumBytes = 16 << 20

    /// Reads a file that nobody but its owner can write: whoever can, lets in whom they like.
    init(path: String) throws(APIKeyFileError) {
        // A pipe would be waited for.
        let descriptor = open(path, O_RDONLY | O_CLOEXEC | O_NONBLOCK)
        guard descriptor >= 0 else { throw .unreadable(file: path, reason: Self.reason) }
        let handle = FileHandle(fileDescriptor: descriptor, closeOnDealloc: true)
        var status = stat()
        guard fstat(descriptor, &status) == 0 else { throw .unreadable(file: path, reason: Self.reason) }
        guard status.st_mode & S_IFMT == S_IFREG else { throw .unreadable(file: path, reason: "it is not a regular file") }
        guard status.st_mode & (S_IWGRP | S_IWOTH) == 0 else { throw .writable(file: path) }
        let bytes: Data
        do {
            bytes = try handle.read(upToCount: Self.maximumBytes + 1) ?? Data()
        } catch {
            throw .unreadable(file: path, reason: error.localizedDescription)
        }
        guard bytes.count <= Self.maximumBytes else {
            throw .unreadable(file: path, reason: "it has more than \(Self.maximumBytes) bytes")
        }
        guard let text = String(validating: bytes, as: UTF8.self) else { throw .unreadable(file: path, reason: "it is not UTF-8") }
        try self.init(text, file: path)
    }

    /// - Throws: all that is wrong, by line.
    init(_ text: String, file: String) throws(APIKeyFileError) {
        var entries: [APIKeyEntry] = []
        var issues: [(line: Int, issue: APIKeyEntryIssue)] = []
        var names: [String: Int] = [:]
        var hashes: [APIKeyHash: Int] = [:]
        for (index, line) in text.split(omittingEmptySubsequences: false, whereSeparator: \.isNewline).enumerated() {
            let fields = line.prefix { $0 != "#" }.split(whereSeparator: \.isWhitespace)
            if fields.isEmpty { continue }
            let number = index + 1
            do throws(APIKeyEntryIssue) {
                let entry = try APIKeyEntry(fields: fields)
                if let first = names[entry.name] { issues.append((number, .duplicateName(line: first))) }
                if let first = hashes[entry.hash] { issues.append((number, .duplicateHash(line: first))) }
                names[entry.name] = names[entry.name] ?? number
                hashes[entry.hash] = hashes[entry.hash] ?? number
                entries.append(entry)
            } catch {
                issues.append((number, error))
            }
        }
        guard issues.isEmpty else { throw .invalid(file: file, issues) }
        guard !entries.isEmpty else { throw .empty(file: file) }
        self.entries = entries
    }

    private static var reason: String { String(cString: strerror(errno)) }
}

/// Why a keys file cannot be used.
public enum APIKeyFileError: Error, Sendable, CustomStringConvertible {
    case unreadable(file: String, reason: String)
    case writable(file: String)
    /// Nobody could get in.
    case empty(file: String)
    case invalid(file: String, [(line: Int, issue: APIKeyEntryIssue)])

    public var description: String { messages.joined(separator: "\n") }

    /// One for each line that is wrong.
    public var messages: [String] {
        switch self {
        case .unreadable(let file, let reason): ["\(file): \(reason)"]
        case .writable(let file): ["\(file): others than its owner can write it: chmod go-w \(file)"]
        case .empty(let file): ["\(file): it has no keys, so nobody could get in; hyperembed hash-key makes one"]
        case .invalid(let file, let issues): issues.map { "\(file):\($0.line): \($0.issue)" }
        }
    }
}
