import Hypernetworks
import Tokenization

/// What a token's row will be made from, and what its caller should know of that.
public struct PlannedRow: Sendable {
    public var source: RowSource
    /// Ids of what the row is made of, in the token's order: source ids of the hypernetwork, words, rows of the base, or the
    /// token's own in a donor; empty for what is made of no pieces.
    public var pieces: [Int32] = []
    /// Whether further pieces were cut off.
    public var isTruncated = false
    /// How many pieces stand for something that the base vocabulary cannot spell.
    public var fallbackPieces = 0
    /// Whether it is what was asked for.
    public var status = RowStatus.generated
    /// Whether it is the row of a token that is the same but for the case of its letters.
    public var differsInCase = false

    /// A row of the base as it is.
    public static func copy(_ id: Int, differsInCase: Bool = false) -> PlannedRow {
        PlannedRow(source: .copy(Int32(id)), pieces: [Int32(id)], status: .copied, differsInCase: differsInCase)
    }
}

/// Why no row can be made of a token.
public enum RowPlanError: Error, Sendable, CustomStringConvertible {
    case surfaceForm(SurfaceFormError)
    case sourceIDs(HypernetworkError)
    case words(HyperOFAError)
    case wordIDs(WordContextError)
    case mixture(MixtureError)
    case language(LanguageError)
    case recipe(TrainingFreeError)
    /// The method wants something that the token, or the choice of the method, does not have.
    case needs(String, Method)
    /// A source id beyond the base, for a method that has no other rows.
    case noBaseRow(Int32)

    public var description: String {
        switch self {
        case .surfaceForm(let error): "\(error)"
        case .sourceIDs(let error): "\(error)"
        case .words(let error): "\(error)"
        case .wordIDs(let error): "\(error)"
        case .mixture(let error): "\(error)"
        case .language(let error): "\(error)"
        case .recipe(let error): "\(error)"
        case .needs(let what, let method): "method \(method.rawValue) needs \(what)"
        case .noBaseRow(let id): "source id \(id) is no row of the base model"
        }
    }
}

/// A language that a hypernetwork cannot do with.
public enum LanguageError: Error, Sendable, CustomStringConvertible {
    case missing(known: [String])
    case unknown(String, known: [String])

    public var description: String {
        switch self {
        case .missing(let known): "this model needs a language: \(known.joined(separator: ", "))"
        case .unknown(let code, let known): "unknown language \"\(code)\"; known are \(known.joined(separator: ", "))"
        }
    }
}

/// Decides what the rows of new tokens are made from.
public struct RowPlanner: Sendable {
    public let model: EmbeddingModel
    public let choice: MethodChoice

    public init(_ model: EmbeddingModel, _ choice: MethodChoice) {
        self.model = model
        self.choice = choice
    }

    /// The row of a token by the method of choice.
    public func plan(_ token: NewToken) throws(RowPlanError) -> PlannedRow {
        switch choice.method {
        case .hypernetwork: return try predicted(token)
        case .mean: return try combined(try pieces(of: token)) { pieces throws(TrainingFreeError) in try .mean(of: pieces) }
        case .weighted:
            guard let weighting = choice.weighting else { throw needs("a weighting") }
            return try combined(try pieces(of: token)) { pieces throws(TrainingFreeError) in try .weighted(pieces, weighting) }
        case .merge: return try merged(bytes(of: token))
        case .normal: return PlannedRow(source: .recipe(.normal(seed: seed(try bytes(of: token)))))
        case .multivariate:
            return PlannedRow(
                source: .recipe(.multivariate(scale: choice.covarianceScale, seed: seed(try bytes(of: token)))))
        case .script:
            let bytes = try bytes(of: token)
            return PlannedRow(source: .recipe(.script(.of(bytes: bytes), seed: seed(bytes))))
        case .description:
            guard let description = token.description else { throw needs("a description of the token") }
            let text = try bytes(of: token) + Array(" \(description)".utf8)
            return try combined(model.baseTokenizer.pieces(of: text)?.map(Int32.init)) { pieces throws(TrainingFreeError) in
                try .mean(of: pieces)
            }
        case .explicit:
            guard !token.weights.isEmpty else { throw needs("sources with weights") }
            do throws(TrainingFreeError) {
                return PlannedRow(
                    source: .recipe(.combination(try .explicit(token.weights.map { ($0.row, $0.weight) }))), pieces: token.weights.map(\.row))
            } catch {
                throw .recipe(error)
            }
        case .wordVectors: return try likeItsWords(token)
        case .omp: return try likeItsDonorRow(token, .pursuit(choice.pursuit))
        case .interpolation: return try likeItsDonorRow(token, .interpolation(choice.interpolation))
        }
    }

    /// The row that the base gives a token which it cannot spell.
    public static let fallback = PlannedRow(source: .recipe(.baseMean), status: .fallback)

    /// A token's pieces under the base tokenizer, which are rows of the base; nil where it cannot spell the token, or spells it by
    /// tokens that the matrix was never resized for.
    public func pieces(of token: NewToken) throws(RowPlanError) -> [Int32]? {
        switch token.spelling {
        case .bytes(let spelled):
            let special = spelled.specialID == nil ? nil : model.baseTokenizer.specialID(of: spelled.bytes)
            let ids = special.map { [$0] } ?? model.baseTokenizer.pieces(of: spelled.bytes)
            return ids.flatMap { ids in ids.allSatisfy { $0 < model.base.rows } ? ids.map(Int32.init) : nil }
        case .sourceIDs(let ids):
            if let id = ids.first(where: { !(0..<model.base.rows).contains(Int($0)) }) { throw .noBaseRow(id) }
            return ids
        }
    }

    // MARK: Methods

    private func predicted(_ token: NewToken) throws(RowPlanError) -> PlannedRow {
        switch (model.predictor?.hypernetwork, model.predictor?.surfaceForms) {
        case (.zett(let network)?, let surfaceForms?): return try predicted(token, by: network, surfaceForms)
        case (.hyperOFA(let network)?, _): return try predicted(token, by: network)
        default: throw needs("a model with one")
        }
    }

    private func predicted(
        _ token: NewToken, by network: ZeTTHypernetwork, _ surfaceForms: SurfaceFormEncoder
    ) throws(RowPlanError) -> PlannedRow {
        let form: SurfaceForm
        switch token.spelling {
        case .sourceIDs(let ids):
            do throws(HypernetworkError) {
                try network.validate(sourceIDs: ids)
            } catch {
                throw .sourceIDs(error)
            }
            form = SurfaceForm(
                sourceIDs: ids, isTruncated: false,
                fallbackPieces: ids.count { Int($0) >= network.configuration.baseVocabularySize })
        case .bytes(let spelled):
            do throws(SurfaceFormError) {
                form = try surfaceForms.encode(spelled)
            } catch .notCovered {
                return Self.fallback
            } catch {
                throw .surfaceForm(error)
            }
        }
        let language = try languageIndex(token.language, network.configuration)
        return PlannedRow(
            source: .hypernetwork(HypernetworkInput(ids: form.sourceIDs, language: language)), pieces: form.sourceIDs,
            isTruncated: form.isTruncated, fallbackPieces: form.fallbackPieces)
    }

    private func predicted(_ token: NewToken, by network: HyperOFAHypernetwork) throws(RowPlanError) -> PlannedRow {
        let (words, isTruncated) = try words(of: token)
        guard !words.isEmpty else { return try sampled(token) }
        do throws(HyperOFAError) {
            try network.validate(words: words)
        } catch {
            throw .words(error)
        }
        return PlannedRow(source: .hypernetwork(HypernetworkInput(ids: words)), pieces: words, isTruncated: isTruncated)
    }

    private func likeItsWords(_ token: NewToken) throws(RowPlanError) -> PlannedRow {
        guard let wordSpace = model.wordSpace, let words = model.words else { throw needs("a model with token_vectors") }
        do throws(AuxiliaryVectorError) {
            try choice.similarity.check()
        } catch {
            throw .mixture(.vectors(error))
        }
        let (ids, isTruncated) = try self.words(of: token)
        do throws(WordContextError) {
            _ = try words.checked(ids.map(Int.init))
        } catch {
            throw .wordIDs(error)
        }
        guard wordSpace.vector(of: ids) != nil else { return try sampled(token) }
        var row = try compared(ids, .words(choice.similarity), of: token)
        row.isTruncated = isTruncated
        return row
    }

    private func likeItsDonorRow(_ token: NewToken, _ comparison: RowQuery.Comparison) throws(RowPlanError) -> PlannedRow {
        guard let donor = model.donor else { throw needs("a model with a donor") }
        if case .pursuit(let pursuit) = comparison {
            do throws(DonorError) {
                try pursuit.check(donor.table)
            } catch {
                throw .mixture(.donor(error))
            }
        }
        guard let id = donor.row(of: try tokenBytes(of: token)) else { return try sampled(token) }
        return try compared([Int32(id)], comparison, of: token)
    }

    private func compared(
        _ ids: [Int32], _ comparison: RowQuery.Comparison, of token: NewToken
    ) throws(RowPlanError) -> PlannedRow {
        PlannedRow(
            source: .query(RowQuery(comparison: comparison, ids: ids, seed: seed(try bytes(of: token)))), pieces: ids)
    }

    /// The words that the caller has named, or those that the token stands in, and whether it stands in more than are read.
    private func words(of token: NewToken) throws(RowPlanError) -> (ids: [Int32], isTruncated: Bool) {
        if let ids = token.wordIDs { return (ids, false) }
        guard let words = model.words else { throw needs("words' ids with each token: the model has no word vectors") }
        let context = words.context(of: try tokenBytes(of: token))
        return (context.ids.map { Int32($0) }, context.isTruncated)
    }

    /// The row of a token that the method has found nothing for.
    private func sampled(_ token: NewToken) throws(RowPlanError) -> PlannedRow {
        PlannedRow(source: .recipe(.normal(seed: seed(try bytes(of: token)))), status: .sampled)
    }

    private func languageIndex(
        _ code: String?, _ configuration: ZeTTConfiguration
    ) throws(RowPlanError) -> Int? {
        guard let languages = configuration.languages else { return nil }
        let known = configuration.languageCodes.isEmpty ? ["0 to \(languages - 1)"] : configuration.languageCodes
        guard let code else { throw .language(.missing(known: known)) }
        guard let index = configuration.languageIndex(code) else { throw .language(.unknown(code, known: known)) }
        return index
    }

    private func combined(
        _ pieces: [Int32]?, _ combine: ([Int32]) throws(TrainingFreeError) -> Combination
    ) throws(RowPlanError) -> PlannedRow {
        guard let pieces, !pieces.isEmpty else { return Self.fallback }
        do throws(TrainingFreeError) {
            return PlannedRow(source: .recipe(.combination(try combine(pieces))), pieces: pieces)
        } catch {
            throw .recipe(error)
        }
    }

    private func merged(_ bytes: [UInt8]) throws(RowPlanError) -> PlannedRow {
        guard let merges = choice.merges else { throw needs("merges") }
        do throws(TrainingFreeError) {
            let combination = try merges.combination(of: bytes) { model.baseTokenizer.id(of: $0).map(Int32.init) }
            return PlannedRow(source: .recipe(.combination(combination)), pieces: combination.rows)
        } catch .unreachablePart {
            return Self.fallback
        } catch {
            throw .recipe(error)
        }
    }

    private func needs(_ what: String) -> RowPlanError { .needs(what, choice.method) }

    private func seed(_ bytes: [UInt8]) -> UInt64 { TokenSeed.seed(choice.seed, token: bytes) }

    private func tokenBytes(of token: NewToken) throws(RowPlanError) -> TokenBytes {
        guard case .bytes(let spelled) = token.spelling else { return TokenBytes(try bytes(of: token)) }
        return spelled
    }

    /// What the token spells, also where it is given by the ids of its pieces.
    private func bytes(of token: NewToken) throws(RowPlanError) -> [UInt8] {
        switch token.spelling {
        case .bytes(let spelled): return spelled.bytes
        case .sourceIDs(let ids):
            var bytes: [UInt8] = []
            for id in ids {
                guard let piece = model.baseTokenizer.bytes(of: Int(id)) else { throw .noBaseRow(id) }
                bytes += piece
            }
            return bytes
        }
    }
}
