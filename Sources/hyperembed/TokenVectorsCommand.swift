import ArgumentParser
import Generation
import Hypernetworks
import Tensors

/// Makes vectors of a base's tokens in the space of word vectors.
struct TokenVectorsCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "token-vectors",
        abstract: "Make vectors of a base model's tokens from word vectors: each the mean of the words that the token stands in.",
        discussion: """
            Every word is tokenised as it is, behind a space, and both again with its first letter in title case; it counts for \
            each token that comes out, once for each of these forms. The file has a row for each row of the base, zeros where no \
            word has the token, and names the table and the tokenizer that it was made of by their SHA-256.
            """)

    @OptionGroup var options: BaseOptions

    @Option(help: .wordVectors)
    var wordVectors: String

    @Option(help: ArgumentHelp("The file to write, .safetensors.", valueName: "file"))
    var out: String

    func validate() throws {
        guard out.hasSuffix(".safetensors") else { throw ValidationError("--out is a file called .safetensors.") }
    }

    func run() throws {
        let files = try options.open()
        let model = try options.load(files)
        let words = try WordVectors(path: wordVectors)
        let origin = TokenVectors.Origin(wordVectors: words.vectors.file.sha256, baseTokenizer: files.baseTokenizerSHA256)
        var progress = ProgressLine("token-vectors", unit: "words", total: Double(words.count))
        let covered = try TokenVectors.write(
            of: words, base: model.baseTokenizer, baseRows: model.base.rows, origin: origin, to: out
        ) { progress.advance(by: Double($0)) }
        progress.finish("wrote \(out): \(covered) of \(model.base.rows) tokens stand in a word, \(words.dimension) numbers each")
    }
}
