import COpenSSL
import Tensors

extension MappedFile {
    /// The SHA-256 of the whole file, 64 hexadecimal digits.
    public var sha256: String { withBytes(in: 0..<count, ContentDigest.hexadecimal) }
}

/// SHA-256 over everything that decides what something holds, so that equal digests promise equal contents.
struct ContentDigest: ~Copyable {
    private let context: OpaquePointer?

    init() {
        context = EVP_MD_CTX_new()
        EVP_DigestInit_ex(context, EVP_sha256(), nil)
    }

    deinit { EVP_MD_CTX_free(context) }

    /// Adds a named part, framed by its name and length so that no two lists of parts hash alike.
    mutating func add(_ name: String, bytes range: Range<Int>, of file: MappedFile) {
        update(Array("\(name) \(range.count)\n".utf8))
        file.withBytes(in: range) { _ = EVP_DigestUpdate(context, $0.baseAddress, $0.count) }
    }

    mutating func add(_ name: String, _ file: MappedFile) { add(name, bytes: 0..<file.count, of: file) }

    mutating func add(_ name: String, _ bytes: [UInt8]) {
        update(Array("\(name) \(bytes.count)\n".utf8))
        update(bytes)
    }

    /// Adds a part that its name says all about.
    mutating func add(_ name: String) { update(Array("\(name) 0\n".utf8)) }

    private mutating func update(_ bytes: [UInt8]) { _ = EVP_DigestUpdate(context, bytes, bytes.count) }

    /// "sha256:" and 64 hexadecimal digits.
    consuming func finish() -> String {
        var hash = [UInt8](repeating: 0, count: 32)
        EVP_DigestFinal_ex(context, &hash, nil)
        return "sha256:" + Self.hexadecimal(hash)
    }

    /// The SHA-256 of bytes by themselves, as `sha256sum` writes it.
    static func hexadecimal(of bytes: UnsafeRawBufferPointer) -> String {
        var hash = [UInt8](repeating: 0, count: 32)
        EVP_Digest(bytes.baseAddress, bytes.count, &hash, nil, EVP_sha256(), nil)
        return hexadecimal(hash)
    }

    private static func hexadecimal(_ hash: [UInt8]) -> String {
        let digits = Array("0123456789abcdef")
        return String(hash.flatMap { [digits[Int($0 >> 4)], digits[Int($0 & 15)]] })
    }
}
