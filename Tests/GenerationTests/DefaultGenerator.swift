import Foundation
import Hypernetworks

@testable import Generation

private let defaultHypernetwork = Result {
    let folder = try DefaultModel.folder()
    let base = try EmbeddingModel.matrices(baseFolder: folder + "/base", layout: nil)
    return Hypernetwork.zett(try EmbeddingModel.hypernetwork(folder: folder + "/hypernetwork", base: base))
}

/// How many source ids the default model's hypernetwork knows.
let defaultSourceIDs = 30_710

/// The default model's hypernetwork, with a cache of its own.
func defaultGenerator(cacheBytes: Int = 64 << 20) throws -> RowGenerator {
    RowGenerator(try defaultHypernetwork.get(), cacheBytes: cacheBytes)
}

/// Tokens of random source ids, as many as new words have.
func randomTokens(_ count: Int, _ generator: RowGenerator, lengths: ClosedRange<Int> = 1...4) -> [HypernetworkInput] {
    let limit = Int32(defaultSourceIDs)
    return (0..<count).map { _ in
        HypernetworkInput(ids: (0..<Int.random(in: lengths)).map { _ in Int32.random(in: 1..<limit) })
    }
}

extension GeneratedRows {
    /// All numbers of a token.
    func bits(_ token: Int) -> [UInt32] {
        RowOutput.allCases.flatMap { output in
            self[output]?.withRow(token) { row in row.indices.map { row[$0].bitPattern } } ?? []
        }
    }
}
