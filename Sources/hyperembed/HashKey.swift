import ArgumentParser
import EmbeddingAPI
import Foundation

/// Makes an API key, or takes one that exists, and prints the line for the keys file.
struct HashKey: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "hash-key",
        abstract: "Make an API key and the line for the keys file of serve.",
        discussion: """
            The first line is the key, which is kept nowhere else; the second one belongs into the file. With --stdin there is \
            only the second.
            """)

    @Option(help: "What the key is called in logs; by default by its hash.")
    var name: String?

    @Option(help: ArgumentHelp("Tokens that it is good for in a minute; not limited by default.", valueName: "n"))
    var tokensPerMinute: Int?

    @Option(help: ArgumentHelp("Requests that it may have under way; not limited by default.", valueName: "n"))
    var requestsAtOnce: Int?

    @Option(help: ArgumentHelp("Names of the models that it is for, with commas between; all by default.", valueName: "names"))
    var models: String?

    @Flag(help: "Take the key from standard input: on the command line others would see it.")
    var stdin = false

    func run() throws {
        let key = stdin ? try readKey() : APIKey.random()
        let hash = key.hash
        let entry = try APIKeyEntry(
            name: name ?? "key-" + hash.description.suffix(8), hash: hash, tokensPerMinute: tokensPerMinute,
            requestsAtOnce: requestsAtOnce, models: models.map { APIKeyEntry.models($0[...]) })
        if !stdin { print(key.text) }
        print(entry)
    }

    /// One line.
    private func readKey() throws -> APIKey {
        guard let line = readLine() else { throw ValidationError("There is no key on standard input.") }
        return try APIKey(line)
    }
}
