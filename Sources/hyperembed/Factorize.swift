import ArgumentParser
import Foundation
import Generation
import Hypernetworks

/// Factors a base's embedding matrix.
struct Factorize: ParsableCommand {
    static let configuration = CommandConfiguration(
        abstract: "Factor a base model's input embeddings into coordinates and primitives.",
        discussion: """
            The truncated singular value decomposition E = U S V' becomes two tensors of a safetensors file: coordinates, the \
            leading columns of U, one row for each token; and primitives, the leading rows of S V'. Their product is the \
            matrix of this rank that is nearest to E. The file names the matrix it was made of by its SHA-256.
            """)

    @Option(help: ArgumentHelp("The folder of the base model.", valueName: "folder"))
    var base: String

    @Option(help: ArgumentHelp("How many numbers a row of coordinates has.", valueName: "k"))
    var rank: Int

    @Option(help: ArgumentHelp("The file to write.", valueName: "file"))
    var out: String

    func run() throws {
        let files = try ModelFiles(ModelPaths(base: base))
        let matrix = files.base.input
        var progress = ProgressLine("factorize", unit: "rows", total: Double(matrix.rowCount))
        // The matrix is read three times.
        try Factorization.write(of: matrix, rank: rank, sha256: files.inputSHA256, to: out) { progress.advance(by: Double($0) / 3) }
        progress.finish("wrote \(out)")
    }
}
