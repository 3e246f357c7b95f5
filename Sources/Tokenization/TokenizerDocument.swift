import JSON

/// A tokenizer.json as far as a whole vocabulary needs it: what its ids stand for. The model is not built.
public struct TokenizerDocument: Sendable {
    private let reader: TokenizerReader

    /// - Parameters:
    ///   - root: the file's JSON.
    ///   - file: its name in errors.
    public init(root: JSONValue, file: String) { reader = TokenizerReader(root: root, file: file) }

    /// - Throws: `TokenizerError.malformed` for what is not JSON.
    public init(parsing bytes: [UInt8], file: String = "tokenizer.json") throws(TokenizerError) {
        reader = try TokenizerReader(parsing: bytes, file: file)
    }

    /// Every id with the bytes it stands for.
    ///
    /// - Parameter form: how the entries are spelled; nil to tell it from the file's parts.
    /// - Throws: `TokenizerError`, `unknownForm` among them.
    public func listing(form: TokenForm? = nil) throws(TokenizerError) -> VocabularyListing {
        try VocabularyListing(
            vocabulary: reader.entries(), addedTokens: reader.addedTokens(), spelling: reader.entrySpelling(form),
            file: reader.file)
    }

    /// The merges of a BPE model in the order they were learned, each part as the bytes it stands for.
    ///
    /// - Throws: `TokenizerError`, `unsupported` for other models.
    public func merges() throws(TokenizerError) -> [(left: [UInt8], right: [UInt8])] {
        let spelling = try reader.entrySpelling(nil)
        var merges: [(left: [UInt8], right: [UInt8])] = []
        for (index, rule) in try reader.mergeRules().enumerated() {
            do throws(SurfaceFormError) {
                merges.append((try spelling.bytes(of: rule.left), try spelling.bytes(of: rule.right)))
            } catch {
                throw .invalid(file: reader.file, pointer: "/model/merges/\(index)", expected: "spelled as entries: \(error)")
            }
        }
        return merges
    }
}
