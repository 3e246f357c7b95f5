import ArgumentParser
import Foundation
import Hypernetworks
import JSON
import Tensors
import Tokenization

/// Says which words of a table tokens stand in.
struct Words: ParsableCommand {
    static let configuration = CommandConfiguration(
        abstract: "Say which words of a table of word vectors new tokens stand in.",
        discussion: """
            A line of JSON for each token, with the first \(WordContexts.defaultMaximumSize) words by id. A token's leading space \
            begins a word: hyperembed words --word-vectors glove.safetensors ' blockchain' chain
            """)

    @Argument(help: "The tokens.")
    var tokens: [String]

    @Option(help: "How the tokens are spelled.")
    var form: TokenForm = .text

    @Option(help: .wordVectors)
    var wordVectors: String

    @OptionGroup var options: BaseOptions

    func run() throws {
        let model = try options.load(options.open())
        let contexts = WordContexts(try WordVectors(path: wordVectors), base: model.baseTokenizer)
        for token in tokens {
            let ids = contexts.wordIDs(of: try model.reader.read(token, form: form))
            var writer = JSONWriter()
            writer.object { line in
                line.member("token", token)
                line.key("words")
                line.array { words in
                    for id in ids {
                        words.object { word in
                            word.member("id", id)
                            word.member("word", contexts.vectors.word(id))
                        }
                    }
                }
            }
            FileHandle.standardOutput.write(Data(writer.bytes + [UInt8(ascii: "\n")]))
        }
    }
}
