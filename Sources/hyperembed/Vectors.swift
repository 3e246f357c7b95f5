import ArgumentParser
import Foundation
import Tensors

/// Makes a table of word vectors that is mapped as it is.
struct Vectors: ParsableCommand {
    static let configuration = CommandConfiguration(
        abstract: "Make a table of word vectors that loads at once, with the index from tokens to words.",
        discussion: """
            Reads word2vec's binary files (.bin), text as word2vec, fastText (.vec) and GloVe (.txt, no first line of counts) \
            write it, and what gensim's KeyedVectors.save wrote (.kv, .wv, .wordvectors). Of a word \
            that is there twice the first vector is kept.

            The table appears under its name when it is complete.
            """)

    @Option(help: ArgumentHelp("The word vectors.", valueName: "file"))
    var from: String

    @Option(help: ArgumentHelp("The table to write, .safetensors.", valueName: "file"))
    var out: String

    @Option(help: "How vectors are kept.")
    var dtype: FloatFormat = .float32

    func validate() throws {
        guard out.hasSuffix(".safetensors") else { throw ValidationError("--out is a file called .safetensors.") }
    }

    func run() throws {
        let source = try WordVectorFile.open(from)
        var progress = ProgressLine("vectors", unit: "MB", total: Double(source.byteCount) / 1e6)
        var reported = 0
        let summary = try WordVectorTableWriter.write(source, to: out, as: dtype) { bytesRead in
            progress.advance(by: Double(bytesRead - reported) / 1e6)
            reported = bytesRead
        }
        progress.finish("wrote \(out): \(summary.words) words x \(summary.dimension)")
        if summary.shape == .languageAndWord {
            print("every key begins with a language: words are matched without it and without $ at their edges")
        }
        if summary.duplicates > 0 { print("left out \(summary.duplicates) rows whose word had one before") }
    }
}
