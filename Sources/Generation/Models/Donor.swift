import Hypernetworks
import Tensors
import Tokenization

/// A model with rows for tokens that the base lacks, and what of its vocabulary the base has too: what the methods `omp` and
/// `interpolation` find new tokens in (specs/methods.md, section 2.4).
public struct Donor: Sendable {
    let tokenizer: BaseTokenizer
    let table: DonorTable

    /// Shared are tokens of text with the same bytes: in each vocabulary the entry that its model sees.
    ///
    /// - Throws: `ModelLoadError.unusable` with the file that is wrong.
    init(_ files: ModelFiles.Donor, base: BaseTokenizer, baseRows: Int) throws {
        let tokenizer = try BaseTokenizer(Tokenizer(contentsOf: files.tokenizer))
        let shared = tokenizer.listing.entries.indices.prefix(files.embeddings.rowCount).compactMap { id -> (donor: Int32, base: Int32)? in
            guard tokenizer.listing.isMixable(id), case .token(let bytes) = tokenizer.listing.entries[id], tokenizer.id(of: bytes) == id,
                let row = base.id(of: bytes), row < baseRows, base.listing.isMixable(row)
            else { return nil }
            return (Int32(id), Int32(row))
        }
        self.tokenizer = tokenizer
        do throws(DonorError) {
            table = try DonorTable(files.embeddings, shared: shared, baseCount: baseRows)
        } catch {
            throw ModelLoadError.unusable(file: files.embeddings.path, reason: "\(error)")
        }
    }

    /// The donor's row for a token, by its bytes, or for a special token by what it is for; nil where it has none, or one of zeros.
    func row(of token: TokenBytes) -> Int? {
        let id = token.specialID == nil ? tokenizer.id(of: token.bytes) : tokenizer.counterpart(ofSpecial: token.bytes)
        return id.flatMap { table.embedding($0) == nil ? nil : $0 }
    }
}
