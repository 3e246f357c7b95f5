import Hypernetworks
import Tensors
import Tokenization

/// A model with rows for tokens that the base lacks, and what of its vocabulary the base has too: what the methods `omp` and
/// `interpolation` find new tokens in (specs/methods.md, section 2.4).
public struct Donor: Sendable {
    let tokenizer: BaseTokenizer
    let table: DonorTable

    /// Numbers of its rows.
    public var dimension: Int { table.dimension }
    /// How many tokens it shares with the base: what rows can be mixed of.
    public var sharedTokens: Int { table.donorRows.count }

    /// Shared are tokens of text with the same bytes: in each vocabulary the entry that its model sees.
    ///
    /// - Throws: `ModelLoadError.unusable` with the file that is wrong.
    init(_ files: ModelFiles.Donor, base: BaseTokenizer, baseRows: Int) throws {
        tokenizer = try BaseTokenizer(Tokenizer(contentsOf: files.tokenizer))
        let shared = tokenizer.tokens(in: files.embeddings.rowCount).compactMap { id, bytes -> (donor: Int32, base: Int32)? in
            guard let row = base.id(of: bytes), row < baseRows, base.listing.isMixable(row) else { return nil }
            return (Int32(id), Int32(row))
        }
        do throws(DonorError) {
            table = try DonorTable(files.embeddings, shared: shared, baseCount: baseRows)
        } catch {
            throw ModelLoadError.unusable(file: files.embeddings.path, reason: "\(error)")
        }
    }

    /// The donor's row for a token, by its bytes, or for a special token by what it is for; nil where there is none, or only zeros.
    func row(of token: TokenBytes) -> Int? {
        let id = token.specialID == nil ? tokenizer.id(of: token.bytes) : tokenizer.counterpart(ofSpecial: token.bytes)
        return id.flatMap { table.embedding($0) == nil ? nil : $0 }
    }
}

extension BaseTokenizer {
    /// The entries that stand for text and that the model sees, as far as its matrix has rows for them.
    fileprivate func tokens(in rows: Int) -> [(id: Int, bytes: [UInt8])] {
        listing.entries.prefix(rows).enumerated().compactMap { id, entry in
            guard case .token(let bytes) = entry, listing.isMixable(id), self.id(of: bytes) == id else { return nil }
            return (id, bytes)
        }
    }
}
