import Hypernetworks
import Tensors
import Tokenization

/// The space of word vectors, in which the base's tokens have vectors too: what the method `word_vectors` compares new tokens
/// with them in (specs/methods.md, section 2.2).
public struct WordSpace: Sendable {
    let tokenVectors: MappedTensor
    let tokens: AuxiliaryVectors
    /// Those that new tokens are looked up in.
    let words: WordVectors
    /// From the space of the base's language to that of `words`; nil where they are one.
    public let alignment: OrthogonalAlignment?

    /// - Throws: `ModelLoadError.unusable` with the file that is wrong.
    init(_ files: ModelFiles.WordSpace, words: WordVectors, base: BaseTokenizer, baseRows: Int) throws(ModelLoadError) {
        self.words = words
        tokenVectors = files.tokenVectors
        do throws(AuxiliaryVectorError) {
            tokens = try AuxiliaryVectors(files.tokenVectors, baseRows: baseRows, isUsable: base.listing.isMixable)
        } catch {
            throw .unusable(file: files.tokenVectors.path, reason: "\(error)")
        }
        guard let translation = files.translation else {
            alignment = nil
            return
        }
        do throws(OrthogonalAlignmentError) {
            alignment = try OrthogonalAlignment(
                dictionary: translation.dictionary.pairs, source: translation.words.vector, target: words.vector)
        } catch {
            throw .unusable(file: translation.dictionary.file.path, reason: "\(error)")
        }
    }

    /// The vector of a token that stands in some words, in the space of the base's tokens; nil where it tells nothing.
    ///
    /// - Parameter ids: of words of the table.
    func vector(of ids: [Int32]) -> [Float]? {
        guard var vector = words.mean(of: ids.map(Int.init)) else { return nil }
        if let alignment {
            // The table is one of those that are aligned, so the width fits.
            guard let rotated = try? alignment.toSource(vector) else { return nil }
            vector = rotated
        }
        return AuxiliaryVectors.isUsable(vector) ? vector : nil
    }
}

extension WordVectors {
    /// The vector of a word that the table has, spelled exactly.
    fileprivate func vector(of word: String) -> [Float]? { id(of: word).flatMap { mean(of: [$0]) } }
}
